"""Processes that work on an office's books without end, to be killed at any moment.

    python -m tests.rig.counter_loop HOME LOGIN

The key of the books comes on stdin, in hex; then each line `ROLE SEED FILE` makes one process, whose number
is answered. It is forked, so that the imports are paid for once. After each step that the books have
acknowledged the process adds one line to FILE: [step, mark, number and leaf of the ledger's last line].
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from store.books import Books
from store.counter.visitor import Visitor
from store.errors import WrongState
from store.proof.checkpoint import write_checkpoint
from store.queue.outage import Outages
from store.queue.process_token import process_token
from store.upkeep import backup
from sync.run.engine import Engine
from tests.rig.clock import now
from tests.rig.office import CITIZEN, books_by_key

HOUSE = {"houseNo": "99/9", "fatherPersonalID": CITIZEN}
LOOKUPS = ["D02", "D04"]


class Worker:
    """One process at the books: `screen` serves and sends, `command` does what command lines do."""

    def __init__(self, books: Books, role: str, seed: str, told: Path) -> None:
        self.books = books
        self.mark = f"{role}-{seed}"
        self.chance = random.Random(f"{role}{seed}")
        self.steps: list[Callable[[], str | None]] = {
            "screen": [self.ask, self.ask, self.send, self.end_one, self.park, self.outage],
            "command": [
                *(self.copy, self.copy, self.claim, self.claim, self.claim, self.correct, self.correct),
                *(self.checkpoint, self.log_shrinks, self.backup),
            ],
        }[role]
        self._told = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._engine = Engine(books, sleep=lambda _seconds: None)
        self._n = 0

    def work(self) -> None:
        self.books.queue.recover(process_token())
        self.say("began", self.mark)
        while True:
            step = self.chance.choice(self.steps)
            try:
                mark = step()
            except WrongState:
                continue  # the other process ended that visit, or its lookup, a moment before
            if mark is not None:
                self.say(step.__name__, mark)

    def say(self, step: str, mark: str) -> None:
        last = self.books.ledger.lines(limit=1)[0]
        os.write(self._told, (json.dumps([step, mark, last.seq, last.leaf]) + "\n").encode())

    def _new_mark(self) -> str:
        self._n += 1
        return f"{self.mark}-{self._n}"

    # ---- the screen

    def ask(self) -> str:
        return self._visit(LOOKUPS, {})

    def _visit(self, documents: list[str], channel: dict[int, str]) -> str:
        mark = self._new_mark()
        visit = self.books.visits.open(
            "S01", Visitor(CITIZEN, identity="card_face"), documents=documents, reference=mark
        )
        self.books.visits.obtain(visit.id, channel)
        return mark

    def send(self) -> str:
        self._engine.run(now=True)
        return ""

    def end_one(self) -> str | None:
        visits = self.books.visits.unfinished()
        if len(visits) < 3:
            return None
        one = self.chance.choice(visits)
        if self.chance.random() < 0.3:
            self.books.visits.cancel(one.id, "left")
        else:
            self.books.visits.close(one.id, force=True)
        return one.id

    def park(self) -> str | None:
        visits = self.books.visits.unfinished()
        return self.books.visits.park(self.chance.choice(visits).id).id if visits else None

    def outage(self) -> str:
        outages = Outages(self.books.database, self.books.ledger, self.books.clock)
        outages.down("no_line")
        outages.up()
        return ""

    # ---- the command line

    def copy(self) -> str:
        return self._visit(["D02"], {1: "copy"})

    def claim(self) -> str | None:
        queue, lookups = self.books.queue, self.books.lookups
        job = queue.claim(kinds=["lookup"], owner=self.books.who.login, process=process_token())
        if job is None:
            return None
        step = self.chance.choice(["put_off", "quarantine", "retry", "obtained", "not_found"])
        if step == "put_off":
            queue.put_off(job, now() - timedelta(seconds=1), "no_line")
        elif step in ("quarantine", "retry"):
            if queue.quarantine(job, "refused", "no") and step == "retry":
                queue.retry(job.id, self.books.who)
        else:
            lookups.answered(job, step, HOUSE, 12)
        return job.id

    def correct(self) -> str:
        uses = self.books.ledger.lines(kind="use", limit=20)
        if not uses:
            return self.copy()
        mark = self._new_mark()
        self.books.visits.correct(self.chance.choice(uses).seq, mark)
        return mark

    def checkpoint(self) -> str:
        with self.books.database.write() as db:
            write_checkpoint(self.books, db)
        return ""

    def backup(self) -> str:
        backup.make(self.books)
        return ""

    def log_shrinks(self) -> str:
        """What SQLite does by itself now and then: the write-ahead log goes into the file."""
        self.books.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
        return ""


def main() -> None:
    home, login = sys.argv[1:]
    key = bytes.fromhex(sys.stdin.readline())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    while line := sys.stdin.readline():
        role, seed, told = line.split()
        child = os.fork()
        if child:
            sys.stdout.write(f"{child}\n")
            sys.stdout.flush()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            Worker(books_by_key(Path(home), key, login), role, seed, Path(told)).work()
        except BaseException:  # noqa: BLE001 - the test reads it: a fault is not a kill
            Path(told + ".failed").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(1)


if __name__ == "__main__":
    main()
