"""Practice is being made ready: a few seconds, with their progress."""

from __future__ import annotations

from textual.app import ComposeResult

from tui import keys
from tui.cells import wrap
from tui.messages import _, mark
from tui.screens.base import WorkScreen
from tui.widgets.frame import Line

_BAR = 40


class PreparingScreen(WorkScreen[None]):
    """Makes the practice office in a thread, then shows the log-in."""

    OFFERS = (keys.Quit,)
    place = mark("Practice")

    def __init__(self) -> None:
        super().__init__()
        self._percent = 0

    def body(self) -> ComposeResult:
        yield Line(id="work")

    def ready(self) -> None:
        practice = self.office.practice
        assert practice is not None

        def told(percent: int) -> None:
            self.app.call_from_thread(self._moved, percent)

        self.office.slow(
            _("Making an invented office"), lambda: practice.prepare(told), lambda _done: self.office.begin()
        )

    def _moved(self, percent: int) -> None:
        self._percent = percent
        self.paint()

    def paint_body(self) -> None:
        width = max(40, self.size.width - 8)
        full = _BAR * self._percent // 100
        text = [
            _("Practice: an invented office, invented citizens, and gateways on this PC alone."),
            _("Nothing is sent anywhere, and nothing is written into real books. Each start begins anew."),
        ]
        lines = ["", *(f"   {part}" for line in text for part in wrap(line, width)), ""]
        lines.append(f"   [{'█' * full}{'·' * (_BAR - full)}] {self._percent}%")
        self.query_one("#work", Line).show(lines)

    def sentence(self) -> str:
        return _("A few seconds, then the log-in appears by itself.")

    def do_quit(self) -> None:
        self.office.exit()
