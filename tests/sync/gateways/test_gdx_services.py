"""What GDx gives beside a plain lookup: the card session, other keys, the laser number, companies."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest

from reader.practice_people import PEOPLE
from store.formats.canonical import canonical
from sync.errors import GatewayFault
from sync.gateways.drivers.gdx import Address, Gdx, Tokens
from sync.gateways.gateway import Looked
from sync.gateways.log_in import SessionState
from sync.gateways.outcome import Kind
from sync.network.http import HttpClient
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET, LASER_CODE, Fault, PracticeGateway
from sync.practice.register import COMPANY
from tests.rig.faults import TOKEN, FaultServer, said

AGENT = "1101700230708"
CITIZEN = PEOPLE[0]
INFORMATION = "/ws/dbd/juristic/v4/profile/information"


class Counted:
    def __init__(self) -> None:
        self.sent = 0

    def before(self) -> None:
        self.sent += 1

    def unsent(self) -> None: ...


@pytest.fixture
def gateway() -> Iterator[PracticeGateway]:
    one = PracticeGateway()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    one = FaultServer(said(200, {"x": 1}))
    yield one
    one.stop()


def gdx_at(url: str) -> Gdx:
    return Gdx(HttpClient(), Address(url, CONSUMER_KEY, CONSUMER_SECRET), AGENT, Tokens())


def ask(url: str, channel: str, route: dict[str, Any], subject: str, **more: Any) -> Looked:
    body = {"v": 1, "document": "D10", "channel": channel, "route": route, "subject": subject, **more}
    gdx = gdx_at(url)
    try:
        return gdx.look_up([canonical(body)], [Counted()], time.monotonic() + 10)[0]
    finally:
        gdx.close()


def test_the_card_session_is_told_in_its_three_states_and_never_another_officers(
    gateway: PracticeGateway,
) -> None:
    gdx = gdx_at(gateway.url)

    def seen() -> tuple[SessionState, str | None, str | None, bool | None]:
        until = time.monotonic() + 10
        found = gdx.session(until)
        return found.state, found.agent_id, found.citizen_id, gdx.has_session(until)

    gateway.session = ("AgentNotAvailable", None, "0" * 13)
    assert seen() == (SessionState.NOBODY, None, None, False)
    gateway.session = ("AgentAvailable", None, "0" * 13)
    assert seen() == (SessionState.OFFICER, AGENT, None, True)
    gateway.session = ("CitizenAvailable", None, CITIZEN.citizen_id)
    assert seen() == (SessionState.CITIZEN, AGENT, CITIZEN.citizen_id, True)
    gateway.session = ("AgentAvailable", "3100600445635", "0" * 13)
    assert seen() == (SessionState.OFFICER, "3100600445635", None, False)
    gdx.close()


def test_a_card_session_that_cannot_be_told_is_not_guessed(server: FaultServer) -> None:
    gdx = gdx_at(server.url)
    for odd in ({"SessionState": "Elsewhere"}, {"x": 1}):
        server.usual = said(200, odd)
        with pytest.raises(GatewayFault):
            gdx.session(time.monotonic() + 10)
        assert gdx.has_session(time.monotonic() + 10) is None
    gdx.close()


def test_another_key_goes_in_the_body_of_a_post_and_never_in_the_address(
    gateway: PracticeGateway, server: FaultServer
) -> None:
    codes = {"office": "00023", "service": "008", "version": "01", "key": "personalID"}
    found = ask(gateway.url, "linkage", codes, CITIZEN.citizen_id)
    assert (found.verdict.kind, found.fields["houseID"]) == (Kind.DONE, "50010000000")
    ask(server.url, "linkage", codes, CITIZEN.citizen_id)
    (call,) = server.lookups
    assert call.method == "POST"
    assert call.body == canonical({"personalID": CITIZEN.citizen_id}).replace(b":", b": ")
    assert CITIZEN.citizen_id not in str(call.query)


def test_a_laser_number_is_answered_yes_no_and_cancelled(
    gateway: PracticeGateway, server: FaultServer
) -> None:
    _, first, _, last = CITIZEN.name_th.split("#")
    face = {"first": first, "last": last, "birth": CITIZEN.birth_date, "laser": LASER_CODE}

    def check(url: str, **other: str) -> tuple[Kind, dict[str, Any]]:
        found = ask(url, "laser", {}, CITIZEN.citizen_id, face={**face, **other})
        return found.verdict.kind, found.fields

    assert check(gateway.url) == (Kind.DONE, {"Result": True})
    assert check(gateway.url, laser="JT0000000000") == (Kind.DONE, {"Result": False, "Reason": "mismatch"})
    server.usual = said(500, {"Message": "[2] บัตรถูกยกเลิก"})
    assert check(server.url) == (Kind.DONE, {"Result": False, "Reason": "cancelled"})
    for status, words in ((500, "InternalServerError"), (200, "[2] upstream"), (502, "[4]")):
        server.usual = said(status, {"Message": words})
        assert check(server.url)[0] is Kind.LATER
    assert server.lookups[-1].query["BEBirthDate"] == CITIZEN.birth_date


def test_a_companys_paper_comes_whole_in_either_alphabet_of_base64(
    gateway: PracticeGateway, server: FaultServer
) -> None:
    codes = {"path": f"{INFORMATION}/pdf", "key": "JuristicID"}
    found = ask(gateway.url, "gdx", codes, COMPANY)
    assert found.verdict.kind is Kind.DONE
    assert base64.b64decode(found.fields["Result"], validate=True).startswith(b"%PDF-")
    assert ask(gateway.url, "gdx", codes, "0994000165510").verdict.kind is Kind.NOT_FOUND

    pdf = b"%PDF-1.4 \xfb\xff\xfe"
    paper = {"mimeType": "application/pdf", "FileName": "x.pdf"}
    url_safe = base64.urlsafe_b64encode(pdf).decode().rstrip("=")
    server.usual = said(200, {**paper, "FileSize": len(pdf), "Result": url_safe})
    found = ask(server.url, "gdx", codes, COMPANY)
    assert base64.b64decode(found.fields["Result"], validate=True) == pdf
    for broken in (
        {**paper, "FileSize": len(pdf) + 1, "Result": url_safe},
        {**paper, "FileSize": 3, "Result": base64.b64encode(b"abc").decode()},
        {**paper, "Result": "a"},
    ):
        server.usual = said(200, broken)
        assert ask(server.url, "gdx", codes, COMPANY).verdict.kind is Kind.LATER


DBD = "/ws/dbd/juristic"


@pytest.mark.parametrize(
    ("codes", "query"),
    [
        ({"path": f"{DBD}/v4/profile/information", "key": "JuristicID"}, {"JuristicID": COMPANY}),
        ({"path": f"{DBD}/v7/profile/information", "key": "JuristicID"}, {"JuristicID": COMPANY}),
        ({"path": f"{DBD}/v4/profile/shareholder", "key": "JuristicID"}, {"JuristicID": COMPANY}),
        ({"path": f"{DBD}/v4/register", "key": "CMNO"}, {"CMNO": COMPANY}),
        (
            {"path": f"{DBD}/v4/profile/financial", "key": "JuristicID", "with": {"Year": 2568}},
            {"Year": "2568", "JuristicID": COMPANY},
        ),
    ],
)
def test_a_companys_data_are_asked_for_as_the_documents_codes_say(
    server: FaultServer, codes: dict[str, Any], query: dict[str, str]
) -> None:
    server.usual = said(200, {"ResultList": [{"JuristicID": COMPANY, "Name": "บริษัท"}], "RawData": ""})
    found = ask(server.url, "gdx", codes, COMPANY)
    (call,) = server.lookups
    assert (call.method, call.path, call.query, call.body) == ("GET", codes["path"], query, b"")
    assert (call.headers["Consumer-Key"], call.headers["Token"]) == (CONSUMER_KEY, TOKEN)
    assert found.fields["ResultList"][0]["JuristicID"] == COMPANY


def test_the_state_of_the_card_session_is_asked_for_by_key_and_officer_and_no_citizen(
    server: FaultServer,
) -> None:
    server.usual = said(200, {"AgentID": AGENT, "CitizenID": "0" * 13, "SessionState": "AgentAvailable"})
    gdx = gdx_at(server.url)
    assert gdx.session(time.monotonic() + 10).agent_id == AGENT
    (call,) = server.lookups
    assert call.query == {"Consumer": CONSUMER_KEY, "CitizenID": AGENT}
    gdx.close()


def test_an_answer_about_another_person_is_thrown_away(server: FaultServer) -> None:
    codes = {"office": "00023", "service": "009", "version": "01"}
    server.usual = said(200, {"personalID": 3100600445635, "firstName": "อื่น"})
    found = ask(server.url, "linkage", codes, CITIZEN.citizen_id)
    assert (found.verdict.kind, found.fields) == (Kind.QUARANTINE, {})
    server.usual = said(200, {"personalID": int(CITIZEN.citizen_id), "firstName": "เดียวกัน"})
    assert ask(server.url, "linkage", codes, CITIZEN.citizen_id).verdict.kind is Kind.DONE


def test_nobody_at_govami_is_no_answer_about_a_citizen(gateway: PracticeGateway) -> None:
    gateway.fault = Fault.NO_SESSION
    codes = {"office": "00023", "service": "008", "version": "01"}
    assert ask(gateway.url, "linkage", codes, CITIZEN.citizen_id).verdict.kind is Kind.NEEDS_LOGIN
