"""F2 in practice: which card goes into the reader. The commonest answer is first; nothing is recorded."""

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
    """Take the card out, put the next citizen's in, or one of the hard cases.

    `otherwise` is what F2 does there at a real counter, in words.
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
