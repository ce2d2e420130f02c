"""The published description of the centre's protocol, checked by invented and by real calls."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from sync.centre import announcements, carried, codes
from sync.centre.app import make_app
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.limits import Limits
from sync.centre.memory import MemoryRecords
from tests.rig.clock import now
from tests.sync.centre.centre_office import Office
from tests.sync.centre.centre_process import InProcess
from tests.sync.centre.ministrys_catalogue import MINISTRYS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


class Patient(Limits):
    """No limits of calls: the answers are tested here, not the limits."""

    def take(self, *_given: Any) -> None:
        pass


CENTRE = Centre(MemoryRecords(), CentreKeys.make(), now, Patient())
APP = make_app(CENTRE)
SCHEMA = schemathesis.openapi.from_asgi("/v1/openapi.json", APP)
OFFICE = Office()


def direct() -> httpx.Client:
    """A client that speaks with CENTRE."""
    return httpx.Client(base_url="http://centre", transport=InProcess(CENTRE))


@pytest.fixture(scope="module", autouse=True)
def enrolled() -> None:
    with direct() as client:
        OFFICE.enrol(client, codes.new_code(CENTRE, OFFICE.unit))


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_what_anyone_may_send_is_answered_as_the_description_says(case: Case) -> None:
    case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {OFFICE.token}"})
    case.call_and_validate(checks=CHECKS)  # and without a token


def test_true_calls_are_answered_as_the_description_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemathesis cannot sign, so all calls of an office are made, and each answer is checked."""
    office = Office(unit="5010")
    told: list[tuple[str, str, httpx.Response]] = []
    with direct() as client:
        send = client.request

        def noted(method: str, url: str, **given: Any) -> httpx.Response:
            reply = send(method, url, **given)
            told.append((method, url, reply))
            return reply

        monkeypatch.setattr(client, "request", noted)
        office.enrol(client, codes.new_code(CENTRE, "5010"))
        bearer = {"Authorization": f"Bearer {office.token}"}
        leaves = [hashlib.sha256(bytes([n])).digest() for n in range(4)]
        for _ in range(2):
            office.checkpoint(leaves, 0).put(client)
            office.report("2020-01").put(client)
        client.put("/v1/units/5010/people", content=office.next_people(office.people), headers=bearer)
        announcements.say(CENTRE, "5010", "สวัสดี", sender="ict")
        announcements.publish(CENTRE, MINISTRYS)
        status = '{"at":"2026-11-02T09:00:00+07:00","quarantined":0,"version":"1","waiting":2}'
        client.get("/v1/messages?after=0", headers={**bearer, "Nocopy-Status": status})
        client.get("/v1/submissions", headers=bearer)
        client.get(f"/v1/witness?origin={office.origin}")
        client.get(f"/v1/witness?before={office.origin}")
        etag = client.get("/v1/catalogue").headers["etag"]
        client.get("/v1/catalogue", headers={"If-None-Match": etag})
        monkeypatch.setattr(carried, "accept", lambda *_: carried.Carried("", "", 1, "", [], [], [], 0, b"x"))
        client.post("/v1/carry", content=b"sealed", headers={"Content-Type": "application/octet-stream"})
    seen = {(method, path_of(url), reply.status_code) for method, url, reply in told}
    assert len(seen) == 11
    for method, url, reply in told:
        operation = SCHEMA[path_of(url)][method]
        operation.validate_response(reply)


def path_of(url: str) -> str:
    """The description's own path of an address."""
    parts = httpx.URL(url).path.split("/")
    if parts[2] == "submissions" and len(parts) == 4:
        parts[3] = "{id}"
    elif parts[2] == "units":
        parts[3] = "{unit}"
    return "/".join(parts)


def test_the_description_names_every_address_of_the_code() -> None:
    from sync.centre.protocol import _CALLS

    described = {
        (path.replace("{id}", "x").replace("{unit}", "x"), method.upper())
        for path, methods in SCHEMA.raw_schema["paths"].items()
        for method in methods
    }
    known = {
        (shape.replace("[^/]+", "x").replace("\\.", "."), method)
        for shape, methods in _CALLS.items()
        for method in methods
    }
    assert described == known
