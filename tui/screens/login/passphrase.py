"""The change of a first passphrase, which allows nothing else."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.widgets import Input

from reader.errors import NocopyError
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.frame.thai_input import ThaiInput, TypingRow
from tui.screens.login import login_keys
from tui.words.cells import pad, wrap
from tui.words.four_words import four_words
from tui.words.translate import _, mark, sentences_of


class PassphraseScreen(WorkScreen[None]):
    """A new passphrase, typed twice; four words are offered. Then the person is logged in with it."""

    OFFERS = (keys.Help, keys.Move, keys.Confirm, login_keys.OtherWords, keys.Back)
    place = mark("Change the passphrase")
    takes_typing = True

    def __init__(self, login: str, old: str) -> None:
        super().__init__()
        self._login = login
        self._old = old
        self._offered = four_words()
        self._wrong = ""

    def body(self) -> ComposeResult:
        yield TextBlock(id="above")
        for n in (1, 2):
            yield TypingRow(password=True, name=str(n))
        yield TextBlock(id="below")

    def ready(self) -> None:
        words = (_("New passphrase"), _("Once more"))
        width = max(cell_len(word) for word in words)
        for row, word in zip(self.query(TypingRow), words, strict=True):
            row.show_label(f"   {pad(word, width)} ")
        self.query_one("#field1", ThaiInput).focus()

    def paint_body(self) -> None:
        width = self.size.width - 6
        lines = [
            "",
            *wrap(
                _(
                    "You logged in with a first passphrase, which is good once."
                    " Choose one that only you know."
                ),
                width,
            ),
            "",
            *wrap(
                _("Best four words that do not belong together. No name, telephone number or date."), width
            ),
            "",
            _("For example (F5 offers others):"),
            "",
            f"    {self._offered}",
            "",
        ]
        self.query_one("#above", TextBlock).show([f"   {line}" for line in lines])
        self.query_one("#below", TextBlock).show(
            ["", *(f"   {part}" for part in (wrap(f"! {self._wrong}", width) if self._wrong else []))]
        )

    def sentence(self) -> str:
        if self._at_second():
            return _("Type the same passphrase once more, then press Enter.")
        return _("Type the new passphrase, then press Enter.")

    def _at_second(self) -> bool:
        return self.focused is not None and self.focused.id == "field2"

    def next_area(self, step: int) -> bool:
        if step > 0 and not self._at_second():
            self.query_one("#field2", ThaiInput).focus()
            return True
        return False

    def do_move(self, step: int) -> None:
        self.query_one("#field2" if step > 0 else "#field1", ThaiInput).focus()

    def do_other_words(self) -> None:
        self._offered = four_words()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value:
            self._wrong = ""
        self.paint()

    def do_confirm(self) -> None:
        first = self.query_one("#field1", ThaiInput)
        second = self.query_one("#field2", ThaiInput)
        if not self._at_second():
            self.set_focus(second)  # at once: focus() is delayed, and letters would go to the first field
        elif not second.value:
            return  # the first field's Enter, which the keyboard repeated
        elif first.value != second.value:
            first.value = second.value = ""
            self._wrong = _("The two are not the same. Type both again.")
            self.set_focus(first)
        else:
            self.program.change_passphrase(self._login, self._old, first.value, self._refused)

    def _refused(self, error: NocopyError) -> None:
        for field in self.query(ThaiInput):
            field.value = ""
        self.query_one("#field1", ThaiInput).focus()
        self._wrong = " ".join(sentences_of(error))
        self.paint()
