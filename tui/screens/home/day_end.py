"""The end of the day: what is still open, on one page, before the program is closed. Nothing stops that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from reader.buddhist_date import BANGKOK
from store.settings.office_hours import CLOSE
from tui.duties import Duty
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.screens.visit.visit_duties import open_visits, waiting_slips
from tui.words.cells import clean, pad
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books

_WORDS = 43  # cells of a row before what ends with the day
_FRAME_ROWS = 12  # of the frame, and of this page around the list


class ClosingScreen(WorkScreen[None]):
    """The first row, chosen at first, stays; the next one closes; below are visits and slips to open."""

    OFFERS = (keys.Help, keys.Network, keys.Move, keys.Confirm, keys.Back)
    place = mark("The end of the day")

    def __init__(self) -> None:
        super().__init__()
        self._stay = Duty("stay", "", _("Stay"), lambda _program, _reread: self.dismiss(None))
        self._leave = Duty("leave", "", _("Close the program"), lambda program, _reread: program.exit())
        self._visits: list[Duty] = []
        self._open: list[Duty] = []
        self._ending: dict[str, int] = {}
        self._chosen = self._stay
        self._version = -1

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def on_screen_resume(self) -> None:
        self._version = -1
        super().on_screen_resume()

    def _read(self) -> None:
        self._version = self.program.version
        self._visits = open_visits(self.program.books)
        self._open = [*self._visits, *waiting_slips(self.program.books)]
        self._ending = self.program.books.lookups.ending_today()

    def _rows(self) -> list[Duty]:
        return [self._stay, self._leave, *self._open]

    def _at(self) -> int:
        """The index of the chosen row; of the first one where the chosen row is gone."""
        places = [(duty.kind, duty.name) for duty in self._rows()]
        chosen = (self._chosen.kind, self._chosen.name)
        return places.index(chosen) if chosen in places else 0

    # --- drawing

    def paint_body(self) -> None:
        if not self.program.someone_is_in:
            return
        if self._version != self.program.version:
            self._read()
        width, at = self.size.width or 80, self._at()
        rows = [self._row(n, duty, at) for n, duty in enumerate(self._rows())]
        if self._open:
            head = _("Still open: {n}").format(n=len(self._open))
        else:
            head = "● " + _("Nothing is left open.")
        # Of many rows those around the cursor are shown.
        room = self.size.height - _FRAME_ROWS
        first = max(0, min(at - 2 - room // 2, len(self._open) - room))
        lines = ["", *rows[:2], "", f" {head}", *rows[2:][first : first + room]]
        self.query_one("#work", TextBlock).show([pad(line, width) for line in lines])

    def _row(self, n: int, duty: Duty, at: int) -> str:
        sign = " ► " if n == at else "   "
        if duty not in self._open:
            return sign + duty.words
        ends = self._ending.get(duty.name, 0) if duty in self._visits else 0
        words = pad(clean(duty.words), _WORDS)
        return sign + words + (" ! " + _("{n} requests end today").format(n=ends) if ends else "")

    def sentence(self) -> str:
        n = sum(self._ending.values())
        if n:
            return _("{n} requests end today unless answered. A closed program sends none.").format(n=n)
        return _("Open visits and what waits to be sent are kept.")

    # --- keys

    def enter_token(self) -> object:
        return self._at()

    def do_move(self, step: int) -> None:
        rows = self._rows()
        self._chosen = rows[max(0, min(len(rows) - 1, self._at() + step))]

    def do_confirm(self) -> None:
        self._rows()[self._at()].opens(self.program, self._read)


def is_after_hours(books: Books) -> bool:
    """Whether the office has closed for today."""
    closes = books.settings.get("office.close", CLOSE)
    return f"{books.clock().astimezone(BANGKOK):%H:%M}" >= str(closes)


def closing(books: Books, still_open: int) -> list[Duty]:
    """The row that leads here, once the office has closed and something is still open or ends today."""
    if not still_open or not is_after_hours(books):
        return []
    words = _("Closing time: {n} things are still open").format(n=still_open)
    ending = sum(books.lookups.ending_today().values())
    if ending:
        words = "! " + _("Closing time: {n} requests end today").format(n=ending)
    return [Duty("closing", "", words, lambda program, _reread: program.push_screen(ClosingScreen()))]
