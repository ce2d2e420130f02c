"""The connections to one side of the line, as the books know it: whom to trust, and how sure the date is."""

from __future__ import annotations

from datetime import datetime

from reader.buddhist_date import now
from store.books import Books
from sync.http import Limits, Wire


def open_wire(books: Books, side: str, limits: Limits, connections: int = 1) -> Wire:
    """`side` is the beginning of its settings' names: centre, gateways.gdx or gateways.linkage2."""
    return Wire(
        ca_pem=books.settings.get(f"{side}.ca"),
        limits=limits,
        connections=connections,
        undoubted=lambda: _undoubted(books),
    )


def _undoubted(books: Books) -> datetime:
    """Now; but while the ledger doubts this PC's date, the time of the last line from before the doubt."""
    if books.ledger.clock_word() != "doubtful":
        return now()
    return datetime.fromisoformat(
        books.database.value(
            "SELECT at FROM ledger WHERE body ->> '$.clock' <> 'doubtful' ORDER BY seq DESC LIMIT 1"
        )
    )
