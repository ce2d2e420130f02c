"""What the ministry says to this office: one message, read where it stands in "to do"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import show_date, show_month_short
from store.messages import RETURNED, Message, Messages
from store.permissions import may
from tui.cells import clean
from tui.duties import Duty
from tui.messages import _, mark
from tui.screens.ask import Question
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from store.books import Books
    from tui.app import NocopyApp

DUTY = "message"
_SENDERS = {"supervisor": mark("The Supervisor at the ministry"), "ict": mark("ICT at the ministry")}
_MONTH, _READ = "month", "read"


def unread(books: Books) -> list[Duty]:
    """A line of "to do" for each message that the head has not read, the newest first."""
    return [Duty(DUTY, str(one.n), _line(one)) for one in Messages(books).list(unread=True)]


def _line(message: Message) -> str:
    if message.kind == RETURNED and message.month:
        words = _("report of {month} sent back").format(month=show_month_short(message.month))
    else:
        words = clean(message.text)
    sign = "" if message.kind == "notice" else "! "
    return sign + _("The ministry answers: {words}").format(words=words)


def show(office: NocopyApp, n: int, open_month: Callable[[str], object], after: Callable[[], object]) -> None:
    """The whole message. It stays in "to do" until the head says that it is read."""
    books = office.books
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
            open_month(found.month)
        after()

    office.push_screen(Question(_("The ministry answers"), lines, choices), chosen)
