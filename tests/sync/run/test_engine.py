"""The engine with real books and real sockets: a run as officer, ledger and gateway see it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from store.exchange import enrolment
from store.settings import settings
from sync.errors import NotConfigured, problem
from sync.gateways.pace import delay_s
from sync.network.network_state import NetworkState
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET, Fault, PracticeGateway
from sync.run.engine import Engine
from tests.rig.clock import now
from tests.rig.faults import HTML, TOKEN, Answer, FaultServer, said
from tests.rig.office import CITIZEN, HEAD, OFFICER, PASSPHRASE, ask, copy_office, decide, open_books
from tests.sync.run.engine_office import HOUSE, QUICK, SECRET, Office


def test_an_answer_is_kept_normalised_and_cut_to_what_may_be_kept(
    office: Office, gateway: FaultServer
) -> None:
    [visit] = office.ask()
    report = office.run()
    assert (report.exit_code, report.sent, report.done, report.network) == (0, 1, 1, NetworkState.ONLINE)
    answer = office.books.visits.answer(visit, 1)
    assert answer is not None
    assert answer.fields == {"houseID": "50010000001", "houseNo": "99/9", "dateOfTerminate": None}
    [asked] = gateway.lookups
    assert asked.query == {"OfficeID": "00023", "ServiceID": "008", "Version": "01", "CitizenID": CITIZEN}
    assert (asked.headers["Token"], asked.headers["Consumer-Key"]) == (TOKEN, "key")
    assert gateway.calls[0].query == {"ConsumerSecret": SECRET, "AgentID": office.books.who.citizen_id}


@pytest.mark.parametrize(
    ("answer", "job_state", "outcome", "sends", "exit_code"),
    [
        (said(500, {"Message": "[00410]"}), "done", "not_found", 1, 0),
        (said(500, {"Message": "broken"}), "waiting", "gateway_fault", 3, 6),
        (Answer(200, b'{"a": 1}' * 9, cut=9), "waiting", "answer_lost", 3, 6),
        (Answer(200, HTML), "waiting", "portal", 1, 6),
        (Answer(302, b"", {"Location": "http://login.example"}), "waiting", "portal", 1, 6),
        (said(401, {"Message": "token not found"}), "needs_login", "needs_login", 2, 6),
        (said(500, {"Code": "90001"}), "needs_login", "needs_login", 1, 6),
        (said(403, {"Message": "consumer not found"}), "waiting", "forbidden", 1, 6),
        (said(422, {"Message": "เลขทะเบียนไม่ถูกต้อง"}), "quarantined", "refused", 1, 1),
        (said(200, {"personalID": 3100600445635}), "quarantined", "about_another", 1, 1),
        (said(503, {}, Retry_After="30"), "waiting", "busy", 1, 6),
    ],
)
def test_what_becomes_of_a_job(
    office: Office,
    gateway: FaultServer,
    answer: Answer,
    job_state: str,
    outcome: str,
    sends: int,
    exit_code: int,
) -> None:
    gateway.usual = answer
    office.ask()
    report = office.run()
    [job] = office.books.queue.list(["waiting", "needs_login", "quarantined", "done"])
    assert (job.state, job.outcome, report.exit_code) == (job_state, outcome, exit_code)
    assert len(gateway.lookups) == sends == office.lines("attempt") == report.sent
    told = problem(job.outcome, job.problem)
    assert (told is None) == (job_state == "done")
    if told is not None and job_state == "quarantined":
        assert told.code == outcome
    if outcome == "refused":
        assert "เลขทะเบียนไม่ถูกต้อง" in str(told)
    # Only a failure of the other end counts as a try.
    assert job.tries == (0 if job_state == "needs_login" or outcome in ("portal", "forbidden", "busy") else 1)
    # And it is answered as soon as the gateway works again, unless it was refused or told to wait.
    if job_state != "quarantined" and outcome != "busy":
        gateway.usual = said(200, HOUSE)
        assert office.run().exit_code == 0
    assert office.lines("answer") == (0 if job_state == "quarantined" or outcome == "busy" else 1)


@pytest.mark.parametrize(
    "odd",
    [
        Answer(200, b'{"houseNo":"\\ud800","houseID":50010000001}'),
        Answer(200, b'{"houseNo":' * 400 + b"1" + b"}" * 400),
        said(200, {"errorMessage": "upstream timeout", "errorNumber": 5}),
        said(200, {"reason": "something else"}),
    ],
)
def test_one_odd_answer_waits_and_the_others_go_on(office: Office, gateway: FaultServer, odd: Answer) -> None:
    gateway.usual = odd
    [first] = office.ask()
    assert office.run().exit_code == 6
    [job] = office.books.queue.list(["waiting"])
    assert (job.outcome, office.state(first), office.lines("answer")) == ("gateway_fault", "asked", 0)
    gateway.usual = said(200, HOUSE)
    [second] = office.ask()
    assert office.run().exit_code == 0
    assert (office.state(first), office.state(second)) == ("obtained", "obtained")


def test_a_number_without_end_stays_as_it_came(office: Office, gateway: FaultServer) -> None:
    gateway.usual = said(200, {**HOUSE, "houseID": "1" * 5000})
    [visit] = office.ask()
    assert office.run().exit_code == 0
    answer = office.books.visits.answer(visit, 1)
    assert answer is not None
    assert answer.fields["houseID"] == "1" * 5000


def test_a_token_or_key_that_no_header_can_hold_only_waits(office: Office, gateway: FaultServer) -> None:
    gateway.token_script = [said(200, {"Result": "tök"})] * 3
    office.ask()
    assert office.run().exit_code == 6
    [job] = office.books.queue.list(["waiting"])
    assert (job.outcome, gateway.lookups) == ("gateway_fault", [])
    with pytest.MonkeyPatch.context() as patch:  # the books themselves take no such key
        patch.setattr(settings, "checked", lambda _get, _name, value: value)
        decide(office.books, {"gateways.gdx.consumer_key": "4f–a1"})
    assert office.run().exit_code == 6
    [job] = office.books.queue.list(["waiting"])
    assert job.outcome == "unreachable"


def test_an_unforeseen_error_in_reading_an_answer_leaves_the_job_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_value: object) -> dict[str, object]:
        raise RecursionError

    office.ask()
    monkeypatch.setattr("sync.gateways.drivers.gdx.normalised", fails)
    assert office.run().exit_code == 6
    [job] = office.books.queue.list(["waiting"])
    assert (job.outcome, job.problem) == ("gateway_fault", "200, the answer cannot be read")


def test_a_lost_reply_is_asked_for_again_each_time_with_its_own_attempt_line(
    office: Office, gateway: FaultServer
) -> None:
    gateway.script = [Answer(200, json.dumps(HOUSE).encode(), cut=5), Answer(silent=True)]
    [visit] = office.ask()
    report = office.run()
    assert report.exit_code == 0
    assert len(gateway.lookups) == office.lines("attempt") == 3
    assert office.lines("answer") == 1
    assert office.state(visit) == "obtained"


def test_a_refused_connection_leaves_the_rest_of_the_queue_alone(
    office: Office, gateway: FaultServer
) -> None:
    gateway.stop()
    office.ask(citizens=12)
    report = office.run()
    assert (report.exit_code, report.waiting, report.network, report.sent) == (
        6,
        12,
        NetworkState.NO_NETWORK,
        0,
    )
    # A few may have been claimed in parallel before the first of them failed; never all of them.
    assert office.lines("attempt") <= 4


def test_a_failing_gateway_is_not_asked_again_in_the_same_run(office: Office, gateway: FaultServer) -> None:
    gateway.usual = said(500, {"Message": "broken"})
    office.ask(citizens=12)
    report = office.run()
    assert (report.exit_code, report.waiting) == (6, 12)
    tried = [job for job in office.books.queue.list() if job.tries]
    # Four failures in a row, and the calls that were under way at the last of them.
    assert 4 <= len(tried) <= 7
    assert len(gateway.lookups) == 3 * len(tried)
    assert {job.outcome for job in office.books.queue.list() if not job.tries} == {None}
    gateway.usual = said(200, HOUSE)
    assert office.run().exit_code == 0


def test_a_new_token_is_fetched_once_and_shared(office: Office, gateway: FaultServer) -> None:
    gateway.script = [said(401, {"Message": "UnauthorizedException: token not found"})]
    office.ask(citizens=8)
    report = office.run()
    assert report.done == 8
    assert len(gateway.lookups) == office.lines("attempt") == 9
    assert len(gateway.calls) - len(gateway.lookups) == 2
    assert gateway.connections <= 5


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_pauses_the_whole_endpoint_even_when_somebody_is_in_a_hurry(
    office: Office, gateway: FaultServer, form: str
) -> None:
    wait = "120" if form == "seconds" else format_datetime(now() + timedelta(seconds=120))
    gateway.script = [said(429, {}, Retry_After=wait)]
    office.ask(citizens=1)
    office.run()
    office.ask(citizens=2)
    assert office.run().waiting == 3
    assert len(gateway.lookups) == 1
    office.clock.ahead = timedelta(seconds=125)
    assert office.run(now=False).exit_code == 0
    assert len(gateway.lookups) == 4


def test_retry_after_nothing_is_not_taken_as_leave_to_hammer(office: Office, gateway: FaultServer) -> None:
    gateway.usual = said(429, {}, Retry_After="0")
    office.ask(citizens=6)
    assert office.run().waiting == 6
    assert len(gateway.lookups) <= 4


def test_the_next_try_stands_in_the_row_and_a_hurry_overrides_it(
    office: Office, gateway: FaultServer
) -> None:
    gateway.usual = said(500, {"Message": "broken"})
    office.ask()
    office.run()
    [job] = office.books.queue.list(["waiting"])
    assert timedelta(seconds=1) <= datetime.fromisoformat(job.next_at) - now() <= timedelta(seconds=300)
    gateway.usual = said(200, HOUSE)
    assert office.run(now=False).waiting == 1
    assert office.run().exit_code == 0


@pytest.mark.parametrize(
    ("kind", "first", "longest"),
    [("lookup", (2, 5), 300), ("report", (5, 30), 3600), ("checkpoint", (5, 30), 3600)],
)
def test_the_next_try_comes_later_and_later_but_within_its_bounds(
    kind: str, first: tuple[int, int], longest: int
) -> None:
    """Random, so that offices do not call at once; short for a lookup, for which a citizen waits."""
    at_first = [delay_s(kind, 1) for _ in range(200)]
    assert first[0] <= min(at_first)
    assert max(at_first) <= first[1]
    later = [delay_s(kind, tries) for tries in (10, 30, 1000) for _ in range(200)]
    assert first[0] <= min(later)
    assert first[1] < max(later) <= longest
    assert len(set(later)) > 500


def test_a_portal_stops_the_run_and_says_so(office: Office, gateway: FaultServer) -> None:
    gateway.usual = Answer(200, HTML)
    office.ask(citizens=12)
    report = office.run()
    assert (report.stopped, report.network, report.waiting) == ("portal", NetworkState.PORTAL, 12)
    assert len(gateway.lookups) <= 4


def test_a_portal_before_the_centre_does_not_stop_the_lookups(office: Office, gateway: FaultServer) -> None:
    centre = FaultServer(Answer(200, HTML))
    head = open_books(office.locations, HEAD)
    enrolment.request(head, head.signer(PASSPHRASE[HEAD]), centre.url, "A" * 32)
    head.close()
    office.ask(citizens=30)
    report = Engine(office.books, limits=QUICK, sleep=lambda _s: None).run(now=True)
    centre.stop()
    assert (report.stopped, report.done, report.waiting) == ("portal", 30, 1)
    assert len(centre.calls) == 1


def test_what_needs_a_log_in_goes_by_itself_after_it_and_the_gateway_is_asked_only_now_and_then(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = PracticeGateway()
    line.start()
    sessions: list[str] = []
    monkeypatch.setattr(line, "_permission", _noted(line._permission, sessions))
    decide(
        office.books,
        {
            "gateways.gdx.url": line.url,
            "gateways.gdx.consumer_key": CONSUMER_KEY,
            "gateways.gdx.consumer_secret": CONSUMER_SECRET,
        },
    )
    engine = Engine(office.books, limits=QUICK, sleep=lambda _s: None)
    line.fault = Fault.NO_SESSION
    office.ask()
    assert engine.run(["lookup"]).needs_login == 1
    for _ in range(3):
        assert engine.run(["lookup"]).needs_login == 1
    assert (len(sessions), line.lookups) == (1, 1)
    line.fault = None  # the officer has logged in there
    monkeypatch.setattr("sync.run.engine.SESSION_EVERY_S", 0.0)  # its minute is over
    report = engine.run(["lookup"])
    assert (report.needs_login, report.done, len(sessions)) == (0, 1, 2)
    line.stop()


def _noted(answer: Callable[..., Any], noted: list[str]) -> Callable[..., Any]:
    def note(*given: Any) -> Any:
        noted.append("asked")
        return answer(*given)

    return note


def test_only_the_owner_sends_a_lookup(office: Office, gateway: FaultServer) -> None:
    office.ask()
    other = open_books(office.locations, HEAD)
    report = Engine(other, limits=QUICK).run(["lookup"])
    other.close()
    assert (gateway.calls, report.sent, report.waiting, report.exit_code) == ([], 0, 1, 6)


def test_nothing_that_is_written_down_tells_the_secret_the_token_or_the_citizen(
    office: Office, gateway: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"Message": f"no {CITIZEN} for {TOKEN} with {SECRET}"}
    gateway.script = [said(500, echo), said(401, echo), Answer(200, b"{}", cut=1), said(400, echo)]
    office.ask()
    reports = [office.run(), office.run()]
    jobs = office.books.queue.list(["waiting", "quarantined", "done"])
    bodies = office.books.database.rows("SELECT body FROM ledger")
    written = "".join(
        [caplog.text, repr(reports), repr(jobs), str([problem(j.outcome, j.problem) for j in jobs])]
    )
    written += "".join(row["body"] for row in bodies)
    assert len(gateway.lookups) >= 4
    assert "attempt" in written
    for hidden in (SECRET, TOKEN, CITIZEN, office.books.who.citizen_id, "/ws/auth"):
        assert hidden not in written


def test_without_an_address_nothing_is_sent_and_the_reason_is_told(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home")
    books = open_books(locations, OFFICER)
    ask(books)
    report = Engine(books).run()
    assert report.reason is not None
    assert report.exit_code == 6
    assert books.queue.counts()["waiting"] >= 1
    books.close()


def test_where_no_gateway_wants_the_thaid_app_there_is_no_log_in_with_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.run.engine.driver_kinds", lambda: ())
    engine = Engine(office.books)
    with pytest.raises(NotConfigured, match="a gateway with ThaID"):
        _ = engine.thaid
    assert engine.run(now=True).exit_code == 0
