"""Measures the promises for ledger, verification and summary, each as a ratio within one run.

`python -m bench.ledger` makes books of 100,000 and 1,000,000 lines in a temporary folder (about 4 minutes and
1.5 GB); `--books DIR` keeps them there for another run.
"""

from __future__ import annotations

import argparse
import gc
import hmac
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import results
from bench.books import HEAD, OFFICERS, PASSPHRASE, make_books
from store.base.database import Database
from store.base.locations import Locations
from store.books import Books
from store.formats.line import Entry
from store.ledger.verify import verify_new
from store.months import summary
from store.months.anomalies import Staff, find
from store.people.standing import Standing
from store.people.vault import Keyring
from store.queue.job import NewJob
from store.settings.thresholds import Rules

LITTLE, MUCH = 100_000, 1_000_000
_APPENDS = 400
_DAY = 500  # lines
_SERVICES = tuple(f"S{n:02}" for n in range(1, 25))


@contextmanager
def opened(home: Path, login: str = OFFICERS[0]) -> Iterator[Books]:
    """Generated books, opened by one of their people."""
    books = Books.open(Locations(home), login, PASSPHRASE)
    try:
        yield books
    finally:
        books.close()


def database_of(home: Path) -> Database:
    """The database of generated books, without the books around it."""
    locations = Locations(home)
    return Database(locations.books, Keyring(locations.keys).unlock(HEAD, PASSPHRASE).db_key)


