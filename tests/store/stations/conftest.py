"""The PCs of tests.store.stations.two_pcs, a copy for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from store.base.locations import Locations
from tests.rig.argon import make_cheap
from tests.rig.lines import HandClock
from tests.store.stations.two_pcs import Pc, made


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real costs of a passphrase are tested in people/test_vault.py."""
    make_cheap(monkeypatch)


@pytest.fixture
def office(tmp_path: Path) -> Callable[[str], Pc]:
    shutil.copytree(made(), tmp_path, dirs_exist_ok=True)
    return lambda name: Pc(Locations(tmp_path / name), HandClock("2027-01-01T08:00:00"), tmp_path)


@pytest.fixture
def head(office: Callable[[str], Pc]) -> Pc:
    return office("pc01-5001")


@pytest.fixture
def other(office: Callable[[str], Pc]) -> Pc:
    return office("pc02-5001")
