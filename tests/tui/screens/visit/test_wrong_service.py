"""The wrong service was chosen, and noticed after the first Enter: F8, and on with the right one."""

from __future__ import annotations

from reader.practice_people import PEOPLE
from sync.practice.network import PracticeNetwork
from tests.rig.office import OFFICER
from tests.rig.pdf import pages
from tests.tui.counter import Counter, Office, counter
from tui.papers.slip import slip

LAND = "สมุดทะเบียนเกษตรกร"  # what service 02 needs beside the card and the house


async def asked_for_01(at: Counter) -> None:
    """The card, service 01, and everything that it needs is asked for."""
    await at.log_in(OFFICER)
    at.desk.insert(PEOPLE[0])
    await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")
    await at.press("enter")
    await at.see("เลขเรื่อง 01-", "01 ขอกู้ยืม")
    await at.press("enter")


async def to_the_services(at: Counter) -> None:
    """F8, and the reason that leads to another service."""
    await at.press("f8")
    await at.see("► ไม่ทำ", "เลือกงานผิด")
    await at.press("down", "down", "enter")
    await at.see("► ไม่เปลี่ยน ยังเป็นงาน 01")


async def to_service_02(at: Counter) -> None:
    await to_the_services(at)
    await at.press("down")
    await at.see("► 02  ")
    await at.press("enter")
    await at.see("02 ขอความช่วยเหลือผู้ประสบภัย", "เปลี่ยนเป็นงาน 02 แล้ว")


def row_of(at: Counter, document: str) -> str:
    return next(row for row in at.shown().split("\n") if document in row.partition("│")[2])


async def test_what_has_come_goes_along_to_the_right_service_and_no_gateway_is_asked_again(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await asked_for_01(at)
        await at.see("ได้ครบ 3 รายการ")
        lookups, number = line.gateway.lookups, at.app.books.visits.unfinished()[0].id
        await to_the_services(at)
        await at.press("down")
        # Before anything is written the officer sees what is here already, and what will not be used.
        await at.see("── งาน 02 ใช้เอกสาร", "งานนั้นไม่ใช้: ทะเบียนสมรส")
        assert "● ได้แล้ว" in row_of(at, "ทะเบียนบ้าน")
        assert "จากตัวจริง" in row_of(at, LAND)
        await at.press("enter")
        await at.see(f"เลขเรื่อง {number}", "02 ขอความช่วยเหลือ", "เปลี่ยนเป็นงาน 02 แล้ว  ได้แล้ว 2 จาก 3")
        assert "● ได้แล้ว" in row_of(at, "บัตรประชาชน")
        assert "– ไม่ต้องใช้" in row_of(at, "ทะเบียนสมรส")
        assert "○ ยังไม่ขอ" in row_of(at, LAND)
        # The person on the left is the same, and the answer is read without being asked for.
        await at.press("down")
        await at.see("นายทดลอง ใจดี", "5001-000000-0", "● ตรงกับบัตร")
        await at.press("down", "down", "f4", "down", "enter")
        await at.see("บันทึกว่าถ่ายสำเนาแล้ว")
        assert line.gateway.lookups == lookups
        shown = "".join(pages(slip(at.app.books, at.app.books.visits.get(number))))
        assert shown.count("ไม่ต้องใช้") == 1
        await at.press("f9")
        await at.see("จบเรื่องแล้ว", "1 เรื่อง", "4 ครั้ง ใน 1 เรื่อง", "ใช้สำเนา 3 ฉบับ")
        ledger = at.app.books.ledger
        assert {one.service for one in ledger.lines(visit=number, kind="use")} == {"S01", "S02"}
        assert [one.service for one in at.app.books.months.status(ledger.month_now()).rows] == ["S02"]


async def test_what_waits_for_the_network_goes_along_and_goes_once(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        line.cut()
        await asked_for_01(at)
        await at.see("ผู้รับบริการมีเอกสารตัวจริงมาด้วยหรือไม่")
        await at.press("escape")
        before = line.gateway.lookups
        await to_service_02(at)
        assert "… รอส่ง" in row_of(at, "ทะเบียนบ้าน")
        assert at.app.books.queue.counts()["waiting"] == 1
        line.restore()
        await at.until(lambda: "● ได้แล้ว" in row_of(at, "ทะเบียนบ้าน"), "the answer")
        assert line.gateway.lookups == before + 1
        answers = at.app.books.ledger.lines(kind="answer")
        assert [(one.document, one.service) for one in answers] == [("D02", "S02")]


async def test_neither_stray_enters_nor_esc_change_the_service(office: Office, line: PracticeNetwork) -> None:
    async with counter(office()) as at:
        await asked_for_01(at)
        await at.see("ได้ครบ 3 รายการ")
        size = at.app.books.ledger.count()
        await at.press("f8", "down", "down")
        await at.series("enter", 7, 0.45)
        await at.until(lambda: at.here != "Question", "the question to be gone")
        await to_the_services(at)
        await at.press("down", "escape")
        await at.see("01 ขอกู้ยืม", "● ได้แล้ว")
        assert at.here == "DocumentsScreen"
        assert at.app.books.ledger.count() == size


async def test_a_visit_of_somebody_concerned_is_named_where_it_stays_in_the_wrong_service(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await asked_for_01(at)
        await at.see("ได้ครบ 3 รายการ")
        at.desk.remove()
        await at.see("○ ไม่มี")
        at.desk.insert(PEOPLE[1])
        await at.see("F2")
        await at.until(lambda: at.app.card.card is not None, "the other card")
        await at.press("f2", "down", "enter")
        await at.see("เลขเรื่อง 01-69-00002", "นางมาลี")
        await at.press("enter")
        await at.see("ได้ครบ 3 รายการ")
        await at.press("escape")
        await at.see("เลขเรื่อง 01-69-00001")
        await to_the_services(at)
        await at.press("down", "enter")
        await at.see("เรื่อง 00002 ของผู้เกี่ยวข้องยังเป็นงาน 01 ให้กด F8 ที่นั่น")
        assert at.app.books.visits.get("01-69-00002").service == "S01"
