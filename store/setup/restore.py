"""Restores the books from a backup, on a new PC or in place of the books here. It needs the recovery sheet.

    the backup is copied, opened with the sheet's key, and verified as a whole
    what is known of later lines is collected: from the books here, people's marks, the centre's witness
    a `restore` line begins a new epoch; the database key is changed, so that no old keys.json opens the books
    the old files are moved to a folder of their own, and the new ones put in their place, books.db last

People's keys are not restored, because they are in keys.json, which no backup has. The head creates new keys
with the sheet, and gives the others first passphrases.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from store.base import named_file
from store.base.database import Database, Tables
from store.base.errors import BooksDamaged, WrongKey
from store.base.hang_guard import GoesOn
from store.base.locations import Locations
from store.base.private_file import private, sync_folder
from store.base.schema import migrate
from store.books import Books
from store.errors import StoreError
from store.formats import jws, note, tree
from store.formats.canonical import b64, unb64
from store.formats.line import Entry, LineKind, Outcome
from store.formats.roles import Role
from store.ledger.ledger import Clock
from store.ledger.session import Session
from store.ledger.tree_rows import count_lines, node_reader
from store.people.errors import WrongSheet
from store.people.people import People
from store.people.sheet_key import sheet_key, sheet_signer
from store.people.vault import Keyring
from store.proof import checkpoint
from store.proof.epoch import Epoch, Witnessed, number_after, unasked
from store.proof.errors import LinesGone
from store.proof.evidence import Evidence, EvidenceKind
from store.proof.fixed_lines import prove
from store.queue.job import JobKind
from store.setup.errors import AlreadyBooks
from store.staff.recovery import read_key
from store.upkeep.backup import Trailer, demand_room, trailer_in
from store.upkeep.errors import BackupDamaged, NotABackup

_PIECE = 1 << 20
# What can tell of lines that the backup does not have.
_BEYOND = (EvidenceKind.WITNESS, EvidenceKind.SEEN, EvidenceKind.BOOKS)


@dataclass(frozen=True)
class Restored:
    """The result of a restore: books as of the stamp `made_at`, with `size` lines.

    `lost`: the number of later lines that are known to be lost. `sure`: the books here or the witness could
    tell that number. `witness`: the witness was asked. `heads` are the logins of those who can create new
    keys with the sheet; `aside` is the folder with the old files, None where there were none.
    """

    unit: str
    unit_name: str
    station: str
    origin: str
    made_at: str
    size: int
    lost: int
    sure: bool
    witness: bool
    heads: tuple[str, ...]
    aside: Path | None


def restore(
    locations: Locations,
    file: Path,
    sheet: str,
    *,
    clock: Clock,
    ask: Callable[[Books, str], Witnessed | None],
    replace: bool = False,
) -> Restored:
    """Restores the books; all of it or nothing. `sheet` is the recovery sheet's text, or its key as typed.

    `ask` gets the restored books and the new origin, and asks the centre's witness; it returns None where the
    witness could not be asked. Raises AlreadyBooks unless `replace`, NotABackup, BackupDamaged, WrongSheet,
    NoRoom, FolderClosed, what named_file.open_backup() raises, and LedgerBroken where the backup contradicts
    itself or the witness.
    """
    identity = read_key(sheet)
    with named_file.open_backup(file, locations.home) as source:
        return _from(source, locations, file, identity, clock, ask, replace)


def _from(
    source: BinaryIO,
    locations: Locations,
    file: Path,
    identity: str,
    clock: Clock,
    ask: Callable[[Books, str], Witnessed | None],
    replace: bool,
) -> Restored:
    trailer = _trailer(source, file)
    if locations.books.exists() and not replace:
        raise AlreadyBooks(home=str(locations.home))
    locations.demand_writable()
    db_key = _opened(trailer, identity)
    locations.make()
    demand_room(locations.home, trailer.pages)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=locations.home) as folder:
        making = Locations(Path(folder))
        _copy(source, file, trailer, making.books)
        Keyring(making.keys).begin(db_key, _public(identity))
        new = secrets.token_bytes(32)
        try:
            with closing(Database(making.books, db_key)) as database:
                found = _Restoring(locations, making, database, trailer, identity, clock).run(ask)
                database.rekey(new, lambda: None)
        except (BooksDamaged, WrongKey):  # WrongKey too, because the key from the sheet is right
            raise BackupDamaged(file=file.name) from None
        Keyring(making.keys).begin(new, _public(identity))
        aside = _put_aside(locations, clock)
        os.replace(making.keys, locations.keys)
        # Last, because a PC with books.db counts as set up.
        os.replace(making.books, locations.books)
        sync_folder(locations.home)
    return Restored(**found, aside=aside)


def look_back(books: Books, ask: Callable[[str, str], Witnessed]) -> int:
    """Asks the witness about restores for which it could not be asked, and records the answers.

    Returns the number of lost lines that were not known before. `ask` gets the old and the new origin; where
    it raises, nothing is recorded for that restore.
    """
    with books.database.reading() as db:
        waiting = unasked(db)
    more = 0
    for one in waiting:
        found = ask(one.old_origin, one.origin)
        lost = max(0, found.lost(one.old_origin, one.old_size) - one.lost)
        facts = {"epoch": one.epoch, **found.facts(one.old_origin), "lost": lost}
        with books.database.write() as db:
            if one in unasked(db):
                books.ledger.append(db, Entry(LineKind.RESTORE, books.who.login, facts=facts))
                more += lost
    return more


class _Restoring:
    """The new books, while they are created beside the old ones."""

    def __init__(
        self,
        here: Locations,
        making: Locations,
        database: Database,
        trailer: Trailer,
        identity: str,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._here = here
        self._making = making
        self._database = database
        self._trailer = trailer
        self._clock = clock
        self._unread = False  # True where the books here cannot be read, so they cannot tell what is lost

    def run(self, ask: Callable[[Books, str], Witnessed | None]) -> dict[str, Any]:
        """Verifies, asks the witness, and begins the epoch; the fields of Restored without `aside`."""
        migrate(self._database)
        books = self._books()
        epoch = self._next_epoch(books)
        asked = ask(books, epoch.origin)
        outside = [] if asked is None or asked.old is None else [asked.old]
        proof = prove(books, [*outside, *self._known_here(books.origin)])
        if proof.broken is not None and not isinstance(proof.broken, LinesGone):
            raise proof.broken
        if (proof.size, proof.root.hex()) != (self._trailer.size, self._trailer.root):
            raise BackupDamaged(file=self._trailer.made_at)
        known = [one.evidence for one in proof.weighed if one.evidence.kind in _BEYOND]
        here = max((one.size - proof.size for one in known if one.size > proof.size), default=0)
        lost = max(here, 0 if asked is None else asked.lost(books.origin, proof.size))
        with self._database.write() as db:
            self._begin(db, books, epoch, asked, lost, proof.root.hex())
        books = self._books()
        checkpoint.make_checkpoint(books)
        present = books.people.present()
        return {
            "unit": books.unit,
            "unit_name": books.unit_name,
            "station": books.station,
            "origin": books.origin,
            "made_at": self._trailer.made_at,
            "size": proof.size,
            "lost": lost,
            "sure": not self._unread
            and (asked is not None or any(one.kind == EvidenceKind.BOOKS for one in known)),
            "witness": asked is not None,
            "heads": tuple(person.login for person in present if Role.HEAD in person.roles),
        }

    def _books(self) -> Books:
        """The new books as they are now. Nobody is logged in, so the first person stands for the user."""
        return Books(self._making, self._database, People(self._database).all()[0], self._clock)

    def _known_here(self, origin: str) -> list[Evidence]:
        """The evidence in the home folder that is newer than the backup: the books there, people's marks."""
        found = []
        with suppress(StoreError):  # without a readable keys.json there are no marks
            marks = Keyring(self._here.keys).seen_by_all().items()
            found += [
                Evidence(EvidenceKind.SEEN, login, None, None, seen.size, seen.root) for login, seen in marks
            ]
        try:
            for key in Keyring(self._here.keys).recover(self._identity):
                database = Database(self._here.books, key)
                try:
                    with database.reading() as db:
                        size = count_lines(db)
                        root = tree.root(size, node_reader(db))
                        found.append(Evidence(EvidenceKind.BOOKS, None, None, origin, size, root))
                finally:
                    database.close()
        except WrongSheet:
            pass  # the books here are other ones, and know nothing of this backup
        except StoreError:
            self._unread = self._here.books.exists()
        # Older evidence is in the backup itself.
        return [one for one in found if one.size > self._trailer.size]

    def _next_epoch(self, books: Books) -> Epoch:
        """The epoch that begins after the backup's last line."""
        made_at = datetime.fromisoformat(self._trailer.made_at) + timedelta(seconds=1)
        before = int(str(self._database.value("SELECT value FROM book WHERE name = 'epoch'")))
        number = number_after(before, self._clock(), made_at)
        return Epoch(f"{_station_name(books)}/e{number}", self._trailer.size)

    def _begin(
        self, db: Tables, books: Books, epoch: Epoch, asked: Witnessed | None, lost: int, root: str
    ) -> None:
        """Writes the `restore` line and the new origin, and ends the jobs that must not be sent any more."""
        facts = {
            "origin": epoch.origin,
            "epoch": epoch.number,
            "station_key": b64(_station_key(books)),
            "old": {"origin": books.origin, "size": count_lines(db), "root": root},
            **(asked or Witnessed(None, None)).facts(books.origin),
            "asked": asked is not None,
            "lost": lost,
            "made_at": self._trailer.made_at,
            "sheet_key": sheet_key(sheet_signer(self._identity)),
        }
        session = Session(books.database, sheet_signer(self._identity))
        books.ledger.begin_epoch(db, session, Entry(LineKind.RESTORE, None, facts=facts))
        for name, value in (("origin", epoch.origin), ("epoch", str(epoch.number))):
            db.execute("UPDATE book SET value = ? WHERE name = ?", [value, name])
        # Lookups may have been answered after the backup, and their citizens have left.
        for job in books.queue.list():
            if job.kind == JobKind.LOOKUP:
                books.queue.end_lookup(db, job, Outcome.EXPIRED, None)
        # The new epoch's checkpoints cover the old one's; an enrolment with people's old keys is useless.
        books.queue.replace(db, JobKind.CHECKPOINT)
        books.queue.replace(db, JobKind.ENROLMENT)


