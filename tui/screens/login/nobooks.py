"""There are no books on this PC, not yet or no longer: what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice, ChoiceList
from tui.frame.frame import TextBlock
from tui.words.cells import wrap
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from tui.screens.first_start.answers import FirstStart


class NoBooksScreen(WorkScreen[None]):
    """Says how the office's books are made or restored, and offers practice."""

    OFFERS = (keys.Help, keys.Move, keys.Confirm, keys.Quit)
    place = mark("First start")

    def __init__(self) -> None:
        super().__init__()
        self._start: FirstStart | None = None
        self._choices = ChoiceList(
            [Choice(_("Look again"), "again"), Choice(_("Practise with invented data"), "practice")]
        )

    def ready(self) -> None:
        if not self.program.locations.were_used:
            self._choices = ChoiceList([Choice(_("Set this PC up"), "begin"), *self._choices.choices])

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def paint_body(self) -> None:
        width = max(40, self.size.width - 8)
        home = self.program.locations.home
        text = self._gone(home) if self.program.locations.were_used else self._none_yet(home)
        lines = [""] + [f"   {part}" for line in text for part in wrap(line, width, "   ")]
        lines += ["", *(f"   {line}" for line in self._choices.lines(width))]
        self.query_one("#work", TextBlock).show(lines)

    def _none_yet(self, home: Path) -> list[str]:
        return [
            _("This PC has no books yet."),
            _("Looked for in: {home}").format(home=home),
            "",
            _("The head of the unit, or whom the head names, sets it up once:"),
            "1  " + _("about ten minutes on this screen, or with a setup file"),
            "2  " + _("at hand: the unit's code, and everybody's ID card"),
            "3  " + _("a USB stick, or a printer, for the recovery sheet"),
            "",
            _("Were there books before? With a backup and the recovery sheet:  nocopy restore FILE"),
        ]

    def _gone(self, home: Path) -> list[str]:
        return [
            _("The books of this PC are missing, or their keys."),
            _("Looked for in: {home}").format(home=home),
            "",
            _("Delete nothing in that folder. The head and ICT bring the books back:"),
            "1  " + _("take the newest backup, from backups/ in that folder or from the stick"),
            "2  " + _("take the recovery sheet, the paper that is kept under lock"),
            "3  " + _("run in a terminal:  nocopy restore FILE"),
        ]

    def sentence(self) -> str:
        if self.program.locations.were_used:
            return _("Bring the books back from a backup, or press Enter on a line.")
        if self._start is not None and self._start.is_begun:
            return _("What was typed is kept while the program runs. Enter goes on with it.")
        return _("Press Enter to set this PC up, or choose another line.")

    def do_move(self, step: int) -> None:
        self._choices.move(step)

    def do_confirm(self) -> None:
        if self._choices.chosen == "practice":
            self.program.exit(return_code=0, result="practice")
        elif self._choices.chosen == "begin":
            self._set_up()
        elif self.program.locations.are_whole:
            self.program.begin()
        else:
            gone = self.program.locations.were_used
            self.program.say(
                _("The books are still missing.") if gone else _("There are no books in this folder yet.")
            )

    def _set_up(self) -> None:
        from tui.screens.first_start.answers import FirstStart  # needed once in the life of an office
        from tui.screens.first_start.setup_steps import open_step

        if self._start is None:
            self._start = FirstStart(self.program.locations.home)
        open_step(self.program, self._start, self._start.step)

    def do_quit(self) -> None:
        typed = self._start is not None and self._start.is_begun
        self.program.ask_to_close(
            _("What was typed for the first start is not kept: nothing of it is on the disk.")
            if typed
            else ""
        )
