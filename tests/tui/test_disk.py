"""A disk that runs out of room, as the officer and whoever looks after the PC see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reader.practice_people import PEOPLE
from store.base.locations import Locations
from tests.rig.command_line import Pc
from tests.rig.office import CITIZEN, HEAD, OFFICER, PASSPHRASE, copy_office, decide, open_books
from tests.rig.small_disk import SmallDisk, small_disk
from tests.tui.counter import counter


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 32) as disk:
        yield disk


@pytest.fixture
def locations(disk: SmallDisk) -> Locations:
    """An office whose head has set the thresholds for a small disk."""
    locations = copy_office(disk.folder / "home")
    books = open_books(locations, HEAD)
    decide(books, {"disk.stop_mb": "8"})
    decide(books, {"disk.short_mb": "16"})
    books.close()
    return locations


async def test_the_screen_warns_then_stops_new_visits_then_goes_on(
    locations: Locations, disk: SmallDisk
) -> None:
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        disk.leave(12)
        at.app.screen.refresh_facts()  # type: ignore[attr-defined]
        await at.see("! เหลือที่ในดิสก์", "ดิสก์ของเครื่องนี้ใกล้เต็ม")
        disk.leave(5)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter")
        await at.see("เริ่มเรื่องใหม่ไม่ได้", "เรื่องที่เปิดอยู่")
        assert at.app.books.visits.unfinished() == []
        disk.free()
        await at.press("enter")
        await at.see("เลือกงานบริการ")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")


def test_the_command_line_warns_and_stops_new_visits_alone(locations: Locations, disk: SmallDisk) -> None:
    pc = Pc(locations.home, passphrases=PASSPHRASE)
    visit = ("visit", "--service", "S01", "--documents", "D02", "--subject", f"person:{CITIZEN}")
    disk.leave(5)
    stopped = pc.run(*visit, "--channel", "copy", login=OFFICER)
    assert stopped.code == 1
    assert "no new visit" in stopped.err
    assert CITIZEN not in stopped.err
    listed = pc.run("ledger", "list", login=OFFICER)
    assert listed.code == 0
    assert "MB left" in listed.err
    checks = {check["name"]: check["ok"] for check in pc.run("doctor").json["checks"]}
    assert checks["disk"] is False
    disk.free()
    assert pc.run(*visit, "--channel", "copy", login=OFFICER).code == 0
