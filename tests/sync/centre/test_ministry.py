"""The ministry's side with an office that calls it: a real centre in its own process, real books."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reader.buddhist_date import BANGKOK
from store.errors import BadInput, NotFound
from store.exchange import enrolment, ministry_catalogue
from store.exchange.errors import CodeUsed
from store.exchange.ministry_messages import Messages
from store.formats.canonical import sha256_hex
from store.formats.errors import BadReceipt, BadSignature
from store.formats.note import read_note
from store.proof.checkpoint import make_checkpoint
from store.staff.people_list import PeopleLists, grouped
from sync.centre import admission, announcements
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.limits import Limits, Rate
from sync.centre.memory import MemoryRecords
from sync.centre.problem import CallRefused
from sync.centre.protocol import Call, answer
from sync.centre.serve import existing, make_code, status
from sync.practice.centre_twin import PracticeCentre
from tests.rig.clock import now
from tests.rig.faults import FaultServer, said
from tests.rig.office import CONTROLLER, HEAD, PASSPHRASE, decide
from tests.rig.signed_people import renamed, sign_change
from tests.sync.carried_month import OCTOBER, receipt_of, submit, submit_october
from tests.sync.centre.centre_process import running, speaking
from tests.sync.centre.ministrys_catalogue import MINISTRYS
from tests.sync.unit import SET_UP, Unit


def test_a_centre_restored_from_a_backup_is_offered_again_what_it_lost(tmp_path: Path, unit: Unit) -> None:
    home = tmp_path / "centre"
    with speaking(home, unit):
        assert unit.enrol(make_code(home, "5001")).exit_code == 0
        assert unit.run(unit.books(HEAD)).exit_code == 0
    shutil.copytree(home, tmp_path / "backup")
    with speaking(home, unit):
        head = submit_october(unit)
        # The people changed, too: the report needs the next list.
        sign_change(head, head.signer(PASSPHRASE[HEAD]), renamed(CONTROLLER, "x"))
        make_checkpoint(head)
        assert unit.run(head).exit_code == 0
        before, receipt = status(home), receipt_of(head)
        assert [one["month"] for one in before["units"][0]["months"]] == [OCTOBER]

    shutil.rmtree(home)
    shutil.copytree(tmp_path / "backup", home)
    assert status(home)["units"][0]["months"] == []
    with speaking(home, unit) as client:
        head = unit.books(HEAD)
        lines = head.ledger.count()
        make_checkpoint(head)  # proved from a head that the centre no longer knows
        unit.run(head)
        assert unit.run(head).exit_code == 0
        after = status(home)
        assert after["units"][0]["months"] == before["units"][0]["months"]
        assert (receipt_of(head), head.queue.list()) == (receipt, [])
        note = client.get("/v1/witness", params={"origin": head.origin}).text
        assert read_note(note).size >= lines
        assert head.months.status(OCTOBER).state == "acknowledged"


def test_a_report_that_a_restored_centre_cannot_place_waits_until_it_has_back_what_it_lost(
    tmp_path: Path, unit: Unit
) -> None:
    home = tmp_path / "centre"
    with speaking(home, unit):
        assert unit.enrol(make_code(home, "5001")).exit_code == 0
    shutil.copytree(home, tmp_path / "backup")
    with speaking(home, unit):
        head = unit.books(HEAD)
        sign_change(head, head.signer(PASSPHRASE[HEAD]), renamed(CONTROLLER, "นางสาววิภา สมรส"))
        submit_october(unit)
        assert unit.run(head).exit_code == 0
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "backup", home)
    with speaking(home, unit):
        head = submit(unit, "2026-11", datetime(2026, 12, 1, 9, 0, tzinfo=BANGKOK))
        unit.run(head)  # it names a list of people that this centre does not know (any more)
        [report] = [job for job in head.queue.list() if job.kind == "report"]
        assert (report.state, report.outcome) == ("waiting", "gateway_fault")
        assert unit.run(head).exit_code == 0
        assert [one["month"] for one in status(home)["units"][0]["months"]] == [OCTOBER, "2026-11"]


def test_the_same_code_again_sends_the_same_bytes_though_the_people_changed(
    tmp_path: Path, unit: Unit
) -> None:
    """The centre took the enrolment, its answer was lost, and meanwhile somebody got another name."""
    home = tmp_path / "centre"
    code = make_code(home, "5001")
    with speaking(home, unit):
        books = unit.books(HEAD)
        first = enrolment.request(books, books.signer(PASSPHRASE[HEAD]), unit.url, code)
        with existing(home) as centre:
            admission.enrol(centre, books.queue.get(first).body)
        sign_change(books, books.signer(PASSPHRASE[HEAD]), renamed(CONTROLLER, "นางสาววิภา สมรส"))
        # In between she tried another code, which replaced the first request.
        enrolment.request(books, books.signer(PASSPHRASE[HEAD]), unit.url, make_code(home, "5002"))
        assert enrolment.request(books, books.signer(PASSPHRASE[HEAD]), unit.url, code) == first
        assert unit.run(books).exit_code == 0
        assert books.is_enrolled
        submit_october(unit)
        assert unit.run(books).exit_code == 0
        assert books.months.status(OCTOBER).state == "acknowledged"
        with pytest.raises(CodeUsed):
            enrolment.request(books, books.signer(PASSPHRASE[HEAD]), unit.url, code)


def test_a_token_never_goes_to_an_address_that_has_not_proved_itself(unit: Unit) -> None:
    true = PracticeCentre(clock=lambda: SET_UP + timedelta(days=30))
    true.start()
    stranger = FaultServer(said(500, {}))
    try:
        unit.url = true.url
        assert unit.enrol(true.code("5001")).exit_code == 0
        books = unit.books(HEAD)
        token = books.settings.get("centre.token")
        enrolment.request(books, books.signer(PASSPHRASE[HEAD]), stranger.url, true.code("5001"))
        make_checkpoint(books)
        unit.run(books)
        assert stranger.calls
        assert stranger.submissions == []
        assert {call.headers.get("Authorization") for call in stranger.calls} == {None}
        assert books.settings.get("centre.url") == true.url
        assert [job.kind for job in books.queue.list()] == ["enrolment"]  # the checkpoint went to its centre
        # Once the other address proves itself by the code, it is the centre.
        enrolment.request(books, books.signer(PASSPHRASE[HEAD]), true.url + "/", true.code("5001"))
        assert unit.run(books).exit_code == 0
        assert books.settings.get("centre.url") == true.url + "/"
        assert books.settings.get("centre.token") != token
    finally:
        true.stop()
        stranger.stop()


def test_a_token_taken_away_lets_nobody_in_until_a_new_code(tmp_path: Path, unit: Unit) -> None:
    home = tmp_path / "centre"
    with speaking(home, unit):
        old = make_code(home, "5001")
        assert unit.enrol(old).exit_code == 0
        books = unit.books(HEAD)
        [asked] = [job for job in books.queue.list(("done",)) if job.kind == "enrolment"]
        with existing(home) as centre:
            assert admission.revoke(centre, "5001", None) == ["01"]
            with pytest.raises(NotFound):
                admission.revoke(centre, "5002", None)
            with pytest.raises(CallRefused, match="ended"):  # nor does the letter that was used up
                admission.enrol(centre, asked.body)
        make_checkpoint(books)
        assert unit.run(books).exit_code == 6
        assert books.endpoints.paused()[0].why == "enrol_again"
        assert status(home)["units"][0]["pcs"][0]["revoked"]
        assert unit.enrol(make_code(home, "5001")).exit_code == 0
        assert unit.run(books).exit_code == 0


def test_receipts_say_confirmed_after_the_fingerprints_were_compared(tmp_path: Path, unit: Unit) -> None:
    home = tmp_path / "centre"
    with speaking(home, unit):
        unit.enrol(make_code(home, "5001"))
        head = submit_october(unit)
        listed = PeopleLists(head).last()
        assert listed is not None
        read_out = grouped(listed.sha256)
        assert status(home)["units"][0]["fingerprints"] == {"01": read_out}
        with existing(home) as centre:
            with pytest.raises(BadInput):
                admission.confirm(centre, "5001", "01", "0000 0000 0000 0000")
            assert status(home)["units"][0]["people"] == "unconfirmed"
            admission.confirm(centre, "5001", "01", read_out.upper())
        unit.run(head)
    view = head.months.status(OCTOBER)
    assert view.receipt is not None
    assert view.receipt["people"] == "confirmed"


def test_the_ministry_speaks_and_the_office_hears_it_once(tmp_path: Path, unit: Unit) -> None:
    home = tmp_path / "centre"
    with speaking(home, unit):
        unit.enrol(make_code(home, "5001"))
        books = unit.books(HEAD)
        with existing(home) as centre:
            announcements.say(
                centre, "5001", "ขอให้ตรวจรายการวันที่ 3", kind="finding", sender="ict", month="2026-09"
            )
            with pytest.raises(NotFound):
                announcements.say(centre, "5002", "ไม่มีหน่วยงานนี้", sender="ict")
        for _ in range(2):
            unit.run(books)
        [message] = Messages(books).list(unread=True)
        assert (message.kind, message.sender, message.month) == ("finding", "ict", "2026-09")
        assert [line.facts["kind"] for line in books.ledger.lines(kind="receipt")].count("message") == 1
        Messages(books).read(message.n)
        assert Messages(books).list(unread=True) == []
        # What the centre learned of the office by asking: counts, clock and version, and no citizen.
        [pc] = status(home)["units"][0]["pcs"]
        assert (pc["waiting"], pc["quarantined"]) == (0, 0)
        assert pc["version"]
        assert abs(pc["clock_s"]) > 86400  # this office's clock stands in October


def test_a_forged_message_or_another_units_is_none(unit: Unit) -> None:
    centre = PracticeCentre()
    centre.start()
    unit.url = centre.url
    unit.enrol(centre.code("5001"))
    books = unit.books(HEAD)
    stranger = Centre(MemoryRecords(), CentreKeys.make(), centre.centre.clock)
    for of, to in ((stranger, "5001"), (centre.centre, "5002")):
        with of.records.transaction() as tables:
            found = [one for one in tables.stations() if one.unit == to]
        assert not found  # the letter below needs a unit that is enrolled: it is put in by hand
        with of.records.transaction() as tables:
            said = announcements.Announcement(to, "ปลอม", kind="notice", sender="ict", month=None)
            body = announcements._put(of, _Anyone(tables), said)
            [message] = tables.messages(to, 0)
            assert message.n == body
        with pytest.raises((BadSignature, BadReceipt)):
            Messages(books).take(message.body)
    assert Messages(books).list() == []
    centre.stop()


class _Anyone:
    """Tables in which every unit is enrolled."""

    def __init__(self, tables: Any) -> None:
        self._tables = tables

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    def stations(self) -> list[Any]:
        return [type("Station", (), {"unit": unit}) for unit in ("5001", "5002")]


def test_the_ministrys_catalogue_replaces_the_example_and_sets_nothing_else(
    tmp_path: Path, unit: Unit
) -> None:
    home = tmp_path / "centre"
    with speaking(home, unit) as client:
        unit.enrol(make_code(home, "5001"))
        books = unit.books(HEAD)
        settings = books.database.rows("SELECT * FROM setting ORDER BY name")
        with existing(home) as centre:
            for member, value in (
                ("gateways", {"url": "https://evil"}),
                ("thresholds", {}),
                ("keep_days", 1),
            ):
                with pytest.raises(BadInput):
                    announcements.publish(centre, {**MINISTRYS, member: value})
            announcements.publish(centre, MINISTRYS)
        unit.run(books)
        assert [one.code for one in books.catalogue.services()] == ["S77"]
        assert [one.code for one in books.catalogue.documents()] == ["D02"]
        document = books.catalogue.document("D02")
        assert (document.name, document.example) == ("ทะเบียนบ้าน (กระทรวง)", False)
        assert document.codes["linkage"]["version"] == "02"
        assert books.database.rows("SELECT * FROM setting ORDER BY name") == settings
        [line, *_] = books.ledger.lines(kind="catalogue")
        assert line.facts["name"] == "ministry"
        # Asked for by its tag, it is not sent again; an older one, replayed, is refused.
        held = ministry_catalogue.held(books)
        again = client.get("/v1/catalogue", headers={"If-None-Match": f'"{held}"'})
        assert (again.status_code, again.content) == (304, b"")
        old = client.get("/v1/catalogue").text
        assert sha256_hex(old.encode()) == held
        with existing(home) as centre:
            announcements.publish(
                centre, {**MINISTRYS, "services": [{**MINISTRYS["services"][0], "code": "S78"}]}
            )
        unit.run(books)
        assert [one.code for one in books.catalogue.services()] == ["S78"]
        assert not ministry_catalogue.take(books, old)
        # The office itself asks by the tag of what it holds.
        server = FaultServer(said(304, {}))
        server.script = [said(200, {"received": 10**6, "messages": []})]
        decide(books, {"centre.url": server.url})
        unit.run(books)
        tag = f'"{ministry_catalogue.held(books)}"'
        assert [call.headers.get("If-None-Match") for call in server.calls] == [None, tag]
        server.stop()


def test_who_calls_too_often_is_told_how_long_to_wait(tmp_path: Path) -> None:
    limits = Limits(seconds := _Seconds())
    rate = Rate(burst=3, per_second=0.5)
    for _ in range(3):
        limits.take("address", "10.0.0.7", rate)
    with pytest.raises(CallRefused) as told:
        limits.take("address", "10.0.0.7", rate)
    assert (told.value.status, told.value.headers) == (429, {"Retry-After": "2"})
    limits.take("address", "10.0.0.8", rate)
    seconds.at += 2
    limits.take("address", "10.0.0.7", rate)

    home = tmp_path / "centre"
    with running(home) as client:
        replies = [client.post("/v1/stations", content=b"{}") for _ in range(61)]
        assert {one.status_code for one in replies[:60]} == {422}
        assert (replies[60].status_code, json.loads(replies[60].text)["status"]) == (429, 429)
        assert int(replies[60].headers["retry-after"]) >= 1
        assert client.get("/v1/health").status_code == 200  # what others need goes on


def test_a_token_and_an_address_have_their_measure_each() -> None:
    """With a clock that stands still, so that it does not matter how fast this PC calls."""
    centre = Centre(MemoryRecords(), CentreKeys.make(), now, Limits(seconds := _Seconds()))

    def asked(path: str, token: str = "", address: str = "10.0.0.7") -> int:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return answer(centre, Call("GET", path, {}, headers, b"", address)).status

    # By token: some hundreds at once, then a few each second; another token is not limited by that.
    assert [asked("/v1/messages", "one") for _ in range(301)] == [401] * 300 + [429]
    assert asked("/v1/messages", "another") == 401
    # By address, whatever is called; calls with a limit of their own count there, too.
    assert [asked("/v1/health") for _ in range(599)] == [200] * 598 + [429]
    assert asked("/v1/health", address="10.0.0.8") == 200
    seconds.at += 1
    assert [asked("/v1/health") for _ in range(16)] == [200] * 15 + [429]


class _Seconds:
    at = 0.0

    def __call__(self) -> float:
        return self.at
