"""The findings: one for each cause, and none for ordinary work."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reader.citizen_id import check_digit
from store.errors import BadInput
from store.months.anomalies import WHY, Found, Seen, Staff, find, usual_days
from store.settings.office_hours import is_working_day, last_working_day, next_working_day
from store.settings.thresholds import Rules

STAFF = Staff(
    services={"somchai": ("S01", "S02"), "wichai": ("S01",)},
    citizen_ids={"1101700230708": "somchai", "3100600445635": "wipha"},
)
ORDINARY = Seen(
    officer="somchai",
    service="S01",
    document="D02",
    channel="linkage",
    outcome="obtained",
    seq=10,
    kind="use",
    visit="01-69-00001",
    about=None,
    at="2026-11-18T10:00:00+07:00",
    clock="ok",
    identity="chip",
    card_seen_at="2026-11-18T09:59:00+07:00",
    subject_kind="thai_person",
    subject="1234567890121",
)


def found(*changes: dict[str, Any], rules: Rules | None = None, staff: Staff = STAFF) -> list[Found]:
    lines = [ORDINARY._replace(**{"seq": n, **change}) for n, change in enumerate(changes)]
    uses = [line for line in lines if line.kind == "use"]
    return find(uses, [line for line in lines if line.kind != "use"], staff, rules or Rules())


def number(n: int) -> str:
    """The n-th of some invented numbers that follow one another."""
    first = f"35001{n:07}"
    return first + check_digit(first)


def test_ordinary_work_is_no_finding() -> None:
    thaid = {"identity": "thaid", "card_seen_at": None}
    copied = {"channel": "copy", "identity": "none", "card_seen_at": None}
    assert found({}, thaid, copied, {"channel": "card"}) == []
    assert found(*({"at": f"2026-11-18T{at}+07:00"} for at in ("08:30:00", "16:30:59"))) == []


@pytest.mark.parametrize(
    ("change", "rule", "about"),
    [
        ({"identity": "none", "card_seen_at": None}, "no_identity", "somchai"),
        ({"service": "S07"}, "not_appointed", "somchai"),
        ({"officer": "gone"}, "not_appointed", "gone"),
        ({"subject": "1101700230708"}, "colleague", "somchai"),
        ({"clock": "back", "kind": "back", "behind": 6}, "clock_back", "unit"),
        ({"outcome": "unanswered"}, "unanswered", "somchai"),
        ({"at": "2026-11-18T08:29:59+07:00"}, "outside_hours", "somchai"),
        ({"at": "2026-11-18T16:31:00+07:00"}, "outside_hours", "somchai"),
        ({"at": "2026-11-21T10:00:00+07:00"}, "outside_hours", "somchai"),  # a Saturday
        ({"at": "2026-10-23T10:00:00+07:00"}, "outside_hours", "somchai"),  # King Chulalongkorn's day
        (
            {"kind": "login", "outcome": "refused", "refused": 5, "officer": "wipha"},
            "refused_passphrase",
            "wipha",
        ),
        ({"kind": "restore"}, "gap", "unit"),
    ],
)
def test_each_rule_finds_its_case_and_says_why(change: dict[str, Any], rule: str, about: str) -> None:
    (one,) = found({}, change)
    assert one == Found(rule, about, (1,))
    assert "{" not in WHY[rule].format(**one.facts)


def test_one_evening_is_one_finding_and_a_doubtful_clock_proves_nothing() -> None:
    evening = [{"at": f"2026-11-18T18:4{n}:00+07:00"} for n in range(4)]
    other = {"at": "2026-11-19T18:40:00+07:00"}
    assert [one.lines for one in found(*evening, other)] == [(0, 1, 2, 3), (4,)]
    assert found({**evening[0], "clock": "doubtful"}) == []
    assert found(evening[0], rules=Rules(closes="19:00")) == []


def test_a_correction_of_the_clock_by_seconds_and_four_typing_errors_are_no_finding() -> None:
    assert found({"clock": "back", "kind": "back", "behind": 5}) == []
    assert found({"kind": "login", "outcome": "refused", "refused": 4}) == []


def test_the_same_citizen_again_and_again() -> None:
    again = [{"visit": f"01-69-{n:05}"} for n in range(5)]
    assert found(*again) == [Found("same_citizen", "somchai", (0, 1, 2, 3, 4))]
    assert found(*again[:4], again[0]) == []  # five documents of four visits
    assert found(*again[:4], {**again[4], "officer": "wichai"}) == []
    assert found(*[{**one, "subject_kind": "juristic"} for one in again]) == []  # an agent comes often
    assert found(*again, rules=Rules(same_citizen_visits=6)) == []


def test_numbers_one_after_the_other_on_one_day() -> None:
    family = [{"subject": number(n)} for n in (4, 1, 3, 2)]
    assert found(*family) == [Found("consecutive", "somchai", (0, 1, 2, 3))]
    assert found(*family[:3]) == []
    assert found(*family[:3], {"subject": number(5)}, {"subject": number(9)}) == []
    assert found(*family[:3], {**family[3], "at": "2026-11-19T10:00:00+07:00"}) == []


def test_a_day_far_above_the_officers_own_usual() -> None:
    quiet = [
        {"at": f"2026-11-{day}T10:00:00+07:00", "subject": None} for day in (16, 17, 18, 19) for _ in "12"
    ]
    rush = [{"at": "2026-11-20T10:00:00+07:00", "subject": None}] * 30
    (one,) = found(*quiet, *rush)
    assert (one.rule, one.about, len(one.lines)) == ("volume", "somchai", 30)
    assert found(*quiet, *rush[1:]) == []
    assert found(*rush) == []  # one day alone does not show what is usual
    usual = Staff(STAFF.services, STAFF.citizen_ids, usual_days([{"somchai": 200}, {"somchai": 160}]))
    assert [one.rule for one in found(*rush, staff=usual)] == ["volume"]


def test_many_not_found_are_a_matter_of_the_unit() -> None:
    missing = {"outcome": "not_found", "subject": None}
    answered: dict[str, Any] = {"subject": None}
    assert found(*[missing] * 4) == []
    assert found(*[missing] * 5, *[answered] * 20) == [Found("not_found_many", "unit", (0, 1, 2, 3, 4))]
    assert found(*[missing] * 5, *[answered] * 21) == []
    less = Rules.from_settings({"anomaly.not_found.percent": "10"}.get)
    assert found(*[missing] * 5, *[answered] * 21, rules=less)


@pytest.mark.parametrize(
    ("name", "value"), [("anomaly.volume.times", "0"), ("anomaly.volume.times", "many"), ("office.open", "8")]
)
def test_a_threshold_that_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        Rules.from_settings({name: value}.get)


def test_working_days_of_a_thai_office() -> None:
    assert not is_working_day(date(2026, 12, 5))
    assert not is_working_day(date(2026, 12, 7))  # in lieu of the 5th, a Saturday
    assert is_working_day(date(2025, 1, 10))
    assert last_working_day(date(2026, 12, 5)) == date(2026, 12, 4)
    assert next_working_day(date(2026, 12, 4)) == date(2026, 12, 8)
