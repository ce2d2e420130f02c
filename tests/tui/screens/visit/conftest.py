"""An office on the morning of its visits."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.base.locations import Locations
from tests.rig.lines import HandClock
from tests.rig.office import copy_office
from tests.tui.screens.visit.slips import MORNING


@pytest.fixture
def clock() -> HandClock:
    return HandClock(MORNING)


@pytest.fixture
def locations(tmp_path: Path, clock: HandClock) -> Locations:
    return copy_office(tmp_path / "home", moment=clock())
