"""The ledger's rules about time: months follow each other whatever the PC's clock does."""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.ledger.errors import AlreadyCutOff, ClockDoubtful, LedgerBroken, MonthNotOver
from tests.rig.lines import Bare, bare_ledger, tamper, use


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return bare_ledger(tmp_path)


def marks(bare: Bare) -> list[tuple[str, str, str]]:
    return [(line.kind, line.month, line.clock) for line in bare.ledger.lines(newest_first=False)]


def test_a_month_is_cut_off_by_its_first_line_after_midnight(bare: Bare) -> None:
    bare.clock.set("2026-11-30T16:25:00")
    use(bare)
    cut: list[int] = []
    bare.ledger.at_cut_off = lambda db: cut.append(bare.ledger.count())
    bare.clock.set("2026-12-01T08:30:00")
    use(bare)
    assert marks(bare)[1:] == [
        ("use", "2026-11", "ok"),
        ("cut_off", "2026-11", "ok"),
        ("use", "2026-12", "ok"),
    ]
    assert bare.ledger.line(2).facts == {"month": "2026-11", "first": 0, "last": 1}
    assert cut == [3], "the checkpoint covers the cut-off line and nothing after it"
    assert bare.ledger.verify().months == ("2026-11", "2026-12")


def test_a_jump_ahead_cuts_nothing_off_until_the_date_is_confirmed(bare: Bare) -> None:
    bare.clock.set("2027-11-02T09:00:00")
    use(bare, 3)
    doubtful = [(kind, "2026-11", "doubtful") for kind in ("clock", "use")]
    assert sorted(set(marks(bare)[1:])) == doubtful
    bare.clock.go(days=20)
    use(bare)
    bare.clock.go(days=-1)
    use(bare)
    assert sorted(set(marks(bare)[1:])) == doubtful
    assert bare.ledger.clock_word() == "doubtful"
    with pytest.raises(ClockDoubtful), bare.database.write() as db:
        bare.ledger.cut_off(db, "somchai", "2026-11")
    assert bare.ledger.count() == 7, "one line tells of the clock"
    with bare.database.write() as db:
        bare.ledger.cut_off(db, "wipha", "2027-10", confirmed=True)
    use(bare)
    cut = [line for line in bare.ledger.lines(kind="cut_off", newest_first=False)]
    assert [line.month for line in cut] == [f"2026-{n}" for n in (11, 12)] + [
        f"2027-{n:02}" for n in range(1, 11)
    ]
    assert {line.officer for line in cut} == {"wipha"}
    assert cut[0].facts == {"month": "2026-11", "first": 0, "last": 6}
    assert cut[1].facts == {"month": "2026-12", "first": 8, "last": 7}, "an empty month"
    assert marks(bare)[-1] == ("use", "2027-11", "ok")
    bare.ledger.verify()


def test_a_clock_set_right_again_after_a_jump_leaves_no_mark_on_the_months(bare: Bare) -> None:
    bare.clock.set("2027-11-02T09:00:00")
    use(bare)
    bare.clock.set("2026-11-03T09:00:00")
    use(bare, 2)
    bare.clock.set("2026-11-04T09:00:00")
    use(bare)
    assert marks(bare)[1:] == [
        ("clock", "2026-11", "doubtful"),
        ("use", "2026-11", "doubtful"),
        ("clock", "2026-11", "back"),
        ("use", "2026-11", "back"),
        ("use", "2026-11", "ok"),
        ("use", "2026-11", "ok"),
    ]


@pytest.mark.parametrize("back_to", ["2026-11-14T08:30:00", "2026-10-31T08:30:00", "2000-01-01T00:00:10"])
def test_a_clock_that_goes_back_keeps_the_month(bare: Bare, back_to: str) -> None:
    bare.clock.set("2026-11-15T08:30:00")
    use(bare)
    bare.clock.set(back_to)
    use(bare)
    bare.clock.go(minutes=1)
    use(bare)
    assert marks(bare)[2:] == [
        ("clock", "2026-11", "back"),
        ("use", "2026-11", "back"),
        ("use", "2026-11", "ok"),
    ]
    changed = bare.ledger.line(2)
    assert changed.facts == {"was": "2026-11-15T08:30:00+07:00", "is": "back"}
    assert changed.at.startswith(back_to)
    bare.clock.set("2026-11-16T08:30:00")
    use(bare)
    assert marks(bare)[-1] == ("use", "2026-11", "ok"), "it is this month again: nothing to doubt"
    assert bare.ledger.verify().months == ("2026-11",)


