from collections.abc import Iterator

import pytest

from tests.rig import clock
from tests.rig.clock_reads import demand_none
from tui.words import translate

clock.install()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    demand_none(item.path)
    # Fixtures that serve more than one test are made first, and must be older than each of these.
    clock.begin(clock.WIDER)


@pytest.fixture(autouse=True)
def morning() -> None:
    """Each test begins on the same working morning."""
    clock.begin(clock.MORNING)


@pytest.fixture(autouse=True)
def thai_again() -> Iterator[None]:
    """The language is one for the whole process: what a test speaks must not be what the next one hears."""
    yield
    if translate.language() != "th":
        translate.use("th")
