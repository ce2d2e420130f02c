"""A screen for long work, with its progress: Esc stops it and leaves no trace."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult

from reader.errors import NocopyError
from tui.frame import keys
from tui.frame.background import Progress, in_background
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.words.cells import wrap
from tui.words.translate import _, mark

_BAR = 40


class _Stopped(Exception):
    """The person stopped it."""


class ProgressScreen(WorkScreen[None]):
    """Runs work() in a thread, and shows its progress below words() about it."""

    OFFERS = (keys.Back,)
    hint: ClassVar[str] = mark("Esc stops it.")

    def __init__(self) -> None:
        super().__init__()
        self._percent = 0
        self._stop = False

    # --- what each screen overrides

    def work(self, progress: Progress) -> Any:
        """Called in the thread. It calls `progress(part)`, 0 to 1, which raises when it is to stop."""
        raise NotImplementedError

    def words(self) -> list[str]:
        """What is being done."""
        raise NotImplementedError

    def done(self, made: Any) -> None:
        """Called at the end with what work() returned; with None where it was stopped."""
        raise NotImplementedError

    # ---

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def ready(self) -> None:
        in_background(self.program, self._work, self._finished, failed=self._failed, moved=self._moved)

    def _work(self, progress: Progress) -> Any:
        def unless_stopped(part: float) -> None:
            if self._stop:
                raise _Stopped
            progress(part)

        try:
            return self.work(unless_stopped)
        except _Stopped:
            return None

    def _moved(self, percent: int) -> None:
        self._percent = percent
        self.paint()

    def _finished(self, made: Any) -> None:
        self.dismiss(None)
        self.done(made)

    def _failed(self, error: NocopyError) -> None:
        self.dismiss(None)
        self.program.tell(error)

    def paint_body(self) -> None:
        self.query_one("#work", TextBlock).show(progress_lines(self.words(), self._percent, self.size.width))

    def sentence(self) -> str:
        return _("Stopping…") if self._stop else _(self.hint)

    def do_back(self) -> None:
        self._stop = True


def progress_lines(words: list[str], percent: int, width: int) -> list[str]:
    """What is being done, and a bar that shows how far it is."""
    full = _BAR * percent // 100
    wrapped = [part for sentence in words for part in wrap(sentence, max(40, width - 8))]
    return ["", *(f"   {part}" for part in wrapped), "", f"   [{'█' * full}{'·' * (_BAR - full)}] {percent}%"]
