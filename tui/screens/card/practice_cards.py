"""F2 in practice: the question which card to put into the reader. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.frame.ask import Question
from tui.frame.choice_list import Choice
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.practice import Practice
    from tui.program import Program


def ask_practice_card(
    program: Program, practice: Practice, otherwise: tuple[str, Callable[[], None]] | None = None
) -> None:
    """Ask whether to take the card out, put the next citizen's in, or a difficult one.

    `otherwise` names what F2 does on that screen at a real counter.
    """
    choices: list[Choice[Callable[[], None]]] = []
    if practice.card_is_in:
        choices.append(Choice(_("Take the card out"), practice.take_out))
    for card in practice.cards():
        words = _(card.words).format(name=card.name)
        choices.append(Choice(words, partial(practice.put_in, card)))
    if practice.has_reader:
        choices.append(Choice(_("Pull the reader's cable out"), practice.unplug))
    else:
        choices = [Choice(_("Plug the reader's cable in again"), practice.plug)]
    if otherwise is not None:
        choices.append(Choice(*otherwise))
    program.push_screen(
        Question(_("Practice: the card reader"), [], choices),
        lambda do: do() if do is not None else None,
    )
