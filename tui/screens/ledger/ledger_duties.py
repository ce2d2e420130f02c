"""The ledger's rows of Home: the search, and months that are old enough for the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader.buddhist_date import show_month_short
from store.people.permissions import may
from store.upkeep.retention import Retention
from tui.duties import Duty, Place
from tui.screens.ledger.ledger import LedgerScreen
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program

LEDGER = Place(
    "ledger",
    mark("The usage ledger"),
    lambda program, _reread: program.push_screen(LedgerScreen()),
    asks="ledger_read",
)


def to_archive(books: Books) -> list[Duty]:
    """The row where months can be archived, which is done at the command line."""
    due = Retention(books).due() if may(books.who, "archive") else None
    if due is None:
        return []
    words = _("Put {n} months away (their years are over)").format(n=len(due.months))
    last = due.months[-1]
    return [Duty("archive", last, words, lambda program, _reread: _say_how(program, last))]


def _say_how(program: Program, month: str) -> None:
    program.say(
        _("Up to {month} can go: `nocopy ledger archive --to FILE`").format(month=show_month_short(month))
    )
