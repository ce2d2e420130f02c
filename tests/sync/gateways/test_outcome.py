"""What each answer means, over real sockets: every row of the table once, through http.py and outcome.py."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from store.queue.endpoints import CENTRE
from sync.errors import AnswerLost, CertificateRefused, ClockWrong, NetworkProblem, Unreachable, problem
from sync.gateways.drivers import gdx
from sync.gateways.normalise import normalised
from sync.gateways.outcome import Kind, Verdict, classify, own_words, retry_after, without_data
from sync.network.http import HttpClient, Limits
from tests.rig.clock import now
from tests.rig.faults import HTML, LATER, Answer, FaultServer, make_certificate, refused_url, said

GDX = gdx.GDX.endpoint
QUICK = Limits(connect=1.0, read=0.3, call=0.6)
PERSON = {"titleDesc": "นาย", "firstName": "ทดลอง", "dateOfBirth": 25230415}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    one = FaultServer(said(200, PERSON))
    yield one
    one.stop()


def verdict_of(url: str, endpoint: str = GDX, limits: Limits = QUICK, ca_pem: str | None = None) -> Verdict:
    wire = HttpClient(limits=limits, ca_pem=ca_pem)
    try:
        reply = wire.call("GET", url, params={"ConsumerSecret": "hush-hush", "CitizenID": "1234567890121"})
    except NetworkProblem as error:
        return classify(endpoint, error=error)
    finally:
        wire.close()
    return classify(endpoint, reply.status, reply.headers, reply.body)


@pytest.mark.parametrize(
    ("endpoint", "answer", "kind", "code"),
    [
        (GDX, said(200, PERSON), Kind.DONE, None),
        (GDX, said(500, {"Message": "InternalServerError"}), Kind.LATER, "gateway_fault"),
        (GDX, Answer(502, b"<html>Bad Gateway</html>"), Kind.LATER, "gateway_fault"),
        (GDX, Answer(200, b"OK"), Kind.LATER, "gateway_fault"),
        (GDX, said(200, {"Message": "upstream timed out"}), Kind.LATER, "gateway_fault"),
        *(
            (GDX, said(200, fault), Kind.LATER, "gateway_fault")
            for fault in (
                {"errorMessage": "upstream timeout", "errorNumber": 5},
                {"Code": "50000", "Error": "backend"},
                {"error": "login_required", "login_url": "http://login.example/"},
                {"timestamp": "t", "status": 500, "error": "E", "message": "boom", "path": "/ws"},
                {"Message": "boom", "firstName": None},
                ["boom"],
            )
        ),
        (GDX, Answer(200, b'{"firstName": "\\ud800"}'), Kind.LATER, "gateway_fault"),
        (GDX, Answer(200, b'{"\\udfff": "x"}'), Kind.LATER, "gateway_fault"),
        (GDX, Answer(200, b'{"a":' * 33 + b"1" + b"}" * 33), Kind.LATER, "gateway_fault"),
        (GDX, Answer(404, HTML), Kind.LATER, "gateway_fault"),
        (GDX, Answer(200, HTML), Kind.PORTAL, "portal"),
        (CENTRE, Answer(200, HTML), Kind.PORTAL, "portal"),
        (GDX, Answer(302, b"", {"Location": "http://login.example/"}), Kind.PORTAL, "portal"),
        (GDX, said(401, {"Message": "UnauthorizedException: token not found"}), Kind.TOKEN, "token_refused"),
        (GDX, said(500, {"Code": 90001, "Message": "agent"}), Kind.NEEDS_LOGIN, "no_session"),
        (GDX, said(200, {"Code": "90001"}), Kind.NEEDS_LOGIN, "no_session"),
        (GDX, said(200, {"Message": "90001: no session"}), Kind.NEEDS_LOGIN, "no_session"),
        (CENTRE, said(401, {"title": "no token"}), Kind.ENROL_AGAIN, "enrol_again"),
        (GDX, said(403, {"Message": "ForbiddenException: consumer not found"}), Kind.PAUSE, "forbidden"),
        *(
            (GDX, said(status, {"Message": "no"}), Kind.QUARANTINE, "refused")
            for status in (400, 404, 405, 413, 422)
        ),
        *(
            (GDX, Answer(status, HTML, {"Content-Type": "text/html"}), Kind.LATER, "gateway_fault")
            for status in (502, 503, 504)
        ),
        *(
            (GDX, said(status, {"Message": f"[{code}] ไม่พบข้อมูล"}), Kind.NOT_FOUND, None)
            for code in ("00001", "00410", "00815", "00870", "99706", "99707")
            for status in (200, 404, 500)
        ),
        *(
            (end, said(status, {}), Kind.LATER, "gateway_fault")
            for end in (GDX, CENTRE)
            for status in (408, 425)
        ),
        (GDX, said(500, {"Message": "[100001] ระบบขัดข้อง"}), Kind.LATER, "gateway_fault"),
        (CENTRE, said(409, {"title": "Conflict", "detail": "other content"}), Kind.QUARANTINE, "refused"),
        (GDX, Answer(400, b"BadRequestException: CitizenID"), Kind.QUARANTINE, "refused"),
        (GDX, said(429, {}), Kind.THROTTLED, "busy"),
        (GDX, said(503, {}, Retry_After="7"), Kind.THROTTLED, "busy"),
        (GDX, said(503, {}), Kind.LATER, "gateway_fault"),
        (GDX, said(500, {"Message": "[00001] ไม่พบข้อมูล"}), Kind.NOT_FOUND, None),
        (GDX, said(200, {"Message": "99706 not found"}), Kind.NOT_FOUND, None),
        (GDX, said(200, {"firstName": None, "address": {"houseNo": ""}}), Kind.NOT_FOUND, None),
        (GDX, said(200, {"ResultList": [], "RawData": ""}), Kind.NOT_FOUND, None),
        (GDX, Answer(204, b""), Kind.NOT_FOUND, None),
        *(
            (GDX, Answer(200, nothing), Kind.LATER, "empty_answer")
            for nothing in (b"null", b"{}", b"[{}]", b'""', b" ")
        ),
    ],
)
def test_every_answer_has_one_meaning(
    server: FaultServer, endpoint: str, answer: Answer, kind: Kind, code: str | None
) -> None:
    server.script = [answer]
    verdict = verdict_of(server.url, endpoint)
    assert verdict.kind is kind
    assert (verdict.problem.code if verdict.problem else None) == code
    assert (verdict.value == PERSON) == (kind is Kind.DONE)


@pytest.mark.parametrize(
    "data",
    [
        {"houseID": 50010000001, "houseNo": "99/9", "dateOfTerminate": 0},
        [{"marryID": "5001-00412", "marryDate": 25480214, "malePID": 1234567890121}],
        {"total": 1, "allName": [{"docID": "12/2540", "newName": "มาลี"}]},
        {"ResultList": [{"JuristicID": "0105569000010"}], "RawData": ""},
        {"Message": "Success", "Code": "0", "firstName": "ทดลอง"},
        {"Result": True},
    ],
)
def test_what_holds_data_is_an_answer(data: Any) -> None:
    verdict = classify(GDX, 200, {}, json.dumps(data).encode())
    assert (verdict.kind, verdict.value) == (Kind.DONE, data)


@pytest.mark.parametrize(
    ("answer", "keep", "kind"),
    [
        ({"houseNo": "99/9", "Message": "slow"}, ["houseNo"], None),
        ([{"marryID": "5001-00412"}], ["list.marryID"], None),
        ({"total": 1, "allName": [{"docID": "1"}]}, ["total", "allName.docID"], None),
        ({"other": "x"}, [], None),
        ({"houseID": 0, "houseNo": None, "age": 3}, ["houseID", "houseNo"], Kind.NOT_FOUND),
        ({"total": 0, "allName": []}, ["allName.docID"], Kind.NOT_FOUND),
        ([], ["list.marryID"], Kind.NOT_FOUND),
        ([], ["houseNo"], Kind.LATER),
        ([], [], Kind.LATER),
        ({"other": "x"}, ["houseNo"], Kind.LATER),
        ({"errorMessage": "x", "other": "y", "houseNo": None}, ["houseNo"], Kind.LATER),
        ([{"Message": "x"}], ["list.marryID"], Kind.LATER),
        ({"ResultList": [{"reason": "x"}]}, ["ResultList.JuristicID"], Kind.LATER),
    ],
)
def test_an_answer_without_what_was_asked_for_is_none(
    answer: Any, keep: list[str], kind: Kind | None
) -> None:
    verdict = without_data(normalised(answer), keep)
    assert (verdict.kind if verdict else None) == kind


@pytest.mark.parametrize(
    ("host", "token"), [("127.0.0.1:9", "tök"), ("a" * 64 + ".example", "x"), ("127.0.0.1:99999", "x")]
)
def test_a_request_that_cannot_be_encoded_is_known_to_have_sent_nothing(host: str, token: str) -> None:
    wire = HttpClient(limits=QUICK)
    with pytest.raises(Unreachable):
        wire.call("GET", f"http://{host}/", headers={"Token": token})
    wire.close()


def test_a_refused_connection_is_known_to_have_sent_nothing() -> None:
    verdict = verdict_of(refused_url())
    assert verdict.kind is Kind.LATER
    assert isinstance(verdict.problem, Unreachable)


@pytest.mark.parametrize("answer", [Answer(silent=True), Answer(200, b'{"a":1}' * 50, cut=20)])
def test_an_answer_that_breaks_off_may_have_had_its_effect(server: FaultServer, answer: Answer) -> None:
    server.script = [answer]
    verdict = verdict_of(server.url)
    assert verdict.kind is Kind.LATER
    assert isinstance(verdict.problem, AnswerLost)
    assert len(server.calls) == 1


def test_an_endless_trickle_ends_at_the_deadline() -> None:
    """Each byte comes in time, but the answer has no end: only a deadline for the whole call ends it."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def trickle() -> None:
        connection = listener.accept()[0]
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        try:
            while not over.wait(0.05):
                connection.sendall(b"a")
        except OSError:
            pass

    threading.Thread(target=trickle, daemon=True).start()
    started = time.monotonic()
    verdict = verdict_of(f"http://127.0.0.1:{listener.getsockname()[1]}")
    over.set()
    assert isinstance(verdict.problem, AnswerLost)
    assert time.monotonic() - started < 5


