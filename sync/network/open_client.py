"""Opens connections to the centre or a gateway with the books' certificate authority and undoubted date."""

from __future__ import annotations

from datetime import datetime

from reader.buddhist_date import now
from store.books import Books
from store.formats.line import ClockWord
from store.settings.errors import NothingSent
from sync.errors import SettingsMoved
from sync.network.http import HttpClient, Limits


def open_client(books: Books, side: str, limits: Limits, connections: int = 1) -> HttpClient:
    """A client for `side`, the prefix of its settings' names: "centre", or a gateway's table.

    Each of its calls is made by the settings document of now, or not at all. Raises NotSignedYet, and
    NotAsSigned where the settings in the books are not as the head signed them.
    """
    used = books.settings.demand_as_signed()
    return HttpClient(
        before=lambda: _demand_same(books, used),
        ca_pem=books.settings.get(f"{side}.ca"),
        limits=limits,
        connections=connections,
        undoubted=lambda: _undoubted(books),
    )


def _demand_same(books: Books, used: str) -> None:
    try:
        now_in_force = books.settings.demand_as_signed()
    except NothingSent:
        now_in_force = ""
    if now_in_force != used:
        raise SettingsMoved


def _undoubted(books: Books) -> datetime:
    """Now; while the ledger marks this PC's date as doubtful, the time of the last line before that."""
    if books.ledger.clock_word() != ClockWord.DOUBTFUL:
        return now()
    return datetime.fromisoformat(
        books.database.value(
            "SELECT at FROM ledger WHERE body ->> '$.clock' <> 'doubtful' ORDER BY seq DESC LIMIT 1"
        )
    )
