"""An officer's books on a Thursday morning, of an office that was set up at the month's beginning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.books import Books
from tests.rig.lines import HandClock
from tests.rig.office import copy_office, open_books

SET_UP = HandClock("2026-11-02T09:00:00")()


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-19T09:00:00")


@pytest.fixture
def books(tmp_path: Path, clock: HandClock) -> Iterator[Books]:
    books = open_books(copy_office(tmp_path / "home", moment=SET_UP), clock=clock)
    yield books
    books.close()
