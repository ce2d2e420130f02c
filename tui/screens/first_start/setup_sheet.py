"""The recovery sheet's step of the first start: where it is written."""

from __future__ import annotations

from pathlib import Path

from store.base.locations import typed_path
from store.errors import BadInput
from store.staff.recovery import checked_place
from tui.frame import keys
from tui.frame.ask_stick import ask_stick
from tui.screens.first_start import first_start_keys
from tui.screens.first_start.answers import SHEET, SHEET_STEP, FirstStart
from tui.screens.first_start.setup_fields import Field, FieldsStep, never
from tui.screens.first_start.setup_step import OpenStep
from tui.words.cells import wrap
from tui.words.translate import _, mark


class SheetStep(FieldsStep):
    """The path of one file, outside the folder of the books; on a stick if one is plugged in."""

    OFFERS = (
        keys.Help,
        first_start_keys.SheetPlace,
        first_start_keys.OtherStep,
        first_start_keys.NextField,
        keys.Back,
    )
    step = SHEET_STEP

    def __init__(self, start: FirstStart, opens: OpenStep) -> None:
        super().__init__(start, opens)
        self._texts = {SHEET: str(start.sheet_file)}

    def fields(self) -> list[Field]:
        return [Field(SHEET, mark("Written to"), self._texts, self._check, needed=never)]

    def _check(self, text: str) -> None:
        try:
            checked_place(typed_path(text), self.start.home)
        except BadInput as error:  # the whole path is shown above it
            raise BadInput(what=mark("Recovery sheet"), problem=error.facts["problem"]) from error

    def was_typed(self) -> None:
        typed = self._texts[SHEET]
        # The usual path is not stored: it changes with the unit's code and the stick that is plugged in.
        self.start.sheet = "" if typed == str(self.start.usual_sheet) else typed

    def above(self) -> list[str]:
        lines = [
            "",
            _("The recovery sheet opens the books when nobody's passphrase does any more."),
            _("It is a page for a browser, with the key as text and as a QR code."),
        ]
        return [part for line in lines for part in wrap(line, self.room)]

    def below(self) -> list[str]:
        lines = [
            _("Outside the folder of the books, best on a USB stick."),
            "",
            _("After the first log-in the head prints it and keeps the paper under lock."),
            _("Then the head types one group of it back, and the file is deleted."),
        ]
        return [part for line in lines for part in wrap(line, self.room)]

    def do_sheet_place(self) -> None:
        def took(folder: Path) -> None:
            self.input_of(SHEET).value = str(folder / self.start.usual_sheet.name)

        ask_stick(self.program, _("Recovery sheet"), took)
