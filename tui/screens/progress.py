"""Work that lasts, with its progress: Esc stops it, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.message import Message

from reader.errors import NocopyError
from tui import keys
from tui.background import Finished
from tui.cells import wrap
from tui.messages import _, mark
from tui.screens.base import WorkScreen
from tui.widgets.frame import Line

_BAR = 40


@dataclass
class Moved(Message):
    """More of the work is done."""


class _Stopped(Exception):
    """The person stopped it, or has left."""


class ProgressScreen(WorkScreen[None]):
    """Works in a thread, with its progress below some words about it."""

    OFFERS = (keys.Back,)
    hint: ClassVar[str] = mark("Esc stops it.")

    def __init__(self) -> None:
        super().__init__()
        self._percent = 0
        self._stop = False

    # --- what a screen fills in

    def work(self, told: Callable[[float], None]) -> Any:
        """In the thread. `told(part)` says how far it is, 0 to 1, and raises where it is to stop."""
        raise NotImplementedError

    def words(self) -> list[str]:
        """What is being done."""
        raise NotImplementedError

    def done(self, made: Any) -> None:
        """Say what became of it, which is what work() returned; None where it was stopped."""
        raise NotImplementedError

    # ---

    def body(self) -> ComposeResult:
        yield Line(id="work")

    def ready(self) -> None:
        office, generation = self.office, self.office.generation

        def told(part: float) -> None:
            if self._stop or office.generation != generation or not office.is_running:
                raise _Stopped
            if (percent := int(part * 100)) != self._percent:
                self._percent = percent
                self.post_message(Moved())

        def run() -> None:
            finished = Finished(generation, self._finished, self._failed)
            try:
                finished.result = self.work(told)
            except _Stopped:
                pass
            except Exception as error:  # noqa: BLE001 - handed to the screen's thread, which tells or fails
                finished.error = error
            office.post_message(finished)

        self.run_worker(run, thread=True, group="progress", exit_on_error=False)

    def on_moved(self, _message: Moved) -> None:
        self.paint()

    def _finished(self, made: Any) -> None:
        self.dismiss(None)
        self.done(made)

    def _failed(self, error: NocopyError) -> None:
        self.dismiss(None)
        self.office.tell(error)

    def paint_body(self) -> None:
        width = max(40, self.size.width - 8)
        full = _BAR * self._percent // 100
        lines = ["", *(f"   {part}" for line in self.words() for part in wrap(line, width)), ""]
        lines.append(f"   [{'█' * full}{'·' * (_BAR - full)}] {self._percent}%")
        self.query_one("#work", Line).show(lines)

    def sentence(self) -> str:
        return _("Stopping…") if self._stop else _(self.hint)

    def do_back(self) -> None:
        self._stop = True
