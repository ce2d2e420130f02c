"""Books of the version before: nobody decides anything until the head has signed who is who."""

from __future__ import annotations

from contextlib import closing

import pyrage
import pytest

from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.counter.visitor import Visitor
from store.formats.line import Entry, LineKind
from store.ledger.errors import LedgerBroken
from store.people.errors import CopiesDiffer, NoFirstKey, NotSignedYet, WrongSheet
from store.people.permissions import NEEDS_SIGNED, demand, may
from store.people.sheet_key import sheet_key, sheet_signer
from store.staff.adopt import adopt, is_due, needs_sheet
from store.staff.errors import NotConfirmedHead, SheetNeeded, SheetUnknown, SignedAlready
from store.staff.people_list import PeopleLists
from store.staff.recovery import read_key, sheet_facts
from store.staff.rescue import name_head, rescue
from tests.rig.lines import HandClock, tamper
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.rig.older_books import make_older
from tests.store.staff.test_rekey import key_of

OWN = "lantern kite mango river"


def sheet(office: Locations) -> str:
    return read_key((office.home.parent / "recovery.txt").read_text("utf-8"))


def test_older_books_open_and_nobody_decides_anything(office: Locations, clock: HandClock) -> None:
    make_older(office)
    for login in PASSPHRASE:
        with closing(open_books(office, login, clock)) as books:
            assert not books.who.is_signed
            assert is_due(books.who) is (login == HEAD)
            for action in NEEDS_SIGNED:
                if may(books.who, action):
                    with pytest.raises(NotSignedYet):
                        demand(books.who, action)
    with closing(open_books(office, OFFICER, clock)) as books:
        visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
        books.visits.obtain(visit.id, {1: "sighted"})  # from the citizen's own paper
        visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D02"])
        with pytest.raises(NotSignedYet):
            books.visits.obtain(visit.id)
    with closing(open_books(office, HEAD, clock)) as books, pytest.raises(NotSignedYet):
        PeopleLists(books).now()


def test_an_office_never_enrolled_types_the_sheet_once(office: Locations, clock: HandClock) -> None:
    make_older(office)
    with closing(open_books(office, HEAD, clock)) as books:
        signer = books.signer(PASSPHRASE[HEAD])
        assert needs_sheet(books)
        with pytest.raises(SheetNeeded):
            adopt(books, signer, None)
        with pytest.raises(WrongSheet):
            adopt(books, signer, str(pyrage.x25519.Identity.generate()))
        assert adopt(books, signer, sheet(office)).is_signed
        with pytest.raises(SignedAlready):
            adopt(books, signer, sheet(office))
        roles = books.people.roles()
        assert (roles.n, roles.sheet and roles.sheet.kid) == (1, sheet_signer(sheet(office)).kid)
        books.appointments.appoint(OFFICER, "controller", signer)
        assert books.people.roles().n == 2
    with closing(open_books(office, OFFICER, clock)) as books:
        assert books.who.roles == ("officer", "controller")
        visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
        books.visits.obtain(visit.id, {1: "sighted"})
    # The sheet's key is known from now on.
    name_head(office, CONTROLLER, sheet(office), clock, instead_of=HEAD)
    with closing(open_books(office, CONTROLLER, clock)) as books:
        assert books.who.roles == ("controller", "head")
    # And a row counts no more than in books that began with a list.
    tamper(
        office.books,
        "INSERT INTO appointment(login, role, from_at) VALUES ('somchai', 'head', '2026')",
        key=key_of(office),
    )
    with pytest.raises(CopiesDiffer):
        open_books(office, OFFICER, clock)


def test_in_an_enrolled_office_the_head_whom_the_centre_confirmed_signs(
    office: Locations, clock: HandClock
) -> None:
    make_older(office, confirmed=[HEAD])
    with closing(open_books(office, HEAD, clock)) as books:
        assert not needs_sheet(books)
        adopt(books, books.signer(PASSPHRASE[HEAD]), None)
        assert (books.people.roles().n, books.people.roles().sheet) == (1, None)
    for login in PASSPHRASE:
        open_books(office, login, clock).close()
    with pytest.raises(SheetUnknown):  # nobody has said yet which key it signs with
        rescue(office, HEAD, sheet(office), OWN, clock)


def test_the_sheet_becomes_known_where_it_is_typed_too(office: Locations, clock: HandClock) -> None:
    make_older(office, confirmed=[HEAD])
    with closing(open_books(office, HEAD, clock)) as books:
        adopt(books, books.signer(PASSPHRASE[HEAD]), sheet(office))
    rescue(office, HEAD, sheet(office), OWN, clock)
    with closing(Books.open(office, HEAD, OWN, clock=clock)) as books:
        assert "head" in books.who.roles


@pytest.mark.parametrize("confirmed", [[], [CONTROLLER]])
def test_a_head_whom_the_centre_never_confirmed_signs_nothing(
    office: Locations, clock: HandClock, confirmed: list[str]
) -> None:
    make_older(office, confirmed=confirmed)
    with closing(open_books(office, HEAD, clock)) as books:
        for identity in (None, sheet(office)):
            with pytest.raises(NotConfirmedHead):
                adopt(books, books.signer(PASSPHRASE[HEAD]), identity)
        assert books.people.roles().n is None


def test_an_officer_who_is_head_by_a_row_alone_cannot_sign_the_first_list(
    office: Locations, clock: HandClock
) -> None:
    make_older(office, confirmed=[HEAD])
    tamper(
        office.books,
        "INSERT INTO appointment(login, role, from_at) VALUES ('somchai', 'head', '2026')",
        key=key_of(office),
    )
    with closing(open_books(office, OFFICER, clock)) as books, pytest.raises(NotConfirmedHead):
        adopt(books, books.signer(PASSPHRASE[OFFICER]), sheet(office))


def test_a_first_passphrase_of_before_is_given_anew(office: Locations, clock: HandClock) -> None:
    with closing(open_books(office, HEAD, clock)) as books:
        books.appointments.reset(OFFICER, "first-word-7", books.signer(PASSPHRASE[HEAD]))
    make_older(office, but=OFFICER)
    with closing(open_books(office, HEAD, clock)) as books:
        adopt(books, books.signer(PASSPHRASE[HEAD]), sheet(office))
        with pytest.raises(NoFirstKey):
            change_passphrase(office, OFFICER, "first-word-7", OWN, clock=clock)
        books.appointments.reset(OFFICER, "first-word-8", books.signer(PASSPHRASE[HEAD]))
    change_passphrase(office, OFFICER, "first-word-8", OWN, clock=clock)
    Books.open(office, OFFICER, OWN, clock=clock).close()


@pytest.mark.parametrize("confirmed", [None, [HEAD]])
def test_nobody_brings_in_a_sheet_of_his_own_before_the_head_signs(
    office: Locations, clock: HandClock, confirmed: list[str] | None
) -> None:
    """In an enrolled office that is refused. In another one the true sheet shows it, and signs nothing."""
    make_older(office, confirmed=confirmed)
    own = sheet_signer(str(pyrage.x25519.Identity.generate()))
    with closing(open_books(office, OFFICER, clock)) as books, books.database.write() as db:
        facts = sheet_facts(books.people.roles(), sheet_key(own), "age1x", own)
        books.ledger.append(db, Entry(LineKind.KEYS, OFFICER, facts=facts))
    if confirmed is not None:
        with pytest.raises(LedgerBroken):
            open_books(office, HEAD, clock)
        return
    with closing(open_books(office, HEAD, clock)) as books, pytest.raises(SheetUnknown):
        adopt(books, books.signer(PASSPHRASE[HEAD]), sheet(office))
