"""Documents that wait: what row 23 and row 24 say of them, and where Tab and F4 lead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reader.practice_people import PEOPLE
from store.counter.visitor import Visitor
from store.queue.process_token import process_token
from sync.practice.gdx_twin import Fault
from sync.practice.network import PracticeNetwork
from tests.rig.clock import LaterClock
from tests.rig.office import OFFICER, open_books
from tests.tui.counter import Office, card_without_network, counter


async def test_tab_goes_between_question_list_and_keys_and_row_24_says_so(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await card_without_network(at, line)
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        assert "Tab" not in at.row(-1), "no question is open: there is one area"
        await at.press("enter")
        await at.see("» ทะเบียนบ้าน", "► รอผล", "Tab ไปมา")
        await at.press("tab")
        await at.see("► ทะเบียนบ้าน", "» รอผล", "F4 ช่องทาง", "Tab ไปมา")
        # The keys come last; one of them is Tab itself, for keyboards without that key at hand.
        await at.press("tab", "tab")
        await at.see("» ทะเบียนบ้าน", "► รอผล")
        await at.press("tab", "f4")
        await at.see("» ทะเบียนบ้าน", "► รอผล")
        # The list's other rows: the question closes, and F4 opens it for the row under the cursor.
        await at.press("tab", "down")
        await at.see("► ทะเบียนสมรส", "── ทะเบียนสมรส: ยังไม่ได้ผล", "กด F4")
        assert "Tab" not in at.row(-1)
        await at.press("f4")
        await at.see("── ทะเบียนสมรส: ยังไม่ได้ผล", "► รอผล")


@pytest.mark.parametrize("lang", ["th", "en"])
async def test_after_ten_seconds_row_23_offers_f4(office: Office, line: PracticeNetwork, lang: str) -> None:
    clock = LaterClock()
    line.gateway.fault = Fault.SILENT
    async with counter(office(), clock=clock, lang=lang) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("F4")
        await at.press("enter", "enter")
        rows = {"th": ("กำลังขอ", "ใช้เอกสารตัวจริง"), "en": ("asking", "F4: the original")}[lang]
        await at.see(rows[0])
        assert rows[1] not in at.row(-2)
        clock.ahead = timedelta(seconds=12)
        # The cursor stands on the card's row, where F4 does nothing: it is led to the one that waits.
        await at.see({"th": "เลื่อนไปแล้วกด F4", "en": "F4 there"}[lang])
        await at.press("down")
        await at.see(rows[1])
        assert "…" not in at.row(-2), "the sentence is not cut"
        await at.press("f4")
        await at.see({"th": "ผลที่เข้ามาทีหลังจะไม่ถูกใช้", "en": "is thrown away"}[lang])
        line.cut()


async def test_what_waits_for_the_network_is_not_said_to_go_now(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await card_without_network(at, line)
        await at.press("enter", "enter")
        await at.see("► รอผล")
        await at.press("escape", "escape")
        await at.see("► เรื่องเปิด 00001", "รอส่ง 2 รายการ")
        await at.press("down", "enter")
        await at.see("… รอเครือข่าย", "เมื่อมีเครือข่าย")
        assert "เดี๋ยวนี้" not in at.row(5)
        await at.press("escape")
        line.restore()
        # Home shows by itself that they have been sent; the cursor stays.
        await at.until(lambda: "รอส่ง 2" not in at.shown(), "nothing waits any more")
        assert at.row(10).rstrip().endswith("│ รอส่ง 0")
        assert at.row(9).startswith(" ► เรื่องเปิด 00001")


async def test_what_the_other_end_refuses_is_not_said_to_go_by_itself(office: Office) -> None:
    locations = office()
    books = open_books(locations)
    visit = books.visits.open("S01", Visitor(PEOPLE[0].citizen_id, identity="none"), documents=["D02"])
    books.visits.obtain(visit.id)
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process=process_token())
    assert job is not None
    assert books.queue.quarantine(job, "refused", "no such service")
    books.visits.park(visit.id)
    books.close()
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.see("! รอส่ง 1 รายการ ต้องให้ท่านดู")
        await at.press("down", "enter")
        await at.see("► × ส่งไม่ได้", "no such service")
        assert "ไม่ส่งเอง ดูข้างล่าง" in at.row(-2)
        assert at.shown().count("จะไม่ส่งซ้ำเอง") == 1
