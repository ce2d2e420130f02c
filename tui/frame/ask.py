"""A question in the lower part of the work area: choices, the harmless one first, or a text to type.

The screen that asked stays visible above it. Esc gives None, and nothing that was typed there is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input
from textual.widgets.input import Selection

from reader.errors import NocopyError
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice, ChoiceList
from tui.frame.frame import TextBlock
from tui.frame.thai_input import ThaiInput, TypingRow
from tui.words.cells import rule, wrap
from tui.words.translate import _, sentences_of

T = TypeVar("T")

_ROWS = 9  # how many choices are seen at once


class _Ask(WorkScreen[T]):
    """The lower panel, with rows 23 and 24 of its own."""

    def __init__(self, title: str, lines: list[str], hint: str) -> None:
        super().__init__()
        self._heading = title
        self._lines = lines
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(id="ask"):
            yield TextBlock(id="title", classes="ask-title")
            yield TextBlock(id="text")
            yield from self.body()
            yield TextBlock(classes="rule")
            yield TextBlock(id="say")
            yield TextBlock(id="keys")

    def paint(self) -> None:
        if not self.is_mounted or self.query_one_optional("#keys") is None:
            return
        below = self.app.screen_stack[0 if len(self.app.screen_stack) < 2 else -2]
        if isinstance(below, WorkScreen) and not isinstance(below, _Ask) and below.is_mounted:
            below.paint_head()  # it is still visible: its time, card and network are kept up to date
        width = self.size.width or 80
        self.query_one("#title", TextBlock).show(rule(self._heading, width))
        lines = [" " + part for line in self._lines for part in wrap(line, width - 2)]
        text = self.query_one("#text", TextBlock)
        text.display = bool(lines)
        text.show(lines)
        self.paint_body()
        self.paint_foot()

    def sentence(self) -> str:
        return self._hint

    def do_back(self) -> None:
        self.dismiss(None)


class Question(_Ask[Any]):
    """One of several answers; the first choice is the harmless one. Its result is the value, or None."""

    OFFERS = (keys.Help, keys.Network, keys.Move, keys.Page, keys.Confirm, keys.Back)

    def __init__(self, title: str, lines: list[str], choices: list[Choice[Any]]) -> None:
        super().__init__(title, lines, _("Choose, then press Enter. Esc changes nothing."))
        self._choices = ChoiceList(choices)

    def body(self) -> ComposeResult:
        yield TextBlock(id="choices")

    def paint_body(self) -> None:
        count, width = len(self._choices.choices), max(10, self.size.width - 4)
        lines = self._choices.lines(width, rows=count if count <= _ROWS else _ROWS - 1)
        if count > _ROWS:
            lines.append("  … " + _("{n} in all: press ↑ or ↓").format(n=count))
        self.query_one("#choices", TextBlock).show(["  " + line for line in lines])

    def do_move(self, step: int) -> None:
        self._choices.move(step)

    def do_page(self, step: int) -> None:
        self._choices.move(step * (_ROWS - 1))

    def do_confirm(self) -> None:
        self.dismiss(self._choices.chosen)


class TypeIn(_Ask[str]):
    """A text to type: a passphrase, a number, a reason. Its result is what `check` returns, or None.

    `check` raises NocopyError for what it refuses: its words are shown. `wrong` says what was wrong
    with the text typed before. `initial` is the text in the field at first; typing replaces it.
    """

    OFFERS = (keys.Help, keys.Network, keys.Confirm, keys.Back)
    takes_typing = True

    def __init__(
        self,
        title: str,
        lines: list[str],
        label: str,
        *,
        password: bool = False,
        check: Callable[[str], str] | None = None,
        wrong: str = "",
        initial: str = "",
    ) -> None:
        super().__init__(title, lines, _("Type, then press Enter. Esc changes nothing."))
        self._label = label
        self._password = password
        self._check = check
        self._wrong = wrong
        self._initial = initial

    def body(self) -> ComposeResult:
        yield TypingRow(password=self._password)
        yield TextBlock(id="wrong")

    def ready(self) -> None:
        self.query_one(TypingRow).show_label(f"  {self._label} ")
        field = self.query_one("#field", ThaiInput)
        field.value = self._initial
        field.selection = Selection(0, len(self._initial))
        field.focus()

    def paint_body(self) -> None:
        lines = wrap(f"! {self._wrong}", (self.size.width or 80) - 4, indent="  ") if self._wrong else [""]
        self.query_one("#wrong", TextBlock).show([f"  {line}" for line in lines])

    def can_confirm(self) -> bool:
        return bool(self.query_one("#field", ThaiInput).value.strip())

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value:
            self._wrong = ""
        self.paint()

    def do_confirm(self) -> None:
        text = self.query_one("#field", ThaiInput).value
        try:
            self.dismiss(self._check(text) if self._check else text.strip())
        except NocopyError as error:
            self._wrong = " ".join(sentences_of(error))
