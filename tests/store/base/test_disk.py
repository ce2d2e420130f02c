"""A real disk that fills up: a warning, then no new visits, then nothing written and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base.database import Database
from store.base.errors import DiskFull, DiskShort
from store.base.private_file import write_private
from store.books import Books
from store.people.vault import Keyring
from store.search.export import Exports
from store.upkeep import backup
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET, PracticeGateway
from sync.run.engine import Engine
from tests.rig.office import CITIZEN, OFFICER, PASSPHRASE, ask, copy_office, decide, open_books
from tests.rig.small_disk import SmallDisk, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 32) as disk:
        yield disk


@pytest.fixture
def gateway() -> Iterator[PracticeGateway]:
    gateway = PracticeGateway()
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def books(disk: SmallDisk, gateway: PracticeGateway) -> Iterator[Books]:
    parts = {"url": gateway.url, "consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}
    more = "[gateways.gdx]\n" + "".join(f'{name} = "{value}"\n' for name, value in parts.items())
    books = open_books(copy_office(disk.folder / "home", more))
    decide(books, {"disk.stop_mb": "8", "disk.short_mb": "16"})
    yield books
    books.close()


def test_no_new_visit_where_room_runs_out_but_all_else_goes_on(books: Books, disk: SmallDisk) -> None:
    assert books.disk.room().state == "ok"
    disk.leave(12)
    assert books.disk.room().state == "short"
    visit = ask(books, "D02", "D04")
    disk.leave(5)
    lines = books.ledger.count()
    with pytest.raises(DiskShort) as stopped:
        ask(books, "D02")
    assert stopped.value.facts["mb"] in (4, 5)
    assert books.ledger.count() == lines
    # An open visit continues: sending, answers, a replacement by the original, its end.
    report = Engine(books).run(now=True)
    assert (report.done, report.waiting) == (2, 0)
    month = books.months.current()
    exported = Exports(books).write(month, disk.folder / "ledger.csv", ["n"], lambda row: [row.line.seq])
    assert exported.lines > lines
    assert backup.make(books).file.exists()
    books.visits.add(visit, "D05")
    books.visits.obtain(visit, {3: "copy"})
    assert books.visits.close(visit).state == "closed"
    # Once there is room again, work continues.
    disk.free()
    assert books.visits.get(ask(books, "D02")).state == "open"
    books.ledger.verify()


def write_much(books: Books) -> None:
    """The write-ahead log may have room left: only after that does a write meet the full disk."""
    with books.database.write() as db:
        for n in range(2000):
            books.settings.put(db, f"a row {n}", f"{n:02000}")


def test_a_full_disk_is_told_and_nothing_is_lost(books: Books, disk: SmallDisk) -> None:
    ask(books, "D02")
    lines, root = books.ledger.count(), books.ledger.root()
    key = Keyring(books.locations.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    keys = books.locations.keys.read_bytes()
    disk.leave(0)
    with pytest.raises(DiskFull):
        write_much(books)
    assert (books.ledger.count(), books.ledger.root()) == (lines, root)
    with pytest.raises(DiskFull):
        write_private(books.locations.keys, keys + b" " * 100_000)
    assert books.locations.keys.read_bytes() == keys
    assert [one.name for one in books.locations.home.glob(".*")] == []
    disk.free()
    books.close()
    disk.leave(0)
    # Opening them needs room too, and the error is not that they are damaged.
    with pytest.raises(DiskFull):
        Database(books.locations.books, key)
    disk.free()
    again = open_books(books.locations)
    assert again.ledger.verify().size == lines + 1
    assert again.ledger.root(lines) == root
    assert CITIZEN in {line.subject for line in again.ledger.lines()}
    again.close()
