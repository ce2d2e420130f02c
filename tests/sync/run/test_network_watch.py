"""The network watch of one log-in: what it reports, measures and sends, over real sockets."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from store.books import Books
from store.queue.job import NewJob
from sync.errors import Problem
from sync.gateways.drivers.gdx import LINK_PATH
from sync.gateways.log_in import CardSession
from sync.network.network_state import NetworkReport, NetworkState
from sync.run.engine import Progress, RunReport
from sync.run.network_watch import NetworkWatch
from tests.rig.clock import now
from tests.rig.command_line import Pc
from tests.rig.faults import HTML, Answer, FaultServer, make_certificate, said
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, ask, copy_office, decide, open_books
from tests.rig.waiting import until


@dataclass
class Heard:
    """network_watch.Listener: what it was called with, as a queue of network states and a queue of runs."""

    states: queue.Queue[NetworkState] = field(default_factory=queue.Queue)
    runs: queue.Queue[int] = field(default_factory=queue.Queue)
    moved: list[str] = field(default_factory=list)
    ends: int = 0
    errors: list[Exception] = field(default_factory=list)

    def network_changed(self, report: NetworkReport) -> None:
        self.states.put(report.state)

    def session_seen(self, session: CardSession | Problem) -> None: ...

    def expired(self) -> None:
        self.ends += 1

    def run_moved(self, progress: Progress) -> None:
        self.moved.append(progress.outcome)

    def run_ended(self, report: RunReport) -> None:
        self.runs.put(report.done)

    def failed(self, error: Exception) -> None:
        self.errors.append(error)


@pytest.fixture
def gateway() -> Iterator[FaultServer]:
    one = FaultServer(said(200, {"houseNo": "99/9"}))
    yield one
    one.stop()


@pytest.fixture
def books(tmp_path: Path, gateway: FaultServer) -> Iterator[Books]:
    locations = copy_office(
        tmp_path / "home",
        '[gateways.gdx]\nurl = "https://x.example"\nconsumer_key = "key"\nconsumer_secret = "word"\n',
    )
    head = open_books(locations, HEAD)
    decide(head, {"gateways.gdx.url": gateway.url})
    head.close()
    one = open_books(locations)
    yield one
    one.close()


def test_waiting_jobs_are_sent_when_the_network_is_back_and_its_time_down_is_measured(
    books: Books, gateway: FaultServer
) -> None:
    heard = Heard()
    watch = NetworkWatch(books, heard, every_s=3600)
    watch.start()
    assert heard.states.get(timeout=20) is NetworkState.ONLINE
    gateway.token_script = [Answer(200, HTML), Answer(200, HTML)]
    visit = ask(books)
    watch.look()
    assert heard.states.get(timeout=20) is NetworkState.PORTAL
    watch.look()  # no change: no report
    until(lambda: not gateway.token_script, "the second look")
    assert books.visits.get(visit).wanted[0].state == "asked"
    assert (heard.states.qsize(), heard.runs.qsize()) == (0, 0)
    watch.look()
    assert heard.states.get(timeout=20) is NetworkState.ONLINE
    assert heard.runs.get(timeout=20) == 1
    assert books.visits.get(visit).complete
    assert heard.moved == ["done"]
    [down] = books.ledger.lines(kind="outage")
    assert down.facts["cause"] == "portal"
    watch.stop()
    watch.join(20)
    assert not watch.is_alive()
    assert heard.errors == []


def test_postponed_jobs_are_sent_as_soon_as_the_network_is_back(books: Books, gateway: FaultServer) -> None:
    visit = ask(books)
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
    assert job is not None
    books.queue.put_off(job, now() + timedelta(minutes=5), "unreachable")
    gateway.token_script = [Answer(200, HTML)]
    heard = Heard()
    watch = NetworkWatch(books, heard, every_s=3600)
    watch.start()
    assert heard.states.get(timeout=20) is NetworkState.PORTAL
    watch.look()
    assert heard.states.get(timeout=20) is NetworkState.ONLINE
    assert heard.runs.get(timeout=20) == 1
    assert books.visits.get(visit).complete
    watch.stop()
    watch.join(20)


def test_one_log_in_fetches_one_token_and_a_wish_is_done_at_once(books: Books, gateway: FaultServer) -> None:
    heard = Heard()
    watch = NetworkWatch(books, heard, every_s=3600)
    watch.start()
    assert heard.states.get(timeout=20) is NetworkState.ONLINE
    for _ in range(2):
        visit = ask(books)
        watch.send()
        assert heard.runs.get(timeout=20) == 1
        assert books.visits.get(visit).complete
    assert sum("ConsumerSecret" in call.query for call in gateway.calls) == 1
    watch.stop()
    watch.join(20)
    assert not watch.is_alive()


def _centre(books: Books, url: str) -> None:
    """An address of a centre that knows this office."""
    decide(books, {"centre.url": url})
    with books.database.write() as db:
        books.settings.put(db, "centre.token", "a-token")
        books.queue.add(db, NewJob(kind="checkpoint", endpoint="centre", owner=HEAD, body=b"frozen"))


@pytest.mark.parametrize("trouble", ["portal", "certificate"])
def test_trouble_on_the_centres_side_does_not_keep_lookups_from_going_by_themselves(
    books: Books, gateway: FaultServer, tmp_path: Path, trouble: str
) -> None:
    certificate = make_certificate(tmp_path) if trouble == "certificate" else None
    centre = FaultServer(Answer(200, HTML), certificate=certificate)
    _centre(books, centre.url)
    heard = Heard()
    watch = NetworkWatch(books, heard, every_s=3600)
    visit = ask(books)
    watch.start()
    assert heard.states.get(timeout=20) is NetworkState.CENTRE_DOWN
    assert heard.runs.get(timeout=20) == 1
    assert books.visits.get(visit).complete
    # The centre gets no calls that it cannot accept.
    assert {call.method for call in centre.calls} <= {"GET"}
    watch.stop()
    watch.join(20)
    centre.stop()


def test_a_gateway_that_is_down_costs_no_attempts_while_the_centre_is_there(
    books: Books, gateway: FaultServer
) -> None:
    centre = FaultServer(said(200, {"service": "nocopy-centre"}))
    _centre(books, centre.url)
    gateway.stop()
    ask(books)
    heard = Heard()
    watch = NetworkWatch(books, heard, every_s=3600)
    watch.start()
    assert heard.states.get(timeout=20) is NetworkState.NO_NETWORK
    heard.runs.get(timeout=20)
    assert [call.path for call in centre.calls if call.method == "PUT"]
    assert books.ledger.lines(kind="attempt") == []
    watch.stop()
    watch.join(20)
    centre.stop()


def test_while_the_officer_is_gone_lookups_wait_and_the_ministrys_goes_on(
    books: Books, gateway: FaultServer
) -> None:
    centre = FaultServer(said(200, {"service": "nocopy-centre"}))
    heard = Heard()
    watch = NetworkWatch(books, heard, every_s=3600)
    watch.start()
    assert heard.states.get(timeout=20) is NetworkState.ONLINE
    watch.hold_lookups()
    visit = ask(books)
    _centre(books, centre.url)
    watch.look()
    until(lambda: heard.errors or any(call.method == "PUT" for call in centre.calls), "the submission to go")
    assert heard.errors == []
    watch.send()
    heard.runs.get(timeout=20)
    assert LINK_PATH not in [call.path for call in gateway.calls]
    assert books.visits.get(visit).wanted[0].state == "asked"
    watch.stop()
    watch.join(20)
    centre.stop()


def test_lookups_past_their_deadline_expire_while_the_network_is_down(
    tmp_path: Path, gateway: FaultServer, books: Books
) -> None:
    visit_id = ask(books)
    books.close()
    gateway.stop()
    later = open_books(books.locations, clock=lambda: now() + timedelta(hours=30))  # no doubt about the date
    try:
        heard = Heard()
        watch = NetworkWatch(later, heard, every_s=3600)
        watch.start()
        until(lambda: later.visits.get(visit_id).wanted[0].state == "expired", "the lookup to expire")
        until(lambda: heard.ends == 1, "that to be told")
        watch.stop()
        watch.join()
        assert later.queue.list() == []
        assert "expired" in {line.kind for line in later.ledger.lines(visit=visit_id)}
    finally:
        later.close()


def test_sync_watch_sends_when_the_network_is_back_and_measures_the_time_without(
    books: Books, gateway: FaultServer
) -> None:
    pc = Pc(books.locations.home, passphrases=PASSPHRASE)
    gateway.token_script = [Answer(200, HTML)]
    visit = ask(books)
    with pc.running("sync", "--watch", login=OFFICER) as watching:
        until(lambda: _measured(books) == 1, "a look that finds no line", 60)
        assert books.visits.get(visit).wanted[0].state == "asked"
        until(lambda: books.visits.get(visit).complete, "the request to go by itself", 90)
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["done"] == 1
    assert watching.returncode == 0
    [down] = books.ledger.lines(kind="outage")
    assert down.facts["cause"] == "portal"


def _measured(books: Books) -> int:
    return int(books.database.value("SELECT count(*) FROM outage"))
