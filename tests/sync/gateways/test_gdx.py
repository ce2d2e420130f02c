"""GDx over real sockets: whose token is used, how long it lives, and the shape of the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from store.formats.canonical import canonical
from sync.gateways.drivers.gdx import Address, Gdx, Route, Tokens
from sync.gateways.normalise import normalised
from sync.gateways.outcome import Kind
from sync.network.http import HttpClient
from tests.rig.faults import FaultServer, said

BODY = {
    "v": 1,
    "document": "D02",
    "channel": "linkage",
    "route": {"office": "00023", "service": "008", "version": "01"},
    "subject_kind": "thai_person",
    "subject": "1234567890121",
}
HOUSE = {"houseID": 50010000001}


class Counted:
    def before(self) -> None: ...
    def unsent(self) -> None: ...


class Now:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def server() -> Iterator[FaultServer]:
    one = FaultServer(said(200, HOUSE))
    yield one
    one.stop()


def tokens_asked(server: FaultServer) -> list[str]:
    """The officers for whom a token was fetched, in order."""
    return [call.query["AgentID"] for call in server.calls if "AgentID" in call.query]


def look_up(gdx: Gdx) -> Kind:
    return gdx.look_up([canonical(BODY)], [Counted()], time.monotonic() + 10)[0].verdict.kind


def test_a_token_lives_as_long_as_it_is_used_and_belongs_to_one_officer(server: FaultServer) -> None:
    now = Now()
    tokens, wire, address = Tokens(now), HttpClient(), Address(server.url, "key", "secret-secret")
    mine, yours = (Gdx(wire, address, agent, tokens) for agent in ("1101700230708", "3100600445635"))
    for minute in (0, 50, 100):
        now.at = minute * 60.0
        assert look_up(mine) is Kind.DONE
    assert tokens_asked(server) == ["1101700230708"]
    assert look_up(yours) is Kind.DONE
    assert tokens_asked(server) == ["1101700230708", "3100600445635"]
    now.at += 61 * 60.0
    assert look_up(mine) is Kind.DONE
    assert len(tokens_asked(server)) == 3
    wire.close()


def test_without_a_card_session_the_token_is_dropped_so_that_a_new_log_in_counts(server: FaultServer) -> None:
    wire = HttpClient()
    gdx = Gdx(wire, Address(server.url, "key", "secret-secret"), "1101700230708", Tokens())
    server.script = [said(500, {"Code": "90001", "Message": "agent not logged in"})]
    assert look_up(gdx) is Kind.NEEDS_LOGIN
    assert look_up(gdx) is Kind.DONE
    assert len(tokens_asked(server)) == 2
    wire.close()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said(401, {"Message": "consumer secret not valid"}), Kind.NEEDS_LOGIN),
        (said(403, {"Message": "ForbiddenException: consumer not found"}), Kind.PAUSE),
        (said(400, {"Message": "BadRequestException"}), Kind.PAUSE),
        (said(500, {"Message": "00001"}), Kind.NEEDS_LOGIN),
        (said(200, {"Result": None, "x": 1}), Kind.LATER),
        (said(200, {"Result": None}), Kind.LATER),
    ],
)
def test_a_token_that_is_not_given_is_never_the_lookups_fault(
    server: FaultServer, answer: object, kind: Kind
) -> None:
    wire = HttpClient()
    gdx = Gdx(wire, Address(server.url, "key", "secret-secret"), "1101700230708", Tokens())
    server.token_script = [answer]  # type: ignore[list-item]
    assert look_up(gdx) is kind
    assert server.lookups == []
    wire.close()


def test_a_company_is_asked_for_by_the_documents_own_path_and_key() -> None:
    codes = {"path": "/ws/dbd/juristic/v4/profile/information", "key": "JuristicID"}
    route = Route.of(canonical({**BODY, "channel": "gdx", "route": codes, "subject": "0105569000012"}))
    assert (route.path, route.query) == (codes["path"], {"JuristicID": "0105569000012"})
    with pytest.raises(ValueError, match="codes"):
        Route.of(canonical({**BODY, "route": {"office": "00023"}}))


def test_answers_become_text_for_numbers_and_iso_for_dates() -> None:
    assert normalised(
        {
            "fatherPersonalID": 0,
            "personalID": 105569000012,
            "houseID": 50010000001,
            "dateOfBirth": 25230415,
            "dateOfMoveIn": 25550000,
            "docDate": "25400100",
            "expireDate": 99999999,
            "age": 46,
            "middleName": None,
        }
    ) == {
        "fatherPersonalID": None,
        "personalID": "0105569000012",
        "houseID": "50010000001",
        "dateOfBirth": "1980-04-15",
        "dateOfMoveIn": "2012",
        "docDate": "1997-01",
        "expireDate": "99999999",
        "age": 46,
        "middleName": None,
    }
    assert normalised([{"malePID": 1234567890121, "marryDate": 25480214}]) == {
        "list": [{"malePID": "1234567890121", "marryDate": "2005-02-14"}]
    }
    assert normalised({"ResultList": [{"JuristicID": "0105569000012", "RegisterDate": "25640105"}]}) == {
        "ResultList": [{"JuristicID": "0105569000012", "RegisterDate": "2021-01-05"}]
    }
