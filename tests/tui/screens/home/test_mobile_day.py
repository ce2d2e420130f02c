"""A mobile service day on the screen: begun at Home before the officers leave, ended when they are back."""

from __future__ import annotations

from datetime import datetime

from reader.buddhist_date import BANGKOK
from reader.practice_people import PEOPLE
from sync.practice.network import PracticeNetwork
from tests.rig.office import CONTROLLER, OFFICER
from tests.tui.counter import Counter, Office, counter

BEGUN = datetime(2026, 11, 2, 9, 0, tzinfo=BANGKOK)
NOW = datetime(2026, 11, 19, 8, 0, tzinfo=BANGKOK)


async def choose(at: Counter, place: str) -> None:
    """Down to that line of Home."""
    while f"► {place}" not in at.shown():
        await at.press("down")
    await at.press("enter")


async def test_what_is_asked_on_a_mobile_service_day_waits_until_its_last_day(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office(BEGUN), clock=lambda: NOW) as at:
        line.cut()
        await at.log_in(OFFICER)
        await choose(at, "ออกหน่วยเคลื่อนที่")
        await at.see("สถานที่", "ไม่หมดอายุคืนนี้")
        at.app.screen.query_one("#field").value = "ก" * 101  # as pasted
        await at.press("enter")
        await at.see("! ", "ยาวเกิน")
        at.app.screen.query_one("#field").value = ""
        await at.type("อ.แม่แจ่ม")
        await at.press("enter")
        await at.see("ตามคำสั่งที่")
        await at.type("112/2569")
        await at.press("enter")
        await at.see("วันสุดท้าย")
        await at.type("18/11/2569")
        await at.press("enter")
        await at.see("! ", "ต้องเป็นวันนี้หรือภายใน 14 วัน")
        await at.press(*["backspace"] * 10)
        await at.type("/ๅฝๅๅฝ/ถุต")  # the same keys, in the Thai layout
        await at.press("enter")
        await at.see("ออกหน่วยเคลื่อนที่ ณ อ.แม่แจ่ม ตามคำสั่งที่ 112/2569", "● ออกหน่วยเคลื่อนที่ ถึง 21 พ.ย. 2569")
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("… รอส่ง", "หมดอายุเมื่อจบเรื่อง", "หรือหลัง 21 พ.ย. 2569")
        await at.press("escape", "escape")
        await at.until(lambda: at.here == "HomeScreen", "Home")
        # Back again: the harmless answer comes first.
        await choose(at, "● ออกหน่วยเคลื่อนที่")
        await at.see("► ไม่เปลี่ยน", "กลับแล้ว")
        await at.press("down", "enter")
        await at.see("จบการออกหน่วยแล้ว")
        assert "● ออกหน่วย" not in at.shown()


async def test_who_serves_nobody_is_not_offered_it(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(CONTROLLER)
        assert "ออกหน่วย" not in at.shown()
