"""The books of an office in its second week, for backups and for what is put back of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.books import Books
from tests.rig.lines import HandClock
from tests.rig.office import copy_office, open_books


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-25T08:30:00")


@pytest.fixture
def books(tmp_path: Path, clock: HandClock) -> Iterator[Books]:
    opened = open_books(copy_office(tmp_path / "home", moment=clock()), clock=clock)
    yield opened
    opened.close()
