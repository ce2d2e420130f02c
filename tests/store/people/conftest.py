"""An office on the morning after it was set up, with passphrases that cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base.locations import Locations
from store.books import Books
from tests.rig.cheap import cheap_office
from tests.rig.lines import HandClock
from tests.rig.office import HEAD, open_books

SET_UP = HandClock("2026-11-23T08:30:00")()


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-23T09:00:00")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    return cheap_office(monkeypatch, tmp_path, SET_UP)


@pytest.fixture
def books(office: Locations, clock: HandClock) -> Iterator[Books]:
    """Opened by the head."""
    opened = open_books(office, HEAD, clock)
    yield opened
    opened.close()
