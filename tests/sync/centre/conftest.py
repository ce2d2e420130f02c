"""A centre and an office that is enrolled there, for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sync.centre.serve import make_code
from tests.sync.centre.centre_office import Office
from tests.sync.centre.centre_process import running
from tests.sync.unit import Unit


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("centre") / "home"


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with running(home) as client:
        yield client


@pytest.fixture(scope="module")
def office(home: Path, client: httpx.Client) -> Office:
    office = Office()
    # Malee has two roles and, by mistake, two keys: she must still not sign twice.
    office.people.append(office.person("malee", "officer"))
    office.people.append({**office.person("malee-2", "controller"), "login": "malee"})
    office.people.append(office.person("former", "controller", until="2026-11-01T00:00:00+07:00"))
    office.enrol(client, make_code(home, office.unit))
    return office


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    one = Unit(tmp_path / "office", "")
    yield one
    one.close()
