"""The warning that this PC's clock cannot be right. It stops nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import show_date, show_time, stamp
from store.formats.line import ClockWord
from store.ledger.ledger import CLOCK_TOLERANCE
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books


def clock_warning(books: Books) -> str:
    """The warning, where the books prove the clock wrong; else empty."""
    now, last = books.clock(), datetime.fromisoformat(books.last_sure)
    if stamp(now + CLOCK_TOLERANCE) < books.last_sure:
        words = _(
            "The clock of this PC says {now}, before the ledger's last line, {last}; the order of the"
            " lines is still right. Set the clock right: what is done meanwhile is recorded with that mark."
        )
    elif books.ledger.clock_word() == ClockWord.DOUBTFUL:
        words = _(
            "The clock of this PC has jumped ahead to {now}; the ledger's last sure line is of {last}. Set it"
            " right, or let the controller or the head confirm the date with `nocopy month cut-off`."
        )
    else:
        return ""
    return words.format(now=_moment(now), last=_moment(last))


def _moment(moment: datetime) -> str:
    return f"{show_date(moment)} {show_time(moment)}"
