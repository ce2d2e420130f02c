"""What was acknowledged is kept exactly once, whatever happens to the program, the PC or its disk."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from store.base.locations import Locations
from store.books import Books
from store.formats.note import read_note
from store.people.vault import Keyring
from store.queue.process_token import process_token
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET, PracticeGateway
from sync.run.engine import Engine
from tests.rig.clock import environment
from tests.rig.counter_loop import LOOKUPS
from tests.rig.office import OFFICER, PASSPHRASE, books_by_key, copy_office
from tests.rig.soak import record, times
from tests.rig.waiting import until

ROOT = Path(__file__).parents[3]
LOOK_EVERY = 20  # kills: the next process must also find what the dead one left, before anyone tidies up


@dataclass
class Killed:
    """One process at the books, and the steps that the books acknowledged to it."""

    pid: int
    told: Path

    def acknowledged(self) -> list[list[Any]]:
        lines = self.told.read_bytes().split(b"\n")[:-1] if self.told.exists() else []
        return [json.loads(line) for line in lines]

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{self.pid}").exists(), "the process to be gone")
        failed = self.told.with_name(self.told.name + ".failed")
        assert not failed.exists(), failed.read_text()


@dataclass
class Office:
    """An office whose people work in processes of their own; `told` is all that was acknowledged."""

    locations: Locations
    key: bytes
    nursery: subprocess.Popen[str]
    told: list[list[Any]] = field(default_factory=list)

    def start(self, role: str, seed: int) -> Killed:
        told = self.locations.home.parent / f"told-{role}-{seed}"
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(f"{role} {seed} {told}\n")
        self.nursery.stdin.flush()
        return Killed(int(self.nursery.stdout.readline()), told)

    def end(self, one: Killed) -> None:
        one.kill()
        self.told += one.acknowledged()
        one.told.unlink(missing_ok=True)

    @contextmanager
    def books(self) -> Iterator[Books]:
        books = books_by_key(self.locations.home, self.key, OFFICER)
        try:
            yield books
        finally:
            books.close()


@pytest.fixture
def gateway() -> Iterator[PracticeGateway]:
    gateway = PracticeGateway(delay_s=0.002)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def office(tmp_path: Path, gateway: PracticeGateway) -> Iterator[Office]:
    parts = {"url": gateway.url, "consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}
    more = "[gateways.gdx]\n" + "".join(f'{name} = "{value}"\n' for name, value in parts.items())
    locations = copy_office(tmp_path / "home", more)
    key = Keyring(locations.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.rig.counter_loop", str(locations.home), OFFICER],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert nursery.stdin is not None
    nursery.stdin.write(key.hex() + "\n")
    office = Office(locations, key, nursery)
    yield office
    nursery.communicate()


def check(books: Books, told: list[list[Any]]) -> None:
    """Everything that must hold of the books between any two writes."""
    books.ledger.verify()
    check_told(books, told)
    check_lookups(books)
    rows, value = books.database.rows, books.database.value
    assert [row["foreign_key"] for row in rows("PRAGMA foreign_key_check")] == []
    assert value("PRAGMA integrity_check") == "ok"
    assert rows("PRAGMA cipher_integrity_check") == []
    # Every answer, kept or told, has its use line.
    assert not rows(
        "SELECT seq FROM ledger WHERE kind IN ('attempt', 'answer', 'expired')"
        " AND (about IS NULL OR (SELECT use.kind FROM ledger AS use WHERE use.seq = ledger.about) <> 'use')"
    )
    assert not rows("SELECT use FROM answer WHERE (SELECT kind FROM ledger WHERE seq = use) IS NOT 'use'")
    # Each backup with a line was whole when the line was written, and is kept until it is too old.
    made = [
        row["name"]
        for row in rows("SELECT body ->> '$.facts.file' AS name FROM ledger WHERE kind = 'backup'")
    ]
    assert not made or (books.locations.backups / made[-1]).stat().st_size > 0
    # An ended visit keeps nothing of the citizen.
    assert not rows(
        "SELECT visit.id FROM visit JOIN answer ON visit = visit.id WHERE state IN ('closed', 'cancelled')"
    )
    for row in rows("SELECT size, note FROM checkpoint"):
        note = read_note(row["note"])
        assert (note.size, note.root) == (row["size"], books.ledger.root(row["size"]))


def check_told(books: Books, told: list[list[Any]]) -> None:
    """Each acknowledged line has its number and its leaf; each visit and correction is there once."""
    rows = books.database.rows
    leaves = {row["seq"]: row["leaf"].hex() for row in rows("SELECT seq, leaf FROM ledger")}
    assert [one for one in told if leaves.get(one[2]) != one[3]] == [], "an acknowledged line is lost"
    asked = Counter(
        (row["value"], row["document"])
        for row in rows(
            "SELECT value, document FROM sealed JOIN ledger USING (seq)"
            " WHERE field = 'reference' AND kind = 'use'"
        )
    )
    assert set(asked.values()) <= {1}, "a use stands twice"
    basis = Counter(row["value"] for row in rows("SELECT value FROM sealed WHERE field = 'basis'"))
    for step, mark, _seq, _leaf in told:
        if step == "ask":
            assert all(asked[mark, document] == 1 for document in LOOKUPS), "an acknowledged use is lost"
        elif step == "copy":
            assert asked[mark, "D02"] == 1
        elif step == "correct":
            assert basis[mark] == 1 or asked[mark, "D02"] == 1
    # A step that was not acknowledged is there completely, or not at all.
    visits = Counter(mark for mark, _document in asked)
    lookups = rows("SELECT value FROM sealed JOIN job ON job.use = seq WHERE field = 'reference'")
    for mark, jobs in Counter(row["value"] for row in lookups).items():
        assert jobs == visits[mark] == len(LOOKUPS)


def check_lookups(books: Books) -> None:
    """Ledger, queue and visits agree about every lookup."""
    rows = books.database.rows
    uses = {
        row["seq"]
        for row in rows("SELECT seq FROM ledger WHERE kind = 'use' AND channel IN ('linkage', 'gdx')")
    }
    jobs = rows("SELECT * FROM job WHERE kind = 'lookup'")
    assert {job["use"] for job in jobs} == uses
    assert len(jobs) == len(uses)
    said: dict[int, Counter[str]] = {use: Counter() for use in uses}
    for row in rows("SELECT about, kind, outcome FROM ledger WHERE about IS NOT NULL"):
        if row["about"] in said and row["outcome"] is not None:
            said[row["about"]][row["kind"]] += 1
        elif row["kind"] == "attempt":
            said[row["about"]]["attempt"] += 1
    wanted = {row["job"]: row["state"] for row in rows("SELECT job, state FROM wanted")}
    kept = {row["use"] for row in rows("SELECT use FROM answer")}
    shown = {"waiting": "asked", "sending": "asked", "quarantined": "refused", "cancelled": "cancelled"}
    for job in jobs:
        lines = said[job["use"]]
        assert lines["attempt"] == job["claims"]
        assert lines["answer"] == (job["state"] == "done")
        assert lines["correction"] == (job["state"] == "cancelled")
        assert wanted[job["id"]] == shown.get(job["state"], job["outcome"])
        assert job["use"] not in kept or job["outcome"] == "obtained"


@pytest.mark.soak
def test_no_kill_loses_or_doubles_anything(office: Office, gateway: PracticeGateway) -> None:
    """Screen and command line write at the same time, over a real network, and are killed at any moment."""
    chance = random.Random(20261122)
    kills, wanted = 0, times(25, 500)
    while kills < wanted:
        both = [office.start(role, kills) for role in ("screen", "command")]
        chance.shuffle(both)
        for one in both:
            enough = len(one.acknowledged()) + chance.randint(1, 4)
            until(lambda one=one, enough=enough: len(one.acknowledged()) >= enough, "work", 60)
            idle(chance.uniform(0, 0.02))
            office.end(one)
            kills += 1
            if kills % LOOK_EVERY == 0:
                with office.books() as books:
                    check(books, office.told)
    with office.books() as books:
        check(books, office.told)
        attempts = books.database.value("SELECT count(*) FROM ledger WHERE kind = 'attempt'")
        assert 0 < gateway.lookups <= attempts, "the ledger shows fewer calls than the gateway saw"
        # Nothing is stuck: the next run sends what killed processes had claimed.
        books.queue.recover(process_token())
        Engine(books).run(now=True)
        counts = books.queue.counts()
        assert counts["waiting"] + counts["sending"] == 0
        check(books, office.told)
        size = books.ledger.count()
    record(
        "kill -9",
        f"{kills} kills of two processes at one set of books (screen and command line, a real gateway on the"
        f" loopback): {len(office.told)} acknowledged steps, {size} lines, {gateway.lookups} lookups at the"
        f" gateway and {attempts} attempt lines. No acknowledged line lost, none twice; chain, tree,"
        " checkpoints, queue, visits and answers agree.",
    )


def idle(seconds: float) -> None:
    """Lets a random moment pass, so that what comes next strikes anywhere in a write."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_a_copy_taken_in_the_middle_of_writing_opens(office: Office, tmp_path: Path) -> None:
    """The files on the disk are whole at any moment: a power cut leaves just those."""
    chance = random.Random(5)
    both = [office.start(role, 0) for role in ("screen", "command")]
    try:
        for n in range(5):
            enough = min(len(one.acknowledged()) for one in both) + chance.randint(1, 6)
            until(lambda e=enough: all(len(one.acknowledged()) >= e for one in both), "work", 60)
            idle(chance.uniform(0, 0.01))
            for one in both:
                os.kill(one.pid, signal.SIGSTOP)
            told = [line for one in both for line in one.acknowledged()]
            copy = tmp_path / f"copy{n}"
            shutil.copytree(office.locations.home, copy, ignore=shutil.ignore_patterns("*-shm"))
            for one in both:
                os.kill(one.pid, signal.SIGCONT)
            books = books_by_key(copy, office.key, OFFICER)
            check(books, told)
            books.close()
    finally:
        for one in both:
            office.end(one)
