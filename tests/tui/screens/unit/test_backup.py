"""Backups by the head's screen: made with progress, stopped by Esc; where the day's second one goes."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.base.locations import Locations
from store.people.permissions import ALLOWED
from store.settings.rules import BACKUP_FOLDER
from store.upkeep import backup
from tests.rig.cheap import cheap_office
from tests.rig.office import HEAD, OFFICER
from tests.tui.counter import Counter, counter, sign

MOMENT = datetime(2026, 11, 23, 8, 30, tzinfo=BANGKOK)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    return cheap_office(monkeypatch, tmp_path, MOMENT)


def clock() -> datetime:
    return MOMENT + timedelta(minutes=30)


async def ask(at: Counter) -> None:
    """From Home to the question, by the menu."""
    await at.log_in(HEAD)
    while "► หน่วยงาน: บุคลากร" not in at.shown():
        await at.press("down")
    await at.press("enter")
    await at.see("► นายประสิทธิ์ มั่นคง", "สำรองสมุด")
    # The day's own backup, which a log-in begins, is out of the way.
    await at.until(lambda: backup.newest(at.app.books) is not None, "the day's backup")
    await again(at)


async def again(at: Counter) -> None:
    await at.press("f5")
    await at.see("► ไม่ทำ", "ล่าสุดในเครื่องนี้: nocopy-5001-01-")


async def type_folder(at: Counter, folder: Path) -> None:
    await at.see("พิมพ์ชื่อโฟลเดอร์")
    while "► พิมพ์ชื่อโฟลเดอร์" not in at.shown():
        await at.press("down")
    await at.press("enter")
    await at.until(lambda: at.here == "TypeIn", "the folder")
    await at.type(str(folder))
    await at.press("enter")


async def test_the_head_makes_one_on_a_stick_and_chooses_where_the_daily_one_goes(
    office: Locations, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    async with counter(office, clock=clock) as at:
        await ask(at)
        await at.press("enter")
        assert at.here == "PeopleScreen", "the first choice does nothing"
        await again(at)
        await at.press("down", "down", "enter")
        await type_folder(at, stick)
        await at.see("อ่านซ้ำแล้วครบถ้วน")
        (made,) = stick.iterdir()
        assert made.name in at.row(-2), "the whole name, however long its folder's is"
        trailer = backup.read_trailer(made)
        backup.examine(made, trailer, at.app.books.database.key)
        await again(at)
        await at.press("down", "down", "down", "enter")
        await type_folder(at, stick)
        await sign(at)
        await at.see("ต่อไปชุดสำรองของทุกวัน")
        assert at.app.books.settings.get(BACKUP_FOLDER) == str(stick)
        await again(at)
        await at.see("ชุดที่สองของทุกวันเก็บที่")
        await at.see_path(stick)
        await at.press("down", "down", "enter")
        await type_folder(at, tmp_path / "nothing")
        await at.see("×")
        await at.see_path(tmp_path / "nothing")


async def test_esc_stops_it_and_nothing_of_it_stays(
    office: Locations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, slow, real = tmp_path / "stick", threading.Event(), backup.demand_room
    stick.mkdir()

    def demand_room(folder: Path, size: int) -> None:
        if folder == stick:
            assert slow.wait(60)
        real(folder, size)

    async with counter(office, clock=clock) as at:
        await ask(at)
        monkeypatch.setattr(backup, "demand_room", demand_room)
        await at.press("down", "down", "enter")
        await type_folder(at, stick)
        await at.see("Esc หยุด", "0%")
        assert at.here == "BackupScreen"
        await at.press("escape")
        await at.see("กำลังหยุด")
        slow.set()
        await at.see("หยุดสำรองแล้ว ไม่มีไฟล์ค้าง")
        assert at.here == "PeopleScreen"
        assert list(stick.iterdir()) == []


async def test_whom_the_table_gives_no_backup_begins_none_by_the_log_in(
    office: Locations, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    monkeypatch.setitem(ALLOWED, "backup", frozenset({"head"}))
    monkeypatch.setattr(backup, "daily", lambda books, _progress: begun.append(books.who.login))
    async with counter(office, clock=clock) as at:
        await at.log_in(OFFICER)
        await at.press("f12")
        await at.log_in(HEAD)
        await at.until(lambda: begun, "the day's backup")
    assert begun == [HEAD]
