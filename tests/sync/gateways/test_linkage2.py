"""Linkage 2 over real sockets: the log-in, its renewal and end, a status for each service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reader.practice_people import PEOPLE
from store.formats.canonical import canonical
from store.queue.job import Job
from sync.errors import Forbidden, NoThaid
from sync.gateways.drivers.linkage2 import Linkage2
from sync.gateways.linkage2_session import Door, Session
from sync.gateways.outcome import Kind
from sync.network.http import HttpClient
from sync.run.engine import Engine
from tests.rig.faults import FaultServer, said
from tests.rig.linkage2 import ACCESS_TOKEN, OFFICES, Linkage2Server
from tests.rig.office import OFFICER, ask, copy_office, open_books

AGENT = "1101700230708"
SOMCHAI, MALI = PEOPLE[0].citizen_id, PEOPLE[1].citizen_id
FIRST_NAME = PEOPLE[0].name_th.split("#")[1]
PERSON, MARRIAGE, NAME_CHANGE, HOUSE = 1, 3, 5, 8


class Now:
    at = 0.0

    def __call__(self) -> float:
        return self.at


class Counted:
    """The attempts of one request."""

    def __init__(self) -> None:
        self.sent = 0
        self.kept = 0

    def before(self) -> None:
        self.sent += 1

    def unsent(self) -> None:
        self.kept += 1


@pytest.fixture
def gateway() -> Iterator[Linkage2Server]:
    one = Linkage2Server()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def wire() -> Iterator[HttpClient]:
    one = HttpClient()
    yield one
    one.close()


def soon() -> float:
    return time.monotonic() + 10


def wanted(service: Any, subject: str = SOMCHAI) -> bytes:
    route = {"service": service}
    return canonical({"v": 1, "document": "D02", "channel": "linkage", "route": route, "subject": subject})


def logged_in(gateway: Linkage2Server, wire: HttpClient, now: Now | None = None) -> Session:
    session = Session(AGENT, now or Now())
    door = Door(wire, gateway.url)
    assert [office.id for office in session.offices(door, soon())] == [one["id"] for one in OFFICES]
    session.confirm(door, OFFICES[0]["id"], ACCESS_TOKEN, soon())  # type: ignore[arg-type]
    return session


def test_one_request_carries_several_services_and_each_has_an_end_of_its_own(
    gateway: Linkage2Server, wire: HttpClient
) -> None:
    linkage = Linkage2(wire, gateway.url, logged_in(gateway, wire))
    gateway.faults = {MARRIAGE: (503, "upstream")}
    asked = [wanted(PERSON), wanted(HOUSE), wanted(MARRIAGE), wanted(NAME_CHANGE), wanted(99), wanted("x")]
    sends = [Counted() for _ in asked]
    looked = linkage.look_up(asked, sends, soon())
    assert [one.verdict.kind for one in looked] == [
        Kind.DONE,
        Kind.DONE,
        Kind.LATER,
        Kind.NOT_FOUND,  # an object of nulls
        Kind.QUARANTINE,
        Kind.QUARANTINE,
    ]
    assert gateway.requests == [[PERSON, HOUSE, MARRIAGE, NAME_CHANGE, 99]]
    assert looked[0].fields["firstName"] == FIRST_NAME
    assert looked[0].fields["dateOfBirth"] == "1980-04-15"
    assert looked[1].fields["houseID"] == "50010000000"
    assert looked[4].verdict.problem is not None
    assert looked[4].verdict.problem.detail == "service is not granted"
    assert [one.sent for one in sends] == [1, 1, 1, 1, 1, 0]


def test_the_lookups_of_one_visit_go_in_one_request_though_threads_meet(
    tmp_path: Path, gateway: Linkage2Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = f'[gateways.linkage2]\nurl = "{gateway.url}"\n'
    books = open_books(copy_office(tmp_path / "home", form), OFFICER)
    for _ in range(20):
        ask(books, "D02", "D04")
    claim = books.queue.claim

    def claim_and_pause(**wanted: Any) -> Job | None:
        job = claim(**wanted)
        time.sleep(0.005)  # as on a busy PC: gives the other thread its turn
        return job

    monkeypatch.setattr(books.queue, "claim", claim_and_pause)
    engine = Engine(books)
    engine.thaid.confirm(books, 500100, ACCESS_TOKEN)
    assert engine.run(["lookup"]).exit_code == 0
    assert gateway.requests == [[HOUSE, MARRIAGE]] * 20
    books.close()


def test_two_persons_and_a_service_twice_never_share_a_request(
    gateway: Linkage2Server, wire: HttpClient
) -> None:
    linkage = Linkage2(wire, gateway.url, logged_in(gateway, wire))
    asked = [wanted(PERSON, SOMCHAI), wanted(PERSON, MALI), wanted(HOUSE, SOMCHAI), wanted(PERSON, SOMCHAI)]
    asked.append(wanted(MARRIAGE, MALI))
    looked = linkage.look_up(asked, [Counted() for _ in asked], soon())
    assert gateway.requests == [[PERSON, HOUSE], [PERSON, MARRIAGE], [PERSON]]
    names = [FIRST_NAME, "มาลี", None, FIRST_NAME, None]
    assert [one.fields.get("firstName") for one in looked] == names
    unknown = linkage.look_up([wanted(PERSON, "1101700230708")], [Counted()], soon())
    assert unknown[0].verdict.kind is Kind.NOT_FOUND


def test_without_a_log_in_nothing_is_sent_and_the_job_waits_for_one(
    gateway: Linkage2Server, wire: HttpClient
) -> None:
    linkage = Linkage2(wire, gateway.url, Session(AGENT))
    sends = Counted()
    looked = linkage.look_up([wanted(PERSON)], [sends], soon())
    assert looked[0].verdict.kind is Kind.NEEDS_LOGIN
    assert isinstance(looked[0].verdict.problem, NoThaid)
    assert (sends.sent, gateway.requests) == (0, [])
    assert linkage.has_session(soon()) is False


def test_a_token_is_renewed_in_its_last_ten_minutes_and_useless_after_its_end(
    gateway: Linkage2Server, wire: HttpClient
) -> None:
    now = Now()
    linkage = Linkage2(wire, gateway.url, logged_in(gateway, wire, now))

    def ask() -> Kind:
        return linkage.look_up([wanted(PERSON)], [Counted()], soon())[0].verdict.kind

    now.at = gateway.lasts_s - 601
    assert (ask(), gateway.renewals) == (Kind.DONE, 0)
    now.at += 1
    assert (ask(), gateway.renewals) == (Kind.DONE, 1)
    now.at += gateway.lasts_s + 1
    assert (ask(), gateway.renewals) == (Kind.NEEDS_LOGIN, 1)


def test_a_token_that_the_gateway_forgot_asks_for_a_new_log_in(
    gateway: Linkage2Server, wire: HttpClient
) -> None:
    session = logged_in(gateway, wire)
    linkage = Linkage2(wire, gateway.url, session)
    assert linkage.look_up([wanted(PERSON)], [Counted()], soon())[0].verdict.kind is Kind.DONE
    gateway.forget()
    sends = Counted()
    assert linkage.look_up([wanted(PERSON)], [sends], soon())[0].verdict.kind is Kind.NEEDS_LOGIN
    assert (sends.sent, session.is_open) == (1, False)


def test_logging_out_ends_the_session_at_the_gateway_too(gateway: Linkage2Server, wire: HttpClient) -> None:
    session = logged_in(gateway, wire)
    assert gateway.sessions == 1
    session.end(Door(wire, gateway.url), soon())
    assert (gateway.sessions, session.is_open) == (0, False)


def test_a_wrong_code_of_the_thaid_app_logs_nobody_in(gateway: Linkage2Server, wire: HttpClient) -> None:
    session, door = Session(AGENT), Door(wire, gateway.url)
    with pytest.raises(Forbidden) as caught:
        session.confirm(door, OFFICES[0]["id"], "hush-not-this-one", soon())  # type: ignore[arg-type]
    assert "hush" not in str(caught.value.facts)
    assert not session.is_open


def test_several_jobs_want_a_choice_in_the_settings(gateway: Linkage2Server, wire: HttpClient) -> None:
    gateway.jobs = ["7", "9"]
    session = logged_in(gateway, wire)
    undecided = Linkage2(wire, gateway.url, session).look_up([wanted(PERSON)], [Counted()], soon())
    assert undecided[0].verdict.kind is Kind.PAUSE
    decided = Linkage2(wire, gateway.url, session, "9").look_up([wanted(PERSON)], [Counted()], soon())
    assert decided[0].verdict.kind is Kind.DONE


@pytest.mark.parametrize(
    ("items", "kind"),
    [
        ([], Kind.LATER),  # the service is not in the answer
        ([{"serviceID": 1}], Kind.LATER),  # without a status
        ([{"serviceID": 1, "responseStatus": 200, "responseData": {"firstName": "ก"}}] * 2, Kind.LATER),
        ([{"serviceID": 1, "responseStatus": 200, "responseData": '{"firstName": "ก"}'}], Kind.DONE),
        ([{"serviceID": 1, "responseStatus": 200, "responseData": "[00001] none"}], Kind.NOT_FOUND),
        ([{"serviceID": 1, "responseStatus": 200, "responseData": None}], Kind.LATER),
        (
            [{"serviceID": 1, "responseStatus": 200, "responseError": "boom", "responseData": None}],
            Kind.LATER,
        ),
        ([{"serviceID": 1, "responseStatus": 429, "responseError": "slow down"}], Kind.LATER),
        (
            [{"serviceID": 1, "responseStatus": 200, "responseData": {"personalID": 3100600445635}}],
            Kind.QUARANTINE,
        ),
    ],
)
def test_odd_answers_are_never_taken_for_data(wire: HttpClient, items: list[Any], kind: Kind) -> None:
    server = FaultServer(said(200, {"data": items, "executeTimeMs": 1}))
    session = Session(AGENT)
    server.script = [said(200, {"token": "a.b.c"})]
    session.confirm(Door(wire, server.url), 1, "x", soon())
    linkage = Linkage2(wire, server.url, session, "7")
    assert linkage.look_up([wanted(PERSON)], [Counted()], soon())[0].verdict.kind is kind
    server.stop()


def test_a_network_that_is_down_counts_as_no_attempt(wire: HttpClient, gateway: Linkage2Server) -> None:
    linkage = Linkage2(wire, gateway.url, logged_in(gateway, wire), "7")
    gateway.stop()
    wire.close()
    fresh = HttpClient()
    linkage = Linkage2(fresh, gateway.url, linkage._session, "7")
    sends = [Counted(), Counted()]
    looked = linkage.look_up([wanted(PERSON), wanted(HOUSE)], sends, soon())
    assert [one.verdict.kind for one in looked] == [Kind.LATER, Kind.LATER]
    assert [(one.sent, one.kept) for one in sends] == [(1, 1), (1, 1)]
    fresh.close()
