"""Backups: whole while others write, without what is erased, and plain words where there is no room."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base.database import Database
from store.base.errors import DiskFull, NoFolder
from store.base.locations import Locations
from store.books import Books
from store.formats.canonical import canonical
from store.settings.rules import BACKUP_FOLDER
from store.setup.restore import restore
from store.upkeep import backup
from store.upkeep.errors import BackupDamaged, NoRoom, OldBackupsStay
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, HEAD, ask, decide, open_books
from tests.rig.waiting import until
from tests.store.upkeep.put_back import nobody, typed_sheet

CARD = '{"citizen_id":"1234567890121","address":"99/9 หมู่ 4"}'


def inside(made: backup.Backup, books: Books) -> Database:
    """The backup, opened as SQLCipher opens it, trailer and all."""
    return Database(made.file, books.database.key, finished=True)


def test_a_backup_holds_the_ledger_and_nothing_that_is_erased(books: Books) -> None:
    visit = ask(books)
    with books.database.write() as db:
        db.execute("UPDATE visit SET card = ?, photo = x'ffd8ffe0' WHERE id = ?", [CARD, visit])
        use = db.execute("SELECT max(seq) FROM ledger WHERE kind = 'use'").fetchone()[0]
        books.lookups  # noqa: B018 - the answer is put in as it is kept
        db.execute(
            "INSERT INTO answer(use, visit, fields, got_at, purge_at) VALUES (?, ?, '{}', '', '')",
            [use, visit],
        )
    size, root = books.ledger.count(), books.ledger.root()
    made = backup.make(books)
    assert (made.size, made.root) == (size, root)
    line = books.ledger.lines(kind="backup", limit=1)[0]
    assert line.facts == {"file": made.file.name, "size": size, "root": root.hex(), "elsewhere": False}
    database = inside(made, books)
    assert database.value("SELECT count(*) FROM ledger") == size
    assert database.value("SELECT count(*) FROM answer") == 0
    assert database.row("SELECT card, photo FROM visit WHERE id = ?", (visit,)) == {
        "card": None,
        "photo": None,
    }
    database.close()
    assert books.database.value("SELECT count(*) FROM answer") == 1, "the books themselves keep theirs"
    content = made.file.read_bytes()
    keys = books.locations.keys.read_bytes()
    assert CITIZEN.encode() not in content
    assert books.database.key not in content
    assert keys[:200] not in content
    assert list(made.file.parent.iterdir()) == [made.file], "nothing is left beside it"
    if os.name == "posix":
        assert made.file.stat().st_mode & 0o077 == 0


def test_others_write_while_it_is_made(books: Books) -> None:
    for _ in range(20):
        ask(books)
    stop, written = threading.Event(), []

    def write() -> None:
        other = open_books(books.locations, HEAD, books.clock)
        while not stop.is_set():
            decide(other, {"office.open": "08:30"})
            written.append(other.ledger.count())
            stop.wait(0.005)  # without a pause the loop would never let another writer in
        other.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        until(lambda: written, "the other program to write", 60)
        before = len(written)
        made = backup.make(
            books, progress=lambda _: until(lambda: len(written) > before, "writing to go on", 60)
        )
    finally:
        stop.set()
        thread.join()
    assert len(written) > before
    database = inside(made, books)
    assert database.value("SELECT count(*) FROM ledger") == made.size < books.ledger.count()
    database.close()


def test_it_is_kept_by_days(books: Books, clock: HandClock) -> None:
    last = None
    for day in range(backup.KEPT + 3):
        clock.go(days=1)
        for _ in range(2 if day == backup.KEPT else 1):
            clock.go(minutes=1)
            last = backup.make(books)
    assert last is not None
    names = sorted(path.name for path in books.locations.backups.iterdir())
    assert len(names) == backup.KEPT
    assert names[-1] == last.file.name
    assert len({name[:24] for name in names}) == backup.KEPT, "of each day the last"
    assert backup.daily(books) == [], "one a day"
    clock.go(days=1)
    stick = books.locations.home.parent / "stick"
    head = open_books(books.locations, HEAD, clock)
    decide(head, {BACKUP_FOLDER: str(stick)})
    head.close()
    assert [made.file.parent for made in backup.daily(books)] == [books.locations.backups], (
        "no stick is there"
    )
    stick.mkdir()
    assert [made.file.parent for made in backup.daily(books)] == [stick]
    assert backup.newest(books) is not None


def test_old_backups_that_cannot_be_deleted_are_told_and_the_new_one_is_made(books: Books) -> None:
    folder = books.locations.backups
    folder.mkdir(exist_ok=True)
    for day in range(1, backup.KEPT + 2):  # folders under these names: nobody can delete them as files
        (folder / f"nocopy-{books.unit}-{books.station}-201001{day:02}-090000.backup").mkdir()
    before = books.ledger.count()
    with pytest.raises(OldBackupsStay):
        backup.make(books)
    assert [line.kind for line in books.ledger.lines(limit=1)] == ["backup"]
    assert books.ledger.count() == before + 1
    made = backup.newest(books)
    assert made is not None
    assert backup.read_trailer(made).size == before


def test_a_stick_that_reads_other_bytes_is_noticed(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is damaged between being written and being read again."""
    older = backup.make(books)
    real = backup._finish

    def failing(books: Books, part: Path, made_at: str) -> backup.Trailer:
        trailer = real(books, part, made_at)
        with part.open("r+b") as file:
            file.seek(trailer.pages // 2)
            file.write(b"\x00" * 64)
        return trailer

    monkeypatch.setattr(backup, "_finish", failing)
    lines = books.ledger.count()
    with pytest.raises(BackupDamaged) as told:
        backup.make(books)
    assert told.value.exit_code == 5
    assert list(books.locations.backups.iterdir()) == [older.file], (
        "nothing of it stays, and the older one does"
    )
    assert books.ledger.count() == lines


@pytest.mark.parametrize("change", [{"size": 1}, {"root": "00" * 32}])
def test_a_trailer_of_another_ledger_is_noticed(
    books: Books, change: dict[str, object], clock: HandClock, tmp_path: Path
) -> None:
    """Every page and every line is whole; only the trailer is that of other books."""
    made = backup.make(books)
    pages = backup.read_trailer(made.file).pages
    content = made.file.read_bytes()
    told = json.loads(content[pages:]) | change
    made.file.write_bytes(content[:pages] + b"\n" + canonical(told) + b"\n")
    trailer = backup.read_trailer(made.file)
    with pytest.raises(BackupDamaged):
        backup.examine(made.file, trailer, books.database.key)
    new = Locations(tmp_path / "new")
    with pytest.raises(BackupDamaged):
        restore(new, made.file, typed_sheet(books), clock=clock, ask=nobody)
    assert not new.books.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be made by root alone")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_nothing_half_stays(
    books: Books, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoRoom) as told:
        backup.make(books, small_disk)
    assert told.value.facts["folder"] == str(small_disk)
    # Somebody else fills the disk after room was looked for.
    monkeypatch.setattr(backup, "demand_room", lambda _folder, _size: None)
    with pytest.raises(DiskFull) as full:
        backup.make(books, small_disk)
    assert full.value.facts["home"] == str(small_disk)
    assert list(small_disk.iterdir()) == []
    assert not books.ledger.lines(kind="backup")
    with pytest.raises(NoFolder):
        backup.make(books, small_disk / "no-stick")


def test_whoever_breaks_it_off_leaves_nothing(books: Books) -> None:
    class Enough(Exception):
        pass

    def stop(done: float) -> None:
        if done > 0.5:
            raise Enough

    with pytest.raises(Enough):
        backup.make(books, progress=stop)
    assert list(books.locations.backups.iterdir()) == []
