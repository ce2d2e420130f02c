"""The steps of the first start in their order, and how one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.first_start.answers import FirstStart, Missing
from tui.screens.first_start.setup_ends import CentreStep, GatewaysStep
from tui.screens.first_start.setup_keyboard import KeyboardStep
from tui.screens.first_start.setup_make import MakeStep
from tui.screens.first_start.setup_people import PeopleStep, PersonScreen
from tui.screens.first_start.setup_sheet import SheetStep
from tui.screens.first_start.setup_step import SetupStep
from tui.screens.first_start.setup_unit import UnitStep

if TYPE_CHECKING:
    from tui.program import Program

_STEPS: tuple[type[SetupStep], ...] = (
    *(UnitStep, KeyboardStep, PeopleStep, GatewaysStep, CentreStep, SheetStep, MakeStep),
)


def open_step(program: Program, start: FirstStart, step: int, missing: Missing | None = None) -> None:
    """Show a step in the place of the shown one, or on top of the screen that began the first start."""
    screen: SetupStep = _STEPS[step](start, open_step)
    if missing is not None:
        screen.point_at(missing)
    if isinstance(program.screen, SetupStep):
        program.switch_screen(screen)
    else:
        program.push_screen(screen)
    if missing is not None and missing.person is not None:
        program.push_screen(PersonScreen(start, open_step, missing.person, missing.field))
