"""Writes lines, each with its job, for as long as it lives, and says so after each: run by tests, and killed.

python -m tests.store.writer BOOKS NAME [COUNT]     the key of the books comes on stdin, in hex
"""

from __future__ import annotations

import sys
from pathlib import Path

from reader.buddhist_date import now
from store.database import Database
from store.ledger import Entry, Ledger
from store.queue import Queue
from tests.store.lines import CITIZEN


def main() -> None:
    path, name, *rest = sys.argv[1:]
    database = Database(Path(path), bytes.fromhex(sys.stdin.readline().strip()))
    ledger = Ledger(database, "01", now)
    queue = Queue(database, ledger, now)
    for n in range(int(rest[0]) if rest else sys.maxsize):
        mark = f"{name}-{n}"
        with database.write() as db:
            use = ledger.append(db, Entry("use", "somchai", reference=mark, subject=CITIZEN, outcome="asked"))
            queue.add(db, kind="lookup", endpoint="gdx", owner="somchai", body=mark.encode(), use=use)
        sys.stdout.write(mark + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
