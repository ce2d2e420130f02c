"""Opening the books: by whom, when, with what, and what a thief of the folder finds."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reader.buddhist_date import BANGKOK
from reader.citizen_id import shown
from store.base.errors import BooksDamaged, NoBooks
from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.errors import NotAllowed
from store.formats.canonical import b64, unb64
from store.formats.line import Entry
from store.formats.roles import SIGNING
from store.ledger.errors import LedgerBroken
from store.people.errors import (
    FirstPassphraseExpired,
    KeysDamaged,
    MustChangePassphrase,
    NotAppointed,
    WrongPassphrase,
)
from store.people.people import People
from store.people.permissions import ALLOWED, demand
from store.people.roles_document import appointment
from store.people.unlock import first_voucher, unlock
from store.people.vault import Keyring
from tests.rig.lines import HandClock, tamper
from tests.rig.office import (
    CITIZEN_ID,
    CONTROLLER,
    FIRST,
    HEAD,
    OFFICER,
    PASSPHRASE,
    copy_office,
    make_office,
    open_books,
    sealed_anew,
)
from tests.rig.signed_people import held_until, sign_change

DAY = datetime(2026, 11, 23, 8, 30, tzinfo=BANGKOK)
SECRETS = """
[gateways.gdx]
url = "https://gdx.example"
consumer_key = "key-of-the-office-0001"
consumer_secret = "secret-of-the-office-0001"
"""


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-23T09:00:00")


@pytest.fixture
def office(tmp_path: Path) -> Locations:
    return copy_office(tmp_path / "home", SECRETS, DAY)


@pytest.fixture
def books(office: Locations, clock: HandClock) -> Iterator[Books]:
    opened = open_books(office, clock=clock)
    yield opened
    opened.close()


def a_use(books: Books, citizen: str) -> int:
    with books.database.write() as db:
        return books.ledger.append(db, Entry("use", books.who.login, subject=citizen, purpose="ขึ้นทะเบียน"))


def test_opening_is_written_down(books: Books, office: Locations, clock: HandClock) -> None:
    last = books.ledger.lines(limit=1)[0]
    assert (last.kind, last.officer, last.at) == ("login", OFFICER, "2026-11-23T09:00:00+07:00")
    assert (books.unit, books.station) == ("5001", "01")
    assert books.origin == books.ledger.line(0).facts["origin"]
    assert books.who.short_name() == "สมชาย"
    assert books.people.by_citizen_id(CITIZEN_ID[HEAD]) == books.people.get(HEAD)
    assert [person.login for person in books.people.all()] == [HEAD, OFFICER, CONTROLLER]
    assert CITIZEN_ID[OFFICER] not in repr(books.people.all())


def test_each_person_owns_keys_that_the_ledger_names(books: Books) -> None:
    lines = [line for line in books.ledger.lines(kind="keys", newest_first=False) if line.seq]
    assert {line.officer for line in lines} == {OFFICER, CONTROLLER, HEAD}
    for line in lines:
        person = books.people.get(str(line.officer))
        named = {name: line.facts[name] for name in ("login", "kid", "key", "age_key")}
        assert named == {
            "login": person.login,
            "kid": person.kid,
            "key": person.signing_key,
            "age_key": person.age_key,
        }
        assert person.first_until is None
    assert len({line.facts["kid"] for line in lines}) == 3
    signer = books.signer(PASSPHRASE[OFFICER])
    public = Ed25519PublicKey.from_public_bytes(unb64(str(books.who.signing_key)))
    public.verify(signer.sign(b"summary"), b"summary")
    assert signer.kid == books.who.kid
    with pytest.raises(WrongPassphrase):
        books.signer(PASSPHRASE[HEAD])


def test_only_the_own_passphrase_opens(office: Locations, clock: HandClock) -> None:
    for login, passphrase in (
        (OFFICER, PASSPHRASE[HEAD]),
        ("nobody", PASSPHRASE[HEAD]),
        (OFFICER, FIRST[OFFICER]),
    ):
        with pytest.raises(WrongPassphrase):
            Books.open(office, login, passphrase, clock=clock)
    with pytest.raises(NoBooks):
        Books.open(Locations(office.home / "nowhere"), OFFICER, PASSPHRASE[OFFICER], clock=clock)


def test_a_first_passphrase_allows_only_its_change_within_72_hours(tmp_path: Path) -> None:
    clock = HandClock("2026-11-23T08:30:00")
    office = make_office(tmp_path / "home", clock=clock, changed=False)
    with pytest.raises(MustChangePassphrase):
        Books.open(office, OFFICER, FIRST[OFFICER], clock=clock)
    clock.set("2026-11-26T08:29:59")
    change_passphrase(office, OFFICER, FIRST[OFFICER], PASSPHRASE[OFFICER], clock=clock)
    open_books(office, clock=clock).close()
    clock.set("2026-11-26T08:30:00")
    open_books(office, clock=clock).close()
    for _ in range(2):
        with pytest.raises(FirstPassphraseExpired):
            Books.open(office, HEAD, FIRST[HEAD], clock=clock)
        with pytest.raises(FirstPassphraseExpired):
            change_passphrase(office, HEAD, FIRST[HEAD], PASSPHRASE[HEAD], clock=clock)
        clock.set("2026-11-24T08:30:00")  # setting the clock back does not make it good again
    clock.set("2027-06-01T08:30:00")
    open_books(office, clock=clock).close()


def test_changing_a_passphrase_keeps_the_keys(books: Books, office: Locations, clock: HandClock) -> None:
    kid, count = books.who.kid, books.ledger.count()
    new = "another four small words"
    assert change_passphrase(office, OFFICER, PASSPHRASE[OFFICER], new, clock=clock).kid == kid
    assert books.people.get(OFFICER).kid == kid
    assert books.ledger.count() == count + 1
    Books.open(office, OFFICER, new, clock=clock).close()
    with pytest.raises(WrongPassphrase):
        open_books(office, clock=clock)


def test_a_power_cut_between_new_keys_and_their_ledger_line_locks_nobody_out(tmp_path: Path) -> None:
    clock = HandClock("2026-11-23T08:30:00")
    office = make_office(tmp_path / "home", clock=clock, changed=False)
    database, unlocked = unlock(office, OFFICER, FIRST[OFFICER], clock)
    vouch = first_voucher(People(database).roles(), unlocked)
    database.close()
    public = sealed_anew(Keyring(office.keys), OFFICER, FIRST[OFFICER], PASSPHRASE[OFFICER], vouch)
    books = open_books(office, clock=clock)
    assert (books.who.kid, books.who.first_until) == (public.kid, None)
    assert [line.kind for line in books.ledger.lines(limit=2)] == ["login", "keys"]
    assert books.signer(PASSPHRASE[OFFICER]).kid == public.kid
    books.close()


def test_a_person_logs_in_only_on_the_days_of_the_appointment(
    books: Books, office: Locations, clock: HandClock
) -> None:
    books.close()
    day = "2026-12-01T00:00:00+07:00"
    with closing(open_books(office, HEAD, clock)) as head:

        def change(people: dict[str, Any]) -> None:
            held_until(CONTROLLER, day)(people)
            held_until(HEAD, "2026-11-23T09:00:00+07:00")(people)
            people[HEAD]["appointments"].append(appointment("head", day, None, False, None))

        sign_change(head, head.signer(PASSPHRASE[HEAD]), change)
    open_books(office, CONTROLLER, clock).close()
    with pytest.raises(NotAppointed):
        open_books(office, HEAD, clock)
    clock.set("2026-11-30T12:00:00")
    open_books(office, clock=clock).close()
    clock.set("2026-12-01T00:00:00")
    with pytest.raises(NotAppointed):
        open_books(office, CONTROLLER, clock)
    open_books(office, HEAD, clock).close()
    clock.set("2026-11-20T00:00:00")
    with pytest.raises(WrongPassphrase):  # whose entry is gone by now: the head's log-in saw to it
        open_books(office, CONTROLLER, clock)


def test_a_dead_clock_battery_locks_nobody_out(office: Locations, clock: HandClock) -> None:
    clock.set("2000-01-01T00:01:00")
    books = open_books(office, clock=clock)
    (line,) = books.ledger.lines(limit=1)
    assert (line.clock, line.month) == ("back", "2026-11")
    books.ledger.verify()
    books.close()


# --- what the last log-in saw ---


def test_an_older_copy_of_the_books_is_noticed(office: Locations, clock: HandClock, tmp_path: Path) -> None:
    shutil.copytree(office.home, tmp_path / "older")
    books = open_books(office, clock=clock)
    for _ in range(5):
        a_use(books, "1234567890121")
    books.close()
    open_books(office, HEAD, clock).close()
    shutil.copy(tmp_path / "older" / "books.db", office.books)
    for leftover in office.home.glob("books.db-*"):
        leftover.unlink()
    with pytest.raises(LedgerBroken, match="last log-in") as broken:
        open_books(office, HEAD, clock)
    assert broken.value.exit_code == 5
    with pytest.raises(LedgerBroken):  # who saw nothing cannot miss anything, but it is remembered
        open_books(office, CONTROLLER, clock)


def test_lines_cut_from_the_end_are_noticed(office: Locations, clock: HandClock) -> None:
    books = open_books(office, clock=clock)
    seq = a_use(books, "1234567890121")
    key = Keyring(office.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    books.close()
    open_books(office, HEAD, clock).close()
    tamper(
        office.books,
        f"DELETE FROM sealed WHERE seq >= {seq}",
        f"DELETE FROM ledger WHERE seq >= {seq}",
        f"DELETE FROM node WHERE (n + 1) << level > {seq}",
        key=key,
    )
    with pytest.raises(LedgerBroken):
        open_books(office, HEAD, clock)


def test_a_changed_line_is_named_when_the_books_are_opened(office: Locations, clock: HandClock) -> None:
    books = open_books(office, clock=clock)
    seq = a_use(books, "1234567890121")
    key = Keyring(office.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    books.close()
    open_books(office, HEAD, clock).close()
    tamper(
        office.books,
        f"UPDATE ledger SET leaf = zeroblob(32) WHERE seq = {seq}",
        f"UPDATE node SET hash = zeroblob(32) WHERE n = {seq} >> level",
        key=key,
    )
    with pytest.raises(LedgerBroken) as broken:
        open_books(office, HEAD, clock)
    assert (broken.value.facts["seq"], broken.value.facts["month"]) == (seq, "2026-11")


def test_a_mark_that_was_edited_is_noticed(office: Locations, clock: HandClock) -> None:
    open_books(office, HEAD, clock).close()
    content = json.loads(office.keys.read_text())
    entry = next(one for one in content["people"] if one["login"] == HEAD)
    entry["seen"]["size"] = 2
    office.keys.write_text(json.dumps(content))
    with pytest.raises(LedgerBroken):
        open_books(office, HEAD, clock)


def test_keys_that_are_not_those_of_the_books_are_noticed(
    office: Locations, clock: HandClock, tmp_path: Path
) -> None:
    """Someone with the database key puts an entry of their own making in the place of the head's."""
    key = Keyring(office.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    Keyring(office.keys).add_first(HEAD, "made up first", key)
    sealed_anew(Keyring(office.keys), HEAD, "made up first", PASSPHRASE[HEAD])
    with pytest.raises(KeysDamaged):
        open_books(office, HEAD, clock)


# --- what a thief finds ---


def test_the_files_of_the_books_show_nothing_readable(office: Locations, clock: HandClock) -> None:
    books = open_books(office, HEAD, clock)
    with books.database.write() as db:
        books.settings.put(db, "centre.token", "token-of-the-office-0001")
    a_use(books, "1234567890121")
    words = ["1234567890121", *CITIZEN_ID.values(), *PASSPHRASE.values(), *FIRST.values(), "สมชาย", "สำนักงาน"]
    words += [
        "secret-of-the-office-0001",
        "key-of-the-office-0001",
        "token-of-the-office-0001",
        "gdx.example",
    ]
    words += ["AGE-SECRET-KEY", "ขึ้นทะเบียน"]
    words += [shown(word) for word in words if re.fullmatch(r"\d{13}", word)]
    seeds = [Keyring(office.keys).unlock(HEAD, PASSPHRASE[HEAD])]
    needles = [raw for word in words for raw in written(word)]
    needles += [raw for one in seeds for raw in (one.db_key, one.seed or b"", one.age_identity.encode())]
    files = [path for path in office.home.rglob("*") if path.is_file()]
    assert {"books.db", "books.db-wal", "keys.json"} <= {path.name for path in files}
    found = books.database.rows("SELECT * FROM setting WHERE value LIKE '%secret-of%'")
    assert len(found) == 1, "what is looked for is really in there"
    for closed in (False, True):
        if closed:
            books.close()
            files = [path for path in office.home.rglob("*") if path.is_file()]
        for path in files:
            content = path.read_bytes()
            for needle in needles:
                assert needle not in content, path.name
            assert not content.startswith(b"SQLite format 3")


def written(word: str) -> list[bytes]:
    """A text in every way in which an editor would find it."""
    return [word.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be", "cp874", "tis-620")]


def test_another_with_the_database_key_cannot_sign_as_the_head(books: Books, office: Locations) -> None:
    """The seed is sealed under the head's passphrase alone: it is nowhere in the books."""
    head = Keyring(office.keys).unlock(HEAD, PASSPHRASE[HEAD])
    assert head.seed is not None
    assert head.db_key == Keyring(office.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    tables = [
        row["name"] for row in books.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    everything = repr([books.database.rows(f"SELECT * FROM {table}") for table in tables])
    for secret in (b64(head.seed), head.seed.hex(), repr(head.seed), head.age_identity):
        assert secret not in everything


# --- who may do what ---


def test_settings_are_the_heads_and_their_values_stay_out_of_the_ledger(
    books: Books, office: Locations, clock: HandClock
) -> None:
    with pytest.raises(NotAllowed):
        books.settings.set("centre.url", "https://elsewhere.example", books.signer(PASSPHRASE[OFFICER]))
    assert books.settings.get("centre.url") is None
    assert books.settings.get("office.open", "08:30") == "08:30"
    head = open_books(office, HEAD, clock)
    signer = head.signer(PASSPHRASE[HEAD])
    head.settings.set("centre.url", "https://centre.example", signer)
    head.settings.set("centre.url", "https://centre2.example", signer)
    assert books.settings.get("centre.url") == "https://centre2.example"
    lines = head.ledger.lines(kind="settings", limit=2)
    assert [(line.officer, line.facts["names"]) for line in lines] == [(HEAD, ["centre.url"])] * 2
    bodies = "".join(row["body"] for row in head.database.rows("SELECT body FROM ledger"))
    assert "centre.example" not in bodies
    head.close()


@pytest.mark.parametrize("action", ALLOWED)
def test_the_table_decides_for_every_role(books: Books, action: str) -> None:
    people = {
        role: books.people.get(login)
        for role, login in zip(SIGNING, (OFFICER, CONTROLLER, HEAD), strict=True)
    }
    for role, person in people.items():
        if role in ALLOWED[action]:
            demand(person, action)
        else:
            with pytest.raises(NotAllowed) as refused:
                demand(person, action)
            assert refused.value.exit_code == 3
            assert set(str(refused.value.facts["roles"]).split(", ")) == ALLOWED[action]


def test_the_three_signatures_are_three_roles() -> None:
    assert ALLOWED["summarise"] == {"officer"}
    assert ALLOWED["check"] == {"controller"}
    assert ALLOWED["approve"] == ALLOWED["flag"] == ALLOWED["submit"] == {"head"}
    assert ALLOWED["settings"] == ALLOWED["people"] == ALLOWED["enrol"] == {"head"}
    assert ALLOWED["visit"] == {"officer"}


def test_an_emptied_file_of_books_is_damage_and_not_a_new_beginning(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home")
    locations.books.write_bytes(b"")
    with pytest.raises(BooksDamaged):
        open_books(locations)
    assert locations.books.read_bytes() == b""
