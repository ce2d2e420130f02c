"""The ministry's messages to this office, each opened from its row of "to do"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import show_date, show_month_short
from store.exchange.ministry_messages import RETURNED, Message, Messages
from store.people.permissions import may
from tui.duties import Duty, Opens
from tui.frame.ask import Question
from tui.frame.choice_list import Choice
from tui.screens.month.month import MonthScreen
from tui.words.cells import clean
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program

_SENDERS = {"supervisor": mark("The Supervisor at the ministry"), "ict": mark("ICT at the ministry")}
_MONTH, _READ = "month", "read"


def unread(books: Books) -> list[Duty]:
    """A row of "to do" for each message that the head has not read, the newest first."""
    return [
        Duty("message", str(one.n), _row(one), _opens(one.n)) for one in Messages(books).list(unread=True)
    ]


def _opens(n: int) -> Opens:
    return lambda program, reread: _show(program, n, reread)


def _row(message: Message) -> str:
    if message.kind == RETURNED and message.month:
        words = _("report of {month} sent back").format(month=show_month_short(message.month))
    else:
        words = clean(message.text)
    sign = "" if message.kind == "notice" else "! "
    return sign + _("The ministry answers: {words}").format(words=words)


def _show(program: Program, n: int, reread: Callable[[], None]) -> None:
    """Show the whole message. It stays in "to do" until the head marks it as read."""
    books = program.books
    found = next(one for one in Messages(books).list() if one.n == n)
    day = show_date(datetime.fromisoformat(found.at).date())
    lines = [_("{sender}, {day}").format(sender=_(_SENDERS[found.sender]), day=day), clean(found.text)]
    choices = [Choice(_("Leave it in the list"), "")]
    if found.month is not None:
        choices.append(Choice(_("Open {month}").format(month=show_month_short(found.month)), _MONTH))
    if may(books.who, "approve"):
        choices.append(Choice(_("I have read it"), _READ))

    def chosen(answer: str | None) -> None:
        if answer == _READ:
            Messages(books).read(n)
        if answer == _MONTH and found.month is not None:
            program.push_screen(MonthScreen(found.month))
        reread()

    program.push_screen(Question(_("The ministry answers"), lines, choices), chosen)
