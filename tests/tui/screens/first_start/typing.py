"""How a head sets a PC up by keyboard alone."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len

from reader.buddhist_date import BANGKOK
from tests.tui.counter import Counter

MOMENT = datetime(2026, 11, 23, 8, 30, tzinfo=BANGKOK)
UNIT_NAME = "สำนักงานเกษตรและสหกรณ์จังหวัดเชียงใหม่"


def clock() -> datetime:
    return MOMENT


async def begin(at: Counter) -> None:
    await at.see("► ตั้งค่าเครื่องนี้")
    await at.press("enter")
    await at.see("► รหัสหน่วยงาน")


async def to_last(at: Counter) -> None:
    """On to the last step, whichever is shown."""
    while "► ○ 7 สร้างสมุด" not in at.shown():
        await at.press("pagedown")
        assert "Esc กลับ" in at.row(-1)
        assert all(cell_len(row.rstrip()) <= 80 for row in at.shown().split("\n"))


async def confirm_date(at: Counter) -> None:
    """From the last step, where the date is all that is missing."""
    await at.see("► ! 1 วันและเวลา: ยังไม่ยืนยัน")
    await at.press("enter")
    await at.see("► วันและเวลา")
    await at.press("enter")
    await to_last(at)
    await at.see("● ครบแล้ว กด F9")