def test_an_unknown_certificate_stops_the_run_and_is_named(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    server = FaultServer(said(200, PERSON), certificate=certificate)
    try:
        verdict = verdict_of(server.url)
        assert verdict.kind is Kind.CERTIFICATE
        assert isinstance(verdict.problem, CertificateRefused)
        assert "Office Test CA" in verdict.problem.detail
        assert server.calls == []
        trusted = verdict_of(server.url, ca_pem=certificate[0].read_text())
        assert trusted.kind is Kind.DONE
    finally:
        server.stop()


def test_a_certificate_of_the_future_means_that_the_clock_is_wrong(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, LATER)
    server = FaultServer(said(200, PERSON), certificate=certificate)
    try:
        verdict = verdict_of(server.url, ca_pem=certificate[0].read_text())
        assert isinstance(verdict.problem, ClockWrong)
    finally:
        server.stop()


def test_retry_after_is_read_in_both_forms_and_capped() -> None:
    moment = now().replace(microsecond=0)
    assert retry_after("120", moment) == 120
    assert retry_after(format_datetime(moment + timedelta(seconds=90)), moment) == 90
    assert retry_after(format_datetime(moment - timedelta(seconds=90)), moment) == 0
    assert retry_after("999999", moment) == 3600
    assert retry_after("soon", moment) is None


def test_an_answer_larger_than_any_true_one_is_not_read_to_its_end(server: FaultServer) -> None:
    server.script = [Answer(200, b'"' + b"a" * 5000 + b'"')]
    assert isinstance(verdict_of(server.url, limits=Limits(body=1000)).problem, AnswerLost)


def test_a_proxy_that_the_environment_names_is_not_used(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Setting an environment variable must not send citizens' data elsewhere."""
    elsewhere = FaultServer(said(200, PERSON))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, elsewhere.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert verdict_of(server.url).kind is Kind.DONE
    assert (len(server.calls), elsewhere.calls) == (1, [])
    elsewhere.stop()


def test_connections_are_reused(server: FaultServer) -> None:
    wire = HttpClient()
    for _ in range(3):
        wire.call("GET", server.url)
    wire.close()
    assert len(server.calls) == 3
    assert server.connections == 1


def test_no_log_and_no_error_tells_the_secret_or_the_citizen(
    server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for answer in (said(200, PERSON), Answer(200, HTML), Answer(200, b"{}", cut=1), Answer(silent=True)):
        server.script = [answer]
        told.append(repr(verdict_of(server.url)))
    wire = HttpClient(limits=QUICK)
    try:
        wire.call("GET", refused_url(), params={"ConsumerSecret": "hush-hush", "CitizenID": "1234567890121"})
    except NetworkProblem as error:
        told += [repr(error), str(error), repr(error.__context__)]
    server.script = [
        said(400, {"Message": "1-2345-67890-12-1 and 1234567890121: token 0b5f2c1e-7d55-4a09-9a3c"})
    ]
    refused = verdict_of(server.url)
    assert refused.problem is not None
    told += [str(refused.problem)]
    everything = caplog.text + "".join(told)
    for secret in ("hush-hush", "1234567890121", "67890-12-1", "0b5f2c1e-7d55"):
        assert secret not in everything
    assert "refuses" in everything


def test_the_other_ends_words_are_kept_but_nobodys_number() -> None:
    assert own_words("เลขทะเบียนไม่ถูกต้อง\r\n\x1b[31m (1 2345 67890 12 1)") == "เลขทะเบียนไม่ถูกต้อง [31m (…)"


def test_a_stored_problem_becomes_its_error_again() -> None:
    again = problem("refused", "เลขทะเบียนไม่ถูกต้อง")
    assert again is not None
    assert "เลขทะเบียนไม่ถูกต้อง" in str(again)
    assert problem("done", None) is None
