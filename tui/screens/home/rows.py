"""The rows of Home, as the rooms offer them: "to do", most urgent first, and "go to"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.base.disk import OK
from store.people.permissions import may
from tui.duties import Duty, Place
from tui.screens.home.day_end import closing
from tui.screens.home.ministry import unread
from tui.screens.home.mobile_day import MOBILE
from tui.screens.ledger.ledger_duties import LEDGER, to_archive
from tui.screens.month.month_duties import MONTHS, doubtful_date, months
from tui.screens.queue.queue_duties import WAITING, waiting
from tui.screens.unit.broken_ledger import broken_ledger
from tui.screens.unit.unit_duties import UNIT, not_enrolled, unconfirmed_sheet, unsigned_list
from tui.screens.visit.visit_duties import WITHOUT_CARD, of_card, open_visits, waiting_slips
from tui.words.disk_words import disk_warning
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books
    from tui.card_state import CardState

_HELP = Place("help", mark("Help"), lambda program, _reread: program.show_help(program.screen))
_LOCK = Place("lock", mark("Lock, or change the officer (F12)"), lambda program, _reread: program.lock())
_PLACES = (WITHOUT_CARD, LEDGER, WAITING, MOBILE, MONTHS, UNIT, _HELP, _LOCK)


def to_do(books: Books, card: CardState) -> list[Duty]:
    """The rows of "to do" for the person who is logged in."""
    serves = may(books.who, "visit")
    visits, slips = (open_visits(books), waiting_slips(books)) if serves else ([], [])
    of_months = [*doubtful_date(books), *months(books, serves=serves)]
    return [
        *broken_ledger(books),
        *unsigned_list(books),
        *(of_card(books, card) if serves else ()),
        *_short_of_room(books),
        *closing(books, len(visits + slips)),
        # For an officer the citizens come first; for controller and head the month does.
        *(visits + of_months if serves else of_months),
        *slips,
        *unconfirmed_sheet(books),
        *to_archive(books),
        *waiting(books, serves=serves),
        *unread(books),
        *not_enrolled(books),
    ]


def go_to(books: Books) -> list[Duty]:
    """The rows of "go to" for the person who is logged in."""
    return [place.row(books) for place in _PLACES if not place.asks or may(books.who, place.asks)]


def _short_of_room(books: Books) -> list[Duty]:
    room = books.disk.room()
    if room.state == OK:
        return []
    words = "! " + _("Free disk space: {mb} MB left").format(mb=room.free_mb)
    return [Duty("disk", "", words, lambda program, _reread: program.say(disk_warning(room)))]
