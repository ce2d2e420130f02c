"""What the steps of the first start share: the list of all steps at the left, and the change between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.screens.first_start.answers import STEP_NAMES, FirstStart, Missing
from tui.words.cells import pad
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from tui.program import Program

LEFT = 27  # cells of the list; as #steps of the styles


OpenStep = Callable[["Program", FirstStart, int, Missing | None], None]
"""Shows a step of a first start by its number, at what is missing there (open_step() of setup_steps.py)."""


class SetupStep(WorkScreen[None]):
    """One step: the list of all at the left, this one's questions at the right; Esc goes one step back."""

    place = mark("First start")
    step: ClassVar[int]

    def __init__(self, start: FirstStart, opens: OpenStep) -> None:
        super().__init__()
        self.start = start
        self.opens = opens
        start.step = self.step
        start.seen.add(self.step)

    def body(self) -> ComposeResult:
        with Horizontal():
            yield TextBlock(id="steps")
            with Vertical(id="right"):
                yield from self.page()

    def page(self) -> ComposeResult:
        """The widgets of the right side."""
        yield TextBlock(id="work")

    @property
    def room(self) -> int:
        """The width of the right side in cells."""
        return max(40, (self.size.width or 80) - LEFT - 3)

    def paint_head(self) -> None:
        super().paint_head()
        words = _("About ten minutes. By the head of the unit, or by whom the head names.")
        self.query_one("#state", TextBlock).show(pad(" " + words, self.size.width or 80))

    def paint_body(self) -> None:
        missing = {one.step for one in self.missing()}
        lines = [""]
        for n, name in enumerate(STEP_NAMES):
            cursor = "►" if n == self.step else " "
            lines.append(f" {cursor} {self._sign(n, missing)} {n + 1} {_(name)}")
        self.query_one("#steps", TextBlock).show(lines)
        self.paint_page()

    def missing(self) -> list[Missing]:
        """What is missing or wrong now."""
        return self.start.missing()

    def paint_page(self) -> None:
        """Draw the right side."""

    def _sign(self, step: int, missing: set[int]) -> str:
        if step not in self.start.seen or step == len(STEP_NAMES) - 1:
            return "○"
        if step in missing:
            return "○" if step == self.step else "!"
        return "●" if self.start.holds(step) else "–"

    # --- from step to step

    def open_step(self, step: int, missing: Missing | None = None) -> None:
        """Show another step, at the field that is missing if one is named."""
        self.opens(self.program, self.start, step, missing)

    def do_other_step(self, step: int) -> None:
        wanted = self.step + step
        if 0 <= wanted < len(STEP_NAMES):
            self.open_step(wanted)

    def do_back(self) -> None:
        if self.step:
            self.open_step(self.step - 1)
        else:
            self.dismiss()

    def point_at(self, missing: Missing) -> None:
        """Called before the step is shown: start at what is missing."""
