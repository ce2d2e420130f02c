"""Backups: whole while others write, without what is erased, and plain words where there is no room."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from store import backup
from store.books import Books
from store.canonical import canonical
from store.database import Database
from store.epoch import Witnessed, chains, epochs, lost_lines, number_of
from store.errors import (
    AlreadyBooks,
    BackupDamaged,
    DiskFull,
    EvidenceContradicts,
    NoFolder,
    NoRoom,
    NotABackup,
    WrongSheet,
)
from store.evidence import Evidence
from store.locations import Locations
from store.nodes import count_lines
from store.proof import prove
from store.recovery import rescue
from store.restore import Restored, look_back, restore
from tests.rig.office import CITIZEN, HEAD, ask, copy_office, open_books, sheet_of
from tests.rig.waiting import until
from tests.store.lines import HandClock

CARD = '{"citizen_id":"1234567890121","address":"99/9 หมู่ 4"}'


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-25T08:30:00")


@pytest.fixture
def books(tmp_path: Path, clock: HandClock) -> Iterator[Books]:
    opened = open_books(copy_office(tmp_path / "home", moment=clock()), clock=clock)
    yield opened
    opened.close()


def inside(made: backup.Backup, books: Books) -> Database:
    """The backup, opened as SQLCipher opens it, trailer and all."""
    return Database(made.file, books.database.key, finished=True)


def nobody(_books: Books, _origin: str) -> None:
    """No line to the centre."""


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
            other.settings.set("office.open", "08:30")
            written.append(other.ledger.count())
            stop.wait(0.005)  # a loop without a breath would keep the lock for itself
        other.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        until(lambda: written, "the other program to write", 60)
        before = len(written)
        made = backup.make(books, told=lambda _: until(lambda: len(written) > before, "writing to go on", 60))
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
    head.settings.set(backup.FOLDER, str(stick))
    head.close()
    assert [made.file.parent for made in backup.daily(books)] == [books.locations.backups], (
        "no stick is there"
    )
    stick.mkdir()
    assert [made.file.parent for made in backup.daily(books)] == [stick]
    assert backup.newest(books) is not None


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
        backup.make(books, books.locations.backups)
    assert told.value.exit_code == 5
    assert list(books.locations.backups.iterdir()) == [older.file], (
        "nothing of it stays, and the older one does"
    )
    assert books.ledger.count() == lines


@pytest.mark.parametrize("change", [{"size": 1}, {"root": "00" * 32}])
def test_a_trailer_of_another_ledger_is_noticed(
    books: Books, change: dict[str, object], clock: HandClock, tmp_path: Path
) -> None:
    """Every page and every line is whole; only what the file says of itself is of other books."""
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
        restore(new, made.file, _sheet(books), clock=clock, ask=nobody)
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
        backup.make(books, told=stop)
    assert list(books.locations.backups.iterdir()) == []


# --- putting it back ---


def test_only_the_sheet_of_these_books_opens_it(books: Books, tmp_path: Path, clock: HandClock) -> None:
    made = backup.make(books)
    other = copy_office(tmp_path / "other", moment=clock() - timedelta(days=1))
    new = Locations(tmp_path / "new")
    for wrong in (sheet_of(other.home).read_text("utf-8"), "AGE-SECRET-KEY-1" + "Q" * 58, "nothing"):
        with pytest.raises(WrongSheet):
            restore(new, made.file, wrong, clock=clock, ask=nobody)
    for spoiled in (made.file.read_bytes()[:-100], b"", b"no backup"):
        bad = tmp_path / "bad.backup"
        bad.write_bytes(spoiled)
        with pytest.raises(NotABackup):
            restore(new, bad, sheet_of(books.locations.home).read_text("utf-8"), clock=clock, ask=nobody)
    assert not new.books.exists()


def test_in_place_it_says_exactly_what_is_lost(books: Books, clock: HandClock) -> None:
    made = backup.make(books)
    visit = ask(books)
    with pytest.raises(AlreadyBooks):
        _restore(books, made, clock)
    size = books.ledger.count()
    clock.go(hours=1)
    told = _restore(books, made, clock, replace=True)
    assert (told.size, told.lost, told.sure, told.witness) == (made.size, size - made.size, True, False)
    assert told.aside is not None
    assert {path.name for path in told.aside.iterdir()} >= {"books.db", "keys.json"}
    locations = books.locations
    rescue(locations, HEAD, _sheet(books), "seven quiet boats ashore", clock)
    again = Books.open(locations, HEAD, "seven quiet boats ashore", clock=clock)
    line = again.ledger.line(made.size)
    assert (line.kind, line.officer) == ("restore", None)
    assert line.facts["old"] == {"origin": books.origin, "size": made.size, "root": made.root.hex()}
    assert line.facts["lost"] == told.lost
    moment = int(clock().timestamp())
    assert again.origin == line.facts["origin"] == books.origin.replace("/e1", f"/e{moment}")
    assert again.database.row("SELECT 1 FROM visit WHERE id = ?", (visit,)) is None
    with again.database.reading() as db:
        last = count_lines(db) - 1
        assert [epoch.first for epoch in epochs(db)] == [0, made.size]
        found = chains(db, 3, last)
        assert lost_lines(db, 0, last) == told.lost
    assert [(one["origin"], one["from"], one["to"]) for one in found] == [
        (books.origin, 3, made.size - 1),
        (again.origin, made.size, last),
    ]
    assert found[0]["root"] == made.root.hex()
    again.close()


def test_the_witness_is_asked_later_where_there_was_no_line(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    new = Locations(tmp_path / "new")
    told = restore(new, made.file, _sheet(books), clock=clock, ask=nobody)
    assert (told.lost, told.sure) == (0, False)
    rescue(new, HEAD, _sheet(books), "seven quiet boats ashore", clock)
    again = Books.open(new, HEAD, "seven quiet boats ashore", clock=clock)
    head = Evidence("witness", "centre", None, books.origin, made.size + 7, bytes(32))
    asked: list[tuple[str, str]] = []

    def witness(old: str, new: str) -> Witnessed:
        asked.append((old, new))
        return Witnessed(head, head)

    assert look_back(again, witness) == 7
    assert asked == [(books.origin, again.origin)]
    assert look_back(again, witness) == 0, "once"
    with again.database.reading() as db:
        assert lost_lines(db, 0, count_lines(db)) == 7
    proof = prove(again, [head])
    assert (proof.broken, proof.lost) == (None, 7), "what a restore is known to have lost contradicts nothing"
    again.close()


def test_the_same_backup_a_second_time_is_another_life_and_the_first_one_is_lost_too(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    """The second PC dies as well. What it had done since the backup is not forgotten with it."""
    made = backup.make(books)
    first = restore(Locations(tmp_path / "first"), made.file, _sheet(books), clock=clock, ask=nobody)
    clock.set("2026-11-26T09:00:00")
    old = Evidence("witness", "centre", None, books.origin, made.size + 7, bytes(32))
    gone = Evidence("witness", "centre", None, first.origin, made.size + 3, bytes(32))
    new, asked = Locations(tmp_path / "second"), []

    def witness(_books: Books, origin: str) -> Witnessed:
        asked.append(origin)
        return Witnessed(old, gone)

    told = restore(new, made.file, _sheet(books), clock=clock, ask=witness)
    assert asked == [told.origin]
    assert number_of(told.origin) > number_of(first.origin) > 1
    assert (told.lost, told.sure, told.witness) == (10, True, True)
    rescue(new, HEAD, _sheet(books), "seven quiet boats ashore", clock)
    again = Books.open(new, HEAD, "seven quiet boats ashore", clock=clock)
    facts = again.ledger.line(made.size).facts
    assert facts["old"]["origin"] == books.origin
    assert facts["between"] == {"origin": first.origin, "size": made.size + 3, "root": bytes(32).hex()}
    assert prove(again, [old]).lost == 10
    assert look_back(again, lambda *_: pytest.fail("it was asked at the restore")) == 0
    again.close()


def test_a_damaged_backup_is_told_as_that_and_puts_nothing_back(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    whole = made.file.read_bytes()
    new = Locations(tmp_path / "new")
    for page in (0, 3, len(whole) // 4096 - 1):
        bad = tmp_path / f"page{page}.backup"
        bad.write_bytes(whole[: page * 4096 + 100] + bytes(200) + whole[page * 4096 + 300 :])
        with pytest.raises(BackupDamaged, match=bad.name):
            restore(new, bad, _sheet(books), clock=clock, ask=nobody)
        assert not new.books.exists()


def test_damaged_books_that_give_way_to_a_backup_leave_open_how_much_is_lost(
    books: Books, clock: HandClock
) -> None:
    made = backup.make(books)
    ask(books)
    head = Evidence("witness", "centre", None, books.origin, made.size, made.root)
    books.database.close()
    books.locations.books.write_bytes(bytes(100_000))
    told = restore(
        books.locations,
        made.file,
        _sheet(books),
        clock=clock,
        ask=lambda *_: Witnessed(head, head),
        replace=True,
    )
    assert (told.lost, told.sure, told.witness) == (0, False, True), (
        "the witness had not seen the newest lines"
    )


def test_an_epoch_is_later_than_its_backup_also_where_the_clock_is_years_behind(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    backed_up = int(clock().timestamp())
    clock.set("2010-01-01T00:00:00")
    told = restore(Locations(tmp_path / "new"), made.file, _sheet(books), clock=clock, ask=nobody)
    assert number_of(told.origin) > backed_up


def test_a_backup_that_the_witness_contradicts_is_no_backup(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    other = Evidence("witness", "centre", None, books.origin, made.size - 1, bytes(32))
    new = Locations(tmp_path / "new")
    with pytest.raises(EvidenceContradicts):
        restore(new, made.file, _sheet(books), clock=clock, ask=lambda *_: Witnessed(other, other))
    assert not new.books.exists()
    assert not new.keys.exists()


def _sheet(books: Books) -> str:
    text = sheet_of(books.locations.home).read_text("utf-8")
    return next(word for word in text.split() if word.startswith("AGE-SECRET-KEY-1") and len(word) > 60)


def _restore(books: Books, made: backup.Backup, clock: HandClock, *, replace: bool = False) -> Restored:
    return restore(books.locations, made.file, _sheet(books), clock=clock, ask=nobody, replace=replace)
