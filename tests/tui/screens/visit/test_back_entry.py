"""Back entry by keys alone: what was served on paper during a power cut."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from reader.buddhist_date import BANGKOK
from store.errors import BadInput
from tests.rig.office import CITIZEN, OFFICER
from tests.tui.counter import Office, counter
from tui.words.typed_days import read_day, read_moment

OTHER = "3100600445635"


BEGUN = datetime(2026, 11, 2, 9, 0, tzinfo=BANGKOK)
NOW = datetime(2026, 11, 19, 14, 0, tzinfo=BANGKOK)


async def test_what_was_served_in_a_power_cut_is_written_down_with_its_own_time(office: Office) -> None:
    async with counter(office(BEGUN), clock=lambda: NOW) as at:
        await at.log_in(OFFICER)
        await at.press("f2", *["down"] * 6, "enter")
        await at.see("บันทึกย้อนหลัง", "การขอข้อมูลลงย้อนหลังไม่ได้", "ให้บริการเมื่อ")
        for typed, told in (
            ("14:01", "ยังมาไม่ถึง"),
            ("1/11/2569 10:00", "ขณะนั้นยังไม่มีสมุด"),
            ("noon", "ไม่ใช่เวลา"),
            ("25.00 น.", "ไม่ใช่เวลา"),
        ):
            await at.type(typed)
            await at.press("enter")
            await at.see("! ", told)
            await at.press(*["backspace"] * len(typed))
        await at.type("๑๘/๑๑ ๑๐.๑๕ น.")
        await at.press("enter")
        await at.see("ให้บริการเมื่อ 18 พ.ย. 2569 10:15", "► ไม่บันทึก", "ไฟฟ้าดับ")
        await at.press("down", "enter")
        await at.see("ขณะนั้นแสดงตนอย่างไร", "► ไม่บันทึก")
        await at.press("down", "enter")
        await at.type(CITIZEN)
        await at.press("enter")
        await at.see("เลือกงานบริการ", "! บันทึกย้อนหลัง:", "แสดงตน: หน้าบัตร ")
        assert "Linkage Center" not in at.shown()
        # Also for another person nothing is looked up, and no card has an owner here.
        await at.press("f4")
        await at.see("► ผู้รับบริการเอง", "ผู้รับมอบอำนาจ")
        assert "เจ้าของบัตร" not in at.shown()
        await at.press("down", "enter")
        await at.put(OTHER)
        await at.press("enter")
        await at.put("12/2569")
        await at.press("enter")
        await at.see("ขอข้อมูลจากระบบไม่ได้ ใช้เอกสารตัวจริงเท่านั้น")
        await at.press("f4", "enter")
        await at.see("ผู้มาติดต่อ: ผู้รับบริการเอง")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-", "○ ยังไม่ขอ")
        # Each document is said by itself, and none can be looked up.
        await at.press("f4")
        await at.see("► ไม่เปลี่ยน", "ตัวจริง")
        assert "ขอเอกสารนี้" not in at.shown()
        await at.press("down", "enter")
        await at.see("● ")
        (use,) = at.app.books.ledger.lines(kind="use")
        assert (use.channel, use.error, use.outcome) == ("copy", "back_entry", "obtained")
        await at.press("f9", "down", "enter")
        await at.until(lambda: at.here == "HomeScreen", "Home")
        assert "บันทึกย้อนหลังแล้ว" in at.row(-2), "nobody is there to whom a card could be given back"
        await at.press("f3")
        await at.see("ให้บริการเมื่อ 18 พ.ย. 2569 10:15  เหตุผล: ไฟฟ้าดับ", "บันทึกย้อนหลัง")


@pytest.mark.parametrize("typed", ["21/11/2569", "๒๑/๑๑/๒๕๖๙", "21-11-2026", "/ๅฝๅๅฝ/ถุต", "/ๅ/ๅๅ//ถุต"])
def test_a_day_is_taken_as_people_type_it(typed: str) -> None:
    assert read_day(typed) == date(2026, 11, 21)


@pytest.mark.parametrize("typed", ["", "21/11", "31/11/2569", "21/11/69", "ๅๅ", "//"])
def test_what_is_no_day_is_refused_in_words(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_day(typed)
    assert refused.value.facts["problem"] == "it is not a day like 7/12/2569"


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("10:15", "2026-12-08T10:15:00+07:00"),
        ("7/12 8.05", "2026-12-07T08:05:00+07:00"),
        ("๗/๑๒ ๐๘:๐๕", "2026-12-07T08:05:00+07:00"),
        ("30/12 14:00", "2025-12-30T14:00:00+07:00"),
        ("7/12/2569 1415", "2026-12-07T14:15:00+07:00"),
        ("7/12/2026  14:15", "2026-12-07T14:15:00+07:00"),
        *(
            (typed, "2026-12-08T10:15:00+07:00")
            for typed in ("10.15", "1015", "10:15 น.", "10:15น", " 10.15 น. ")
        ),
        *((typed, "2026-12-08T10:15:00+07:00") for typed in ("๑๐.๑๕ น.", "๑๐:๑๕", "๑๐๑๕")),
        ("915", "2026-12-08T09:15:00+07:00"),
        ("18.11.2569 8.05 น.", "2026-11-18T08:05:00+07:00"),
        # In the Thai layout, with the keys of the row above the letters: 2 and 3 give / and -.
        *((typed, "2026-12-08T10:15:00+07:00") for typed in ("ๅจๅถ", "ๅจซๅถ", "ๅจใๅถ")),
        ("ๅ/ซ-จ", "2026-12-08T12:30:00+07:00"),
        ("/ๅฝๅๅ ๅ-ซ/จ", "2026-11-21T13:20:00+07:00"),
        ("ึฝๅ/ฝ/ถุต คใจถ", "2026-12-07T08:05:00+07:00"),
        ("ึ/ๅ/ คซจถ", "2026-12-07T08:05:00+07:00"),  # the first / from the keypad
    ],
)
def test_a_time_is_taken_as_people_type_it(typed: str, moment: str) -> None:
    assert read_moment(typed, datetime(2026, 12, 8, 16, 0, tzinfo=BANGKOK)).isoformat() == moment


@pytest.mark.parametrize(
    "typed",
    [
        *("", "10", "24:00", "31/11 10:00", "7/12/69 10:00", "yesterday 10:00", "7/12", "1/12", "1-12"),
        *("น.", "10:15 โมง", "๒๕.๐๐ น.", "ๅถซุจ", "/" * 40),
    ],
)
def test_what_is_no_time_is_refused_in_words(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_moment(typed, datetime(2026, 12, 8, 16, 0, tzinfo=BANGKOK))
    assert refused.value.facts["problem"] == "it is not a time like 10:15 or 7/12 10:15"
