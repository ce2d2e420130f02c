"""Each member of each payload that the centre takes, spoiled: refused by its name, and nothing is stored."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sync.centre import codes
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.limits import Limits
from sync.centre.records import SqlRecords
from tests.rig.clock import now
from tests.sync.centre.centre_office import Office
from tests.sync.centre.centre_process import InProcess, problem_of
from tests.sync.centre.payload_kinds import PAYLOADS, Desk
from tests.sync.centre.spoiling import How, Kind, kinds, spoiled

_PREFIX = {
    "findings": "findings.",
    "a report's header": "signatures[2].protected.",
    "a people list's header": "signatures[0].protected.",
    "an enrolment's header": "signatures[1].protected.",
}
# A row that stands twice is told at the second; where no chain is the sender's, none of them is to blame.
_OR = {"use[0]": "use[1]", "findings[0]": "findings[1]", "chains[0].origin": "chains"}


class Patient(Limits):
    """No limits of calls: the judgements are tested here."""

    def take(self, *_given: object) -> None:
        pass


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    records = SqlRecords.in_file(tmp_path / "centre.db")
    centre = Centre(records, CentreKeys.make(), now, Patient())
    office = Office()
    with httpx.Client(base_url="http://centre", transport=InProcess(centre)) as client:
        office.enrol(client, codes.new_code(centre, office.unit))
        yield Desk(centre, office, codes.new_code(centre, office.unit), client)
    records.close()


def all_kinds(name: str, desk: Desk) -> list[Kind]:
    return list(kinds(PAYLOADS[name].true(desk), PAYLOADS[name].about))


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name != "receipt"])
def test_the_payload_that_is_spoiled_below_is_a_true_one(name: str, desk: Desk) -> None:
    payload = PAYLOADS[name]
    assert payload.send(desk, json.dumps(payload.true(desk))).status_code in (200, 201)


def test_there_are_more_than_two_hundred_kinds_and_each_way_is_among_them(desk: Desk) -> None:
    found = [(name, kind) for name in PAYLOADS for kind in all_kinds(name, desk)]
    assert len(found) == len({(name, kind.how, kind.path) for name, kind in found}) >= 800
    assert {kind.how for _, kind in found} == set(How)


@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize("name", PAYLOADS)
def test_a_spoiled_member_is_refused_by_its_name_and_nothing_is_stored(
    name: str, how: How, desk: Desk, tmp_path: Path
) -> None:
    payload = PAYLOADS[name]
    value = payload.true(desk)
    with sqlite3.connect(tmp_path / "centre.db") as db:
        before = db.execute("PRAGMA data_version").fetchone()
        for kind in all_kinds(name, desk):
            if kind.how is how:
                _refuses(desk, name, kind, value)
        assert db.execute("PRAGMA data_version").fetchone() == before


def _refuses(desk: Desk, name: str, kind: Kind, value: dict[str, object]) -> None:
    payload = PAYLOADS[name]
    expected = _PREFIX.get(name, "") + kind.names

    @settings(
        max_examples=1 if kind.names in payload.about.longest and kind.how is How.HUGE else 4,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(spoiled(value, kind, payload.about))
    def is_refused(text: str) -> None:
        reply = payload.send(desk, text)
        told = f"{name}: {kind} gave {reply.status_code} {reply.text[:300]} for {text[:300]}"
        assert 400 <= reply.status_code < 500, told
        assert problem_of(reply), told
        assert reply.json().get("member") in {expected, _OR.get(expected)} - {None}, told

    is_refused()
