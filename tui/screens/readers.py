"""F2 where a card is in a reader: read it once more, or of several readers choose the one to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.cells import clean
from tui.messages import _
from tui.screens.ask import Question
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp

_AGAIN, _ELSE = "again", "else"


def ask_reader(app: NocopyApp, otherwise: tuple[str, Callable[[], None]] | None = None) -> None:
    """Read the present card again; where cards are in several readers, ask which one.

    `otherwise` is one more way that the asking screen has, in words.
    """
    others = app.card.others()
    if not others:
        app.card.read_again()
        return
    choices: list[Choice[tuple[str, str]]] = []
    if app.card.is_in:
        choices.append(Choice(_("Stay with this card"), ("", "")))
    choices += [
        Choice(_("Read the card in {reader}").format(reader=clean(name)), ("", name)) for name in others
    ]
    if app.card.is_in:
        choices.append(Choice(_("Read this card again"), (_AGAIN, "")))
    if otherwise is not None:
        choices.append(Choice(otherwise[0], (_ELSE, "")))

    def chosen(way: tuple[str, str] | None) -> None:
        kind, reader = way or ("", "")
        if kind == _ELSE and otherwise is not None:
            otherwise[1]()
        elif kind == _AGAIN:
            app.card.read_again()
        elif reader:
            app.card.read_again(reader)

    app.push_screen(Question(_("There are cards in several readers"), [], choices), chosen)
