"""The beginning of a visit: with the card that is in the reader, or without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader.errors import NumberLost
from store.counter.visit import Identity
from store.counter.visitor import Visitor
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice
from tui.frame.error import ErrorScreen
from tui.screens.visit.who_came import ask_without_card
from tui.words import card_words
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from reader.errors import ReaderError
    from tui.program import Program


def begin_with_card(program: Program) -> bool:
    """The card begins a visit, unless it is an officer's own; False where it began none."""
    card = program.card.card
    if card is None:
        return False
    officer = program.books.people.by_citizen_id(card.citizen_id)
    if officer is not None:
        program.say(
            _("This card belongs to an officer ({name}), so no visit was started.").format(
                name=clean(officer.name)
            )
        )
    elif not card.citizen_id:
        tell_card(program, NumberLost())
    else:
        _begin(program, program.card.owner())
        return True
    return False


def begin_without_card(program: Program, how: str = "") -> None:
    """Ask who the visitor is; `how` identity is shown, where that was chosen already."""
    ask_without_card(program, lambda person: _begin(program, person), how)


def tell_card(program: Program, error: ReaderError) -> None:
    """Show why a card cannot be read, with the ways to go on without it."""
    ways = [
        Choice(_("Go on: type the number from the card's face"), Identity.CARD_FACE),
        Choice(_("Go on: ThaID on the phone"), Identity.THAID),
    ]
    program.push_screen(
        ErrorScreen(
            error,
            place=program.screen.place if isinstance(program.screen, WorkScreen) else "",
            ways=ways,
            again=program.card.read_again,
            note=card_words.note,
            on_card=lambda: begin_with_card(program),
        ),
        lambda how: begin_without_card(program, how) if how else None,
    )


def _begin(program: Program, person: Visitor) -> None:
    program.say("")
    program.begin_visit(person)
