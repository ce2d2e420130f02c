"""Correction lines: what is wrong with an earlier use, which itself stands for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import visit_rows
from store.errors import BadInput, OnlyUses
from store.free_text import WORDS, checked_text
from store.keeping import Keeping
from store.ledger_line import Entry
from store.permissions import demand
from store.reasons import Reason

if TYPE_CHECKING:
    from store.books import Books
    from store.database import Tables


def correct(books: Books, seq: int, words: str, why: Reason = Reason.OTHER) -> int:
    """A line that corrects a use, with the reason's words; its number.

    WRONG_NUMBER: what was obtained is a stranger's, and is erased at once where it is still kept.
    Raises NotAllowed, NotFound, OnlyUses, BadInput.
    """
    demand(books.who, "correct")
    basis = checked_text("reason", words.strip(), WORDS)
    if not basis:
        raise BadInput(what="reason", problem="it is empty")
    if books.ledger.line(seq).kind != "use":
        raise OnlyUses(seq=seq)
    with books.database.write() as db:
        corrected = write(books, db, seq, basis, why)
        if why is Reason.WRONG_NUMBER:
            Keeping(books).erase(db, seq)
        return corrected


def write(books: Books, db: Tables, use: int, words: str, why: Reason) -> int:
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
        error=why.value if why is Reason.WRONG_NUMBER else None,
        about=use,
        basis=words,
    )
    return books.ledger.append(db, entry)
