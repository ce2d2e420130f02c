"""Whose signatures make a report, and which receipts say `confirmed`: ways around the list that is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from store.staff.people_list import grouped
from sync.centre import admission, codes
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.records import SqlRecords
from tests.rig.clock import now
from tests.sync.centre.centre_office import ROLES, Office, seed_of, signed_people
from tests.sync.centre.centre_process import InProcess, bearer, problem_of, receipt_of

MONTH = "2026-10"


class At:
    """A centre, and what the ministry does there."""

    def __init__(self, centre: Centre, client: httpx.Client) -> None:
        self.centre, self.client = centre, client

    def enrolled(self, office: Office, n: int | None = None) -> Office:
        office.enrol(self.client, codes.new_code(self.centre, office.unit), n=n)
        return office

    def confirm(self, office: Office) -> None:
        fingerprint = grouped(office.list_sha256)
        admission.confirm(self.centre, office.unit, office.station, fingerprint)

    def send_list(self, office: Office, people: list[dict[str, Any]], *, n: int, v: int = 1) -> Any:
        body = office.next_people(people, n=n, v=v)
        reply = self.client.put(f"/v1/units/{office.unit}/people", content=body, headers=bearer(office))
        if reply.status_code == 201:
            office.list_sha256 = receipt_of(self.client, reply.text)["id"]
        return reply

    def said(self, office: Office, month: str = MONTH, **changed: Any) -> str:
        """`confirmed` or `unconfirmed`, or the refusal's slug."""
        reply = office.report(month, **changed).put(self.client)
        if reply.status_code != 201:
            return problem_of(reply)
        return str(receipt_of(self.client, reply.text)["people"])


@pytest.fixture
def at(tmp_path: Path) -> Iterator[At]:
    records = SqlRecords.in_file(tmp_path / "centre.db")
    centre = Centre(records, CentreKeys.make(), now)
    with httpx.Client(base_url="http://centre", transport=InProcess(centre)) as client:
        yield At(centre, client)
    records.close()


def test_a_receipt_says_confirmed_once_the_named_list_is(at: At) -> None:
    office = at.enrolled(Office())
    assert at.said(office, "2026-08") == "unconfirmed"
    at.confirm(office)
    assert at.said(office, "2026-09") == "confirmed"
    people = [*office.people, office.person("malee", "officer")]
    assert at.send_list(office, people, n=2).status_code == 201
    malee = {"officer": {"login": "malee", "seed": seed_of(office.unit, "malee")}}
    assert at.said(office, MONTH, signers=malee) == "confirmed"


def test_another_pcs_confirmed_list_vouches_for_nobody(at: At) -> None:
    """The second PC's people, whom nobody confirmed, sign a report that names the first PC's list."""
    honest = at.enrolled(Office())
    at.confirm(honest)
    forgers = [f"forger-{role}" for role in ROLES]
    second = Office(station="02")
    second.people = [second.person(who, role) for who, role in zip(forgers, ROLES, strict=True)]
    second.enrol(at.client, codes.new_code(at.centre, "5001"), head="forger-head")
    signers = {
        role: {"login": who, "seed": seed_of("5001", who)} for who, role in zip(forgers, ROLES, strict=True)
    }
    assert at.said(second, people=honest.list_sha256, signers=signers) == "behind"
    assert at.said(second, people=honest.list_sha256) == "behind"
    assert at.said(second) == "bad-signature"
    assert at.said(second, signers=signers) == "unconfirmed"


def test_another_units_list_vouches_for_nobody(at: At) -> None:
    neighbours = at.enrolled(Office(unit="5002"))
    at.confirm(neighbours)
    office = at.enrolled(Office())
    signers = {role: {"seed": seed_of("5002", role)} for role in ROLES}
    assert at.said(office, people=neighbours.list_sha256, signers=signers) == "behind"
    assert at.said(office, signers=signers) == "bad-signature"


def test_an_older_list_gives_no_appointment_back_that_ended_since(at: At) -> None:
    office = at.enrolled(Office())
    first = office.list_sha256
    at.confirm(office)
    kept = [one for one in office.people if one["role"] != "controller"]
    left = office.person("controller", "controller", until="2026-10-31")
    assert at.send_list(office, [*kept, left, office.person("malee", "controller")], n=2).status_code == 201
    malee = {"login": "malee", "seed": seed_of(office.unit, "malee")}
    assert at.said(office, people=first) == "bad-signature"
    assert at.said(office, people=first, signers={"controller": malee}) == "bad-signature"
    in_time = {"at": "2026-10-31T16:00:00+07:00"}
    assert at.said(office, people=first, signers={"controller": in_time}) == "confirmed"


