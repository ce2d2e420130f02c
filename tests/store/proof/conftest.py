"""Books that a witness and the head have seen, a copy for each test."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.base.locations import Locations
from store.formats.canonical import canonical
from store.people.vault import Keyring
from tests.rig.lines import HandClock
from tests.rig.office import HEAD, copy_office, open_books, sheet_of
from tests.store.proof.tampered import (
    KEYS,
    Office,
    use,
    witnessed,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The witness signed November's lines, the head saw some of December's, nobody saw the last."""
    clock = HandClock("2026-11-27T08:30:00")
    locations = copy_office(
        tmp_path_factory.mktemp("tamper") / "home", moment=datetime(2026, 11, 26, tzinfo=BANGKOK)
    )
    books = open_books(locations, clock=clock)
    with books.database.write() as db:
        books.settings.put(db, "centre.keys", canonical(KEYS).decode())
    for day in ("2026-11-28T09:00:00", "2026-11-29T09:00:00", "2026-11-30T09:00:00"):
        clock.set(day)
        use(books, 4)
    clock.set("2026-12-01T09:00:00")
    use(books, 2)
    office = Office(locations, clock, books.database.key, cosigned=witnessed(books, clock))
    use(books, 5)
    books.close()
    clock.set("2026-12-02T09:00:00")
    open_books(locations, HEAD, clock).close()
    books = open_books(locations, clock=clock)
    office.seen = Keyring(locations.keys).seen_by_all()[HEAD].size
    use(books, 4)
    office.size = books.ledger.count()
    books.close()
    return office


@pytest.fixture
def office(made: Office, tmp_path: Path) -> Office:
    shutil.copytree(made.locations.home, tmp_path / "home")
    shutil.copy(sheet_of(made.locations.home), sheet_of(tmp_path / "home"))
    return replace(made, locations=Locations(tmp_path / "home"))
