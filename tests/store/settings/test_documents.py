"""The head's settings document: who may sign it, what it holds, and how books of before get their first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.books import Books
from store.errors import NotAllowed, WrongState
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.people.errors import NotSignedYet as PeopleUnsigned
from store.people.head_keys import first_sheet_key
from store.settings import documents
from store.settings.centre import fingerprint
from store.settings.errors import NotAsSigned, NotSignedYet
from store.settings.rules import BACKUP_FOLDER
from store.staff.adopt import adopt
from store.staff.appointments import Appointments
from store.staff.recovery import read_key
from store.upkeep import backup
from tests.rig.lines import HandClock
from tests.rig.office import (
    CONTROLLER,
    HEAD,
    PASSPHRASE,
    copy_office,
    decide,
    head_signer,
    open_books,
    sheet_of,
)
from tests.rig.older_books import make_older
from tui.words.setting_words import signing_words

FORM = """
[gateways.gdx]
url = "https://gdx.example"
consumer_key = "key"
consumer_secret = "hush-hush"
[centre]
url = "https://centre.example"
enrolment_code = "AAAA-AAAA-AAAA-AAAA-BBBB-BBBB-BBBB-BBBB"
"""


@pytest.fixture
def head(tmp_path: Path) -> Iterator[Books]:
    books = open_books(copy_office(tmp_path / "home", FORM), HEAD)
    yield books
    books.close()


@pytest.fixture
def of_before(tmp_path: Path) -> Iterator[Books]:
    locations = copy_office(tmp_path / "home", FORM)
    make_older(locations)
    books = open_books(locations, HEAD)
    yield books
    books.close()


def payload_of(books: Books, n: int) -> dict[str, object]:
    """A document as an outsider reads it: with the key that signed it."""
    [token] = books.database.rows("SELECT token FROM settings_document WHERE n = ?", (n,))
    key = books.who.signing_key if n else None
    with books.database.reading() as db:
        keys = first_sheet_key(db) if key is None else {str(books.who.kid): key}
    return jws.read_compact(token["token"], typ="nocopy-settings+jws", key_of=keys.get).value


def test_the_sheet_signs_the_first_and_the_head_every_further_one(head: Books) -> None:
    first = payload_of(head, 0)
    assert first.keys() == {"v", "unit", "station", "n", "prev", "nonce", "settings", "catalogue"}
    assert (first["unit"], first["station"], first["n"], first["prev"]) == ("5001", "01", 0, None)
    assert first["settings"] == {
        "gateways.gdx.url": "https://gdx.example",
        "gateways.gdx.consumer_key": "key",
        "gateways.gdx.consumer_secret": "hush-hush",
        "centre.url": "https://centre.example",
        "centre.enrolment_code": "AAAA-AAAA-AAAA-AAAA-BBBB-BBBB-BBBB-BBBB",
    }
    catalogue = first["catalogue"]
    assert isinstance(catalogue, dict)
    assert (len(catalogue["documents"]), len(catalogue["services"]), catalogue["n"]) == (21, 24, 0)
    [d02] = [one for one in catalogue["documents"] if one["code"] == "D02"]
    assert d02["codes"]["linkage"] == {"office": "00023", "service": "008", "version": "01"}
    decide(head, {"gateways.gdx.url": "https://gdx2.example", "gateways.gdx.consumer_secret": None})
    second = payload_of(head, 1)
    [named] = head.database.rows("SELECT sha256 FROM settings_document WHERE n = 0")
    assert second["prev"] == named["sha256"]
    assert second["nonce"] != first["nonce"]
    assert isinstance(second["settings"], dict)
    assert "gateways.gdx.consumer_secret" not in second["settings"]
    bodies = "".join(row["body"] for row in head.database.rows("SELECT body FROM ledger"))
    assert "hush" not in bodies
    assert "gdx2" not in bodies


def test_nobody_but_a_head_of_now_signs(head: Books) -> None:
    controller = open_books(head.locations, CONTROLLER)
    signer = controller.signer(PASSPHRASE[CONTROLLER])
    for books in (controller, head):
        with pytest.raises(NotAllowed):
            books.settings.set("office.open", "08:00", signer)
        with pytest.raises(NotAllowed), books.database.write() as db:
            books.settings.sign(db, {"office.open": "08:00"}, signer)
    controller.close()
    assert head.settings.get("office.open") is None


def test_what_a_former_head_signed_stays_in_force(tmp_path: Path) -> None:
    clock = HandClock("2026-11-25T09:00:00")
    locations = copy_office(tmp_path / "home", FORM)
    head = open_books(locations, HEAD, clock)
    decide(head, {"office.open": "08:00"})
    clock.go(minutes=5)
    Appointments(head).appoint(CONTROLLER, "head", head.signer(PASSPHRASE[HEAD]))
    head.close()
    new = open_books(locations, CONTROLLER, clock)
    former = head_signer(locations)
    Appointments(new).end(HEAD, new.signer(PASSPHRASE[CONTROLLER]), role="head")
    clock.go(days=1)
    new.close()
    new = open_books(locations, CONTROLLER, clock)
    new.settings.verify()
    assert new.settings.get("office.open") == "08:00"
    with pytest.raises(NotAllowed), new.database.write() as db:
        new.settings.sign(db, {"office.open": "07:00"}, former)
    new.settings.set("office.open", "08:15", new.signer(PASSPHRASE[CONTROLLER]))
    new.settings.verify()
    new.close()


def test_the_second_backup_goes_nowhere_by_a_row(head: Books, tmp_path: Path) -> None:
    signed, other = tmp_path / "stick", tmp_path / "his own"
    signed.mkdir()
    other.mkdir()
    decide(head, {BACKUP_FOLDER: str(signed)})
    with head.database.write() as db:
        db.execute("UPDATE setting SET value = ? WHERE name = 'backup.folder'", [str(other)])
    with pytest.raises(NotAsSigned):
        backup.daily(head)
    assert list(other.iterdir()) == list(signed.iterdir()) == []
    assert backup.newest(head) is not None, "the one on this PC is made"
    decide(head, {"office.open": "08:00"})
    assert [made.file.parent for made in backup.daily(head)] == [signed]


# --- books of the version before ---


def adopted(books: Books) -> None:
    """The head of an office that was never enrolled signs people and settings, with the sheet."""
    key = read_key(sheet_of(books.locations.home).read_text("utf-8"))
    adopt(books, books.signer(PASSPHRASE[HEAD]), key)


def test_books_of_before_open_but_send_and_change_nothing(of_before: Books) -> None:
    with of_before.database.reading() as db:
        assert not documents.is_signed(db)
    assert of_before.settings.get("gateways.gdx.url") == "https://gdx.example"
    assert of_before.catalogue.document("D02").codes["linkage"]["service"] == "008"
    for demand in (of_before.settings.demand_as_signed, of_before.settings.verify):
        with pytest.raises(NotSignedYet) as told:
            demand()
        assert told.value.exit_code == 6
    with pytest.raises(PeopleUnsigned):
        of_before.settings.set("office.open", "08:00", of_before.signer(PASSPHRASE[HEAD]))
    of_before.ledger.verify()


def test_the_head_of_older_books_reads_what_is_signed_and_signs_it(of_before: Books) -> None:
    with of_before.database.reading() as db:
        shown = documents.to_be_signed(db)
    assert shown["gateways.gdx.url"] == "https://gdx.example"
    assert "hush-hush" not in repr(shown)
    assert any("https://gdx.example" in line for line in signing_words(shown))
    with pytest.raises(NotAllowed), of_before.database.write() as db:  # nobody is known to be head yet
        documents.sign_first(db, of_before, of_before.signer(PASSPHRASE[HEAD]))
    adopted(of_before)
    of_before.settings.verify()
    assert payload_of(of_before, 1)["n"] == 1
    [line] = of_before.ledger.lines(kind="settings", limit=1)
    assert line.facts["names"] == sorted(shown)
    decide(of_before, {"office.open": "08:00"})
    of_before.settings.verify()
    with pytest.raises(WrongState), of_before.database.write() as db:
        documents.sign_first(db, of_before, of_before.signer(PASSPHRASE[HEAD]))


def test_keys_of_a_centre_that_no_enrolment_names_are_not_signed_by_the_way(of_before: Books) -> None:
    with of_before.database.write() as db:
        keys = {"receipt": "AAAA"}
        of_before.settings.put(db, "centre.keys", json.dumps(keys))
        of_before.settings.put(db, "centre.token", "token")
        of_before.settings.put(db, "centre.fingerprint", fingerprint(keys))
        assert "centre.fingerprint" not in documents.to_be_signed(db)
    adopted(of_before)
    assert of_before.settings.get("centre.keys") is None
    assert not of_before.is_enrolled
    of_before.settings.verify()


def test_a_document_of_another_pc_is_none(head: Books) -> None:
    """Each PC has documents of its own: one of another, signed by the same head, does not count here."""
    with head.database.write() as db:
        last = documents.newest(db)
        assert last is not None
        value = {**payload_of(head, 0), "n": 1, "prev": last.sha256, "station": "02"}
        signer = head_signer(head.locations)
        token = jws.sign_compact(canonical(value), typ=documents.SETTINGS, header={}, seed=signer.seed)
        named = documents.Named(head.ledger.count() - 1, 1, sha256_hex(token.encode()))
        db.execute("INSERT INTO settings_document VALUES (1, ?, ?)", [token, named.sha256])
        with pytest.raises(NotAsSigned):
            documents.verified(db, named)