def test_nobody_signs_in_a_role_that_is_still_to_come(at: At) -> None:
    office = Office()
    coming = {**office.person("malee", "controller"), "from": "2026-12-20T00:00:00+07:00"}
    office.people.append(coming)
    at.enrolled(office)
    malee = {"login": "malee", "seed": seed_of(office.unit, "malee"), "at": "2026-12-21T09:00:00+07:00"}
    assert at.said(office, signers={"controller": malee}) == "bad-signature"
    assert at.said(office) == "unconfirmed"


@pytest.mark.parametrize(
    ("role", "says"), [("officer", "checked"), ("controller", "approved"), ("head", "summarised")]
)
def test_nobody_says_what_is_of_another_role(at: At, role: str, says: str) -> None:
    office = at.enrolled(Office())
    reply = office.report(MONTH, signers={role: {"says": says}}).put(at.client)
    place = ROLES.index(role)
    assert reply.json()["member"] == f"signatures[{place}].protected.says"


def test_a_confirmation_reaches_no_list_of_an_earlier_enrolment(at: At) -> None:
    """Somebody with a stolen letter enrolled first; then the true head enrols, and the ministry confirms."""
    thief = Office(people=[])
    thief.people = [thief.person(f"thief-{role}", role) for role in ROLES]
    thief.enrol(at.client, codes.new_code(at.centre, "5001"), head="thief-head")
    stolen = thief.list_sha256
    office = at.enrolled(Office())
    at.confirm(office)
    with at.centre.records.reading() as tables:
        assert [(one.sha256, one.confirmed) for one in tables.people("5001")] == [
            (stolen, False),
            (office.list_sha256, True),
        ]


def test_numbers_of_lists_go_on_through_enrolments_and_then_grow_by_one(at: At) -> None:
    office = at.enrolled(Office())
    assert at.send_list(office, office.people, n=2).status_code == 201
    at.confirm(office)
    at.enrolled(office, n=3)
    with at.centre.records.reading() as tables:
        assert [(one.n, one.begins) for one in tables.people("5001")] == [(1, True), (2, False), (3, True)]
    assert at.said(office, "2026-09") == "unconfirmed"  # the new enrolment was not read out yet
    changed = [*office.people, office.person("malee", "officer")]
    before = office.list_sha256
    for n, slug, member in ((2, "not-next", "n"), (3, "not-next", "n"), (5, "behind", "n")):
        reply = at.send_list(office, changed, n=n)
        assert (problem_of(reply), reply.json()["member"]) == (slug, member)
    office.list_sha256 = "f" * 64
    reply = at.send_list(office, changed, n=4)
    assert (problem_of(reply), reply.json()["member"]) == ("not-next", "prev")
    office.list_sha256 = before
    assert at.send_list(office, changed, n=4).status_code == 201
    at.confirm(office)
    with at.centre.records.reading() as tables:
        assert [(one.n, one.confirmed) for one in tables.people("5001")] == [
            (1, True),
            (2, True),
            (3, True),
            (4, True),
        ]


def test_a_person_without_a_key_stands_in_the_list_and_signs_nothing(at: At) -> None:
    office = at.enrolled(Office())
    more = {"level": "ชำนาญการ", "services": ["S01"], "acting": False}
    people = [{**one, **more} for one in office.people]
    newcomer = {**office.person("malee", "controller"), **more, "kid": None, "key": None}
    acting = {**office.person("malee", "head"), **more, "acting": True, "kid": None, "key": None}
    assert at.send_list(office, [*people, newcomer, acting], n=2, v=2).status_code == 201
    malee = {"login": "malee", "seed": seed_of(office.unit, "malee")}
    assert at.said(office, signers={"controller": malee}) == "bad-signature"
    assert at.said(office, v=2) == "unconfirmed"
    payload = {"v": 2, "unit": "5001", "n": 3, "prev": office.list_sha256, "people": people}
    body = signed_people(payload, seed_of(office.unit, "malee"), "malee")
    reply = at.client.put("/v1/units/5001/people", content=body, headers=bearer(office))
    assert problem_of(reply) == "bad-signature"


def test_an_ended_head_enrols_nothing(at: At) -> None:
    office = Office()
    code = codes.new_code(at.centre, office.unit)
    office.people[2] = office.person("head", "head", until="2026-11-24")
    reply = at.client.post("/v1/stations", content=office.enrolment(code))
    assert problem_of(reply) == "bad-signature"
    office.people[2] = office.person("head", "head")
    assert at.client.post("/v1/stations", content=office.enrolment(code)).status_code == 201
