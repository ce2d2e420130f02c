"""A whole office in a folder: three people with passphrases of their own, and a way into its books.

It is made once and copied for each test, with passphrases that cost next to nothing to try: tests open the
books hundreds of times, in processes of their own too, and what a passphrase costs is tried elsewhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from store.base.database import Database
from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.counter.visitor import Visitor
from store.formats import jws
from store.formats.canonical import canonical
from store.formats.line import Entry, LineKind
from store.ledger.session import Session
from store.people.people import Newcomer, People
from store.people.vault import Keyring, PublicKeys, Signer, Vouch
from store.settings.centre import fingerprint
from store.settings.content import Content
from store.settings.documents import write_document
from store.setup.create import create_books
from store.setup.form import read_setup
from store.staff.appointments import Appointments
from tests.rig.argon import make_cheap
from tests.rig.clock import SET_UP, now
from tests.rig.folder import once_folder

OFFICER, CONTROLLER, HEAD = "somchai", "wipha", "prasit"
PASSPHRASE = {
    OFFICER: "ควาย ข้าว น้ำ ตะกร้า",
    CONTROLLER: "river mango lantern bell",
    HEAD: "quiet harbour paper kite",
}
FIRST = {OFFICER: "first-word-1", CONTROLLER: "first-word-2", HEAD: "first-word-3"}
CITIZEN_ID = {OFFICER: "1101700230708", CONTROLLER: "3100600445635", HEAD: "5100900012340"}
SECOND, SECOND_PASSPHRASE = "yupa", "yellow paper boat seven"  # an officer who comes later
CITIZEN = "1234567890121"  # of nobody; the check digit is right

FORM = """\
[unit]
code = "5001"
name = "สำนักงานเกษตรและสหกรณ์จังหวัดเชียงใหม่"
station = "01"
[[person]]
login = "somchai"
name = "นายสมชาย ใจดี"
citizen_id = "{somchai}"
level = "ชำนาญงาน"
roles = ["officer"]
services = ["S01", "S02", "S03"]
first_passphrase = "first-word-1"
[[person]]
login = "wipha"
name = "นางสาววิภา ตั้งใจ"
citizen_id = "{wipha}"
level = "ชำนาญการ"
roles = ["controller"]
services = []
first_passphrase = "first-word-2"
[[person]]
login = "prasit"
name = "นายประสิทธิ์ มั่นคง"
citizen_id = "{prasit}"
level = "อำนวยการ"
roles = ["head"]
services = []
first_passphrase = "first-word-3"
"""
NEWCOMER_FORM = """\
[[person]]
login = "malee"
name = "นางมาลี ศรีสุข"
citizen_id = "3501200456785"
level = "ชำนาญงาน"
roles = ["officer"]
services = ["S01"]
first_passphrase = "first-word-4"
"""


def write_form(folder: Path, more: str = "") -> Path:
    """The form of this office, with further parts (gateways, centre) as TOML text."""
    path = folder / "office.toml"
    path.write_text(FORM.format(**CITIZEN_ID) + more, encoding="utf-8")
    return path


def make_office(
    home: Path, more: str = "", clock: Callable[[], datetime] = now, *, changed: bool = True
) -> Locations:
    """Sets an office up in `home`; its form and recovery sheet lie beside it. Takes seconds."""
    home.parent.mkdir(parents=True, exist_ok=True)
    locations = Locations(home)
    setup = read_setup(write_form(home.parent, more))
    create_books(locations, setup, recovery=home.parent / "recovery.txt", clock=clock)
    for login in PASSPHRASE if changed else ():
        change_passphrase(locations, login, FIRST[login], PASSPHRASE[login], clock=clock)
    return locations


@cache
def template(more: str, moment: datetime) -> Path:
    """The office that is copied, for whom only looks; its recovery sheet lies in the folder above."""
    home = once_folder("nocopy-office-") / "home"
    with pytest.MonkeyPatch.context() as patch:
        make_cheap(patch)
        make_office(home, more, lambda: moment)
    return home


def copy_office(home: Path, more: str = "", moment: datetime = SET_UP) -> Locations:
    """An office in `home`, as a copy of one made once in a test run; `moment` is when it was set up."""
    made = template(more, moment)
    shutil.copytree(made, home)
    shutil.copy(made.parent / "recovery.txt", sheet_of(home))
    return Locations(home)


def sheet_of(home: Path) -> Path:
    """The recovery sheet of an office that was copied."""
    return home.parent / f"{home.name}-recovery.txt"


def open_books(locations: Locations, login: str = OFFICER, clock: Callable[[], datetime] = now) -> Books:
    """The books, opened by one of the three."""
    return Books.open(locations, login, PASSPHRASE[login], clock=clock)


def books_by_key(home: Path, key: bytes, login: str) -> Books:
    """The books of one of the three, in a session as after a log-in, but without what a log-in verifies."""
    locations = Locations(home)
    database = Database(locations.books, key)
    books = Books(locations, database, People(database).get(login), now)
    unlocked = Keyring(locations.keys).unlock(login, PASSPHRASE[login])
    public = unlocked.public_keys()
    assert public is not None
    assert unlocked.seed is not None
    with database.write() as db:
        session = Session(database, Signer(login, public.kid, unlocked.seed))
        books.ledger.begin(db, session, Entry(LineKind.LOGIN, login))
    return books


def second_officer(locations: Locations, clock: Callable[[], datetime] = now) -> Books:
    """The books, opened by a second officer, whom the head has just added."""
    head = open_books(locations, HEAD, clock)
    newcomer = Newcomer(
        SECOND, "นางสาวยุพา แก้วใส", "3501200456785", "ชำนาญงาน", ("officer",), ("S01",), "first-word-4"
    )
    Appointments(head).add(newcomer, head.signer(PASSPHRASE[HEAD]))
    head.close()
    change_passphrase(locations, SECOND, "first-word-4", SECOND_PASSPHRASE, clock=clock)
    return Books.open(locations, SECOND, SECOND_PASSPHRASE, clock=clock)


def head_signer(locations: Locations) -> Signer:
    """The head's signer, by the passphrase that the tests know; nobody logs in."""
    seed = Keyring(locations.keys).unlock(HEAD, PASSPHRASE[HEAD]).seed
    assert seed is not None, "the head still has a first passphrase"
    return Signer(HEAD, jws.thumbprint(jws.public_of(seed)), seed)


