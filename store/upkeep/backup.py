"""Backups: a copy of the books in one encrypted file, which the recovery sheet opens.

    file     a SQLCipher database under the books' own key, whole pages | line feed | trailer | line feed
    trailer  canonical JSON {v, kind: "nocopy-backup", made_at, unit, station, origin, size, root,
             db_key_id, recovery}; size and root (hex) are the ledger's, recovery the database key (32 bytes),
             age-sealed to the recovery sheet, in b64

SQLite reads the number of pages from the file's header, so it ignores the trailer. A backup never contains
keys.json, nor what is erased when a visit ends: answers, cards' texts and photos.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from reader.buddhist_date import stamp
from store.base import named_file
from store.base.database import Database
from store.base.errors import BooksDamaged, DiskFull, NoFolder
from store.base.private_file import sync_folder
from store.errors import StoreError
from store.formats import tree
from store.formats.canonical import canonical
from store.formats.line import Entry, LineKind
from store.ledger.tree_rows import count_lines, node_reader
from store.ledger.verify import Verified, verify
from store.people.errors import KeysDamaged
from store.people.permissions import demand
from store.people.standing import Standing
from store.people.vault import Keyring, key_id
from store.proof.ledger_watch import known_break
from store.settings.rules import BACKUP_FOLDER
from store.upkeep.errors import BackupDamaged, NoRoom, NotABackup, OldBackupsStay

if TYPE_CHECKING:
    from store.office import Office

KEPT = 14
"""How many days' backups are kept in a folder; of each day the last one."""
_KIND = "nocopy-backup"
_LONGEST_TRAILER = 16 * 1024
_MARGIN = 1 << 20
_LONGEST_S = 24 * 3600
_MB = 1 << 20
_NOT_KEPT = ("DELETE FROM answer", "UPDATE visit SET card = NULL, photo = NULL")
_NAME = re.compile(r"nocopy-(?P<unit>[A-Za-z0-9]+)-(?P<station>\d\d)-(?P<day>\d{8})-\d{6}\.backup")

Progress = Callable[[float], object]
"""Called with the fraction that is done, 0 to 1; what it raises ends the backup, which leaves no file."""


@dataclass(frozen=True)
class Backup:
    """A backup that was written and verified: its ledger has `size` lines and the root `root`."""

    file: Path
    made_at: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Trailer:
    """The trailer of a backup's file. It is unsigned, and must be compared with the books in the file."""

    pages: int  # bytes of the database before it
    length: int  # of the trailer itself
    made_at: str
    unit: str
    station: str
    origin: str
    size: int
    root: str
    db_key_id: str
    recovery: str


def make(office: Office, to: Path | None = None, progress: Progress = lambda _: None) -> Backup:
    """Writes a backup to `to` (default: backups/ in the home folder), verifies it, and deletes old ones.

    Raises NotAllowed, NoFolder, FileRefused for a folder of the program itself, FileStalls, NoRoom, DiskFull,
    KeysDamaged, LedgerBroken, and BackupDamaged where what was written cannot be read again. Then nothing of
    it is left, and the older ones stay. OldBackupsStay where the backup is made, and only those that are too
    many could not be deleted.
    """
    demand(office.who, "backup")
    folder = to or office.locations.backups
    if to is not None:
        named_file.demand_foreign(to, office.locations.home)
        if not named_file.is_folder(to):
            raise NoFolder(folder=str(to))
    now = office.clock()
    name = f"nocopy-{office.unit}-{office.station}-{now:%Y%m%d-%H%M%S}.backup"
    home = office.locations.books
    files = (home, home.with_name(f"{home.name}-wal"))
    demand_room(folder, sum(path.stat().st_size for path in files if path.exists()))
    part = folder / f".{name}.{secrets.token_hex(4)}.part"
    try:
        try:
            office.database.copy_to(part, _NOT_KEPT, lambda done: progress(done / 2))
            trailer = _finish(office, part, stamp(now))
            broken = known_break(office) is not None
            found = examine(part, trailer, office.database.key, progress, even_broken=broken)
            made_at = part.stat().st_mtime
            os.replace(part, folder / name)
        except OSError as error:
            raise _meant(error, folder) from error
    finally:
        with suppress(OSError):  # the stick may be gone; a later backup deletes the rest (_drop_older)
            part.unlink(missing_ok=True)
            part.with_name(f"{part.name}-journal").unlink(missing_ok=True)
    try:
        sync_folder(folder)
    except OSError as error:
        raise _meant(error, folder) from error
    with office.database.write() as db:
        facts = {"file": name, "size": found.size, "root": found.root.hex(), "elsewhere": to is not None}
        office.ledger.append(db, Entry(LineKind.BACKUP, office.who.login, facts=facts))
    try:
        if office.broken is None:  # else those from before the break are what a restore needs
            _drop_older(folder, office.unit, office.station, made_at)
    except OSError as error:
        raise OldBackupsStay(folder=str(folder)) from error
    progress(1.0)
    return Backup(folder / name, stamp(now), found.size, found.root)


def daily(office: Office, progress: Progress = lambda _: None) -> list[Backup]:
    """Makes today's backups that are missing: in backups/, and in the folder of the setting if it exists.

    `progress` is make()'s. Raises what make() raises, and before that second folder is written to,
    NotSignedYet or NotAsSigned where the settings are not as the head signed them.
    """
    today = f"{office.clock():%Y%m%d}"
    folders: list[Path | None] = [None]
    second = office.settings.get(BACKUP_FOLDER)
    if second is not None and named_file.is_folder(Path(second)):
        folders.append(Path(second))
    made = []
    for folder in folders:
        where = folder or office.locations.backups
        if not any(day == today for day, _ in _backups(where, office.unit, office.station)):
            if folder is not None:
                office.settings.demand_as_signed()
            made.append(make(office, folder, progress))
    return made


