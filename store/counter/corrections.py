"""Correction lines: each says what is wrong with an earlier use, whose own line is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.counter import visit_rows
from store.counter.citizen_data import Keeping
from store.counter.errors import OnlyUses
from store.counter.reasons import Reason
from store.errors import BadInput
from store.formats.free_text import WORDS, checked_text
from store.formats.line import Entry, LineKind
from store.people.permissions import demand

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office


def correct(office: Office, seq: int, words: str, why: Reason = Reason.OTHER) -> int:
    """Writes a line that corrects the use in line `seq`, with the reason in words; returns its number.

    With WRONG_NUMBER the answer belongs to a citizen who never came, so it is erased at once.
    Raises NotAllowed, NotFound, OnlyUses, BadInput.
    """
    demand(office.who, "correct")
    basis = checked_text("reason", words.strip(), WORDS)
    if not basis:
        raise BadInput(what="reason", problem="it is empty")
    if office.ledger.line(seq).kind != LineKind.USE:
        raise OnlyUses(seq=seq)
    with office.database.write() as db:
        corrected = write(office, db, seq, basis, why)
        if why is Reason.WRONG_NUMBER:
            Keeping(office).erase(db, seq)
        return corrected


def write(office: Office, db: Tables, use: int, words: str, why: Reason) -> int:
    """Writes the correcting line inside the caller's transaction, for the service that the visit has now."""
    line = office.ledger.line(use)
    service = visit_rows.read(office.database, line.visit).service if line.visit else line.service
    entry = Entry(
        kind=LineKind.CORRECTION,
        officer=office.who.login,
        visit=line.visit,
        service=service,
        document=line.document,
        channel=line.channel,
        error=why.value if why is Reason.WRONG_NUMBER else None,
        about=use,
        basis=words,
    )
    return office.ledger.append(db, entry)
