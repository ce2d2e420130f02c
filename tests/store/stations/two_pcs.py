"""An office with two PCs, and the forgeries of a carried month, with and without their keys."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.counter.visitor import Visitor
from store.exchange.station_out import MANIFEST
from store.formats import jws, tree
from store.formats.canonical import canonical, sha256_hex, unb64
from store.formats.line import leaf_hash
from store.formats.note import sign_note
from store.proof.epoch import Witnessed
from store.proof.evidence import Evidence
from store.setup.create import create_books
from store.setup.form import read_setup
from store.setup.restore import Restored, restore
from store.staff.recovery import read_key
from store.staff.rescue import rescue
from store.stations.peers import Brought
from store.stations.stations import Stations
from store.upkeep import backup
from sync.carry import bundle, station
from tests.rig.folder import once_folder
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, CITIZEN_ID, FIRST, FORM, HEAD, OFFICER, PASSPHRASE, open_books

NOVEMBER, DECEMBER = "2026-11", "2026-12"
START = "2026-11-30T08:00:00"
NEW = "seven quiet boats ashore"


@dataclass
class Pc:
    """One PC of the office, for any of its people."""

    locations: Locations
    clock: HandClock
    files: Path
    restored: bool = False

    @contextmanager
    def at(self, login: str = HEAD, moment: str | None = None) -> Iterator[Books]:
        if moment is not None:
            self.clock.set(moment)
        if self.restored:  # nobody else has keys there yet
            books = Books.open(self.locations, HEAD, NEW, clock=self.clock)
        else:
            books = open_books(self.locations, login, self.clock)
        try:
            yield books
        finally:
            books.close()

    def serve(self, moment: str, visits: int) -> None:
        """Visits of CITIZEN, each with one original seen."""
        with self.at(OFFICER, moment) as books:
            for _ in range(visits):
                visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
                books.visits.obtain(visit.id, {1: "sighted"})

    def export(self, month: str, moment: str, to: str | None = None) -> Path:
        path = self.files / f"{month}-{self.locations.home.name}.age"
        with self.at(OFFICER, moment) as books:
            station.out(books, month, path, to, replace=True)
        return path

    def back_up(self, moment: str) -> backup.Backup:
        with self.at(moment=moment) as books:
            return backup.make(books)

    def head(self) -> Evidence:
        """The newest head, as if the witness had signed it."""
        with self.at() as books:
            size = books.ledger.count()
            return Evidence("witness", "centre", None, books.origin, size, books.ledger.root(size))

    def restore(
        self, made: backup.Backup, moment: str, said: Witnessed | None = None, *, on_a_new_pc: bool = False
    ) -> Restored:
        """The witness says `said`, or cannot be asked. The head has keys again."""
        if on_a_new_pc:
            self.locations = Locations(self.locations.home.with_name("new"))
        sheet = (self.files / "02-5001.txt").read_text("utf-8")
        self.clock.set(moment)
        told = restore(
            self.locations,
            made.file,
            sheet,
            clock=self.clock,
            ask=lambda _books, _origin: said,
            replace=True,
        )
        rescue(self.locations, HEAD, read_key(sheet), NEW, self.clock)
        self.restored = True
        return told

    def take_in(self, path: Path, moment: str = "2027-01-02T09:00:00") -> bool:
        with self.at(HEAD, moment) as books:
            return station.take_in(books, path)[1]


def trusting(pc: Pc, other: Pc) -> None:
    """The head of `pc` reads the fingerprint from the screen of `other`."""
    with other.at() as books:
        theirs = Stations(books).identity_file()
        shown = Stations(books).identity().fingerprint
    with pc.at() as books:
        Stations(books).trust(theirs, shown.lower().replace("-", " "))


def numbered(folder: Path, number: str, unit: str = "5001", clock: HandClock | None = None) -> Locations:
    """The office of tests.rig.office, with another number for its PC or itself."""
    form = FORM.format(**CITIZEN_ID).replace('"01"', f'"{number}"').replace('"5001"', f'"{unit}"')
    file = folder / "office.toml"
    file.write_text(form, encoding="utf-8")
    locations, clock = Locations(folder / f"pc{number}-{unit}"), clock or HandClock(START)
    create_books(locations, read_setup(file), recovery=folder / f"{number}-{unit}.txt", clock=clock)
    for login in PASSPHRASE:
        change_passphrase(locations, login, FIRST[login], PASSPHRASE[login], clock=clock)
    return locations


@cache
def made() -> Path:
    """Two PCs of one office and one of another, made once."""
    folder = once_folder("nocopy-stations-")
    first, second = (Pc(numbered(folder, n), HandClock(START), folder) for n in ("01", "02"))
    numbered(folder, "02", "5002")
    trusting(first, second)
    trusting(second, first)
    first.serve("2026-11-30T10:00:00", 2)
    second.serve("2026-11-30T10:00:00", 3)
    # No silence of more than 36 hours over a month's end, which would put the clock in doubt.
    second.serve("2026-12-01T10:00:00", 1)
    for pc in (first, second):
        for moment in ("2026-12-01T10:30:00", "2026-12-31T16:00:00"):
            with pc.at(moment=moment):
                pass
    return folder


def brought(pc: Pc) -> list[Brought]:
    """The lines of other PCs that are there, the newest first."""
    with pc.at() as books:
        return Stations(books).all_brought()


def opened(path: Path, pc: Pc) -> dict[str, bytes]:
    with pc.at() as books:
        identity = str(books.database.value("SELECT value FROM book WHERE name = 'station_age'"))
        return bundle.unseal(path.read_bytes(), identity)


def sealed_again(path: Path, members: dict[str, bytes], pc: Pc) -> Path:
    """What anybody can do: seal other files to the head's PC."""
    with pc.at() as books:
        path.write_bytes(bundle.seal(members, Stations(books).identity().age_key))
    return path


def signed_again(members: dict[str, bytes], pc: Pc, **changed: object) -> dict[str, bytes]:
    """What the other PC's own key can do: sign a list of other contents."""
    value = jws.claims(members[bundle.MANIFEST])[1] | changed
    value["items"] = [
        {"id": name[6:], "kind": name[6:].partition("-")[0], "sha256": sha256_hex(body)}
        for name, body in members.items()
        if name != bundle.MANIFEST
    ]
    with pc.at() as books:
        seed = unb64(str(books.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
    manifest = jws.sign_compact(canonical(value), typ=MANIFEST, header={}, seed=seed)
    return {**members, bundle.MANIFEST: manifest.encode()}


def chained(members: dict[str, bytes], pc: Pc, origin: str | None = None) -> dict[str, bytes]:
    """What the other PC's own key can do: a chain, a tree and a checkpoint that fit any lines."""
    leaf = bytes.fromhex(jws.claims(members[bundle.MANIFEST])[1]["prev"])
    edge = [(level, bytes.fromhex(half)) for level, half in json.loads(members["items/edge"])["edge"]]
    for line in gzip.decompress(members["items/lines-1"]).splitlines():
        leaf = leaf_hash(leaf, line)
        tree.grow(edge, leaf)
    with pc.at() as books:
        seed = unb64(str(books.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
        size = sum(1 << level for level, _ in edge)
        note = sign_note(origin or books.origin, size, tree.edge_root(edge), seed)
    return {**members, "items/checkpoint": note.encode()}
