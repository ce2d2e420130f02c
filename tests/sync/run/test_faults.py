"""Every row of the table of outcomes and every fault of a network, for both kinds of jobs.

The meaning of answers is tested in test_outcome.py; here the network fails, between the program and a working
gateway or centre. Each job is sent again afterwards, and has one effect.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.books import Books
from store.exchange import enrolment
from store.proof.checkpoint import make_checkpoint
from store.queue.job import Job
from sync.errors import NetworkProblem, Unreachable
from sync.gateways.drivers.gdx import LINK_PATH
from sync.network.http import HttpClient, Limits
from sync.network.network_state import NetworkState
from sync.practice.centre_twin import PracticeCentre
from sync.run.engine import Engine, RunReport
from tests.rig.clock import MORNING, environment
from tests.rig.command_line import ROOT
from tests.rig.faults import ALWAYS, HTML, LATER, Answer, FaultServer, make_certificate, said
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, ask, copy_office, decide, open_books
from tests.rig.proxy import Harm, How, Proxy
from tests.rig.waiting import until

HOUSE = {"houseID": 50010000001, "houseNo": "99/9"}
QUICK = Limits(connect=1.0, read=1.0, call=2.0)
GATEWAY_FORM = (
    '[gateways.gdx]\nurl = "https://x.example"\nconsumer_key = "key"\nconsumer_secret = "some-secret"\n'
)


def says(status: int, title: str = "", **headers: str) -> Harm:
    return Harm(How.SAY, answer=said(status, {"Message": title, "detail": title}, **headers))


PAGE = Answer(200, HTML, {"Content-Type": "text/html"})
ON_THE_WAY = [
    (Harm(How.CUT_BEFORE), "waiting", "answer_lost", 1),
    (Harm(How.CUT_REQUEST), "waiting", "answer_lost", 1),
    (Harm(How.CUT_REPLY), "waiting", "answer_lost", 1),
    (Harm(How.LOSE_REPLY), "waiting", "answer_lost", 1),
    (Harm(seconds=1.3), "waiting", "answer_lost", 1),
    (None, "waiting", "unreachable", 1),  # the door is closed: refused
    (says(500), "waiting", "gateway_fault", 1),
    (says(503), "waiting", "gateway_fault", 1),
    (Harm(How.SAY, answer=Answer(502, b"<html>Bad Gateway</html>")), "waiting", "gateway_fault", 1),
    (Harm(How.SAY, answer=Answer(200, b"OK")), "waiting", "gateway_fault", 1),
    (Harm(How.SAY, answer=PAGE), "waiting", "portal", 0),
    (Harm(How.SAY_AFTER, answer=PAGE), "waiting", "portal", 0),
    (Harm(How.SAY, answer=Answer(302, b"", {"Location": "http://x.example"})), "waiting", "portal", 0),
    (Harm(How.SAY, answer=Answer(511, HTML)), "waiting", "portal", 0),
    (says(403, "not this unit"), "waiting", "forbidden", 0),
    (says(429, Retry_After="90"), "waiting", "busy", 0),
    (says(429), "waiting", "busy", 0),
    (says(429, Retry_After="999999"), "waiting", "busy", 0),
    (says(503, Retry_After=format_datetime(MORNING + timedelta(days=3))), "waiting", "busy", 0),
    *((says(status, "not so"), "quarantined", "refused", 1) for status in (400, 404, 413, 422)),
]


SET_UP = datetime(2026, 11, 19, 8, 0, tzinfo=BANGKOK)


class Clock:
    """Begins in the morning of a working day, so that no lookup of a test passes its deadline."""

    def __init__(self) -> None:
        self._begun = time.monotonic()  # the tests' clock begins anew with each test, these books do not
        self.ahead = timedelta(hours=1)

    def __call__(self) -> datetime:
        return SET_UP + timedelta(seconds=time.monotonic() - self._begun) + self.ahead


class Side:
    """One kind of job, the books that hold it, and the network to its other end."""

    def __init__(self, books: Books, clock: Clock, proxy: Proxy, kind: str) -> None:
        self.books = books
        self.clock = clock
        self.proxy = proxy
        self.kind = kind
        self._engine = Engine(books, limits=QUICK, sleep=lambda _s: None)  # keeps the token

    def run(self) -> RunReport:
        return self._engine.run([self.kind], now=True)

    def job(self) -> Job:
        [job] = [job for job in self.books.queue.list() if job.kind == self.kind]
        return job

    def suffer(self, harm: Harm | None) -> RunReport:
        """One run in which every call meets the harm (None: is refused); then the network works again."""
        self.proxy.plan = lambda: harm or Harm()
        if harm is None:
            self.proxy.close_door()
        report = self.run()
        self.proxy.plan = Harm
        self.proxy.open_door()
        return report

    def heal(self, id: str) -> Job:
        """Do what the officer would, let the time pass, then run once."""
        job = self.books.queue.get(id)
        if job.outcome == "busy":
            # Sending now does not help: only the time that was asked for.
            assert self.run().sent == 0
            self.clock.ahead += datetime.fromisoformat(job.next_at) - self.clock() + timedelta(seconds=2)
        if job.state == "quarantined":
            self.books.queue.retry(id, self.books.who)
        assert self.run().exit_code == 0
        return self.books.queue.get(id)


@pytest.fixture(scope="module")
def lookups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    gateway = FaultServer(said(200, HOUSE))
    proxy = Proxy(gateway.url)
    locations, clock = copy_office(tmp_path_factory.mktemp("lookups") / "home", GATEWAY_FORM, SET_UP), Clock()
    books = open_books(locations, OFFICER, clock)
    decide(books, {"gateways.gdx.url": proxy.url})
    side = Side(books, clock, proxy, "lookup")
    ask(books)
    assert side.run().done == 1, "from now on there is a token: the harm meets lookups alone"
    yield side
    books.close()
    proxy.close_door()
    gateway.stop()


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    clock = Clock()
    centre = PracticeCentre(clock=clock)
    centre.start()
    proxy = Proxy(centre.url)
    locations = copy_office(tmp_path_factory.mktemp("submissions") / "home", moment=SET_UP)
    books = open_books(locations, HEAD, clock)
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), proxy.url, centre.code("5001"))
    assert Engine(books).run(now=True).exit_code == 0
    yield Side(books, clock, proxy, "checkpoint")
    books.close()
    proxy.close_door()
    centre.stop()


@pytest.mark.parametrize(("harm", "state", "outcome", "tries"), ON_THE_WAY)
def test_a_lookup_waits_or_is_set_aside_and_is_answered_once(
    lookups: Side, harm: Harm | None, state: str, outcome: str, tries: int
) -> None:
    visit = ask(lookups.books)
    report = lookups.suffer(harm)
    job = lookups.job()
    assert (job.state, job.outcome, job.tries) == (state, outcome, tries)
    _told(report, lookups, job)
    _capped(lookups)
    assert lookups.heal(job.id).outcome == "obtained"
    kinds = [line.kind for line in lookups.books.ledger.lines(visit=visit)]
    assert kinds.count("answer") == 1
    # Where nothing can have left this PC, there is one attempt line for one call.
    assert harm is not None or kinds.count("attempt") == 2
    lookups.books.visits.close(visit)


@pytest.mark.parametrize(
    ("harm", "state", "outcome", "tries"),
    [
        *ON_THE_WAY,
        (says(401), "waiting", "enrol_again", 0),
        (says(409, "other content"), "quarantined", "refused", 1),
        (
            Harm(How.SAY, answer=Answer(200, b"a.b.c", {"Content-Type": "application/jose"})),
            "waiting",
            "forged",
            1,
        ),
    ],
)
def test_a_submission_waits_or_is_set_aside_and_has_one_receipt(
    submissions: Side, harm: Harm | None, state: str, outcome: str, tries: int
) -> None:
    _seal(submissions.books)
    report = submissions.suffer(harm)
    job = submissions.job()
    assert (job.state, job.outcome, job.tries) == (state, outcome, tries)
    _told(report, submissions, job)
    _capped(submissions)
    assert submissions.heal(job.id).outcome == "received"


def _seal(books: Books) -> None:
    """A checkpoint for the centre, of a ledger that has grown."""
    decide(books, {"office.open": "08:30"})
    make_checkpoint(books)


def _told(report: RunReport, side: Side, job: Job) -> None:
    """The run says what stopped it, and the pause of an endpoint says why."""
    assert report.exit_code == (1 if job.state == "quarantined" else 6)
    if job.outcome == "portal":
        assert (report.stopped, report.network) == ("portal", NetworkState.PORTAL)
    paused = {"forbidden", "busy", "enrol_again"}
    assert [pause.why for pause in side.books.endpoints.paused()] == [job.outcome] * (job.outcome in paused)
    if job.state == "quarantined":
        assert job.problem in ("not so", "other content")


def _capped(side: Side) -> None:
    for pause in side.books.endpoints.paused():
        if pause.until is not None:
            left = datetime.fromisoformat(pause.until) - side.clock()
            assert timedelta(seconds=50) < left <= timedelta(hours=1)


def test_a_reply_lost_after_the_effect_brings_the_same_receipt(submissions: Side) -> None:
    _seal(submissions.books)
    submissions.suffer(Harm(How.LOSE_REPLY))
    assert submissions.proxy.met[How.LOSE_REPLY] >= 3, "three quick tries, each with its effect"
    assert submissions.heal(submissions.job().id).outcome == "received"


# ---- before anything can be sent: names, certificates, clocks


def _secured(
    lookups: Side, folder: Path, valid: tuple[datetime, datetime], *, trusted: bool
) -> tuple[RunReport, Job, FaultServer]:
    """A run against a gateway with a certificate of its own."""
    certificate = make_certificate(folder, valid)
    server = FaultServer(said(200, HOUSE), certificate=certificate)
    visit = ask(lookups.books)
    ca = certificate[0].read_text() if trusted else None
    decide(lookups.books, {"gateways.gdx.url": server.url, "gateways.gdx.ca": ca})
    report = lookups.run()
    job = lookups.job()
    server.stop()
    decide(lookups.books, {"gateways.gdx.url": lookups.proxy.url})
    assert lookups.run().exit_code == 0
    lookups.books.visits.close(visit)
    return report, job, server


def test_a_certificate_that_nobody_vouches_for_stops_the_run_and_is_named(
    lookups: Side, tmp_path: Path
) -> None:
    report, job, server = _secured(lookups, tmp_path, ALWAYS, trusted=False)
    assert (report.stopped, report.network, report.sent) == ("certificate", NetworkState.CERTIFICATE, 0)
    assert "Office Test CA" in str(report.reason)
    assert (job.state, job.outcome, job.tries, server.calls) == ("waiting", "certificate", 0, [])


def test_a_clock_too_wrong_for_any_certificate_is_named(lookups: Side, tmp_path: Path) -> None:
    report, job, server = _secured(lookups, tmp_path, LATER, trusted=True)
    assert (report.stopped, report.network, report.sent) == ("clock", NetworkState.CLOCK, 0)
    assert (job.state, job.outcome, job.tries, server.calls) == ("waiting", "clock", 0, [])


@pytest.mark.parametrize("url", ["https://127.0.0.1:{port}/", "http://no-such-name.invalid/"])
def test_no_handshake_and_no_name_mean_that_nothing_was_sent(url: str) -> None:
    """A port that takes the connection and then says nothing; a name that nobody knows."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wire = HttpClient(limits=Limits(connect=0.5, read=30, call=30))
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            wire.call("GET", url.format(port=silent.getsockname()[1]))
        assert time.monotonic() - begun < 15
        wire.close()


