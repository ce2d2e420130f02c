"""The end of the day: what is still open, on one page, before the program is closed. Nothing stops that."""

from __future__ import annotations

from textual.app import ComposeResult

from tui import keys
from tui.cells import clean, pad
from tui.duties import Duty, still_open
from tui.messages import _, mark
from tui.screens.base import WorkScreen
from tui.screens.slip import ask_waiting_slip
from tui.screens.visit_documents import DocumentsScreen
from tui.widgets.frame import Line

_STAY, _LEAVE = Duty("stay", "", mark("Stay")), Duty("leave", "", mark("Close the program"))
_WORDS = 43  # cells of a line before what ends with the day
_FRAME_ROWS = 12  # the frame, and on this page what stands around the lines


class ClosingScreen(WorkScreen[None]):
    """The harmless line is chosen first, the next one closes; below stand visits and slips, to look at."""

    OFFERS = (keys.Help, keys.Network, keys.Move, keys.Confirm, keys.Back)
    place = mark("The end of the day")

    def __init__(self) -> None:
        super().__init__()
        self._open: list[Duty] = []
        self._ending: dict[str, int] = {}
        self._chosen = _STAY
        self._version = -1

    def body(self) -> ComposeResult:
        yield Line(id="work")

    def on_screen_resume(self) -> None:
        self._version = -1
        super().on_screen_resume()

    def _read(self) -> None:
        self._version = self.office.version
        self._open = still_open(self.office.books)
        self._ending = self.office.books.lookups.ending_today()

    def _lines(self) -> list[Duty]:
        return [_STAY, _LEAVE, *self._open]

    def _at(self) -> int:
        """The chosen line; where it is dealt with and gone, the harmless one."""
        places = [(line.kind, line.name) for line in self._lines()]
        chosen = (self._chosen.kind, self._chosen.name)
        return places.index(chosen) if chosen in places else 0

    # --- drawing

    def paint_body(self) -> None:
        if not self.office.someone_is_in:
            return
        if self._version != self.office.version:
            self._read()
        width, at = self.size.width or 80, self._at()
        rows = [self._row(n, line, at) for n, line in enumerate(self._lines())]
        if self._open:
            head = _("Still open: {n}").format(n=len(self._open))
        else:
            head = "● " + _("Nothing is left open.")
        # Of many lines those around the cursor are seen.
        room = self.size.height - _FRAME_ROWS
        first = max(0, min(at - 2 - room // 2, len(self._open) - room))
        lines = ["", *rows[:2], "", f" {head}", *rows[2:][first : first + room]]
        self.query_one("#work", Line).show([pad(line, width) for line in lines])

    def _row(self, n: int, line: Duty, at: int) -> str:
        sign = " ► " if n == at else "   "
        if line.kind not in ("visit", "slip"):
            return sign + _(line.words)
        ends = self._ending.get(line.name, 0) if line.kind == "visit" else 0
        words = pad(clean(line.words), _WORDS)
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
        lines = self._lines()
        self._chosen = lines[max(0, min(len(lines) - 1, self._at() + step))]

    def do_confirm(self) -> None:
        chosen = self._lines()[self._at()]
        if chosen.kind == "visit":
            self.office.push_screen(DocumentsScreen(chosen.name))
        elif chosen.kind == "slip":
            ask_waiting_slip(self.office, chosen.name)
        elif chosen.kind == "leave":
            self.office.exit()
        else:
            self.dismiss(None)
