"""Back entry: when the citizen was served on paper, and why it could not be recorded then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.counter.back_entry import BackEntry, checked_time
from tui.frame.ask import TypeIn
from tui.frame.choice_list import Choice
from tui.screens.visit.visit_questions import Given, ask_reason
from tui.words.translate import _, mark
from tui.words.typed_days import read_moment
from tui.words.visit_words import show_moment

if TYPE_CHECKING:
    from tui.program import Program

_REASONS = (
    mark("The power was cut"),
    mark("The PC or the program did not work"),
    mark("Served away from the office, without a PC"),
)


def ask_back_entry(program: Program, then: Callable[[BackEntry], None]) -> None:
    """Ask when it was, then why; `then` gets both."""
    title = _("Write down what was served on paper")
    lines = [
        _("Only own copies and originals that were looked at: a lookup is never back-dated."),
        _("Today: 10:15   another day: 7/12 10:15 or 7/12/2569 10:15"),
    ]

    def check(text: str) -> str:
        return stamp(checked_time(program.books, read_moment(text, program.clock())))

    def timed(served_at: str | None) -> None:
        if served_at is None:
            return
        choices = [Choice(_(reason), Given(_(reason))) for reason in _REASONS]
        about = [
            _("Served {when}. Why was it not written down then?").format(when=show_moment(served_at)),
        ]
        nothing = _("Write nothing down")
        ask_reason(program, title, about, nothing, choices, lambda one: then(BackEntry(served_at, one.words)))

    program.push_screen(TypeIn(title, lines, _("When the citizen was served:"), check=check), timed)
