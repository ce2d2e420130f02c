"""An officer's books before the fault server, and a unit before the centre of practice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.practice.centre_twin import PracticeCentre
from tests.rig.faults import FaultServer, said
from tests.sync.run.engine_office import HOUSE, Office
from tests.sync.unit import Unit


@pytest.fixture
def gateway() -> Iterator[FaultServer]:
    one = FaultServer(said(200, HOUSE))
    yield one
    one.stop()


@pytest.fixture
def office(tmp_path: Path, gateway: FaultServer) -> Iterator[Office]:
    one = Office(tmp_path / "home", gateway.url)
    yield one
    one.books.close()


@pytest.fixture
def unit(tmp_path: Path, centre: PracticeCentre) -> Iterator[Unit]:
    """Set up, and not enrolled yet."""
    one = Unit(tmp_path / "home", centre.url)
    yield one
    one.close()
