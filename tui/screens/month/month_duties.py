"""The months' duties on Home: a step that waits, and a date of this PC to be confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reader.buddhist_date import show_date, show_day, show_month_short
from store.formats.line import ClockWord
from store.formats.roles import Role
from store.people.permissions import may
from tui.duties import Duty, Opens, Place
from tui.frame.ask import Question
from tui.frame.choice_list import Choice
from tui.screens.month.month import MonthScreen
from tui.screens.month.month_steps import my_step
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books
    from store.months.values import MonthHead
    from tui.program import Program

MONTHS = Place(
    "months",
    mark("The month's work"),
    lambda program, _reread: program.push_screen(MonthScreen()),
    asks="ledger_read",
)
# The row for a step of a month, for the person who takes it.
_STEPS = {
    "summarise": mark("Sum up {month}, by {date}"),
    "check": mark("Check {month}, by {date}"),
    "approve": mark("Look at {month} and report it, by {date}"),
    "submit": mark("Send the report of {month}, by {date}"),
}
_AGAIN = mark("! {month} was sent back: sum up again, by {date}")
# The row where somebody else is to take it, which controller and head see too.
_WAITS: dict[str, str] = {
    Role.OFFICER: mark("{month} waits for the officer's summary"),
    Role.CONTROLLER: mark("{month} waits for the controller"),
    Role.HEAD: mark("{month} waits for the head"),
}


def doubtful_date(books: Books) -> list[Duty]:
    """The row where the PC's clock jumped into another month."""
    if books.ledger.clock_word() != ClockWord.DOUBTFUL or not may(books.who, "confirm_clock"):
        return []
    return [Duty("clock", "", "! " + _("Confirm the date of this PC"), _confirm_date)]


def months(books: Books, *, serves: bool) -> list[Duty]:
    """A row for each month that waits for this person, or, for one who serves no citizens, for anybody."""
    found = []
    for head in reversed(books.months.list()):
        words = _words(books, head, serves=serves)
        if words:
            late = " " + _("(late)") if head.late else ""
            found.append(Duty("month", head.month, words + late, opens_month(head.month)))
    return found


def _words(books: Books, head: MonthHead, *, serves: bool) -> str:
    step = my_step(books, head)
    month = show_month_short(head.month)
    if step is not None:
        due = head.due_report if step in ("approve", "submit") else head.due_check
        again = step == "summarise" and (head.sent_back is not None or head.returned is not None)
        return _(_AGAIN if again else _STEPS[step]).format(month=month, date=show_date(due).rsplit(" ", 1)[0])
    if not serves and head.next_role is not None:
        return _(_WAITS[head.next_role]).format(month=month)
    return ""


def opens_month(month: str) -> Opens:
    """The action that shows that month."""
    return lambda program, _reread: program.push_screen(MonthScreen(month))


def _confirm_date(program: Program, reread: Callable[[], None]) -> None:
    day = show_day(program.clock())
    choices = [
        Choice(_("Do nothing"), False),
        Choice(_("The date is right: {day}").format(day=day), True),
    ]
    lines = [_("The PC's clock has jumped into another month. What is over is cut off only when you say so.")]
    program.push_screen(
        Question(_("Confirm the date of this PC"), lines, choices),
        lambda right: _cut_off(program, reread) if right else None,
    )


def _cut_off(program: Program, reread: Callable[[], None]) -> None:
    months = program.books.months
    month = months.current()
    months.cut_off(month, confirmed=True)
    program.say(
        _("{month} is cut off. What comes later counts in the next month.").format(
            month=show_month_short(month)
        )
    )
    reread()