def test_a_name_server_that_does_not_answer_holds_nobody_longer_than_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def hangs(*_: object, **__: object) -> None:
        over.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    wire = HttpClient(limits=Limits(connect=30, read=30, call=0.5))
    begun = time.monotonic()
    with pytest.raises(Unreachable):
        wire.call("GET", "http://gateway.example/")
    assert time.monotonic() - begun < 10
    # Cancelling the run does not wait for the name server either.
    wire = HttpClient(limits=Limits(connect=30, read=30, call=30))
    ended = threading.Event()

    def call() -> None:
        with pytest.raises(NetworkProblem):
            wire.call("GET", "http://gateway.example/")
        ended.set()

    threading.Thread(target=call, daemon=True).start()
    wire.break_off()
    assert ended.wait(10)
    over.set()


# ---- two at once


_RUN = """
import sys
from pathlib import Path
from tests.rig.office import books_by_key
from sync.run.engine import Engine
books = books_by_key(Path(sys.argv[1]), bytes.fromhex(sys.stdin.readline()), "somchai")
print("ready", flush=True)
sys.stdin.readline()
Engine(books).run(now=True)
"""


def test_two_processes_that_run_at_once_send_everything_once(tmp_path: Path) -> None:
    gateway = FaultServer(said(200, HOUSE))
    locations = copy_office(tmp_path / "home", GATEWAY_FORM)
    books = open_books(locations, OFFICER)
    decide(books, {"gateways.gdx.url": gateway.url})
    for _ in range(40):
        ask(books)
    key = books.database.key.hex()
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _RUN, str(locations.home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="ascii",
            env=environment(),
        )
        for _ in range(2)
    ]
    for one in both:
        assert one.stdin is not None
        one.stdin.write(f"{key}\n")
        one.stdin.flush()
    for one in both:  # neither begins before the other can
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [one.wait(60) for one in both] == [0, 0]
    asked = [call for call in gateway.calls if call.path == LINK_PATH]
    tokens = [call for call in gateway.calls if "ConsumerSecret" in call.query]
    assert len(asked) == len(books.ledger.lines(kind="attempt", limit=1000)) == 40
    assert len(books.ledger.lines(kind="answer", limit=1000)) == 40
    assert len(tokens) == 2, "both took part, each with a token of its own"
    until(lambda: books.queue.counts()["waiting"] == 0, "the queue to be empty")
    books.close()
    gateway.stop()