def _station_key(books: Books) -> bytes:
    seed = books.database.value("SELECT value FROM book WHERE name = 'station_seed'")
    return jws.public_of(unb64(str(seed)))


def _station_name(books: Books) -> str:
    return note.station_name(books.unit, books.station, _station_key(books))


def _opened(trailer: Trailer, identity: str) -> bytes:
    try:
        key = pyrage.decrypt(unb64(trailer.recovery), [pyrage.x25519.Identity.from_str(identity)])
    except (ValueError, pyrage.DecryptError, pyrage.IdentityError):
        raise WrongSheet from None
    return bytes(key)


def _public(identity: str) -> str:
    return str(pyrage.x25519.Identity.from_str(identity).to_public())


def _trailer(source: BinaryIO, file: Path) -> Trailer:
    try:
        return named_file.in_time(file, lambda _goes_on: trailer_in(source, file))
    except OSError:
        raise NotABackup(file=str(file)) from None


def _copy(source: BinaryIO, file: Path, trailer: Trailer, target: Path) -> None:
    """Copies the database without the trailer."""

    def work(goes_on: GoesOn) -> None:
        left = trailer.pages
        source.seek(0)
        with open(target, "xb", opener=private) as copy:
            while left:
                piece = source.read(min(left, _PIECE))
                if not piece:
                    raise BackupDamaged(file=file.name)
                copy.write(piece)
                left -= len(piece)
                goes_on()
            copy.flush()
            os.fsync(copy.fileno())

    named_file.in_time(file, work)


def _put_aside(locations: Locations, clock: Clock) -> Path | None:
    """Moves the old files to a folder of their own, which is returned; None where there are none."""
    old = [locations.keys, *(locations.books.with_name(f"books.db{end}") for end in ("", "-wal", "-shm"))]
    old.append(locations.broken)  # what is remembered is of those books
    old = [path for path in old if path.exists()]
    if not old:
        return None
    aside = locations.home / f"before-restore-{clock():%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for path in old:
        os.replace(path, aside / path.name)
    sync_folder(aside)
    return aside