def test_corrections_of_the_clock_by_two_seconds_are_not_marked(bare: Bare) -> None:
    bare.clock.set("2026-11-15T08:30:00")
    use(bare)
    for _ in range(3):
        bare.clock.go(seconds=-2)
        use(bare)
    assert {mark[2] for mark in marks(bare)} == {"ok"}
    bare.clock.go(seconds=-3)
    use(bare)
    assert marks(bare)[-1] == ("use", "2026-11", "back")


def test_a_long_silence_in_the_same_month_is_no_reason_to_doubt(bare: Bare) -> None:
    bare.clock.set("2026-11-27T08:30:00")
    use(bare)
    assert marks(bare)[-1] == ("use", "2026-11", "ok")


def test_a_month_is_cut_off_by_hand_once_and_only_when_it_is_over(bare: Bare) -> None:
    bare.clock.set("2026-11-30T23:59:59")
    with pytest.raises(MonthNotOver), bare.database.write() as db:
        bare.ledger.cut_off(db, "prasit", "2026-11", confirmed=True)
    use(bare)
    bare.clock.set("2026-12-01T00:00:00")
    with bare.database.write() as db:
        assert bare.ledger.cut_off(db, "prasit", "2026-11") == [2]
    with pytest.raises(AlreadyCutOff), bare.database.write() as db:
        bare.ledger.cut_off(db, "prasit", "2026-11")
    use(bare)
    assert marks(bare)[2:] == [("cut_off", "2026-11", "ok"), ("use", "2026-12", "ok")]


def test_after_a_long_silence_a_confirmed_date_allows_a_cut_off(bare: Bare) -> None:
    bare.clock.set("2027-01-04T08:30:00")
    with bare.database.write() as db:
        assert bare.ledger.cut_off(db, "wipha", "2026-12", confirmed=True) == [1, 2]
    use(bare)
    assert marks(bare)[-1] == ("use", "2027-01", "ok")
    bare.ledger.verify()


def test_a_line_moved_into_another_month_is_found(bare: Bare, tmp_path: Path) -> None:
    """Rebuilt from its last line on, so that chain and tree fit: the months themselves must still fit."""
    use(bare, 1)
    row = bare.database.row("SELECT body, prev FROM ledger WHERE seq = 1")
    assert row is not None
    body = row["body"].replace('"month":"2026-11"', '"month":"2026-12"').encode()
    leaf = hashlib.sha256(b"\x00" + row["prev"] + body).digest()
    node = hashlib.sha256(b"\x01" + row["prev"] + leaf).digest()
    tamper(
        tmp_path / "books.db",
        f"UPDATE ledger SET body = CAST(x'{body.hex()}' AS TEXT), leaf = x'{leaf.hex()}' WHERE seq = 1",
        f"UPDATE node SET hash = x'{node.hex()}' WHERE level = 1",
    )
    with pytest.raises(LedgerBroken, match=r"line 1 .*another month"):
        bare.ledger.verify()


# Function-scoped files would be shared by all examples: each makes its own folder.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(-400 * 24, 400 * 24), min_size=1, max_size=12))
def test_whatever_the_clock_does_months_run_on_in_order(
    steps: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bare = bare_ledger(tmp_path_factory.mktemp("clock"))
    for hours in steps:
        bare.clock.go(hours=hours)
        use(bare)
    lines = bare.ledger.lines(newest_first=False, limit=10_000)
    for before, after in pairwise(lines):
        assert before.month <= after.month
        assert (before.month == after.month) == (before.kind != "cut_off")
        assert re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", after.month)
    bare.ledger.verify()
    bare.database.close()
