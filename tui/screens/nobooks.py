"""There are no books on this PC, not yet or no longer: what to do."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult

from tui import keys
from tui.cells import wrap
from tui.messages import _, mark
from tui.screens.base import WorkScreen
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.frame import Line


class NoBooksScreen(WorkScreen[None]):
    """Says how the office's books are made or brought back, and offers practice meanwhile."""

    OFFERS = (keys.Help, keys.Move, keys.Confirm, keys.Quit)
    place = mark("First start")

    def __init__(self) -> None:
        super().__init__()
        self._choices = ChoiceList(
            [Choice(_("Look again"), "again"), Choice(_("Practise with invented data"), "practice")]
        )

    def body(self) -> ComposeResult:
        yield Line(id="work")

    def paint_body(self) -> None:
        width = max(40, self.size.width - 8)
        home = self.office.locations.home
        text = self._gone(home) if self.office.locations.were_used else self._none_yet(home)
        lines = [""] + [f"   {part}" for line in text for part in wrap(line, width, "   ")]
        lines += ["", *(f"   {line}" for line in self._choices.lines(width))]
        self.query_one("#work", Line).show(lines)

    def _none_yet(self, home: Path) -> list[str]:
        return [
            _("This PC has no books yet."),
            _("Looked for in: {home}").format(home=home),
            "",
            _("The head of the unit, or whom the head names, makes them once:"),
            "1  " + _("write the setup file (unit, people, gateways) as docs/operate.md says"),
            "2  " + _("run in a terminal:  nocopy setup --from FILE"),
            "3  " + _("keep the recovery sheet on paper, away from this PC"),
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
        if self.office.locations.were_used:
            return _("Bring the books back from a backup, or press Enter on a line.")
        return _("Make the books, or press Enter on a line.")

    def do_move(self, step: int) -> None:
        self._choices.move(step)

    def do_confirm(self) -> None:
        if self._choices.chosen == "practice":
            self.office.exit(return_code=0, result="practice")
        else:
            self.office.begin()
            if self.office.screen is not self and isinstance(self.office.screen, NoBooksScreen):
                gone = self.office.locations.were_used
                self.office.said = (
                    _("The books are still missing.") if gone else _("There are no books in this folder yet.")
                )

    def do_quit(self) -> None:
        self.office.ask_to_close()