@contextmanager
def as_head(books: Books) -> Iterator[Books]:
    """The same books, opened by the head: these, or a log-in of the head's own meanwhile."""
    if books.who.login == HEAD:
        yield books
        return
    head = open_books(books.locations, HEAD, books.clock)
    yield head
    head.close()


def decide(books: Books, changes: Mapping[str, str | None]) -> None:
    """The head changes these settings, whoever has the books open here."""
    with as_head(books) as head:
        head.settings.change(changes, head_signer(books.locations))


def decide_catalogue(books: Books, change: Callable[[dict[str, Any]], object]) -> None:
    """The head signs the catalogue as `change` leaves it: {documents: {code: ...}, services: {code: ...}}."""
    with as_head(books) as head, head.database.write() as db:
        document = head.settings.check_copies(db)
        now = head.settings.content()
        value = {"documents": deepcopy(dict(now.documents)), "services": deepcopy(dict(now.services))}
        change(value)
        decided = replace(document.decided, content=Content(**value), published=head.settings.published(db))
        write_document(db, head.ledger, head_signer(books.locations), decided, ())


def know_centre(books: Books, keys: Mapping[str, str]) -> None:
    """The head signs for the centre with these public keys, which the books hold as after an enrolment."""
    decide(books, {"centre.fingerprint": fingerprint(keys)})
    with books.database.write() as db:
        books.settings.put(db, "centre.keys", canonical(dict(keys)).decode())


def ask(books: Books, *documents: str) -> str:
    """A visit of CITIZEN with these lookups (a house where none is named) in the queue; its id."""
    visit = books.visits.open(
        "S01", Visitor(CITIZEN, identity="card_face"), documents=list(documents or ("D02",))
    )
    return books.visits.obtain(visit.id).id


def sealed_anew(keyring: Keyring, login: str, old: str, new: str, vouch: Vouch | None = None) -> PublicKeys:
    """Seal a person's keys under a new passphrase in keys.json alone: without the books, without a line."""
    return keyring.reseal(keyring.unlock(login, old), new, old, vouch=vouch)
