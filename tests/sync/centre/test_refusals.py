"""What the ministry's centre refuses, and with which words; over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from sync.centre.serve import make_code, status
from tests.sync.centre.centre_office import Office
from tests.sync.centre.centre_process import bearer, problem_of
from tests.sync.centre.refusals import REFUSALS


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
    people = client.put("/v1/units/5001/people", content=b"{}", headers=bearer(stranger))
    assert (people.status_code, problem_of(people)) == (403, "other-unit")
    assert report.put(client).status_code == 201
    assert replace(report, token=stranger.token).put(client).status_code == 403


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
