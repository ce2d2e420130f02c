"""The progress while the practice office is made, which takes a few seconds."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.frame import keys
from tui.frame.background import in_background
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.frame.progress import progress_lines
from tui.words.translate import _, mark


class PreparingScreen(WorkScreen[None]):
    """Makes the practice office in a thread, then shows the log-in."""

    OFFERS = (keys.Quit,)
    place = mark("Practice")

    def __init__(self) -> None:
        super().__init__()
        self._percent = 0

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def ready(self) -> None:
        practice = self.program.practice
        assert practice is not None
        in_background(self.program, practice.prepare, lambda _done: self.program.begin(), moved=self._moved)

    def _moved(self, percent: int) -> None:
        self._percent = percent
        self.paint()

    def paint_body(self) -> None:
        text = [
            _("Practice: an invented office, invented citizens, and gateways on this PC alone."),
            _("Nothing is sent anywhere, and nothing is written into real books. Each start begins anew."),
        ]
        self.query_one("#work", TextBlock).show(progress_lines(text, self._percent, self.size.width))

    def sentence(self) -> str:
        return _("A few seconds, then the log-in appears by itself.")

    def do_quit(self) -> None:
        self.program.exit()
