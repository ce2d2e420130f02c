"""A list of fields: typing, arrows and Enter; each field is checked when it is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.widgets import Input

from reader.errors import NocopyError
from tui.frame import keys
from tui.frame.frame import TextBlock
from tui.frame.thai_input import ThaiInput, TypingRow
from tui.screens.first_start import first_start_keys
from tui.screens.first_start.answers import Missing, Texts
from tui.screens.first_start.setup_step import SetupStep
from tui.words.cells import clean, pad, wrap
from tui.words.translate import _, sentences_of

_LABEL = 16  # cells before a field


def always() -> bool:
    """`needed` of a field that must be filled in."""
    return True


def never() -> bool:
    """`needed` of a field that may always stay empty."""
    return False


@dataclass(frozen=True)
class Field:
    """One field: where its text is kept, how it is checked, and what helps to fill it in.

    `check` raises NocopyError for a wrong text. `needed` says whether it must be filled in; `meant` gives the
    words for what was typed. For a field that is not typed, `shown` gives its words, and Enter opens it.
    """

    name: str
    label: str
    texts: Texts
    check: Callable[[str], object]
    needed: Callable[[], bool] = always
    meant: Callable[[str], str] = str
    hint: str = ""
    heading: str = ""
    secret: bool = False
    shown: Callable[[], str] | None = None

    @property
    def text(self) -> str:
        return self.texts.get(self.name, "")


class FieldsStep(SetupStep):
    """A step that is a list of fields. Each letter is kept as it is typed, so leaving it loses nothing."""

    OFFERS: ClassVar[tuple[type[keys.Command], ...]] = (
        *(keys.Help, first_start_keys.OtherStep, keys.Move, first_start_keys.NextField, keys.Back),
    )

    def fields(self) -> list[Field]:
        """The fields of this step, from top to bottom."""
        raise NotImplementedError

    def first_field(self) -> int:
        """Where the cursor begins: at the field where this step was left."""
        return self.start.at.get(self.step, 0)

    def above(self) -> list[str]:
        """What stands above the fields."""
        return []

    def below(self) -> list[str]:
        """What stands below the fields."""
        return []

    def page(self) -> ComposeResult:
        self._fields = self.fields()
        self._wrong: dict[int, str] = {}
        self._at = self.first_field()
        yield TextBlock(id="above")
        for n, field in enumerate(self._fields):
            yield TextBlock(id=f"over{n}", classes="block")
            yield TypingRow(name=str(n), password=field.secret)
            yield TextBlock(id=f"under{n}", classes="block")
        yield TextBlock(id="below")

    def ready(self) -> None:
        for n, field in enumerate(self._fields):
            if field.shown is None:
                typing = self._input(n)
                typing.value = field.text
                typing.cursor_position = len(field.text)
            if field.text:
                self._look_at(n)
        self._go(self._at)

    def _input(self, n: int) -> ThaiInput:
        return self.query_one(f"#field{n}", ThaiInput)

    def input_of(self, name: str) -> ThaiInput:
        """The Input of a field."""
        return self._input([field.name for field in self._fields].index(name))

    @property
    def at(self) -> Field:
        """The field under the cursor."""
        return self._fields[self._at]

    def enter_token(self) -> object:
        return self._at, self.at.shown is not None

    def enter_is_open(self) -> bool:
        # In a typed field Enter takes the text; where it opens or confirms something the guard applies.
        return self.at.shown is None or super().enter_is_open()

    # --- drawing

    def paint_page(self) -> None:
        rows = self.query(TypingRow)
        self.query_one("#above", TextBlock).show([*self.above(), ""])
        for n, field in enumerate(self._fields):
            heading = self.query_one(f"#over{n}", TextBlock)
            heading.display = bool(field.heading)
            heading.show(_(field.heading))
            cursor = "►" if n == self._at else " "
            label = f"{cursor} {pad(_(field.label), _LABEL)} "
            words = field.shown() if field.shown is not None else ""
            rows[n].show_label(label + words, field=field.shown is None)
            under = self.query_one(f"#under{n}", TextBlock)
            lines = self._under(n, field)
            under.display = bool(lines)
            under.show(lines)
        self.query_one("#below", TextBlock).show(["", *self.below()])

    def _under(self, n: int, field: Field) -> list[str]:
        """Below a field: its whole text where that is cut, and what is wrong with it; else its hint."""
        room, indent = self.room - 2, "  "
        is_long = cell_len(field.text) > self.room - _LABEL - 5
        lines = wrap(clean(field.text), room) if is_long and not field.secret else []
        if n in self._wrong:
            lines += wrap(f"! {self._wrong[n]}", room, indent)
        if lines:
            return [indent + part for part in lines]
        return [" " * (_LABEL + 4) + _(field.hint)] if field.hint and n == self._at else []

    def sentence(self) -> str:
        return _("Type, then press Enter. Nothing is written before the last step.")

    # --- keys

    def on_input_changed(self, event: Input.Changed) -> None:
        n = int(str(event.input.id).removeprefix("field"))
        if event.value != self._fields[n].text:
            self._fields[n].texts[self._fields[n].name] = event.value
            self._wrong.pop(n, None)
            self.was_typed()
        self.paint()

    def was_typed(self) -> None:
        """Called when the text of a field has changed."""

    def _look_at(self, n: int, *, also_empty: bool = False) -> bool:
        """Check a field that is left; True where its text is right."""
        field = self._fields[n]
        self._wrong.pop(n, None)
        if field.shown is None and field.meant(field.text) != field.text:
            field.texts[field.name] = self._input(n).value = field.meant(field.text)
        if not field.text.strip() and not (also_empty and field.needed()):
            return True
        try:
            field.check(field.text)
        except NocopyError as error:
            self._wrong[n] = " ".join(sentences_of(error))
        return n not in self._wrong

    def _go(self, n: int) -> None:
        self._at = n
        self.came_to(n)
        self.set_focus(self._input(n) if self.at.shown is None else None)

    def came_to(self, n: int) -> None:
        """The cursor has come to a field: the step opens there again."""
        self.start.at[self.step] = n

    def point_at(self, missing: Missing) -> None:
        names = [field.name for field in self.fields()]
        name = missing.field.partition(",")[0]
        if name in names:
            self.start.at[self.step] = names.index(name)

    def do_move(self, step: int) -> None:
        self._look_at(self._at)
        self._go(max(0, min(len(self._fields) - 1, self._at + step)))

    def do_next_field(self) -> None:
        if self.at.shown is not None:
            self.open_field()
        elif self._look_at(self._at, also_empty=True):
            self.go_on()

    def open_field(self) -> None:
        """Called for Enter on a field that is not typed."""

    def go_on(self) -> None:
        """Go to the next field; from the last one to the next step."""
        if self._at + 1 < len(self._fields):
            self._go(self._at + 1)
        else:
            self.after_last()

    def after_last(self) -> None:
        """Called for Enter in the last field."""
        self.do_other_step(1)
