"""The ministry's centre over real HTTP, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from reader.buddhist_date import now, stamp
from store import jws
from store.canonical import b64, canonical, unb64
from store.checkpoint import read_note, verify_cosignature, verify_note
from store.enrolment import fingerprint, normal
from store.errors import NotFound
from sync.centre import codes
from sync.centre.calls import Call, answer
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.memory import MemoryRecords
from sync.centre.records import SqlRecords
from sync.centre.serve import make_code, status
from tests.sync.centre_office import Office, Submission, seed_of

_SERVE = """
import os, signal, sys
from pathlib import Path
from sync.centre.serve import serve
{before}
serve(Path(sys.argv[1]), 0, ready=lambda port: print(port, flush=True))
"""
_DIES_BEFORE_IT_REPLIES = """
import sync.centre.app
make_app = sync.centre.app.make_app
def deadly(centre):
    app = make_app(centre)
    async def asgi(scope, receive, send):
        async def last(message):
            os.kill(os.getpid(), signal.SIGKILL)
        await app(scope, receive, last if scope.get("method") == "PUT" else send)
    return asgi
sync.centre.app.make_app = deadly
"""
_DIES_BEFORE_IT_COMMITS = """
from sync.centre.records import SqlTables
put = SqlTables.put_submission
def deadly(tables, submission):
    put(tables, submission)
    os.kill(os.getpid(), signal.SIGKILL)
