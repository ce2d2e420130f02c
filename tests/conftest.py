from collections.abc import Iterator

import pytest

from tests.rig import clock
from tests.rig.clock_reads import demand_none
from tui.words import translate

clock.install()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    demand_none(item.path)
    # Fixtures of a wider scope are made before a test begins, and must have an earlier time than every test.
    clock.begin(clock.WIDER)


@pytest.fixture(autouse=True)
def morning() -> None:
    """Each test begins on the same working morning."""
    clock.begin(clock.MORNING)


@pytest.fixture(autouse=True)
def thai_again() -> Iterator[None]:
    """The language is set for the whole process: back to Thai, whatever language a test has used."""
    yield
    if translate.language() != "th":
        translate.use("th")
