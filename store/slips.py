"""The slips of visits that have ended: the citizen often asks for one when the visit is finished already."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK, stamp
from store import visit_rows

if TYPE_CHECKING:
    from store.books import Books
    from store.visit import Visit

_ENDED_TODAY = (
    "FROM visit WHERE ended_at >= ? AND EXISTS"
    " (SELECT 1 FROM wanted WHERE wanted.visit = visit.id AND wanted.use IS NOT NULL)"
)


def any_ended_today(books: Books) -> bool:
    """Whether any visit ended today of which there can be a slip."""
    return books.database.value(f"SELECT 1 {_ENDED_TODAY} LIMIT 1", (_today(books),)) is not None


def ended_today(books: Books) -> list[Visit]:
    """The visits that ended today and asked for anything, the newest end first."""
    rows = books.database.rows(
        f"SELECT id {_ENDED_TODAY} ORDER BY ended_at DESC, n DESC",
        (_today(books),),
    )
    return [visit_rows.read(books.database, row["id"]) for row in rows]


def _today(books: Books) -> str:
    """The stamp of its beginning."""
    return stamp(datetime.combine(books.clock().astimezone(BANGKOK).date(), time.min, BANGKOK))
