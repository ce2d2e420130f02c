"""What the head is shown: one finding for one cause, and nothing for ordinary work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from reader.buddhist_date import BANGKOK
from store.anomalies import Found, Rules, Seen, Staff, find
from store.office_hours import in_hours, is_working_day, last_working_day, next_working_day

STAFF = Staff(
    services={"somchai": ("S01", "S02"), "wichai": ("S01",)},
    citizen_ids={"1101700230708": "somchai", "3100600445635": "wipha"},
)
ORDINARY = Seen(
    seq=10,
    kind="use",
    at="2026-11-18T10:00:00+07:00",
    clock="ok",
    officer="somchai",
    service="S01",
    channel="linkage",
    outcome="obtained",
    identity="chip",
    card_seen_at="2026-11-18T09:59:00+07:00",
    subject="1234567890121",
)


def found(*changes: dict[str, object], rules: Rules | None = None) -> list[Found]:
    lines = [replace(ORDINARY, **{"seq": n, **change}) for n, change in enumerate(changes)]  # type: ignore[arg-type]
    return find(lines, STAFF, rules or Rules())


def test_ordinary_work_is_no_finding() -> None:
    thaid = {"identity": "thaid", "card_seen_at": None}
    copied = {"channel": "copy", "identity": "none", "card_seen_at": None}
    assert found({}, thaid, copied, {"channel": "card"}, {"at": "2026-11-18T16:30:59+07:00"}) == []


@pytest.mark.parametrize(
    ("change", "rule", "about"),
    [
        ({"identity": "none", "card_seen_at": None}, "no_identity", "somchai"),
        ({"service": "S07"}, "not_appointed", "somchai"),
        ({"officer": "gone"}, "not_appointed", "gone"),
        ({"subject": "1101700230708"}, "colleague", "somchai"),
        ({"clock": "back", "kind": "login"}, "clock_back", "unit"),
        ({"outcome": "unanswered"}, "unanswered", "somchai"),
        ({"at": "2026-11-21T10:00:00+07:00"}, "outside_hours", "somchai"),  # a Saturday
        ({"at": "2026-10-23T10:00:00+07:00"}, "outside_hours", "somchai"),  # King Chulalongkorn's day
    ],
)
def test_each_rule_finds_its_case(change: dict[str, object], rule: str, about: str) -> None:
    assert found({}, change) == [Found(rule, about, (1,))]


def test_one_evening_is_one_finding_and_a_doubtful_clock_proves_nothing() -> None:
    evening = [{"at": f"2026-11-18T18:4{n}:00+07:00"} for n in range(4)]
    other = {"at": "2026-11-19T18:40:00+07:00"}
    assert [one.lines for one in found(*evening, other)] == [(0, 1, 2, 3), (4,)]
    assert found({**evening[0], "clock": "doubtful"}) == []
    assert found(evening[0], rules=Rules(closes="19:00")) == []


def test_many_not_found_are_a_matter_of_the_unit() -> None:
    missing = {"outcome": "not_found"}
    assert found(*[missing] * 4) == []
    assert found(*[missing] * 5, *[{}] * 20) == [Found("not_found_many", "unit", (0, 1, 2, 3, 4))]
    assert found(*[missing] * 5, *[{}] * 21) == []
    assert found(
        *[missing] * 5, *[{}] * 21, rules=Rules.from_settings({"anomaly.not_found.percent": "10"}.get)
    )


def test_working_days_of_a_thai_office() -> None:
    assert not is_working_day(date(2026, 12, 5))
    assert not is_working_day(date(2026, 12, 7))  # in lieu of the 5th, a Saturday
    assert is_working_day(date(2025, 1, 10))
    assert last_working_day(date(2026, 12, 5)) == date(2026, 12, 4)
    assert next_working_day(date(2026, 12, 4)) == date(2026, 12, 8)
    assert in_hours(datetime(2026, 12, 4, 8, 30, tzinfo=BANGKOK))
    assert not in_hours(datetime(2026, 12, 4, 8, 29, tzinfo=BANGKOK))
