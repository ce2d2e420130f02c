"""The second step of the first start: do all keys and Thai signs arrive? It can be skipped."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input

from tui.frame import keys
from tui.frame.frame import TextBlock
from tui.frame.thai_input import ThaiInput, TypingRow
from tui.screens.first_start import first_start_keys
from tui.screens.first_start.answers import KEYBOARD_STEP
from tui.screens.first_start.setup_step import SetupStep
from tui.screens.first_start.setup_unit import HARD_SIGNS
from tui.words.cells import wrap
from tui.words.translate import _

_WORD = "ปู่กินน้ำ"  # with a sign above, one below, and a vowel of two signs


class KeyboardStep(SetupStep):
    """A key is marked when it arrives; for the others the screen says what to do."""

    OFFERS = (first_start_keys.TryKey, first_start_keys.OtherStep, first_start_keys.NextField, keys.Back)
    step = KEYBOARD_STEP

    def page(self) -> ComposeResult:
        yield TextBlock(id="above")
        yield TypingRow()
        yield TextBlock(id="below")

    def ready(self) -> None:
        field = self.query_one("#field", ThaiInput)
        field.value = self.start.word
        field.cursor_position = len(field.value)
        field.focus()

    def paint_page(self) -> None:
        marks = [
            f"{'●' if key in self.start.keys else '○'} {key.upper()}" for key in first_start_keys.TryKey.keys
        ]
        lines = [
            "",
            *wrap(_("Press these keys in turn; each gets its ●."), self.room),
            "",
            *("  " + "   ".join(marks[n : n + 5]) for n in (0, 5)),
            "",
            _("Then type this word: {word}").format(word=_WORD),
        ]
        self.query_one("#above", TextBlock).show(lines)
        self.query_one(TypingRow).show_label("► ")
        self.query_one("#below", TextBlock).show([f"  {self._of_word()}", "", *self._advice()])

    def _of_word(self) -> str:
        typed = self.start.word.strip()
        if not typed:
            return ""
        if typed == _WORD:
            return "● " + _("All its signs arrived.")
        if typed.isascii():
            return "! " + _("These are Latin letters: switch the keyboard to Thai.")
        return "○ " + _("Not the whole word yet.")

    def _advice(self) -> list[str]:
        lines: list[str] = []
        if len(self.start.keys) < len(first_start_keys.TryKey.keys):
            lines = [
                _("Where a key gets no ●:"),
                _("Laptop: hold Fn with it, or press Fn and Esc once."),
                _("F1 opens other help: see terminal settings."),
                _("None at all: Tab, then ← → and Enter in row 24."),
                "",
            ]
        lines.append(_("This line must be readable:") + " " + HARD_SIGNS)
        lines.append(_("If not: the font DejaVu Sans Mono, or ask ICT."))
        return [part for line in lines for part in wrap(line, self.room, "  ")]

    def sentence(self) -> str:
        if len(self.start.keys) == len(first_start_keys.TryKey.keys) and self.start.word.strip() == _WORD:
            return _("Everything arrives. Press Enter for the next step.")
        return _("Try what you like. Enter goes on, also where something does not arrive.")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.start.word = event.value
        self.paint()

    def do_try_key(self, key: str) -> None:
        self.start.keys.add(key)

    def do_next_field(self) -> None:
        self.do_other_step(1)
