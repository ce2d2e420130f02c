"""All kinds of calls of an office to a centre, and what every centre must answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import httpx

from tests.sync.centre.centre_office import Office, seed_of
from tests.sync.centre.centre_process import bearer, problem_of
from tests.sync.centre.refusals import REFUSALS


def an_offices_story(client: httpx.Client, code_of: Callable[[str], str]) -> list[tuple[int, str]]:
    office = Office(unit="5007")
    code = code_of("5007")
    office.enrol(client, code)
    replies = [client.post("/v1/stations", content=office.enrolment(code, station_seed=seed_of("other PC")))]
    people = office.next_people([*office.people, office.person("malee", "officer")])
    replies += [client.put("/v1/units/5007/people", content=people, headers=bearer(office)) for _ in range(2)]
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(5)]
    replies += [office.checkpoint(leaves[:3], 0).put(client), office.checkpoint(leaves, 3).put(client)]
    replies += [office.checkpoint([bytes(32)] * 6, 5).put(client)]
    replies += [office.report("2020-01").put(client) for _ in range(2)]
    replies += [office.report("2020-01", visits=9).put(client)]
    replies += [make(office).put(client) for _, _, make in REFUSALS.values()]
    replies += [client.get("/v1/messages", headers=bearer(office)), client.get("/v1/catalogue")]
    return [
        (
            reply.status_code,
            problem_of(reply) if reply.status_code >= 400 else reply.headers["content-type"],
        )
        for reply in replies
    ]
