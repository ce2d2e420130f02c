"""The promises for ledger, verification, summary and memory, each as a ratio within this one run.

`python -m bench.ledger` makes books of 100,000 and 1,000,000 lines in a temporary folder (about 4 minutes and
1.5 GB); `--books DIR` keeps them there for another run.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import results
from bench.books import HEAD, OFFICERS, PASSPHRASE, make_books
from store import summary
from store.books import Books
from store.database import Database
from store.findings import Findings
from store.ledger_line import Entry
from store.locations import Locations
from store.vault import Keyring

LITTLE, MUCH = 100_000, 1_000_000
_APPENDS = 400
_TABLES = ("ledger", "sealed", "node", "job")


@contextmanager
def opened(home: Path, login: str = OFFICERS[0]) -> Iterator[Books]:
    """Generated books, by one of their people."""
    books = Books.open(Locations(home), login, PASSPHRASE)
    try:
        yield books
    finally:
        books.close()


def database_of(home: Path) -> Database:
    """The bare file of generated books."""
    locations = Locations(home)
    return Database(locations.books, Keyring(locations.keys).unlock(HEAD, PASSPHRASE).db_key)


def best(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some runs, in seconds."""
    found = []
    for _ in range(times):
        gc.collect()
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found)


# --- one durable line with its job ---


def append(home: Path) -> tuple[float, float]:
    """Median seconds of one acknowledged line with its job, and of inserting the very same rows again.

    The two take turns: what one leaves behind, the other finds, and a slow moment of the disk hits both.
    """
    ours, bare = [], []
    with opened(home) as books:
        for n in range(_APPENDS):
            begun = time.perf_counter()
            with books.database.write() as db:
                seq = books.ledger.append(db, _entry(n))
                books.queue.add(
                    db, kind="lookup", endpoint="gdx", owner=OFFICERS[0], body=b'{"v":1}' * 10, use=seq
                )
            ours.append(time.perf_counter() - begun)
            rows = _taken_back(books.database, seq)
            begun = time.perf_counter()
            with books.database.write() as db:
                for sql, values in rows:
                    db.conn.executemany(sql, values)
            bare.append(time.perf_counter() - begun)
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


def _taken_back(database: Database, seq: int) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of that line, as statements with their values; the rows themselves go."""
    columns = {
        "ledger": "seq, body, prev, leaf",
        "sealed": "seq, field, key, value",
        "node": "level, n, hash",
        "job": "id, n, kind, endpoint, owner, priority, body, digest, state, next_at, made_at, use",
    }
    where = {"ledger": "seq = ?", "sealed": "seq = ?", "job": "use = ?"}
    found = []
    with database.write() as db:
        kept = db.execute("SELECT sql FROM sqlite_master WHERE name = 'ledger_kept'").fetchone()[0]
        db.execute("DROP TRIGGER ledger_kept")
        for table in _TABLES:
            clause = where.get(table, "((n + 1) << level) - 1 = ?")
            names = columns[table]
            rows = db.execute(f"SELECT {names} FROM {table} WHERE {clause}", (seq,)).fetchall()
            marks = ", ".join("?" * len(names.split(", ")))
            found.append((f"INSERT INTO {table}({names}) VALUES ({marks})", rows))
        for table in reversed(_TABLES):
            db.execute(f"DELETE FROM {table} WHERE {where.get(table, '((n + 1) << level) - 1 = ?')}", (seq,))
        db.execute(kept)
    return [(sql, rows) for sql, rows in found if rows]


# --- verification ---


def read_and_hash(database: Database) -> bytes:
    """The least that anybody must do who checks the lines: read each, hash it with the hash before."""
    leaf = bytes(32)
    with database.reading() as db:
        for (body,) in db.execute("SELECT CAST(body AS BLOB) FROM ledger ORDER BY seq"):
            leaf = sha256(b"\x00" + leaf + body).digest()
    return leaf


def verification(home: Path) -> tuple[float, float]:
    """Seconds of verifying all lines, and of reading and hashing the same bytes."""
    with opened(home) as books:
        base = best(lambda: read_and_hash(books.database), 2)
        return best(books.ledger.verify, 2), base