def best(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some runs, in CPU seconds of this process, so that other programs do not count."""
    found = []
    for _ in range(times):
        gc.collect()
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)


def in_turn(*works: Callable[[], object], times: int = 3) -> list[float]:
    """best() of each, run in turn, so that a slow phase of the PC affects all of them."""
    rounds = [[best(work, 1) for work in works] for _ in range(times)]
    return [min(of_one) for of_one in zip(*rounds, strict=True)]


# --- one durable line with its job ---


def append(home: Path) -> tuple[float, float]:
    """Median seconds of one acknowledged line with its job, and of inserting the very same rows.

    The rows go into a copy of the database that was made before, so both files grow alike. The two take
    turns, so that a slow phase of the disk affects both.
    """
    ours, bare = [], []
    twin = home / "twin.db"
    with opened(home) as books:
        books.database.copy_to(twin, (), lambda _: None)
        copy = Database(twin, books.database.key)
        try:
            for n in range(_APPENDS):
                begun = time.perf_counter()
                with books.database.write() as db:
                    seq = books.ledger.append(db, _entry(n))
                    books.queue.add(
                        db,
                        NewJob(
                            kind="lookup", endpoint="gdx", owner=OFFICERS[0], body=b'{"v":1}' * 10, use=seq
                        ),
                    )
                ours.append(time.perf_counter() - begun)
                rows = _prepared(books.database, seq)
                begun = time.perf_counter()
                with copy.write() as db:
                    for sql, values in rows:
                        db.conn.executemany(sql, values)
                bare.append(time.perf_counter() - begun)
        finally:
            copy.close()
            for file in home.glob("twin.db*"):
                file.unlink()
    return statistics.median(ours), statistics.median(bare)


def _entry(n: int) -> Entry:
    return Entry(
        kind="use",
        officer=OFFICERS[0],
        visit=f"01-69-9{n:05}",
        service="S01",
        document="D02",
        channel="linkage",
        subject_kind="thai_person",
        comer="self",
        identity="card_face",
        card_seen_at="2026-11-18T09:59:00+07:00",
        legal="-",
        outcome="asked",
        subject="1234567890121",
        purpose="-",
    )


def _prepared(database: Database, seq: int) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of that line, as statements with their values."""
    columns = {
        "ledger": "seq, body, prev, leaf",
        "sealed": "seq, field, key, value",
        "node": "level, n, hash",
        "job": "id, n, kind, endpoint, owner, priority, body, digest, state, next_at, made_at, use",
    }
    # Each by an index: scanning a table would evict the pages that the next line needs from the cache.
    ends = [level for level in range(1, 64) if (seq + 1) % (1 << level) == 0]
    nodes = " OR ".join(f"(level = {level} AND n = {((seq + 1) >> level) - 1})" for level in ends)
    where = {"ledger": "seq = ?", "sealed": "seq = ?", "job": "use = ?"}
    found = []
    with database.reading() as db:
        for table, names in columns.items():
            clause = where.get(table, f"({nodes or 'FALSE'}) AND ? >= 0")
            rows = db.execute(f"SELECT {names} FROM {table} WHERE {clause}", (seq,)).fetchall()
            marks = ", ".join("?" * len(names.split(", ")))
            found.append((f"INSERT INTO {table}({names}) VALUES ({marks})", rows))
        mine = "SELECT row, session FROM session ORDER BY session DESC LIMIT 1"
        found.append(("UPDATE session SET row = ? WHERE session = ?", db.execute(mine).fetchall()))
    return [(sql, rows) for sql, rows in found if rows]


# --- verification ---


def read_and_hash(database: Database, *, everything: bool) -> None:
    """The least work of any verification: read each line and hash it with the hash before.

    With `everything` the sealed values and the tree's nodes too. Nothing is compared.
    """
    leaf = bytes(32)
    with database.reading() as db:
        for (body,) in db.execute("SELECT CAST(body AS BLOB) FROM ledger ORDER BY seq"):
            leaf = sha256(b"\x00" + leaf + body).digest()
        if not everything:
            return
        for field, key, value in db.execute("SELECT field, key, value FROM sealed ORDER BY seq"):
            hmac.digest(key, field.encode() + b"\x00" + value.encode(), "sha256")
        for (half,) in db.execute("SELECT hash FROM node ORDER BY level, n"):
            sha256(b"\x01" + half + half).digest()


def verification(home: Path) -> tuple[float, float, float]:
    """CPU seconds of verifying all lines, of reading and hashing the same bytes, and of only the bodies."""
    with opened(home) as books:
        ours, same, bodies = in_turn(
            books.ledger.verify,
            lambda: read_and_hash(books.database, everything=True),
            lambda: read_and_hash(books.database, everything=False),
        )
        return ours, same, bodies


def one_more_day(home: Path) -> tuple[float, int]:
    """Seconds of verifying only the last 500 lines, and the number of lines before them."""
    with opened(home) as books:
        size = books.ledger.count() - _DAY
        root = books.ledger.root(size)

        def new() -> None:
            with books.database.reading() as db:
                verify_new(db, size, root, Standing)

        return best(new, 5), size


# --- the month's summary ---

_SCAN = """
  SELECT officer, service, document, channel, outcome, count(*) FROM ledger
  WHERE seq BETWEEN ? AND ? AND kind = 'use' GROUP BY 1, 2, 3, 4, 5
"""


def month_summary(home: Path) -> tuple[float, float, float, int]:
    """CPU seconds of the counts, of counts and findings, and of one SQL scan; and the number of lines."""
    database = database_of(home)
    try:
        last = int(database.value("SELECT max(seq) FROM ledger"))
        span = summary.Span(0, last)
        staff = Staff(services={login: _SERVICES for login in OFFICERS}, citizen_ids={})

        def findings() -> None:
            month = summary.read(database, span)
            find(month.uses, month.others, staff, Rules())

        counts, found, scan = in_turn(
            lambda: summary.count(database, span), findings, lambda: database.rows(_SCAN, (0, last))
        )
        return counts, found, scan, last + 1
    finally:
        database.close()


# --- the table ---


def main() -> None:
    """Run the measurements and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=Path, help="keep the generated books in this folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nocopy-bench-") as folder:
        homes = _homes(given.books or Path(folder))
        results.write("Ledger", _table(homes))


def _homes(folder: Path) -> dict[str, Path]:
    """The folders of the books by name; missing books are made."""
    wanted: dict[str, tuple[int, int | None]] = {
        "little": (LITTLE, None),
        "month": (LITTLE, 1),
        "much": (MUCH, None),
    }
    for name, (lines, months) in wanted.items():
        if not (folder / name).exists():
            begun = time.perf_counter()
            made = make_books(folder / name, lines, months=months)
            print(f"{made.lines} lines in {time.perf_counter() - begun:.0f} s: {name}", flush=True)
    return {name: folder / name for name in wanted}


def _table(homes: dict[str, Path]) -> str:
    rows: list[tuple[str, ...]] = []
    ours, bare = append(homes["little"])
    rows.append(_row("one durable line with its job / the same prepared rows", ours, bare, 1.5))
    ours, same, bodies = verification(homes["much"])
    rows.append(_row("verifying 1,000,000 lines / reading and hashing the same bytes", ours, same, 1.5))
    rows.append(_row("verifying 1,000,000 lines / reading and hashing the bodies alone", ours, bodies))
    much, before = one_more_day(homes["much"])
    little, less = one_more_day(homes["little"])
    what = f"verifying {_DAY} more lines after {before:,} / after {less:,}"
    rows.append(_row(what, much, little, "independent"))
    counts, findings, scan, lines = month_summary(homes["month"])
    rows.append(_row(f"summary of a month of {lines:,} lines / one SQL scan", counts, scan, 2))
    rows.append(_row("the same with all findings / one SQL scan", findings, scan))
    heads = ("what", "took", "base", "ratio", "promised")
    return (
        "A line is acknowledged when it is on the disk (one fsync): wall time, the median of "
        f"{_APPENDS}. Its base goes into a copy that grows alike. The rest is CPU time of all threads, "
        "the best of three runs in turn. “The same bytes” of a ledger: each body "
        "under SHA-256 with the leaf before, each sealed value under HMAC-SHA-256, each node of the tree "
        "under SHA-256; nothing compared. The scan counts the uses by officer, service, document, channel "
        "and outcome, without what became of them later.\n\n" + results.table(heads, rows)
    )


def _row(what: str, took: float, base: float, promised: float | str = "") -> tuple[str, ...]:
    bound = f"≤ {promised}" if isinstance(promised, (int, float)) else promised
    return what, _time(took), _time(base), f"{took / base:.2f}", bound


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


if __name__ == "__main__":
    main()
