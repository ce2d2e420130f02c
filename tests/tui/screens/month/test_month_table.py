"""The month's table on the screen: every row adds up, and nothing runs out of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from store.base.locations import Locations
from store.months.summary import ServiceRow
from store.months.values import MonthView
from store.settings.catalogue import Channel
from tests.rig.office import open_books
from tui.screens.month.month_table import table
from tui.words import translate

COUNTS = st.dictionaries(st.sampled_from(list(Channel)), st.integers(0, 9_999))
ROWS = st.lists(st.tuples(st.integers(0, 9_999), COUNTS), max_size=9)


@pytest.fixture
def view(office: Callable[..., Locations]) -> MonthView:
    books = open_books(office())
    try:
        return books.months.status(books.months.current())
    finally:
        books.close()


def figures(row: str) -> list[int]:
    """The figures at the end of a row, from the visits to all."""
    columns = len(Channel) + 2
    return [int(text.replace(",", "")) for text in row.split()[-columns:]]


def rows_of(lines: list[str]) -> list[list[int]]:
    return [figures(line) for line in lines[2:]]


def test_a_row_with_laser_checks_adds_up(view: MonthView) -> None:
    translate.use("th")
    row = ServiceRow("S01", 1, {Channel.CARD: 1, Channel.LINKAGE: 2, Channel.LASER: 4, Channel.COPY: 1})
    lines = table(replace(view, rows=(row,)), 9, {"S01": "ขอคัดสำเนา"}, 80)
    assert rows_of(lines) == [[1, 1, 2, 0, 4, 1, 0, 8]] * 2
    assert "เลขบัตร" in lines[1]


@pytest.mark.parametrize("lang", translate.LANGUAGES)
@given(ROWS)
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_row_adds_up_in_80_columns(
    view: MonthView, lang: str, counted: list[tuple[int, dict[Channel, int]]]
) -> None:
    translate.use(lang)
    rows = tuple(ServiceRow(f"S{n:02}", visits, uses) for n, (visits, uses) in enumerate(counted, 1))
    names = {row.service: "ขอหนังสือรับรองสถานภาพการสมรสและการหย่า" for row in rows}
    lines = table(replace(view, rows=rows), 9, names, 80)
    translate.use("th")
    shown = rows_of(lines)
    for _visits, *uses, total in shown:
        assert sum(uses) == total
    assert shown[-1] == [sum(column) for column in zip(*shown[:-1], strict=True)] or not rows
    assert {cell_len(line) for line in lines[1:]} == {79}
    assert all(re.match(r".\d\d ", line) for line in lines[2 : 2 + min(5, len(rows))]), "a service's number"
