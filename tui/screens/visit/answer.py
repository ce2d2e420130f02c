"""One answer in full, as Enter on its row shows it."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from reader.errors import NocopyError
from store.base.locations import typed_path
from store.counter.answer_file import is_file, save_answer
from tui.frame import keys
from tui.frame.ask_paper import ask_folder, saved
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.screens.visit import visit_keys
from tui.screens.visit.visit_panel import answer_lines
from tui.words.cells import rule
from tui.words.translate import _, mark

_ROWS = 18


class AnswerScreen(WorkScreen[None]):
    """All fields that are kept; the arrows scroll."""

    OFFERS = (keys.Help, visit_keys.SaveFile, keys.Move, keys.Back)
    place = mark("Serve a citizen")

    def __init__(self, name: str, fields: dict[str, Any], visit_id: str, n: int) -> None:
        super().__init__()
        self._visit_id = visit_id
        self._n = n
        self._document_name = name
        self._fields = fields
        self._first = 0

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def _lines(self) -> list[str]:
        width = self.size.width or 80
        return [rule(self._document_name, width), "", *answer_lines(self._fields, width - 4)]

    def paint_body(self) -> None:
        self.query_one("#work", TextBlock).show(self._lines()[self._first :])

    def sentence(self) -> str:
        return _("Erased when the visit is finished. Press Esc to go back.")

    def can_save_file(self) -> bool:
        return is_file(self._fields)

    def do_save_file(self) -> None:
        about = _(
            "The file names a citizen or a company: put it where nobody else looks. The ledger notes it."
        )
        ask_folder(self.program, _("Save the file"), about, self._save)

    def _save(self, folder: str) -> None:
        try:
            path = save_answer(self.program.books, self._visit_id, self._n, typed_path(folder))
        except NocopyError as error:
            self.program.tell(error)
        else:
            saved(self.program, folder, path)

    def can_move(self) -> bool:
        return len(self._lines()) > _ROWS

    def do_move(self, step: int) -> None:
        self._first = max(0, min(len(self._lines()) - _ROWS, self._first + step))
