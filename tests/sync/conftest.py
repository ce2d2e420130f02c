from collections.abc import Iterator
from datetime import timedelta

import pytest

from sync.practice.centre_twin import PracticeCentre
from tests.sync.unit import SET_UP


@pytest.fixture
def centre() -> Iterator[PracticeCentre]:
    """The ministry's centre, thirty days after the unit was set up."""
    one = PracticeCentre(clock=lambda: SET_UP + timedelta(days=30))
    one.start()
    yield one
    one.stop()
