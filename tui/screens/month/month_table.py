"""The month's table by service: visits, a column for each channel, and their sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rich.cells import cell_len

from store.months.summary import ServiceRow
from store.months.values import MonthView
from tui.words.cells import pad, right, wrap
from tui.words.translate import _
from tui.words.visit_words import CHANNELS

_TABLE_ROWS = 5
_LEAST_NAME = 20  # with fewer cells for a service's number and name, the columns move together

Figure = Callable[[ServiceRow], int | None]


@dataclass(frozen=True)
class _Column:
    """A column of figures; `width` in cells includes the gap before it, `of` gives a row's figure."""

    title: str
    width: int
    of: Figure


def table_rows(view: MonthView, *, is_head: bool) -> list[ServiceRow]:
    """The services with a row of their own, those with most uses; none where no table is drawn.

    The cursor goes up into them: at -1 it is on the last of them.
    """
    if is_head and (view.findings or view.receipt is not None):
        return []
    most = sorted(view.rows, key=lambda row: (-row.total, row.service))[:_TABLE_ROWS]
    return sorted(most, key=lambda row: row.service)


def table(view: MonthView, cursor: int, services: dict[str, str], width: int) -> list[str]:
    """The rows of the table in `width` cells, with titles and the sum of all services.

    The rows above it give the whole name of the service under the cursor, which its own row may cut.
    """
    columns = _columns(view, width)
    name = width - sum(column.width for column in columns) - 2
    shown = table_rows(view, is_head=False)
    head = "".join(right(column.title, column.width) for column in columns)
    whole, lines = "", [" " + pad(_("Service"), name) + head]
    for n, row in enumerate(shown, -len(shown)):
        words = f"{row.service[1:]} {services.get(row.service, '')}"
        whole = words if n == cursor else whole
        lines.append(("►" if n == cursor else " ") + pad(words, name) + _figures([row], columns))
    rest = [row for row in view.rows if row not in shown]
    if rest:
        other = pad(_("{n} other services").format(n=len(rest)), name)
        lines.append(" " + other + _figures(rest, columns))
    every = _figures(view.rows, columns, None if _has_visits(view) else view.visits)
    lines.append(" " + pad(_("All"), name) + every)
    return [*(f" {part}" for part in wrap(whole, width - 2)), *lines]


def _columns(view: MonthView, width: int) -> list[_Column]:
    """The last column is computed as the sum of the channels' columns, so that every row adds up."""
    rows = view.rows
    uses: list[tuple[str, Callable[[ServiceRow], int]]] = [
        (_(words.column), partial(_uses, channel)) for channel, words in CHANNELS.items()
    ]
    listed: list[tuple[str, Figure]] = [
        (_("Visits"), lambda row: row.visits),
        *uses,
        (_("All"), lambda row: sum(of(row) for _title, of in uses)),
    ]
    cells = [max(cell_len(title), len(_figure(rows, of))) for title, of in listed]
    if not _has_visits(view):
        cells[0] = max(cells[0], len(f"{view.visits:,}"))
    gap = 2 if width - sum(cells) - 2 * len(cells) - 2 >= _LEAST_NAME else 1
    return [_Column(title, gap + room, of) for (title, of), room in zip(listed, cells, strict=True)]


def _has_visits(view: MonthView) -> bool:
    """Whether each service has its visits: what is signed has only the sum of all."""
    return all(row.visits is not None for row in view.rows)


def _uses(channel: str, row: ServiceRow) -> int:
    return row.uses.get(channel, 0)


def _figure(rows: Sequence[ServiceRow], of: Figure) -> str:
    """The sum of the rows' figures; a dash where they have none, because what is signed does not have it."""
    found = [of(row) for row in rows]
    return "–" if None in found else f"{sum(one or 0 for one in found):,}"


def _figures(rows: Sequence[ServiceRow], columns: Sequence[_Column], visits: int | None = None) -> str:
    """`visits` is the sum of all services, where the rows themselves have none."""
    cells = [_figure(rows, column.of) for column in columns]
    if visits is not None:
        cells[0] = f"{visits:,}"
    return "".join(right(cell, column.width) for cell, column in zip(cells, columns, strict=True))