SqlTables.put_submission = deadly
"""


@contextmanager
def running(home: Path, before: str = "") -> Iterator[httpx.Client]:
    """The centre of that home in its own process; a client that speaks to it."""
    command = [sys.executable, "-c", _SERVE.format(before=before), str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, process.stderr.read() if process.stderr else ""
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
                yield client
        finally:
            process.terminate()
            rest, _ = process.communicate(timeout=30)
            assert rest == ""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("centre") / "home"


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with running(home) as client:
        yield client


@pytest.fixture(scope="module")
def office(home: Path, client: httpx.Client) -> Office:
    office = Office()
    # Malee has two roles and, by mistake, two keys: she must still not sign twice.
    office.people.append(office.person("malee", "officer"))
    office.people.append({**office.person("malee-2", "controller"), "login": "malee"})
    office.people.append(office.person("former", "controller", until="2026-11-01T00:00:00+07:00"))
    office.enrol(client, make_code(home, office.unit))
    return office


def problem_of(reply: httpx.Response) -> str:
    """The slug of a problem, once its form has been checked."""
    assert reply.headers["content-type"] == "application/problem+json"
    told = reply.json()
    assert told.keys() == {"type", "title", "status", "detail"}
    assert told["status"] == reply.status_code
    assert told["detail"].isprintable()
    return str(told["type"]).removeprefix("urn:nocopy:problem:")


def receipt_of(client: httpx.Client, token: str) -> dict[str, Any]:
    """What a receipt says, once its signature was checked against the key that the centre shows."""
    key = client.get("/v1/health").json()["key"]
    return jws.read_compact(token, typ="nocopy-receipt+jws", key_of=lambda _kid: key).value


def test_health_names_the_centre_and_its_receipt_key(home: Path, client: httpx.Client) -> None:
    told = client.get("/v1/health").json()
    assert told["service"] == "nocopy-centre"
    assert told["key"] == CentreKeys.in_home(home).public["receipt"]
    assert told["time"] <= stamp(now())
    assert (home / "centre-keys.json").stat().st_mode & 0o777 == 0o600


def test_a_lost_enrolment_is_answered_again_and_a_code_serves_one_station(
    home: Path, client: httpx.Client
) -> None:
    office = Office(unit="5100")
    code = make_code(home, "5100")
    assert len(code.split()) == 8
    told = office.enrol(client, code)
    assert normal(code)[16:] == fingerprint(told["centre_keys"])
    receipt = receipt_of(client, told["people_receipt"])
    body = office.enrolment(code.lower().replace(" ", "-"))
    assert (receipt["kind"], receipt["id"]) == ("people", office.list_sha256)
    assert (receipt["sha256"], receipt["people"]) == (
        hashlib.sha256(office.enrolment(code)).hexdigest(),
        "unconfirmed",
    )
    again = client.post("/v1/stations", content=body)
    assert (again.status_code, again.json()) == (201, told)

    other = client.post("/v1/stations", content=office.enrolment(code, station_seed=seed_of("other PC")))
    assert (other.status_code, problem_of(other)) == (403, "code-refused")
    kept = (home / "centre.db").read_bytes() + (home / "centre.db-wal").read_bytes()
    assert told["token"].encode() not in kept
    assert normal(code).encode() not in kept
    assert told["people_receipt"].encode() in kept


def _clock(days_ago: int) -> Callable[[], datetime]:
    return lambda: now() - timedelta(days=days_ago)


def test_a_code_is_of_one_unit_and_dies_after_30_days(home: Path, client: httpx.Client) -> None:
    office = Office(unit="5101")
    records, keys = SqlRecords.in_file(home / "centre.db"), CentreKeys.in_home(home)
    for days, expected in ((31, 403), (29, 201)):
        code = codes.new_code(Centre(records, keys, _clock(days)), "5101")
        assert client.post("/v1/stations", content=office.enrolment(code)).status_code == expected
    records.close()
    foreign = client.post("/v1/stations", content=office.enrolment(make_code(home, "5102")))
    assert (foreign.status_code, problem_of(foreign)) == (403, "code-refused")
    invented = client.post("/v1/stations", content=office.enrolment("A" * 32))
    assert (invented.status_code, problem_of(invented)) == (403, "code-refused")


def test_an_enrolment_that_no_head_of_its_people_signed_is_refused(home: Path, client: httpx.Client) -> None:
    office = Office(unit="5103")
    code = make_code(home, "5103")
    signed = json.loads(office.enrolment(code))
    alone = [canonical({**signed, "signatures": [one]}) for one in signed["signatures"]]
    for body in (*alone, office.enrolment(code, head="officer"), office.enrolment(code, head="stranger")):
        reply = client.post("/v1/stations", content=body)
        assert (reply.status_code, problem_of(reply)) == (422, "bad-signature")
    assert client.post("/v1/stations", content=office.enrolment(code)).status_code == 201


def test_a_report_has_one_effect_and_one_receipt(home: Path, client: httpx.Client, office: Office) -> None:
    report = office.report("2020-01")
    first = report.put(client)
    assert first.status_code == 201
    assert receipt_of(client, first.text) == {
        "v": 1,
        "id": report.id,
        "sha256": hashlib.sha256(report.body).hexdigest(),
        "kind": "report",
        "unit": "5001",
        "station": "01",
        "month": "2020-01",
        "revision": 1,
        "received_at": receipt_of(client, first.text)["received_at"],
        "late": True,
        "people": "unconfirmed",
        "heads": [],
    }
    again = report.put(client)
    assert (again.status_code, again.text) == (200, first.text)
    other = office.report("2020-01", visits=4)
    assert other.id == report.id
    refused = other.put(client)
    assert (refused.status_code, problem_of(refused)) == (409, "conflict")
    revised = office.report("2020-01", revision=2).put(client)
    assert (revised.status_code, problem_of(revised)) == (409, "conflict")
    assert report.put(client).text == first.text
    unit = next(one for one in status(home)["units"] if one["unit"] == "5001")
    months = [one for one in unit["months"] if one["month"] == "2020-01"]
    assert unit["stations"] == ["01"]
    assert [(one["revision"], one["destination"], one["late"]) for one in months] == [(1, "supervisor", True)]


def test_a_flagged_report_goes_to_ict_with_what_the_head_marked(
    home: Path, client: httpx.Client, office: Office
) -> None:
    findings = canonical({"v": 1, "findings": [{"n": 1, "rule": "outside_hours", "citizen": "A"}]})
    head = {"says": "flagged", "findings": hashlib.sha256(findings).hexdigest()}
    month = f"{now():%Y-%m}"
    for spoiled in (None, findings + b" "):
        reply = office.report(month, signers={"head": head}, findings=spoiled).put(client)
        assert reply.status_code == 422
    reply = office.report(month, signers={"head": head}, findings=findings).put(client)
    assert reply.status_code == 201
    assert receipt_of(client, reply.text)["late"] is False
    told = [month_ for unit in status(home)["units"] for month_ in unit["months"]]
    assert [one["destination"] for one in told if one["month"] == month] == ["ict"]


def test_the_same_reports_from_many_at_once_are_received_once(client: httpx.Client, office: Office) -> None:
    reports = [office.report(f"2022-{month:02}") for month in range(1, 7)]
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda report: report.put(client), reports * 8))
    for n in range(len(reports)):
        same = replies[n :: len(reports)]
        assert sorted(reply.status_code for reply in same) == [200] * 7 + [201]
        assert len({reply.text for reply in same}) == 1


def _reheaded(office: Office, **header: Any) -> Submission:
    """A report whose first header was replaced by any header, truly signed by the officer."""
    report = office.report("2021-01")
    outer = json.loads(report.inflated())
    public = jws.public_of(seed_of(office.unit, "officer"))
    own = {"alg": "Ed25519", "typ": "nocopy-report+jws", "kid": jws.thumbprint(public), **header}
    own |= {"login": "officer", "role": "officer", "says": "summarised", "at": "2026-11-02T09:00:00+07:00"}
    protected = b64(canonical(own))
    key = jws.key_from_seed(seed_of(office.unit, "officer")).get_op_key("sign")
    made = key.sign(f"{protected}.{outer['payload']}".encode())  # type: ignore[union-attr]
    outer["signatures"][0] = {"protected": protected, "signature": b64(made)}
    return report.with_content(canonical(outer))


def _altered(office: Office) -> Submission:
    report = office.report("2021-01")
    outer = json.loads(report.inflated())
    outer["payload"] = b64(canonical(office.payload("2021-01", visits=999)))
    return report.with_content(canonical(outer))


def _doubled(office: Office) -> Submission:
    report = office.report("2021-01")
    return report.with_content(report.inflated()[:-1] + b',"payload":"e30"}')


def _signers(**signers: dict[str, Any]) -> Callable[[Office], Submission]:
    return lambda office: office.report("2021-01", signers=signers)


_MALEE = {"login": "malee", "seed": seed_of("5001", "malee")}


def _fourth(office: Office) -> Submission:
    """Three logins and three roles, and yet four signatures: Malee signed in both her roles."""
    report = office.report("2021-01", signers={"officer": _MALEE})
    outer = json.loads(report.inflated())
    as_controller = _MALEE | {"seed": seed_of("5001", "malee-2")}
    also = json.loads(office.report("2021-01", signers={"controller": as_controller}).inflated())
    outer["signatures"].append(also["signatures"][1])
    return report.with_content(canonical(outer))


REFUSALS: dict[str, tuple[int, str, Callable[[Office], Submission]]] = {
    "no token": (401, "no-token", lambda o: replace(o.report("2021-01"), token="")),
    "invented token": (401, "no-token", lambda o: replace(o.report("2021-01"), token="x" * 43)),
    "id that is no id": (400, "bad-request", lambda o: replace(o.report("2021-01"), id="2021-01")),
    "digest of other bytes": (
        400,
        "digest-mismatch",
        lambda o: replace(o.report("2021-01"), digest="sha-256=:" + "A" * 43 + "=:"),
    ),
    "no digest": (400, "digest-mismatch", lambda o: replace(o.report("2021-01"), digest=None)),
    "not gzip": (400, "bad-request", lambda o: replace(o.report("2021-01"), body=b"{}")),
    "gzip cut short": (
        400,
        "bad-request",
        lambda o: replace(o.report("2021-01"), body=o.report("2021-01").body[:-5]),
    ),
    "too large as sent": (
        413,
        "too-large",
        lambda o: replace(o.report("2021-01"), body=os.urandom(1_000_001)),
    ),
    "too large inflated": (413, "too-large", lambda o: o.report("2021-01").with_content(bytes(8_000_001))),
    "another media type": (
        415,
        "media-type",
        lambda o: replace(o.report("2021-01"), headers={"Content-Type": "text/plain"}),
    ),
    "not inflated": (
        415,
        "media-type",
        lambda o: replace(o.report("2021-01"), headers={"Content-Encoding": "identity"}),
    ),
    "not JSON": (422, "bad-signature", lambda o: o.report("2021-01").with_content(b"hello")),
    "changed after signing": (422, "bad-signature", _altered),
    "a key twice": (422, "bad-signature", _doubled),
    "alg none": (422, "bad-signature", lambda o: _reheaded(o, alg="none")),
    "alg HS256": (422, "bad-signature", lambda o: _reheaded(o, alg="HS256")),
    "its own key": (422, "bad-signature", lambda o: _reheaded(o, jwk={"kty": "OKP"})),
    "two signatures": (422, "bad-signature", _signers(controller={"leave_out": True})),
    "two of one key": (422, "bad-signature", _signers(controller={"seed": seed_of("5001", "officer")})),
    "two of one login": (
        422,
        "bad-signature",
        _signers(officer=_MALEE, controller=_MALEE | {"seed": seed_of("5001", "malee-2")}),
    ),
    "a stranger's key": (422, "bad-signature", _signers(head={"seed": seed_of("5001", "stranger")})),
    "a role that is not theirs": (
        422,
        "bad-signature",
        _signers(officer={"role": "controller"}, controller={"role": "officer"}),
    ),
    "two officers": (422, "bad-signature", _signers(controller=_MALEE | {"role": "officer"})),
    "four signatures": (422, "bad-signature", lambda o: _fourth(o)),
    "a key past its date": (
        422,
        "bad-signature",
        _signers(controller={"login": "former", "seed": seed_of("5001", "former")}),
    ),
    "a key before its date": (422, "bad-signature", _signers(controller={"at": "2018-12-31T23:59:59+07:00"})),
    "neither approved nor flagged": (422, "bad-signature", _signers(head={"says": "seen"})),
    "findings though approved": (422, "bad-content", lambda o: o.report("2021-01", findings=b"{}")),
    "another month's id": (
        422,
        "bad-content",
        lambda o: replace(o.report("2021-01"), id=o.report("2021-02").id),
    ),
    "a month that is none": (422, "bad-content", lambda o: o.report("2021-13")),
    "an unknown people list": (409, "behind", lambda o: o.report("2021-01", people="0" * 64)),
    "another version": (422, "bad-content", lambda o: o.report("2021-01", v=2)),
    "another unit's content": (403, "other-unit", lambda o: o.report("2021-01", unit="5002")),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_wrong_submission_is_refused_and_leaves_no_trace(
    name: str, home: Path, client: httpx.Client, office: Office
) -> None:
    code, slug, make = REFUSALS[name]
    reply = make(office).put(client)
    assert (reply.status_code, problem_of(reply)) == (code, slug)
    assert not [
        month for unit in status(home)["units"] for month in unit["months"] if month["month"] == "2021-01"
    ]


def test_what_is_wrong_with_signatures_is_told_apart(client: httpx.Client, office: Office) -> None:
    named = ["alg HS256", "its own key", "changed after signing", "two of one key", "two of one login"]
    named += ["a stranger's key", "a role that is not theirs", "a key before its date", "two signatures"]
    named += ["a key past its date"]
    told = {REFUSALS[name][2](office).put(client).json()["detail"] for name in named}
    assert len(told) == len(named)


def test_a_token_is_of_one_unit(home: Path, client: httpx.Client, office: Office) -> None:
    stranger = Office(unit="5003")
    stranger.enrol(client, make_code(home, "5003"))
    report = office.report("2020-03")
    reply = replace(report, token=stranger.token).put(client)
    assert (reply.status_code, problem_of(reply)) == (403, "other-unit")
    people = client.put("/v1/units/5001/people", content=b"{}", headers=_bearer(stranger))
    assert (people.status_code, problem_of(people)) == (403, "other-unit")
    assert report.put(client).status_code == 201
    assert replace(report, token=stranger.token).put(client).status_code == 403


def test_the_head_sends_the_next_people_list(home: Path, client: httpx.Client) -> None:
    office = Office(unit="5004")
    office.enrol(client, make_code(home, "5004"))
    kept = [office.person("officer", "officer"), office.person("head", "head")]
    left = office.person("controller", "controller", until="2026-10-31T16:30:00+07:00")
    people = [*kept, left, office.person("malee", "controller")]

    def put(body: bytes) -> httpx.Response:
        return client.put("/v1/units/5004/people", content=body, headers=_bearer(office))

    for body in (office.next_people(people, by="officer"), office.next_people(people, by="malee")):
        assert (put(body).status_code, problem_of(put(body))) == (422, "bad-signature")
    skipped = put(office.next_people(people, n=3))
    assert (skipped.status_code, problem_of(skipped)) == (409, "behind")
    body = office.next_people(people)
    first = put(body)
    again = put(body)
    assert (first.status_code, again.status_code, again.text) == (201, 200, first.text)
    receipt = receipt_of(client, first.text)
    assert (receipt["kind"], receipt["sha256"]) == ("people", hashlib.sha256(body).hexdigest())
    other = put(office.next_people(people[:3]))
    assert (other.status_code, problem_of(other)) == (409, "not-next")

    # Who left cannot sign any more, who came can; what was signed while appointed still holds.
    office.list_sha256 = receipt["id"]
    assert put(office.next_people(people[:3], n=3, by="malee")).status_code == 422
    refused = office.report("2020-05").put(client)
    assert (refused.status_code, problem_of(refused)) == (422, "bad-signature")
    malee = {"login": "malee", "seed": seed_of("5004", "malee")}
    assert office.report("2020-05", signers={"controller": malee}).put(client).status_code == 201
    in_time = {"at": "2026-10-31T16:30:00+07:00"}
    assert office.report("2020-06", signers={"controller": in_time}).put(client).status_code == 201

    # A head whose appointment has ended names nobody any more.
    ended = [*kept[:1], office.person("head", "head", until="2026-01-31"), *people[2:]]
    receipt = receipt_of(client, put(office.next_people(ended, n=3)).text)
    office.list_sha256 = receipt["id"]
    assert put(office.next_people(people, n=4)).status_code == 422


def test_a_new_code_replaces_the_token_and_the_people(home: Path, client: httpx.Client) -> None:
    office = Office(unit="5005")
    old = office.enrol(client, make_code(home, "5005"))["token"]
    newcomer = Office(
        unit="5005", people=[office.person("officer", "officer"), office.person("narong", "head")]
    )
    reply = client.post("/v1/stations", content=newcomer.enrolment(make_code(home, "5005"), head="narong"))
    assert reply.status_code == 201
    assert replace(office.report("2020-01"), token=old).put(client).status_code == 401
    assert replace(office.report("2020-01"), token=reply.json()["token"]).put(client).status_code == 422


def test_the_witness_cosigns_what_extends_and_refuses_a_fork(home: Path, client: httpx.Client) -> None:
    office = Office(unit="5006")
    told = office.enrol(client, make_code(home, "5006"))
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(11)]
    missing = client.get("/v1/witness", params={"origin": office.origin})
    assert (missing.status_code, problem_of(missing)) == (404, "not-found")

    first = office.checkpoint(leaves[:4], 0)
    replies = [first.put(client), office.checkpoint(leaves[:7], 4).put(client), first.put(client)]
    assert [reply.status_code for reply in replies] == [201, 201, 200]
    assert replies[2].text == replies[0].text
    receipt = receipt_of(client, replies[1].text)
    assert (receipt["kind"], receipt["month"], receipt["revision"]) == ("checkpoint", None, None)
    note = client.get("/v1/witness", params={"origin": office.origin}).text
    assert receipt["heads"] == [note]
    assert (read_note(note).origin, read_note(note).size) == (office.origin, 7)
    witness = told["centre_keys"]
    signed_at = verify_cosignature(note, witness["name"], unb64(witness["witness"]))
    assert stamp(signed_at) == receipt["received_at"]
    verify_note(note, office.origin, jws.public_of(office.station_seed))

    changed = [*leaves[:2], bytes(32), *leaves[3:9]]
    stranger = office.checkpoint(leaves[:9], 7, seed=seed_of("another PC"))
    for submission, slug in (
        (office.checkpoint(changed, 7), "fork"),
        (office.checkpoint(changed[:7], 4), "fork"),
        (office.checkpoint(leaves[:9], 4), "fork"),
        (office.checkpoint(leaves[:5], 4), "fork"),
        (stranger, "bad-signature"),
        (office.checkpoint(leaves[:9], 7, note_seed=seed_of("another PC")), "bad-signature"),
        (office.checkpoint(leaves[:9], 7, origin=Office(unit="5001").origin), "bad-content"),
    ):
        refused = submission.put(client)
        assert problem_of(refused) == slug, submission.id
        assert refused.status_code == (409 if slug == "fork" else 422)
    assert client.get("/v1/witness", params={"origin": office.origin}).text == note
    assert office.checkpoint(leaves, 7).put(client).status_code == 201
    report = office.report("2020-01").put(client)
    (head,) = receipt_of(client, report.text)["heads"]
    assert read_note(head).size == 11


@pytest.mark.parametrize(
    ("dies", "received"), [(_DIES_BEFORE_IT_REPLIES, True), (_DIES_BEFORE_IT_COMMITS, False)]
)
def test_a_centre_killed_in_mid_receipt_gives_one_receipt_in_the_end(
    tmp_path: Path, dies: str, received: bool
) -> None:
    home = tmp_path / "home"
    office = Office()
    with running(home, before=dies) as client:
        office.enrol(client, make_code(home, office.unit))
        report = office.report("2020-01")
        with pytest.raises(httpx.TransportError):
            report.put(client)
    with sqlite3.connect(home / "centre.db") as db:
        kept = [row[0] for row in db.execute("SELECT receipt FROM submission")]
    assert len(kept) == received
    with running(home) as client:
        reply = report.put(client)
        assert reply.status_code == (200 if received else 201)
        assert kept in ([], [reply.text])
        assert receipt_of(client, reply.text)["sha256"] == hashlib.sha256(report.body).hexdigest()
        assert report.put(client).text == reply.text


def test_looking_for_a_centre_where_none_is_makes_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        status(tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_messages_and_catalogue_are_there_though_nothing_was_said_yet(
    home: Path, client: httpx.Client
) -> None:
    office = Office(unit="5008")
    office.enrol(client, make_code(home, "5008"))
    assert client.get("/v1/messages", headers=_bearer(office)).json() == {"messages": [], "received": 1}
    assert client.get("/v1/messages").status_code == 401
    assert client.get("/v1/messages", params={"after": "x"}, headers=_bearer(office)).status_code == 400
    assert problem_of(client.get("/v1/catalogue")) == "not-found"


@pytest.mark.parametrize(
    ("method", "path", "status_code"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/units/5001", 404),
        ("DELETE", "/v1/health", 405),
        ("GET", "/v1/stations", 405),
    ],
)
def test_what_the_centre_does_not_know_is_a_problem_too(
    client: httpx.Client, method: str, path: str, status_code: int
) -> None:
    reply = client.request(method, path)
    assert reply.status_code == status_code
    assert problem_of(reply)


class InProcess(httpx.BaseTransport):
    """A centre without a server: the same decisions, as in practice."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.method, request.url.path, dict(request.url.params), headers, request.read())
        reply = answer(self.centre, call)
        return httpx.Response(
            reply.status,
            stream=httpx.ByteStream(reply.body),
            headers={"content-type": reply.media, **reply.headers},
        )


