from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.base.locations import Locations
from sync.practice.network import PracticeNetwork
from tests.rig.clock import SET_UP
from tests.rig.office import copy_office
from tests.rig.pcscd import virtual_readers
from tests.rig.usb import usb_readers

__all__ = ["usb_readers", "virtual_readers"]


@pytest.fixture(scope="session")
def the_line() -> Iterator[PracticeNetwork]:
    """One gateway and one centre for all tests of the screens, whose addresses are in the books."""
    line = PracticeNetwork()
    line.start()
    yield line
    line.stop()


@pytest.fixture
def line(the_line: PracticeNetwork) -> Iterator[PracticeNetwork]:
    """The practice network, restored before and after each test."""
    yield the_line
    the_line.gateway.fault = None
    the_line.gateway.delay_s = 0.0
    if the_line.is_cut:
        the_line.restore()


@pytest.fixture
def office(tmp_path: Path, line: PracticeNetwork) -> Callable[..., Locations]:
    """An office whose books have the addresses of `the_line`; `office(moment)` was set up at that moment."""
    parts: dict[str, list[str]] = {}
    for name, value in line.settings.items():
        section, _, field = name.rpartition(".")
        parts.setdefault(section, []).append(f'{field} = "{value}"')
    more = "".join(f"[{section}]\n" + "\n".join(fields) + "\n" for section, fields in parts.items())
    return lambda moment=SET_UP: copy_office(tmp_path / "home", more, moment)
