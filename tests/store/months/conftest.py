"""An office on the last day of November."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig.lines import HandClock
from tests.rig.office import copy_office
from tests.store.months.month_office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    start = HandClock("2026-11-30T08:00:00")
    return Office(copy_office(tmp_path / "home", moment=start()), start)
