"""F2 where a card is in a reader: read it again, or choose among several readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.frame.ask import Question
from tui.frame.choice_list import Choice
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.program import Program

_AGAIN, _ELSE = "again", "else"


def ask_reader(program: Program, otherwise: tuple[str, Callable[[], None]] | None = None) -> None:
    """Read the present card again; where cards are in several readers, ask which one.

    `otherwise` names a further choice of the asking screen.
    """
    others = program.card.others()
    if not others:
        program.card.read_again()
        return
    choices: list[Choice[tuple[str, str]]] = []
    if program.card.is_in:
        choices.append(Choice(_("Stay with this card"), ("", "")))
    choices += [
        Choice(_("Read the card in {reader}").format(reader=clean(name)), ("", name)) for name in others
    ]
    if program.card.is_in:
        choices.append(Choice(_("Read this card again"), (_AGAIN, "")))
    if otherwise is not None:
        choices.append(Choice(otherwise[0], (_ELSE, "")))

    def chosen(way: tuple[str, str] | None) -> None:
        kind, reader = way or ("", "")
        if kind == _ELSE and otherwise is not None:
            otherwise[1]()
        elif kind == _AGAIN:
            program.card.read_again()
        elif reader:
            program.card.read_again(reader)

    program.push_screen(Question(_("There are cards in several readers"), [], choices), chosen)
