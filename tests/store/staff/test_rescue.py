"""No head can: the recovery sheet names one, and gives a head new keys; the list says who signed."""

from __future__ import annotations

import json
from contextlib import closing
from copy import deepcopy

import pytest

from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.errors import BadInput, NotFound
from store.formats import jws
from store.formats.line import Entry, LineKind
from store.ledger.errors import LedgerBroken
from store.people import roles_in_force
from store.people.errors import WrongSheet
from store.people.roles_document import appointment, sign_document
from store.people.sheet_key import sheet_signer
from store.staff.errors import ListRefused
from store.staff.recovery import read_key, renew_sheet
from store.staff.rescue import name_head, rescue
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.rig.signed_people import sign_change

OWN = "lantern kite mango river"


def sheet(office: Locations) -> str:
    return read_key((office.home.parent / "recovery.txt").read_text("utf-8"))


def signer_of(books: Books, n: int) -> str:
    """The `kid` of who signed document n."""
    token = books.database.value("SELECT token FROM roles_document WHERE n = ?", (n,))
    protected = jws.unb64(str(token).split(".")[0])
    return str(json.loads(protected)["kid"])


def test_the_head_is_gone_and_the_sheet_names_another(office: Locations, clock: HandClock) -> None:
    with pytest.raises(NotFound):
        name_head(office, "nobody", sheet(office), clock, instead_of=None)
    with pytest.raises(BadInput):
        name_head(office, HEAD, sheet(office), clock, instead_of=None)
    name_head(office, CONTROLLER, sheet(office), clock, instead_of=HEAD)
    with closing(open_books(office, CONTROLLER, clock)) as books:
        assert books.who.roles == ("controller", "head")
        assert books.people.get(HEAD).roles == ()
        assert signer_of(books, 1) == sheet_signer(sheet(office)).kid
        (line,) = books.ledger.lines(kind="people", limit=1)
        assert (line.officer, line.facts["by"], line.facts["roles"]["n"]) == (None, "recovery_sheet", 1)
        # The new head does a head's work, with the key that was there before.
        books.appointments.end(CONTROLLER, books.signer(PASSPHRASE[CONTROLLER]), role="controller")
        assert signer_of(books, 2) == books.who.kid
    with closing(open_books(office, CONTROLLER, clock)) as books:
        assert books.who.roles == ("head",)


def test_a_head_who_was_named_and_forgot_gets_new_keys(office: Locations, clock: HandClock) -> None:
    name_head(office, CONTROLLER, sheet(office), clock, instead_of=None)
    with closing(open_books(office, HEAD, clock)) as books:
        old = books.people.get(CONTROLLER).kid
    public = rescue(office, CONTROLLER, sheet(office), OWN, clock)
    with closing(Books.open(office, CONTROLLER, OWN, clock=clock)) as books:
        assert books.who.kid == public.kid != old
        roles = books.people.roles()
        assert roles.key(str(old)) is None
        assert [key["until"] is None for key in roles.people[CONTROLLER]["keys"]] == [False, True]
        books.appointments.reset(OFFICER, "first-word-7", books.signer(OWN))
    change_passphrase(office, OFFICER, "first-word-7", "another four small words", clock=clock)


def test_the_sheet_names_heads_and_nothing_else(books: Books, office: Locations, clock: HandClock) -> None:
    signer = sheet_signer(sheet(office))
    for change in (
        lambda people: people[OFFICER].update(level="x"),
        lambda people: people[OFFICER]["appointments"].append(
            appointment("controller", "2026", None, False, None)
        ),
        lambda people: people[CONTROLLER]["appointments"][0].update(until="2026-11-23T09:00:00+07:00"),
    ):
        with pytest.raises(ListRefused):
            sign_change(books, signer, change)
    # Written past this check it is refused by every log-in.
    with books.database.write() as db:
        roles = roles_in_force.now(db)
        people = deepcopy(dict(roles.people))
        people[OFFICER]["level"] = "x"
        place = {"unit": roles.unit, "station": roles.station, "n": 1, "prev": roles.sha256}
        token, sha256 = sign_document(place, people.values(), signer)
        db.execute("INSERT INTO roles_document VALUES (1, ?, ?)", [token, sha256])
        facts = {"roles": {"n": 1, "sha256": sha256}}
        books.ledger.append(db, Entry(LineKind.PEOPLE, HEAD, facts=facts))
    with pytest.raises(LedgerBroken):
        open_books(office, CONTROLLER, clock)


def test_a_new_sheet_names_heads_and_the_old_one_no_longer(
    books: Books, office: Locations, clock: HandClock
) -> None:
    old, file = sheet(office), office.home.parent / "new.txt"
    assert renew_sheet(books, file, books.signer(PASSPHRASE[HEAD]))
    books.close()
    with pytest.raises(WrongSheet):
        name_head(office, CONTROLLER, old, clock, instead_of=None)
    new = read_key(file.read_text("utf-8"))
    name_head(office, CONTROLLER, new, clock, instead_of=None)
    with closing(open_books(office, CONTROLLER, clock)) as again:
        assert "head" in again.who.roles
        in_force = again.people.roles().sheet
        assert in_force is not None
        assert (in_force.n, in_force.kid) == (1, sheet_signer(new).kid)
