"""A mobile service day: begun before the officers leave, ended when they are back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from reader.buddhist_date import show_date
from store.counter import mobile_day
from store.counter.mobile_day import MobileDay
from store.formats.free_text import SHORT, checked_text, words
from tui.duties import Place
from tui.frame.ask import Question, TypeIn
from tui.frame.choice_list import Choice
from tui.words.cells import clean
from tui.words.translate import _, mark
from tui.words.typed_days import read_day

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program


def _place_words(books: Books) -> str:
    on = mobile_day.current(books)
    return "" if on is None else _("● Out until {day}").format(day=show_date(on.until))


def ask_mobile_day(program: Program, then: Callable[[], None]) -> None:
    """Ask where, by which order and until when, or whether to end a current one; `then` follows a change."""
    on = mobile_day.current(program.books)
    if on is None:
        _ask_where(program, then)
        return
    choices = [Choice(_("Leave it as it is"), False), Choice(_("We are back: it is over"), True)]
    lines = [mobile_words(on), _("What was asked meanwhile keeps waiting until that day is over.")]

    def chosen(over: bool | None) -> None:
        if over:
            mobile_day.end(program.books)
            program.say(_("The mobile service day is over."))
            then()

    program.push_screen(Question(_("Mobile service day"), lines, choices), chosen)


def _short(what: str, text: str) -> str:
    return checked_text(what, words(what, text), SHORT)


def mobile_words(on: MobileDay) -> str:
    """In words: where it is, by which order, and until when."""
    return _("{words}, until {day}").format(words=clean(on.words), day=show_date(on.until))


def _ask_where(program: Program, then: Callable[[], None]) -> None:
    title = _("Mobile service day")
    lines = [
        _("What is asked then waits until its last day, not only until tonight; the ledger marks the uses."),
        _("The head reads place and order where a finding is about it."),
    ]

    def ask_order(place: str | None) -> None:
        if place is not None:
            program.push_screen(
                TypeIn(title, [], _("By order number:"), check=lambda text: _short("reason", text)),
                lambda order: ask_until(place, order) if order is not None else None,
            )

    def ask_until(place: str, order: str) -> None:
        def begin(day: str | None) -> None:
            if day is not None:
                until = date.fromisoformat(day)
                said = _("mobile service at {place} by order {order}").format(place=place, order=order)
                on = mobile_day.begin(program.books, said, until)
                program.say(mobile_words(on))
                then()

        def check(text: str) -> str:
            return mobile_day.checked_until(program.books, read_day(text)).isoformat()

        label = _("Last day (day/month/year):")
        program.push_screen(TypeIn(title, [], label, check=check), begin)

    program.push_screen(
        TypeIn(title, lines, _("Where:"), check=lambda text: _short("place", text)), ask_order
    )


MOBILE = Place("mobile", mark("Mobile service day"), ask_mobile_day, asks="visit", now=_place_words)
