"""A text field where cursor and Delete go by Thai cluster (a letter with its marks), Backspace by sign."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from rich.cells import split_graphemes
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input
from textual.widgets.input import Selection

from tui.frame.frame import TextBlock


class ThaiInput(Input):
    """An Input for Thai. Its text is never parsed as markup; the cursor keeps a mark with its letter."""

    def __init__(self, *, password: bool = False, id: str | None = None, max_length: int = 0) -> None:
        super().__init__(
            password=password,
            id=id,
            max_length=max_length,
            select_on_focus=False,
            compact=True,
            highlighter=None,
        )
        self.cursor_blink = False  # no redrawing over a slow connection, and easier to test

    def _stops(self) -> list[int]:
        spans, _ = split_graphemes(self.value)
        return [start for start, _, _ in spans] + [len(self.value)]

    def _before(self, place: int) -> int:
        stops = self._stops()
        return stops[max(bisect_left(stops, place) - 1, 0)]

    def _after(self, place: int) -> int:
        stops = self._stops()
        return stops[min(bisect_right(stops, place), len(stops) - 1)]

    def action_cursor_left(self, select: bool = False) -> None:
        start, end = self.selection
        if select:
            self.selection = Selection(start, self._before(end))
        elif self.selection.is_empty:
            self.cursor_position = self._before(self.cursor_position)
        else:
            self.cursor_position = min(start, end)

    def action_cursor_right(self, select: bool = False) -> None:
        start, end = self.selection
        if select:
            self.selection = Selection(start, self._after(end))
        elif self.selection.is_empty:
            self.cursor_position = self._after(self.cursor_position)
        else:
            self.cursor_position = max(start, end)

    def action_cursor_left_word(self, select: bool = False) -> None:
        # Thai has no spaces between words: a jump by a word would stop at marks.
        self.action_cursor_left(select)

    def action_cursor_right_word(self, select: bool = False) -> None:
        self.action_cursor_right(select)

    def action_delete_right(self) -> None:
        if self.selection.is_empty:
            self.delete(self.cursor_position, self._after(self.cursor_position))
        else:
            self.delete_selection()


class TypingRow(Horizontal):
    """One row: a label and a field between brackets, which show also without colours where to type.

    The field's id is `field` followed by `name`.
    """

    def __init__(self, *, password: bool = False, max_length: int = 0, name: str = "") -> None:
        super().__init__(name=name)
        self._field = ThaiInput(password=password, id=f"field{name}", max_length=max_length)

    def compose(self) -> ComposeResult:
        yield TextBlock(classes="label")
        yield self._field
        yield TextBlock(classes="close")

    def show_label(self, label: str, *, field: bool = True) -> None:
        """Set the words before the field; without a `field` the row is the words alone."""
        self._field.display = field
        self.query_one(".label", TextBlock).show(label + "[" if field else label)
        self.query_one(".close", TextBlock).show("]" if field else "")
