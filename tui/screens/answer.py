"""One answer in full, as Enter on its row shows it."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from tui import keys
from tui.cells import rule
from tui.messages import _, mark
from tui.screens.base import WorkScreen
from tui.screens.visit_panel import answer_lines
from tui.widgets.frame import Line

_ROWS = 18


class AnswerScreen(WorkScreen[None]):
    """All fields that are kept; the arrows scroll."""

    OFFERS = (keys.Help, keys.Move, keys.Back)
    place = mark("Serve a citizen")

    def __init__(self, name: str, fields: dict[str, Any]) -> None:
        super().__init__()
        self._document_name = name
        self._fields = fields
        self._first = 0

    def body(self) -> ComposeResult:
        yield Line(id="work")

    def _lines(self) -> list[str]:
        width = self.size.width or 80
        return [rule(self._document_name, width), "", *answer_lines(self._fields, width - 4)]

    def paint_body(self) -> None:
        self.query_one("#work", Line).show(self._lines()[self._first :])

    def sentence(self) -> str:
        return _("Erased when the visit is finished. Press Esc to go back.")

    def can_move(self) -> bool:
        return len(self._lines()) > _ROWS

    def do_move(self, step: int) -> None:
        self._first = max(0, min(len(self._lines()) - _ROWS, self._first + step))
