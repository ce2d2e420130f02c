"""The first step of the first start: the unit, this PC, and whether its date is right."""

from __future__ import annotations

from functools import partial

from reader.buddhist_date import show_day, show_time
from reader.citizen_id import as_digits
from store.setup.form import UNIT, fields_of
from tui.frame import keys
from tui.screens.first_start import first_start_keys
from tui.screens.first_start.answers import CLOCK, MAKE_STEP, UNIT_STEP
from tui.screens.first_start.setup_fields import Field, FieldsStep
from tui.words.cells import wrap
from tui.words.setup_words import HINTS, LABELS, checked_field
from tui.words.translate import _, mark

HARD_SIGNS = "น้ำ ที่ ผู้ กี่ ปั๊ม ญี่ปุ่น ฎีกา"
"""Thai words with all kinds of marks that a terminal may draw wrong."""


def _number(text: str) -> str:
    """The digits of a number typed in the Thai layout or in Thai digits; any other text as it is."""
    is_latin = any(sign.isascii() and sign.isalnum() for sign in text)
    return text if is_latin else as_digits(text) or text


class UnitStep(FieldsStep):
    """Code, name and the PC's number; then the date is confirmed, which the first ledger line will have."""

    OFFERS = (
        keys.Help,
        first_start_keys.SetupFile,
        first_start_keys.OtherStep,
        keys.Move,
        first_start_keys.NextField,
        keys.Back,
    )
    step = UNIT_STEP

    def fields(self) -> list[Field]:
        found = [
            Field(
                name,
                LABELS[f"{UNIT}.{name}"],
                self.start.unit,
                partial(checked_field, UNIT, name),
                hint=HINTS.get(f"{UNIT}.{name}", ""),
                meant=str if name == "name" else _number,
            )
            for name in fields_of(UNIT)
        ]
        clock = Field(
            CLOCK,
            mark("Date and time"),
            {},
            lambda text: text,
            hint=mark("Press Enter where it is right."),
            shown=self._clock,
        )
        return [*found, clock]

    def _clock(self) -> str:
        moment = self.program.clock()
        right = "● " + _("right") if self.start.clock_is_right else "○"
        return f"{show_day(moment)} {show_time(moment)}  {right}"

    def above(self) -> list[str]:
        return ["", _("Your unit")]

    def below(self) -> list[str]:
        lines = [
            *wrap(_("A wrong date: set the PC's clock first."), self.room),
            "",
            *wrap(_("A setup file from the ministry or on a USB stick: press F4."), self.room),
            "",
            *wrap(_("This line must be readable:") + " " + HARD_SIGNS, self.room),
            *wrap(_("If not, see step 2."), self.room),
        ]
        return lines

    def sentence(self) -> str:
        if self.at.name == CLOCK:
            return _("The first line of the ledger bears this date. Press Enter where it is right.")
        return super().sentence()

    def open_field(self) -> None:
        self.start.clock_is_right = True
        self.go_on()

    def do_setup_file(self) -> None:
        from tui.screens.first_start.setup_file import ask_file  # needed only where there is such a file

        ask_file(self.program, self.start, lambda: self.open_step(MAKE_STEP))
