"""People come and go, and forget their passphrases; nothing of the past is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from store.base.database import Database
from store.base.locations import Locations
from store.base.schema import migrate, migrations
from store.books import Books, change_passphrase
from store.errors import BadInput, NotAllowed, NotFound
from store.formats.canonical import unb64
from store.people.errors import (
    FirstPassphraseExpired,
    KeysDamaged,
    MustChangePassphrase,
    WeakPassphrase,
    WrongPassphrase,
)
from store.people.people import Newcomer, People
from store.people.vault import Keyring
from store.staff.appointments import Term, insert_person
from store.staff.errors import LastHead
from store.staff.people_list import PeopleLists
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books, sealed_anew

MALEE = Newcomer("malee", "นางมาลี ศรีสุข", "3501200456785", "อำนวยการ", ("head",), ("S01",), "first-word-4")
OWN = "lantern kite mango river"


def facts(books: Books, kind: str, n: int) -> list[dict[str, Any]]:
    return [line.facts for line in reversed(books.ledger.lines(kind=kind, limit=n))]


def test_a_new_person_begins_with_a_first_passphrase(
    books: Books, office: Locations, clock: HandClock
) -> None:
    done = books.appointments.add(MALEE, books.signer(PASSPHRASE[HEAD]))
    assert (done.person.roles, done.person.kid, done.rekeyed, done.list_job) == (("head",), None, None, None)
    assert [one["did"] for one in facts(books, "people", 2)] == ["appointed", "added"]
    (first,) = facts(books, "keys", 1)
    assert (first["login"], first["first_until"]) == ("malee", "2026-11-26T09:00:00+07:00")
    bodies = "".join(row["body"] for row in books.database.rows("SELECT body FROM ledger"))
    assert MALEE.citizen_id not in bodies
    with pytest.raises(MustChangePassphrase):
        Books.open(office, "malee", "first-word-4", clock=clock)
    clock.set("2026-11-26T09:00:00")
    with pytest.raises(FirstPassphraseExpired):
        change_passphrase(office, "malee", "first-word-4", OWN, clock=clock)
    books.appointments.reset("malee", "first-word-5", books.signer(PASSPHRASE[HEAD]))
    change_passphrase(office, "malee", "first-word-5", OWN, clock=clock)
    Books.open(office, "malee", OWN, clock=clock).close()


def test_what_cannot_be_is_refused_and_changes_nothing(books: Books, clock: HandClock) -> None:
    signer, count = books.signer(PASSPHRASE[HEAD]), books.ledger.count()
    people = books.appointments
    yesterday, tomorrow = "2026-11-22T00:00:00+07:00", "2026-11-24T00:00:00+07:00"
    for wrong in (
        lambda: people.add(Newcomer(**{**vars(MALEE), "login": OFFICER}), signer),
        lambda: people.add(
            Newcomer(**{**vars(MALEE), "citizen_id": books.people.get(OFFICER).citizen_id}), signer
        ),
        lambda: people.add(Newcomer(**{**vars(MALEE), "services": ("S99",)}), signer),
        lambda: people.add(MALEE, signer, Term(from_at=yesterday)),
        lambda: people.add(MALEE, signer, Term(tomorrow, tomorrow)),
        lambda: people.appoint(CONTROLLER, "head", signer, Term(acting=True, until_at=tomorrow)),
        lambda: people.appoint(CONTROLLER, "head", signer, Term(acting=True, order_no="1/2569")),
        lambda: people.appoint(CONTROLLER, "controller", signer),
        lambda: people.appoint(CONTROLLER, "boss", signer),
        lambda: people.end(CONTROLLER, signer, at=yesterday),
        lambda: people.end(CONTROLLER, signer, role="officer"),
        lambda: people.change(OFFICER, signer, services=("S99",)),
        lambda: people.reset(HEAD, "first-word-9", signer),
    ):
        with pytest.raises((BadInput, NotFound)):
            wrong()
    with pytest.raises(WeakPassphrase):
        people.reset(OFFICER, "short", signer)
    with pytest.raises(NotFound):
        people.end("nobody", signer)
    assert books.ledger.count() == count
    assert [person.login for person in books.people.all()] == [HEAD, OFFICER, CONTROLLER]
    open_books(books.locations, OFFICER, clock).close()


def test_nobody_else_changes_people_and_no_hand_but_the_heads(
    books: Books, office: Locations, clock: HandClock
) -> None:
    other = open_books(office, OFFICER, clock)
    for hand in (other.signer(PASSPHRASE[OFFICER]), books.signer(PASSPHRASE[HEAD])):
        with pytest.raises(NotAllowed):
            other.appointments.end(CONTROLLER, hand)
    with pytest.raises(NotAllowed):
        books.appointments.end(CONTROLLER, other.signer(PASSPHRASE[OFFICER]))
    other.close()


def test_a_forgotten_passphrase_is_reset_by_the_head_and_old_signatures_verify(
    books: Books, office: Locations, clock: HandClock
) -> None:
    before = open_books(office, OFFICER, clock)
    old_kid, signature = before.who.kid, before.signer(PASSPHRASE[OFFICER]).sign(b"November")
    before.close()
    clock.set("2026-11-24T09:00:00")
    books.appointments.reset(OFFICER, "first-word-8", books.signer(PASSPHRASE[HEAD]))
    with pytest.raises(WrongPassphrase):
        open_books(office, OFFICER, clock)
    with pytest.raises(MustChangePassphrase):
        Books.open(office, OFFICER, "first-word-8", clock=clock)
    clock.set("2026-11-24T09:30:00")
    public = change_passphrase(office, OFFICER, "first-word-8", OWN, clock=clock)
    after = Books.open(office, OFFICER, OWN, clock=clock)
    assert after.signer(OWN).kid == public.kid == after.who.kid != old_kid
    after.close()
    listed = [one for one in PeopleLists(books).now() if one["login"] == OFFICER]
    assert [(one["kid"], one["until"], one["from"] > listed[0]["from"]) for one in listed] == [
        (old_kid, "2026-11-24T09:00:00+07:00", False),
        (public.kid, None, True),
    ]
    Ed25519PublicKey.from_public_bytes(unb64(listed[0]["key"])).verify(signature, b"November")


def test_a_head_leaves_and_a_successor_goes_on(books: Books, office: Locations, clock: HandClock) -> None:
    signer, old = books.signer(PASSPHRASE[HEAD]), books.database.key
    with pytest.raises(LastHead):
        books.appointments.end(HEAD, signer)
    books.appointments.add(MALEE, signer)
    with pytest.raises(LastHead):  # who has only a first passphrase may never come
        books.appointments.end(HEAD, signer)
    change_passphrase(office, "malee", "first-word-4", OWN, clock=clock)
    done = books.appointments.end(HEAD, signer, order_no="220/2569")
    assert (done.person.roles, done.rekeyed) == ((), True)
    told = facts(books, "people", 1)[0]
    assert told.pop("roles")["n"] == 2
    assert told == {
        "login": HEAD,
        "did": "ended",
        "role": "head",
        "until": "2026-11-23T09:00:00+07:00",
        "order": "220/2569",
    }
    books.close()
    with pytest.raises(WrongPassphrase):
        open_books(office, HEAD, clock)
    successor = Books.open(office, "malee", OWN, clock=clock)
    assert successor.database.key != old
    successor.appointments.reset(OFFICER, "first-word-7", successor.signer(OWN))
    with pytest.raises(LastHead):
        successor.appointments.end("malee", successor.signer(OWN))
    former = successor.people.get(HEAD)
    assert former.name in [one["name"] for one in PeopleLists(successor).now()]
    successor.close()


def test_who_comes_back_gets_new_keys(books: Books, office: Locations, clock: HandClock) -> None:
    signer, people = books.signer(PASSPHRASE[HEAD]), books.appointments
    people.end(OFFICER, signer)
    with pytest.raises(BadInput):
        people.reset(OFFICER, "first-word-8", signer)
    clock.set("2026-12-01T09:00:00")
    people.appoint(OFFICER, "officer", signer)
    people.change(OFFICER, signer, level="ชำนาญการ", services=("S05",))
    people.reset(OFFICER, "first-word-8", signer)
    change_passphrase(office, OFFICER, "first-word-8", OWN, clock=clock)
    back = Books.open(office, OFFICER, OWN, clock=clock)
    assert (back.who.roles, back.who.services, back.who.level) == (("officer",), ("S05",), "ชำนาญการ")
    spans = [(one.from_at[:10], (one.until_at or "")[:10]) for one in back.who.appointments]
    assert spans == [("2026-11-23", "2026-11-23"), ("2026-12-01", "")]
    back.close()


# --- nobody signs as another ---


def test_a_forged_entry_in_keys_json_does_not_sign_as_the_head(
    books: Books, office: Locations, clock: HandClock
) -> None:
    """An officer who may open the database tries every way to the head's signature."""
    key = Keyring(office.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    books.close()
    honest = office.keys.read_bytes()
    Keyring(office.keys).add_first(HEAD, "made up first", key)
    sealed_anew(Keyring(office.keys), HEAD, "made up first", OWN)
    with pytest.raises(KeysDamaged):
        Books.open(office, HEAD, OWN, clock=clock)
    database = Database(office.books, key)
    with database.write() as db:
        db.execute("UPDATE person SET kid = NULL, signing_key = NULL WHERE login = ?", [HEAD])
    database.close()
    with pytest.raises(KeysDamaged):  # the ledger still names the head's key
        Books.open(office, HEAD, OWN, clock=clock)
    # The head's box under the officer's name, or the officer's own under the head's: bound to the login.
    entries = {one["login"]: one for one in json.loads(honest)["people"]}
    for login, other in ((OFFICER, HEAD), (HEAD, OFFICER)):
        swapped = json.loads(honest)
        swapped["people"] = [{**entries[other], "login": login}]
        office.keys.write_text(json.dumps(swapped))
        clock.set("2026-11-23T18:00:00")
        with pytest.raises(WrongPassphrase):
            Books.open(office, login, PASSPHRASE[OFFICER], clock=clock)


def test_books_of_an_earlier_version_keep_their_people(tmp_path: Path) -> None:
    """There, roles, dates and the only key were in the person's own row."""
    database = Database.create(tmp_path / "books.db", bytes(32))
    with database.write() as db:
        migrations.apply(db, stop_before="m002_appointments_with_dates")
        db.table("person").insert(
            {
                "login": "malee",
                "name": "นางมาลี ศรีสุข",
                "citizen_id": "3501200456785",
                "level": "ชำนาญงาน",
                "roles": '["officer","controller"]',
                "services": '["S01"]',
                "from_at": "2026-01-05T08:30:00+07:00",
                "until_at": "2026-12-31T00:00:00+07:00",
                "kid": "kid-1",
                "signing_key": "key-1",
                "age_key": "age-1",
            }
        )
    migrate(database)
    people = People(database, lambda: "2026-06-01T00:00:00+07:00")
    assert (people.get("malee").roles, people.get("malee").kid) == (("officer", "controller"), "kid-1")
    assert People(database, lambda: "2026-12-31T00:00:00+07:00").get("malee").roles == ()
    (key,) = database.rows("SELECT * FROM person_key")
    assert (key["kid"], key["signing_key"], key["from_at"], key["until_at"]) == ("kid-1", "key-1", None, None)
    database.close()


def test_the_books_take_any_role_and_one_that_nobody_knows_allows_nothing(tmp_path: Path) -> None:
    """So a new role is no change of the tables."""
    database = Database.create(tmp_path / "books.db", bytes(32))
    migrate(database)
    with database.write() as db:
        insert_person(db, MALEE)
        held = {"login": MALEE.login, "role": "gardener", "from_at": "2026-01-05T08:30:00+07:00"}
        db.table("appointment").insert(held)
    person = People(database, lambda: "2026-06-01T00:00:00+07:00").get("malee")
    assert ([one.role for one in person.appointments], person.roles) == (["gardener"], ())
    database.close()
