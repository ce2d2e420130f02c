"""The visits' duties on Home: the card in the reader, open visits, slips that wait to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK, show_date, show_time
from store.counter import slips
from store.counter.visit import WantedState
from tui.duties import Duty, Opens, Place
from tui.screens.visit.begin_visit import begin_with_card, begin_without_card
from tui.screens.visit.slip import ask_waiting_slip
from tui.words.cells import clean
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books
    from store.counter.visit import Visit
    from tui.card_state import CardState

WITHOUT_CARD = Place(
    "no-card",
    mark("Begin a visit without a card"),
    lambda program, _reread: begin_without_card(program),
    asks="visit",
)
_SINCE = mark("Open visit {visit}, since {time}")
_SET_ASIDE = mark("Open visit {visit}, set aside {time}")
_REMIND_AFTER = timedelta(minutes=30)


def of_card(books: Books, card: CardState) -> list[Duty]:
    """The row for a citizen's card in the reader that has not had its visit."""
    if card.card is None or not card.card.citizen_id or card.served:
        return []
    if books.people.by_citizen_id(card.card.citizen_id) is not None:
        return []
    # The next citizen can see this screen: citizens are shown by their first name only.
    name = clean(card.card.name_th.first)
    words = _("Begin a visit with the card: {name}").format(name=name)
    # F2 begins a visit with this card; the cursor, and so Enter, stays with another duty.
    return [Duty("card", "", words, lambda program, _reread: begin_with_card(program), is_chosen_first=False)]


def open_visits(books: Books) -> list[Duty]:
    """A row for each open visit."""
    found, today = [], books.clock().astimezone(BANGKOK).date()
    for visit in books.visits.unfinished():
        first = [clean(visit.card.name_th.first)] if visit.card else []
        lost = _expired(visit)
        words = _(_SINCE if visit.parked_at is None else _SET_ASIDE)
        if lost:
            words = "! " + _("{n} requests expired: visit {visit}")
        since = datetime.fromisoformat(visit.parked_at or visit.opened_at)
        when = show_time(since) if since.date() == today else show_date(since).rsplit(" ", 1)[0]
        words = words.format(visit=" ".join([visit.id[-5:], *first]), time=when, n=lost)
        found.append(Duty("visit", visit.id, words, _opens_visit(visit.id)))
    return found


def _opens_visit(visit_id: str) -> Opens:
    return lambda program, _reread: program.open_visit(visit_id)


def waiting_slips(books: Books) -> list[Duty]:
    """A row for each slip that could not be written."""
    words = _("Slip of visit {number}: not printed")
    return [
        Duty("slip", visit, words.format(number=visit[-5:]), _opens_slip(visit))
        for visit in slips.waiting(books)
    ]


def _opens_slip(visit_id: str) -> Opens:
    return lambda program, _reread: ask_waiting_slip(program, visit_id)


def _expired(visit: Visit) -> int:
    """The number of its documents whose request expired, and for which the officer has chosen nothing yet."""
    return sum(want.state == WantedState.EXPIRED for want in visit.wanted)


def expired(books: Books) -> int:
    """The number of such documents in all open visits."""
    return sum(_expired(visit) for visit in books.visits.unfinished())


@dataclass(frozen=True)
class Reminder:
    """The visits that were set aside, each as (when, its id), the oldest first."""

    parked: tuple[tuple[datetime, str], ...]

    @classmethod
    def of(cls, books: Books) -> Reminder:
        """Read from the books; without visits that close themselves, for which no citizen waits."""
        found = [
            (datetime.fromisoformat(visit.parked_at), visit.id)
            for visit in books.visits.unfinished()
            if visit.parked_at is not None and not visit.closes_itself
        ]
        return cls(tuple(sorted(found)))

    def words(self, now: datetime) -> str:
        """A sentence about those set aside today for more than half an hour, or nothing."""
        today = now.astimezone(BANGKOK).date()
        late = [(at, id) for at, id in self.parked if at.date() == today and now - at >= _REMIND_AFTER]
        if len(late) > 1:
            return _("{n} visits have been set aside, the first since {time}.").format(
                n=len(late), time=show_time(late[0][0])
            )
        return "".join(
            _("Visit {id} has been set aside since {time}.").format(id=id[-5:], time=show_time(at))
            for at, id in late
        )
