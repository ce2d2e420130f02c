"""While one unit's large report is judged, other units' are accepted: nothing is parsed under the lock."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

from sync.centre import codes
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.records import SqlRecords
from tests.rig.clock import now
from tests.sync.centre.centre_office import Office
from tests.sync.centre.centre_process import InProcess, bearer, problem_of

# The C functions in which a large body takes its time: inflating, parsing, its form, its signatures.
STEPS = ("decompress", "raw_decode", "convert", "verify")


@contextmanager
def at_each_step(meanwhile: Callable[[str], None]) -> Iterator[None]:
    """Calls `meanwhile` in the midst of the judging, before each of the STEPS that this thread takes."""

    def noticed(_frame: FrameType, event: str, called: Any) -> None:
        name = called.__name__ if event == "c_call" else _frame.f_code.co_name
        if event in ("c_call", "call") and name in STEPS:
            sys.setprofile(None)
            meanwhile(name)
            sys.setprofile(noticed)

    sys.setprofile(noticed)
    try:
        yield
    finally:
        sys.setprofile(None)


def rows(n: int) -> list[list[Any]]:
    return [["officer", "S01", f"D{n:05}", "card", "obtained", n] for n in range(n)]


def test_another_units_report_is_accepted_at_every_step_of_judging_a_large_one(tmp_path: Path) -> None:
    first, second = (SqlRecords.in_file(tmp_path / "centre.db") for _ in range(2))
    keys = CentreKeys.make()
    here, beside = Centre(first, keys, now), Centre(second, keys, now)
    large, small = Office(unit="5001"), Office(unit="5002")
    months = iter(f"{year}-{month:02}" for year in range(2019, 2026) for month in range(1, 13))
    accepted: Counter[str] = Counter()
    with (
        httpx.Client(base_url="http://centre", transport=InProcess(here)) as client,
        httpx.Client(base_url="http://centre", transport=InProcess(beside)) as other,
    ):
        for office in (large, small):
            office.enrol(client, codes.new_code(here, office.unit))

        def report_beside(step: str) -> None:
            assert small.report(next(months)).put(other).status_code == 201
            accepted[step] += 1

        report = large.report("2026-10", use=rows(4000))
        people = large.next_people([*large.people, large.person("malee", "officer")])
        assert len(report.inflated()) > 150_000
        with at_each_step(report_beside):
            reply = report.put(client)
            listed = client.put("/v1/units/5001/people", content=people, headers=bearer(large))
        assert (reply.status_code, listed.status_code) == (201, 201)
    assert accepted["verify"] == 4
    assert accepted["decompress"] == 1
    assert accepted["convert"] >= 6
    assert accepted["raw_decode"] >= 7
    first.close()
    second.close()


def test_a_list_that_comes_while_a_report_is_judged_counts_for_it(tmp_path: Path) -> None:
    records = SqlRecords.in_file(tmp_path / "centre.db")
    centre, office = Centre(records, CentreKeys.make(), now), Office()
    with httpx.Client(base_url="http://centre", transport=InProcess(centre)) as client:
        office.enrol(client, codes.new_code(centre, office.unit))
        kept = [one for one in office.people if one["role"] != "controller"]
        ended = office.next_people([*kept, office.person("controller", "controller", until="2026-10-31")])
        came: list[int] = []

        def end_the_controller(step: str) -> None:
            if step == "verify" and not came:
                reply = client.put("/v1/units/5001/people", content=ended, headers=bearer(office))
                came.append(reply.status_code)

        with at_each_step(end_the_controller):
            reply = office.report("2026-10").put(client)
    assert (came, reply.status_code, problem_of(reply)) == ([201], 422, "bad-signature")
    records.close()
