"""What the ministry's centre accepts, with one effect each, over real HTTP, in a process of its own."""

from __future__ import annotations

import hashlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from reader.buddhist_date import stamp
from store.errors import NotFound
from store.formats import jws
from store.formats.canonical import canonical, unb64
from store.formats.note import read_note, verify_cosignature, verify_note
from sync.centre.keys import CentreKeys
from sync.centre.serve import make_code, status
from tests.rig.clock import now
from tests.sync.centre.centre_office import Office, seed_of
from tests.sync.centre.centre_process import bearer, problem_of, receipt_of, running

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


def test_health_names_the_centre_and_its_receipt_key(home: Path, client: httpx.Client) -> None:
    told = client.get("/v1/health").json()
    assert told["service"] == "nocopy-centre"
    assert told["key"] == CentreKeys.in_home(home).public["receipt"]
    assert told["time"] <= stamp(now())
    assert (home / "centre-keys.json").stat().st_mode & 0o777 == 0o600


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
    revised = office.report("2020-01", revision=2, replaces=report.id).put(client)
    assert (revised.status_code, problem_of(revised)) == (409, "conflict")
    assert report.put(client).text == first.text
    unit = next(one for one in status(home)["units"] if one["unit"] == "5001")
    months = [one for one in unit["months"] if one["month"] == "2020-01"]
    assert unit["stations"] == ["01"]
    assert [(one["revision"], one["destination"], one["late"]) for one in months] == [(1, "supervisor", True)]


def test_a_flagged_report_goes_to_ict_with_what_the_head_marked(
    home: Path, client: httpx.Client, office: Office
) -> None:
    month = f"{now():%Y-%m}"
    findings = canonical(office.findings(month))
    head = {"says": "flagged", "findings": hashlib.sha256(findings).hexdigest()}
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
    assert client.get("/v1/messages", headers=bearer(office)).json() == {"messages": [], "received": 1}
    assert client.get("/v1/messages").status_code == 401
    assert client.get("/v1/messages", params={"after": "x"}, headers=bearer(office)).status_code == 400
    assert problem_of(client.get("/v1/catalogue")) == "not-found"
