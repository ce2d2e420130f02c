"""A run that is cancelled, doubled or killed: nothing is lost, and cancelled lookups are not sent."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

from sync.run.engine import Engine
from tests.rig.clock import environment
from tests.rig.faults import Answer, FaultServer, said
from tests.rig.office import open_books
from tests.rig.waiting import until
from tests.sync.run.engine_office import HOUSE, QUICK, Office


def test_a_run_can_be_cancelled_in_the_middle(office: Office, gateway: FaultServer) -> None:
    office.ask(citizens=12)
    cancelled = threading.Event()
    engine = Engine(office.books, limits=QUICK, cancelled=cancelled, progress=lambda _p: cancelled.set())
    report = engine.run(["lookup"])
    assert report.stopped == "stopped"
    assert 1 <= report.done <= 4
    assert report.waiting == 12 - report.done
    assert len(gateway.lookups) == report.done


def test_a_cancelled_run_breaks_off_the_calls_that_get_no_answer(
    office: Office, gateway: FaultServer
) -> None:
    gateway.usual = Answer(silent=True)
    office.ask(citizens=6)
    cancelled, ended = threading.Event(), threading.Event()
    engine = Engine(office.books, cancelled=cancelled)  # ordinary limits: 20 s without a word

    def run() -> None:
        engine.run(["lookup"])
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    until(lambda: len(gateway.lookups) == 4, "four calls in hand")
    cancelled.set()
    assert ended.wait(10)
    jobs = office.books.queue.list()
    # It counts as no failed try, and may be sent again at once.
    assert {(job.state, job.tries) for job in jobs} == {("waiting", 0)}
    assert sorted(job.outcome or "" for job in jobs) == ["", "", *["interrupted"] * 4]
    gateway.usual = said(200, HOUSE)
    assert office.run(now=False).exit_code == 0


def test_a_lookup_cancelled_between_two_tries_is_not_sent_again(office: Office, gateway: FaultServer) -> None:
    gateway.usual = said(500, {"Message": "broken"})
    [visit] = office.ask()
    engine = Engine(
        office.books, limits=QUICK, sleep=lambda _s: office.books.visits.cancel(visit, "ผู้รับบริการไม่รอ")
    )
    engine.run(["lookup"])
    assert len(gateway.lookups) == office.lines("attempt") == 1
    assert office.books.queue.counts()["cancelled"] == 1


def test_two_runs_at_once_send_each_lookup_once(office: Office, gateway: FaultServer) -> None:
    office.ask(citizens=10)
    runs = [
        threading.Thread(target=Engine(office.books, limits=QUICK).run, args=(["lookup"],)) for _ in range(2)
    ]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert len(gateway.lookups) == office.lines("attempt") == office.lines("answer") == 10


_CHILD = """
import sys
from sync.run.engine import Engine
from tests.rig.office import open_books
from store.base.locations import Locations
from pathlib import Path
books = open_books(Locations(Path(sys.argv[1])))
Engine(books).run(["lookup"], now=True)
"""


def test_killed_in_mid_run_nothing_is_lost_and_no_answer_is_doubled(
    office: Office, gateway: FaultServer
) -> None:
    office.ask(citizens=20)
    office.books.close()
    home = str(office.locations.home)
    in_flight = 0
    for answered in (0, 3, 6):
        gateway.script, gateway.usual = [said(200, HOUSE)] * answered, Answer(silent=True)
        before = len(gateway.lookups)
        command = [sys.executable, "-c", _CHILD, home]
        child = subprocess.Popen(command, cwd=Path(__file__).parents[3], env=environment())
        until(lambda least=before + answered + 1: len(gateway.lookups) >= least, "lookups in flight")
        child.send_signal(signal.SIGKILL)
        child.wait()
        in_flight += len(gateway.lookups) - before - answered
    gateway.usual = said(200, HOUSE)
    office.books = open_books(office.locations, clock=office.clock)
    assert office.run().exit_code == 0
    answers = [line.about for line in office.books.ledger.lines(kind="answer", limit=1000)]
    assert len(answers) == len(set(answers)) == 20
    assert office.lines("attempt") >= len(gateway.lookups) >= 20 + in_flight > 22
    office.books.ledger.verify()
