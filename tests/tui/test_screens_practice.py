"""Practice: an office of its own, made anew, that says so on every screen and touches no real books."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from store.locations import Locations
from tests.rig.office import copy_office
from tests.tui.counter import Counter, Stopwatch
from tui import messages
from tui.app import NocopyApp
from tui.practice import NotAPracticeHome, Practice


async def test_practice_goes_from_nothing_to_a_served_citizen_and_a_month_to_sum_up(tmp_path: Path) -> None:
    messages.use("th")
    practice = Practice(Locations(tmp_path / "practice"))
    practice.line.gateway.delay_s = 0.0
    watch = Stopwatch()
    app = NocopyApp(practice.locations, practice.desk, practice, monotonic=watch)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            at = Counter(app, pilot, practice.desk, watch)
            await at.until(lambda: at.here == "LoginScreen", "the log-in", 90)
            # The first screen says what to press.
            await at.see("รหัสผ่านของทุกคน: practice nocopy", "F2 เสียบบัตร", "กด Enter")
            await at.type(practice.passphrase)
            await at.press("enter")
            await at.see("สรุปงาน")
            await at.press("f2")
            await at.see("► เสียบบัตรของคนถัดไป: นายทดลอง ใจดี", "บัตรของท่านเอง")
            await at.press("enter")
            await at.see("เลือกงานบริการ")
            await at.press("f6")
            await at.see("× ใช้ไม่ได้")
            await at.press("enter", "enter")
            await at.see("► รอผล")
            # Also while the network is down practice says so, and nothing of row 2 is cut off.
            assert at.row(2).startswith(" ฝึกใช้งาน │")
            assert at.row(2).rstrip().endswith("เรื่องเปิด 1")
            await at.press("f6")
            await at.until(
                lambda: app.counts.get("waiting") == app.counts.get("sending") == 0, "both answers"
            )
            await at.press("enter", "f9")
            await at.see("จบเรื่องแล้ว")
    finally:
        practice.stop()


async def test_practice_never_touches_a_folder_with_real_books(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home")
    before = locations.books.read_bytes()
    practice = Practice(locations)
    try:
        with pytest.raises(NotAPracticeHome):
            await asyncio.to_thread(practice.prepare, lambda _percent: None)
    finally:
        practice.stop()
    assert locations.books.read_bytes() == before