def test_practice_answers_as_the_ministry_does(home: Path, client: httpx.Client) -> None:
    practice = InProcess(Centre(MemoryRecords(), CentreKeys.make(), now))
    with httpx.Client(base_url="http://practice", transport=practice) as in_memory:
        told = [
            an_offices_story(client, lambda unit: make_code(home, unit)),
            an_offices_story(in_memory, lambda unit: codes.new_code(practice.centre, unit)),
        ]
    assert told[0] == told[1]
    assert {one[0] for one in told[0]} >= {200, 201, 401, 403, 409, 422}


def an_offices_story(client: httpx.Client, code_of: Callable[[str], str]) -> list[tuple[int, str]]:
    office = Office(unit="5007")
    code = code_of("5007")
    office.enrol(client, code)
    replies = [client.post("/v1/stations", content=office.enrolment(code, station_seed=seed_of("other PC")))]
    people = office.next_people([*office.people, office.person("malee", "officer")])
    replies += [
        client.put("/v1/units/5007/people", content=people, headers=_bearer(office)) for _ in range(2)
    ]
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(5)]
    replies += [office.checkpoint(leaves[:3], 0).put(client), office.checkpoint(leaves, 3).put(client)]
    replies += [office.checkpoint([bytes(32)] * 6, 5).put(client)]
    replies += [office.report("2020-01").put(client) for _ in range(2)]
    replies += [office.report("2020-01", visits=9).put(client)]
    replies += [make(office).put(client) for _, _, make in REFUSALS.values()]
    replies += [client.get("/v1/messages", headers=_bearer(office)), client.get("/v1/catalogue")]
    return [
        (
            reply.status_code,
            problem_of(reply) if reply.status_code >= 400 else reply.headers["content-type"],
        )
        for reply in replies
    ]


def test_practice_needs_nothing_of_the_centres_extra() -> None:
    script = """
import sys
for name in ("starlette", "sqlalchemy", "uvicorn"):
    sys.modules[name] = None
from pathlib import Path
from reader.buddhist_date import now
from sync.centre.calls import Call, answer
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.memory import MemoryRecords
centre = Centre(MemoryRecords(), CentreKeys.make(), now)
assert answer(centre, Call("GET", "/v1/health", {}, {}, b"")).status == 200
from sync.centre.serve import make_code, serve
from sync.errors import CentreExtraMissing
for asked in (lambda: serve(Path(sys.argv[1]), 0), lambda: make_code(Path(sys.argv[1]), "5001")):
    try:
        asked()
    except CentreExtraMissing:
        pass
    else:
        raise SystemExit("no error")
"""
    subprocess.run([sys.executable, "-c", script, "/nonexistent"], check=True, timeout=60)


def _bearer(office: Office) -> dict[str, str]:
    return {"Authorization": f"Bearer {office.token}"}
