"""Which lines a month's report is made of: this PC's own, its other PCs', those of earlier months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.proof.epoch import Epoch, epochs, lost_lines
from store.spans import MonthRows, MonthSpan, Span
from store.stations.peers import Brought
from store.stations.stations import Stations

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office

MONTHS_BEFORE = 6
"""From how many earlier months it is known what is usual for an officer."""


@dataclass(frozen=True)
class MonthLines:
    """The lines of one month. `earlier`: those of up to six months before it, which tell what is usual.

    `are_verified`: they were taken from verified lines, so no index may be used to read them.
    """

    month: str
    span: MonthSpan
    parts: tuple[Brought, ...]
    epochs: tuple[Epoch, ...]
    earlier: tuple[tuple[Span, ...], ...]
    lost: int
    are_verified: bool = False

    @property
    def spans(self) -> list[Span]:
        """The lines of all PCs."""
        return [self.span.own, *(one.span for one in self.parts)]


def lines_by_rows(office: Office, db: Tables, month: str) -> MonthLines:
    """The lines of a month by the tables and indexes, for what is shown before it is signed.

    Raises NotFound.
    """
    rows, stations = MonthRows(office), Stations(office)
    span = rows.span(month)
    before = [one for one in rows.all()[1:] if one < month][:MONTHS_BEFORE]
    parts = stations.brought(month)
    return MonthLines(
        month,
        span,
        tuple(parts),
        tuple(epochs(db)),
        tuple((rows.span(one).own, *stations.spans(one)) for one in before),
        lost_lines(db, span.first, span.last) + sum(one.lost for one in parts),
    )
