"""F1: what the keys of the screen below do, made from its commands."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.words.cells import pad, wrap
from tui.words.translate import _, mark

_KEY_CELLS = 11


class HelpScreen(WorkScreen[None]):
    """The live keys of another screen, with the help of each."""

    OFFERS = (keys.Move, keys.Back)
    place = mark("Help")

    def __init__(self, asked: WorkScreen[Any]) -> None:
        super().__init__()
        self._asked = asked
        self._first = 0

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def _lines(self) -> list[str]:
        width = max(40, self.size.width - _KEY_CELLS - 3)
        lines = [" " + _("What the keys do here"), ""]
        for command in self._asked.live_commands():
            first, *rest = wrap(command.help(), width)
            lines.append(f" {pad(command.shown_key(), _KEY_CELLS)} {first}")
            lines += [" " * (_KEY_CELLS + 2) + part for part in rest]
        lines += [
            "",
            f" {pad('Tab', _KEY_CELLS)} {_('Go to the keys below; ← → and Enter press any of them.')}",
        ]
        lines += ["", " " + _("Letters and digits are only typed into fields; they never give a command.")]
        return lines

    def paint_body(self) -> None:
        self.query_one("#work", TextBlock).show(self._lines()[self._first :])

    def sentence(self) -> str:
        return _("Press Esc to go back to your work. Nothing changes meanwhile.")

    def can_move(self) -> bool:
        return len(self._lines()) > 18

    def do_move(self, step: int) -> None:
        self._first = max(0, min(len(self._lines()) - 18, self._first + step))
