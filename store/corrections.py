"""Correction lines: what is wrong with an earlier use, which itself stands for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import visit_rows
from store.errors import BadInput, OnlyUses
from store.free_text import WORDS, checked_text
from store.keeping import Keeping
from store.ledger_line import Entry
from store.permissions import demand

if TYPE_CHECKING:
    from store.books import Books
    from store.database import Tables

WRONG_NUMBER = "wrong_number"
"""The mark on a correction: the use was about somebody whom nobody had come for."""
WRONG_SERVICE = "wrong_service"
"""The mark on a correction: the use is for the service that the correction names, and stands as it says."""


def correct(books: Books, seq: int, reason: str, *, wrong_number: bool = False) -> int:
    """A line that corrects a use; its number.

    `wrong_number`: what was obtained is a stranger's, and is erased at once where it is still kept.
    Raises NotAllowed, NotFound, OnlyUses, BadInput.
    """
    demand(books.who, "correct")
    why = checked_text("reason", reason.strip(), WORDS)
    if not why:
        raise BadInput(what="reason", problem="it is empty")
    if books.ledger.line(seq).kind != "use":
        raise OnlyUses(seq=seq)
    with books.database.write() as db:
        corrected = write(books, db, seq, why, WRONG_NUMBER if wrong_number else None)
        if wrong_number:
            Keeping(books).erase(db, seq)
        return corrected


def write(books: Books, db: Tables, use: int, reason: str, error: str | None) -> int:
    """Inside the caller's write: the correcting line of that use, for the service that its visit has now."""
    line = books.ledger.line(use)
    service = visit_rows.read(books.database, line.visit).service if line.visit else line.service
    entry = Entry(
        kind="correction",
        officer=books.who.login,
        visit=line.visit,
        service=service,
        document=line.document,
        channel=line.channel,
        error=error,
        about=use,
        basis=reason,
    )
    return books.ledger.append(db, entry)
