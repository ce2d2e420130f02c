"""The laser check of a card with a dead chip: what is printed on its face and back is typed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store.counter.card_face import CardFace, checked_birth, checked_laser, checked_name
from tui.frame.ask import TypeIn
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from tui.program import Program

_STEPS = (
    (mark("First name, without the title"), checked_name),
    (mark("Surname (none: a dash)"), checked_name),
    (mark("Born, day/month/year"), checked_birth),
    (mark("Laser number, on the back"), checked_laser),
)


def ask_laser(program: Program, then: Callable[[CardFace], None]) -> None:
    """Ask for four texts, one after another; Esc at any of them sends no request."""
    typed: list[str] = []

    def step() -> None:
        label, check = _STEPS[len(typed)]
        line = _("As on the card, line {n} of {all}. The department says whether they belong together.")
        asked = TypeIn(
            _("Check the laser number"),
            [line.format(n=len(typed) + 1, all=len(_STEPS))],
            _(label),
            check=check,
        )
        program.push_screen(asked, took)

    def took(text: str | None) -> None:
        if text is None:
            return
        typed.append(text)
        if len(typed) < len(_STEPS):
            step()
        else:
            then(CardFace(*typed))

    step()
