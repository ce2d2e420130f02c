"""What visits leave to do: the card that is in, open visits, slips that wait to be printed."""

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
    """The row of the citizen's card that is in the reader and was not dealt with."""
    if card.card is None or not card.card.citizen_id or card.served:
        return []
    if books.people.by_citizen_id(card.card.citizen_id) is not None:
        return []
    # The next citizen can see this screen: of all of them the first name only.
    name = clean(card.card.name_th.first)
    words = _("Begin a visit with the card: {name}").format(name=name)
    # F2 begins with a card that happens to be in; Enter goes on with what was to be done.
    return [Duty("card", "", words, lambda program, _reread: begin_with_card(program), is_chosen_first=False)]


def open_visits(books: Books) -> list[Duty]:
    """A row for each."""
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
    """How many of its documents were asked for and not answered in time, and nobody has decided about."""
    return sum(want.state == WantedState.EXPIRED for want in visit.wanted)


def expired(books: Books) -> int:
    """The same of all open visits."""
    return sum(_expired(visit) for visit in books.visits.unfinished())


@dataclass(frozen=True)
class Reminder:
    """The visits that an officer set aside today for another citizen, each with when; the longest first."""

    parked: tuple[tuple[datetime, str], ...]

    @classmethod
    def of(cls, books: Books) -> Reminder:
        """One that closes itself waits for the network alone, and nobody with it."""
        found = [
            (datetime.fromisoformat(visit.parked_at), visit.id)
            for visit in books.visits.unfinished()
            if visit.parked_at is not None and not visit.closes_itself
        ]
        return cls(tuple(sorted(found)))

    def words(self, now: datetime) -> str:
        """A sentence about those who have waited too long by now, or nothing."""
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
