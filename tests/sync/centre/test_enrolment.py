"""Enrolment at the ministry's centre, and the people lists after it; over real HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from store.exchange.enrolment import normal
from store.formats.canonical import canonical
from store.settings.centre import fingerprint
from sync.centre import codes
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.records import SqlRecords
from sync.centre.serve import make_code
from tests.rig.clock import now
from tests.sync.centre.centre_office import Office, seed_of
from tests.sync.centre.centre_process import bearer, problem_of, receipt_of


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


def test_the_head_sends_the_next_people_list(home: Path, client: httpx.Client) -> None:
    office = Office(unit="5004")
    office.enrol(client, make_code(home, "5004"))
    kept = [office.person("officer", "officer"), office.person("head", "head")]
    left = office.person("controller", "controller", until="2026-10-31T16:30:00+07:00")
    people = [*kept, left, office.person("malee", "controller")]

    def put(body: bytes) -> httpx.Response:
        return client.put("/v1/units/5004/people", content=body, headers=bearer(office))

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

    # A person who left cannot sign any more, a new one can; signatures made while appointed stay valid.
    office.list_sha256 = receipt["id"]
    assert put(office.next_people(people[:3], n=3, by="malee")).status_code == 422
    refused = office.report("2020-05").put(client)
    assert (refused.status_code, problem_of(refused)) == (422, "bad-signature")
    malee = {"login": "malee", "seed": seed_of("5004", "malee")}
    assert office.report("2020-05", signers={"controller": malee}).put(client).status_code == 201
    in_time = {"at": "2026-10-31T16:30:00+07:00"}
    assert office.report("2020-06", signers={"controller": in_time}).put(client).status_code == 201

    # A head whose appointment has ended can change the list no more.
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
