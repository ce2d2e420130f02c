"""Every option and argument of a command that names a file or folder, and an office where each has work."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.base.locations import Locations
from store.exchange import month_proof
from store.exchange.enrolment import fingerprint
from store.exchange.stick import centre_keys
from store.formats.canonical import canonical
from store.people.vault import key_id
from store.proof.checkpoint import make_checkpoint
from store.settings.rules import YEARS
from store.stations.stations import Stations
from store.upkeep import backup
from store.upkeep.retention import Retention
from sync.carry import carry
from sync.centre.carried import accept
from sync.centre.serve import existing, make_code
from tests.rig.argon import make_cheap
from tests.rig.lines import HandClock
from tests.rig.office import (
    CITIZEN_ID,
    FORM,
    HEAD,
    NEWCOMER_FORM,
    OFFICER,
    PASSPHRASE,
    copy_office,
    decide,
    open_books,
    sheet_of,
)
from tests.store.stations.two_pcs import numbered
from tests.sync.carried_month import OCTOBER, submit_october
from tests.sync.centre.centre_process import running
from tests.sync.centre.ministrys_catalogue import MINISTRYS
from tests.sync.unit import Unit

READ, WRITE, FOLDER = "read", "write", "folder"
OFFICE, SPARE, RESCUED, OLD, CENTRE, NONE = "office", "spare", "rescued", "old", "centre", "none"


@dataclass(frozen=True)
class Door:
    """One option: what it does with its file, in whose home, and the rest of the command.

    `words` are the command with FILE for the name. `good` is the name of a file in World.good that the option
    takes (READ). `code` is how the command ends then.
    """

    way: str
    words: str
    home: str = OFFICE
    login: str | None = HEAD
    good: str = ""
    code: int = 0


# (command, parameter of click) -> how it is tried.
DOORS: dict[tuple[str, str], Door] = {
    ("setup", "source"): Door(READ, "setup --from FILE", NONE, None, "form"),
    ("setup", "recovery"): Door(WRITE, "setup --from GOOD/form --recovery FILE", NONE, None),
    ("passphrase", "recovery"): Door(READ, "passphrase --recovery FILE", RESCUED, good="rescued sheet"),
    ("card read", "photo"): Door(WRITE, "card read --photo FILE", login=None),
    ("backup", "to"): Door(FOLDER, "backup --to FILE"),
    ("restore", "file"): Door(READ, "restore FILE --sheet GOOD/sheet", NONE, None, "backup"),
    ("restore", "sheet"): Door(READ, "restore GOOD/backup --sheet FILE", NONE, None, "sheet"),
    ("verify", "file"): Door(READ, "verify FILE --centre-key LETTER", login=None, good="proof"),
    ("ledger verify", "heads"): Door(READ, "ledger verify --offline --head FILE", good="note"),
    ("ledger archive", "to"): Door(WRITE, "ledger archive --to FILE", OLD),
    ("ledger archive", "check"): Door(READ, "ledger archive --check FILE", OLD, good="archive"),
    ("ledger archive", "sheet"): Door(
        READ, "ledger archive --check GOOD/archive --sheet FILE", OLD, good="old sheet"
    ),
    ("ledger export", "to"): Door(WRITE, f"ledger export --month {OCTOBER} --to FILE", login=OFFICER),
    ("month paper", "to"): Door(WRITE, f"month paper {OCTOBER} --to FILE"),
    ("people add", "source"): Door(READ, "people add --from FILE", SPARE, good="newcomers"),
    ("people sheet", "file"): Door(WRITE, "people sheet --new FILE", SPARE),
    ("people sign", "recovery"): Door(READ, "people sign --recovery FILE", SPARE, good="sheet", code=3),
    ("people head", "recovery"): Door(
        READ, "people head wipha --recovery FILE", RESCUED, None, "rescued sheet"
    ),
    ("ledger accept-break", "sheet"): Door(
        READ, "ledger accept-break --reason x --sheet FILE", SPARE, good="sheet", code=1
    ),
    ("carry out", "file"): Door(WRITE, "carry out FILE", login=OFFICER),
    ("carry in", "file"): Door(READ, "carry in FILE", login=OFFICER, good="answer"),
    ("station identity", "out"): Door(WRITE, "station identity --out FILE", login=OFFICER),
    ("station trust", "file"): Door(READ, "station trust FILE --fingerprint OTHER", SPARE, good="identity"),
    ("station export", "file"): Door(WRITE, f"station export {OCTOBER} FILE", login=OFFICER),
    ("station import", "file"): Door(READ, "station import FILE", good="form", code=5),
    ("centre accept", "file"): Door(READ, "centre accept FILE --receipts NEW", CENTRE, None, "bundle"),
    ("centre accept", "answer"): Door(WRITE, "centre accept GOOD/bundle --receipts FILE", CENTRE, None),
    ("centre publish", "file"): Door(READ, "centre publish FILE", CENTRE, None, "catalogue"),
    ("centre proof", "file"): Door(WRITE, f"centre proof {OCTOBER} FILE"),
}


@dataclass
class World:
    """Offices and a centre, made once; `good` holds a file for each door that reads."""

    folder: Path
    letter: str
    other: str  # the fingerprint of another PC

    @property
    def good(self) -> Path:
        return self.folder / "good"

    def home(self, which: str) -> Path:
        return self.folder / which

    def own(self, door: Door) -> tuple[Path, Path]:
        """The books and the keys that the door must not touch."""
        home = self.home(OFFICE if door.home == NONE else door.home)
        if door.home == CENTRE:
            return home / "centre.db", home / "centre-keys.json"
        return Locations(home).books, Locations(home).keys

    def books_as_they_are(self, door: Door) -> tuple[str, bytes]:
        """The key that opens the books, and the root of the lines that stood in them at first."""
        if door.home == CENTRE:
            with existing(self.home(CENTRE)) as centre, centre.records.transaction() as tables:
                return centre.keys.name, canonical([vars(one) for one in tables.stations()])
        books = open_books(Locations(self.home(OFFICE if door.home == NONE else door.home)), HEAD)
        try:
            return key_id(books.database.key), books.ledger.root(5)
        finally:
            books.close()


def make_world(folder: Path, patch: pytest.MonkeyPatch) -> World:
    make_cheap(patch)
    (folder / "good").mkdir()
    world = World(folder, "", "")
    _old(world)
    _other(world)
    for spare in (SPARE, RESCUED):
        copy_office(world.home(spare))
    files = {
        "form": FORM.format(**CITIZEN_ID).encode(),
        "newcomers": NEWCOMER_FORM.encode(),
        "rescued sheet": sheet_of(world.home(RESCUED)).read_bytes(),
        "catalogue": json.dumps(MINISTRYS).encode(),
    }
    with running(world.home(CENTRE)) as client:
        unit = Unit(world.home(OFFICE), str(client.base_url).rstrip("/"))
        unit.enrol(make_code(world.home(CENTRE), "5001"))
        make_checkpoint(unit.books(HEAD))
        unit.run(unit.books(HEAD))
        head = submit_october(unit)
        assert unit.run(head).exit_code == 0
        Stations(head).trust((world.good / "identity").read_text("ascii"), world.other)
    files["sheet"] = sheet_of(world.home(OFFICE)).read_bytes()
    files["backup"] = backup.make(head).file.read_bytes()
    files["note"] = str(
        head.database.value("SELECT cosigned FROM checkpoint WHERE cosigned IS NOT NULL")
    ).encode()
    files["proof"] = month_proof.make(head, OCTOBER)
    world.letter = fingerprint(centre_keys(head))
    make_checkpoint(head)
    carry.out(head, world.good / "bundle", replace=False)
    with existing(world.home(CENTRE)) as centre:
        files["answer"] = accept(centre, (world.good / "bundle").read_bytes()).sealed
    unit.close()
    for name, content in files.items():
        (world.good / name).write_bytes(content)
    return world


def _old(world: World) -> None:
    """Books with a month whose years are over, and an archive of that month, made from a copy of them."""
    clock = HandClock("2020-10-05T09:00:00")
    locations = copy_office(world.home(OLD), moment=clock())
    for day in ("2020-10-30", "2020-11-20"):
        clock.set(f"{day}T10:00:00")
        open_books(locations, OFFICER, clock).close()
    clock.set("2026-11-25T08:00:00")
    head = open_books(locations, HEAD, clock)
    head.months.cut_off(head.months.current(), confirmed=True)
    decide(head, {YEARS: "5"})
    head.close()
    copy = world.folder / "copy"
    shutil.copytree(locations.home, copy)
    head = open_books(Locations(copy), HEAD, clock)
    Retention(head).archive(world.good / "archive", PASSPHRASE[HEAD])
    head.close()
    shutil.copy(sheet_of(locations.home), world.good / "old sheet")


def _other(world: World) -> None:
    """Another PC of the office, whose identity the head of the first is to trust."""
    (world.folder / "pc").mkdir()
    clock = HandClock("2026-10-05T09:00:00")
    books = open_books(numbered(world.folder / "pc", "02", clock=clock), HEAD, clock)
    stations = Stations(books)
    (world.good / "identity").write_text(stations.identity_file(), encoding="ascii")
    world.other = stations.identity().fingerprint
    books.close()
