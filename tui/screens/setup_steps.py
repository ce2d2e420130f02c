"""The steps of the first start in their order, and how one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.first_start import FirstStart, Missing
from tui.screens.setup_ends import CentreStep, GatewaysStep
from tui.screens.setup_keyboard import KeyboardStep
from tui.screens.setup_make import MakeStep
from tui.screens.setup_people import PeopleStep, PersonScreen
from tui.screens.setup_sheet import SheetStep
from tui.screens.setup_step import SetupStep
from tui.screens.setup_unit import UnitStep

if TYPE_CHECKING:
    from tui.app import NocopyApp

_STEPS: tuple[type[SetupStep], ...] = (
    *(UnitStep, KeyboardStep, PeopleStep, GatewaysStep, CentreStep, SheetStep, MakeStep),
)


def open_step(office: NocopyApp, start: FirstStart, step: int, missing: Missing | None = None) -> None:
    """Show a step in the place of the one that is shown, or above the screen that began the first start."""
    screen: SetupStep = _STEPS[step](start)
    if missing is not None:
        screen.point_at(missing)
    if isinstance(office.screen, SetupStep):
        office.switch_screen(screen)
    else:
        office.push_screen(screen)
    if missing is not None and missing.person is not None:
        office.push_screen(PersonScreen(start, missing.person, missing.field))
