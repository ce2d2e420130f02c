"""What there is to do, most urgent first, for the person who is logged in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK, show_date, show_month_short, show_time
from store import recovery, slips
from store.disk import OK
from store.office_hours import CLOSE
from store.permissions import may
from store.retention import Retention
from tui.cells import clean
from tui.messages import _, mark

if TYPE_CHECKING:
    from store.books import Books
    from store.month_values import MonthHead
    from store.visit import Visit
    from tui.at_desk import CardAtDesk

# The step of a month that someone waits for, by the role that takes it.
_STEPS = {
    "summarise": mark("Sum up {month}, by {date}"),
    "check": mark("Check {month}, by {date}"),
    "approve": mark("Look at {month} and report it, by {date}"),
    "submit": mark("Send the report of {month}, by {date}"),
}
_AGAIN = mark("! {month} was sent back: sum up again, by {date}")
# The same where somebody else is to take it: controller and head are here for the month.
_WAITS = {
    "officer": mark("{month} waits for the officer's summary"),
    "controller": mark("{month} waits for the controller"),
    "head": mark("{month} waits for the head"),
}
_SINCE = mark("Open visit {visit}, since {time}")
_SET_ASIDE = mark("Open visit {visit}, set aside {time}")
_REMIND_AFTER = timedelta(minutes=30)
_STEP_OF = {"officer": "summarise", "controller": "check", "head": "approve"}
_SUBMIT = "submit"


@dataclass(frozen=True)
class Duty:
    """One line of "to do", or of "go to".

    `kind` is archive, card, clock, closing, disk, enrol, message, mobile, month, sheet, slip, visit, waiting.
    """

    kind: str
    name: str
    words: str


def duties(books: Books, card: CardAtDesk) -> list[Duty]:
    """The lines of "to do"."""
    found: list[Duty] = []
    serves = may(books.who, "visit")
    if serves and card.card is not None and card.card.citizen_id and not card.served:
        # The next citizen can see this screen: of all of them the first name only.
        name = clean(card.card.as_json(0)["name_th"]["first"])
        if books.people.by_citizen_id(card.card.citizen_id) is None:
            found.append(Duty("card", "", _("Begin a visit with the card: {name}").format(name=name)))
    room = books.disk.room()
    if room.state != OK:
        found.append(Duty("disk", "", "! " + _("Free disk space: {mb} MB left").format(mb=room.free_mb)))
    months = _months(books, serves=serves)
    visits, waiting = (_visits(books), _slips(books)) if serves else ([], [])
    if is_after_hours(books):
        found += _closing(books, len(visits + waiting))
    # An officer's citizens come first; controller and head are here for the month.
    found += visits + months if serves else months + visits
    found += waiting
    if may(books.who, "recovery") and recovery.unconfirmed(books.database) is not None:
        found.append(Duty("sheet", "", "! " + _("Print the recovery sheet, and type it back")))
    due = Retention(books).due() if may(books.who, "archive") else None
    if due is not None:
        words = _("Put {n} months away (their years are over)").format(n=len(due.months))
        found.append(Duty("archive", due.months[-1], words))
    return found + _waiting(books, serves=serves)


def _waiting(books: Books, *, serves: bool) -> list[Duty]:
    """What waits to be sent: what needs this person, what goes by itself, and what needs somebody else."""
    jobs, me = books.queue.list(), books.who.login
    mine = [job for job in jobs if job.goes_under(me)]
    found = []
    stuck = sum(job.state in ("needs_login", "quarantined") for job in mine)
    if stuck:
        found.append("! " + _("{n} items to be sent need you").format(n=stuck))
    elif any(job.state == "waiting" for job in mine):
        n = sum(job.state == "waiting" for job in mine)
        found.append(_("{n} items wait; they go by themselves").format(n=n))
    names = {one.login: clean(one.short_name()) for one in books.people.all()}
    others = Counter(job.owner for job in jobs if not job.goes_under(me) and job.state != "sending")
    for login, n in others.items() if serves else ():
        found.append(_("{n} wait for {name} to log in").format(n=n, name=names.get(login, login)))
    return [Duty("waiting", str(place), words) for place, words in enumerate(found)]


def _visits(books: Books) -> list[Duty]:
    found, today = [], books.clock().astimezone(BANGKOK).date()
    for visit in books.visits.unfinished():
        first = [clean(visit.card["name_th"]["first"])] if visit.card else []
        lost = _expired(visit)
        words = _(_SINCE if visit.parked_at is None else _SET_ASIDE)
        if lost:
            words = "! " + _("{n} requests expired: visit {visit}")
        since = datetime.fromisoformat(visit.parked_at or visit.opened_at)
        when = show_time(since) if since.date() == today else show_date(since).rsplit(" ", 1)[0]
        words = words.format(visit=" ".join([visit.id[-5:], *first]), time=when, n=lost)
        found.append(Duty("visit", visit.id, words))
    return found


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


def still_open(books: Books) -> list[Duty]:
    """Of all that, what somebody at the counter may want to see before the day ends."""
    return [*_visits(books), *_slips(books)]


def is_after_hours(books: Books) -> bool:
    """The office has closed for today."""
    closes = books.settings.get("office.close", CLOSE)
    return f"{books.clock().astimezone(BANGKOK):%H:%M}" >= str(closes)


def _closing(books: Books, left: int) -> list[Duty]:
    ending = sum(books.lookups.ending_today().values())
    if not left:
        return []
    words = _("Closing time: {n} things are still open").format(n=left)
    if ending:
        words = "! " + _("Closing time: {n} requests end today").format(n=ending)
    return [Duty("closing", "", words)]


def _expired(visit: Visit) -> int:
    """How many of its documents were asked for and not answered in time, and nobody has decided about."""
    return sum(want.state == "expired" for want in visit.wanted)


def expired(books: Books) -> int:
    """The same of all open visits."""
    return sum(_expired(visit) for visit in books.visits.unfinished())


def _slips(books: Books) -> list[Duty]:
    return [
        Duty("slip", visit, _("Slip of visit {number}: not printed").format(number=visit[-5:]))
        for visit in slips.waiting(books)
    ]


def _months(books: Books, *, serves: bool) -> list[Duty]:
    found = []
    if books.ledger.clock_word() == "doubtful" and may(books.who, "confirm_clock"):
        found.append(Duty("clock", "", "! " + _("Confirm the date of this PC")))
    for head in reversed(books.months.list()):
        step = my_step(books, head)
        if step is not None:
            due = head.due_report if step in ("approve", "submit") else head.due_check
            again = step == "summarise" and (head.sent_back is not None or head.returned is not None)
            words = _(_AGAIN if again else _STEPS[step]).format(
                month=show_month_short(head.month), date=show_date(due).rsplit(" ", 1)[0]
            )
        elif not serves and head.next_role is not None:
            words = _(_WAITS[head.next_role]).format(month=show_month_short(head.month))
        else:
            continue
        found.append(Duty("month", head.month, words + (" " + _("(late)") if head.late else "")))
    return found


def my_step(books: Books, head: MonthHead) -> str | None:
    """What who is logged in can do for this month now: summarise, check, approve, submit, or None."""
    if head.next_role is None:
        return None
    step = _SUBMIT if head.state in ("approved", "flagged") else _STEP_OF[head.next_role]
    if not may(books.who, step):
        return None
    # Who prepares does not check.
    signed = {one.login for one in head.signatures if not one.withdrawn}
    return None if step != _SUBMIT and books.who.login in signed else step