def newest(office: Office) -> Path | None:
    """The newest backup in backups/, or None."""
    found = _backups(office.locations.backups, office.unit, office.station)
    return found[-1][1] if found else None


def read_trailer(file: Path) -> Trailer:
    """The trailer of a backup's file. Raises NotABackup."""
    try:
        with file.open("rb") as opened:
            return trailer_in(opened, file)
    except OSError:
        raise NotABackup(file=str(file)) from None


def trailer_in(opened: BinaryIO, file: Path) -> Trailer:
    """The trailer of an open backup, whose path is `file`. Raises NotABackup, OSError."""
    whole = opened.seek(0, os.SEEK_END)
    opened.seek(max(0, whole - _LONGEST_TRAILER))
    end = opened.read()
    _, gap, line = end.removesuffix(b"\n").rpartition(b"\n")
    try:
        trailer = json.loads(line)
        if not gap or trailer["kind"] != _KIND or trailer["v"] != 1:
            raise NotABackup(file=str(file))
        texts = {
            name: str(trailer[name])
            for name in (*("made_at", "unit", "station", "origin", "root", "db_key_id", "recovery"),)
        }
        length = len(line) + 2
        return Trailer(whole - length, length, size=int(trailer["size"]), **texts)
    except (KeyError, TypeError, ValueError, UnicodeDecodeError):
        raise NotABackup(file=str(file)) from None


def examine(
    file: Path,
    trailer: Trailer,
    db_key: bytes,
    progress: Progress = lambda _: None,
    *,
    even_broken: bool = False,
) -> Verified:
    """Opens a backup, and recomputes its ledger and the MAC of every page.

    `even_broken`: a ledger that is known to be broken is only compared with the trailer. Raises
    BackupDamaged, LedgerBroken, and WrongKey where `db_key` is not its key.
    """
    database = Database(file, db_key, finished=True)
    try:
        # SQLCipher reports the trailer as a page that is too short.
        if [one for one in database.damaged_pages() if f"size of {trailer.length} bytes" not in one]:
            raise BackupDamaged(file=file.name)
        if even_broken:
            found = _unverified(database)
        else:
            found = verify(database, Standing, lambda seq: progress(0.5 + seq / max(trailer.size, 1) / 2))
    except BooksDamaged:
        raise BackupDamaged(file=file.name) from None
    finally:
        database.close()
    if (found.size, found.root.hex()) != (trailer.size, trailer.root):
        raise BackupDamaged(file=file.name)
    return found


def _unverified(database: Database) -> Verified:
    """The size of the ledger and the root of its stored tree, with nothing recomputed."""
    with database.reading() as db:
        size = count_lines(db)
        return Verified(size, tree.root(size, node_reader(db)), ())


def _finish(office: Office, part: Path, made_at: str) -> Trailer:
    """Appends the trailer, flushes the file to the disk, and returns the trailer as read again."""
    keyring, db_key = Keyring(office.locations.keys), office.database.key
    if keyring.db_key_id() != key_id(db_key):
        raise KeysDamaged(home=str(office.locations.home), problem="they hold another database key")
    copy = Database(part, db_key, finished=True)
    try:
        with copy.reading() as db:
            size = count_lines(db)
            root = tree.root(size, node_reader(db)).hex()
    finally:
        copy.close()
    line = canonical(
        {
            "v": 1,
            "kind": _KIND,
            "made_at": made_at,
            "unit": office.unit,
            "station": office.station,
            "origin": office.origin,
            "size": size,
            "root": root,
            "db_key_id": key_id(db_key),
            "recovery": keyring.sealed_to_sheet(),
        }
    )
    with part.open("ab") as file:
        file.write(b"\n" + line + b"\n")
        file.flush()
        os.fsync(file.fileno())
        # Drops the file from the cache: otherwise it would be read again from memory, which proves nothing.
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return read_trailer(part)


def demand_room(folder: Path, size: int) -> None:
    """Raises NoRoom where a file of `size` bytes would leave less than 1 MiB free; NoFolder."""
    need = _MARGIN + size
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise NoFolder(folder=str(folder)) from error
    if free < need:
        raise NoRoom(folder=str(folder), need=math.ceil(need / _MB), free=free // _MB)


def _meant(error: OSError, folder: Path) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(home=str(folder))
    return NoFolder(folder=str(folder))


def _backups(folder: Path, unit: str, station: str) -> list[tuple[str, Path]]:
    """(day as YYYYMMDD, file) of this station's backups in the folder, the oldest first."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise NoFolder(folder=str(folder)) from error
    found = [(name, _NAME.fullmatch(name)) for name in names]
    return [
        (fits["day"], folder / name) for name, fits in found if fits and fits.group(1, 2) == (unit, station)
    ]


def _drop_older(folder: Path, unit: str, station: str, made_at: float) -> None:
    """Keeps the last backup of each of the last KEPT days; deletes the others, and old unfinished ones.

    `made_at` is the newest file's modification time: the age of an unfinished one is measured from it,
    because the clock of the folder's file system may differ from this PC's.
    """
    found = _backups(folder, unit, station)
    last = dict(found)
    days = sorted(last)[-KEPT:]
    for day, file in found:
        if day not in days or last[day] != file:
            file.unlink()
    for part in folder.glob(f".nocopy-{unit}-{station}-*.part*"):
        if made_at - part.stat().st_mtime > _LONGEST_S:
            part.unlink()
