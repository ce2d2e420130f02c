"""The month's end by three people at the screen, to the ministry's receipt."""

from __future__ import annotations

from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.counter.visitor import Visitor
from store.exchange import enrolment
from sync.practice.network import PracticeNetwork
from tests.rig.clock import at as later
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.tui.counter import Counter, Office, counter


def served(locations: Locations, line: PracticeNetwork, clock: HandClock) -> None:
    """The unit is enrolled, and one lookup without a card was answered: a finding."""
    books = open_books(locations, HEAD, clock)
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), line.centre_url, line.centre.code("5001"))
    books.close()
    books = open_books(locations, OFFICER, clock)
    person = PEOPLE[0].citizen_id
    visit = books.visits.open("S01", Visitor(person, identity="none"), documents=["D02"])
    books.visits.obtain(visit.id)
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
    assert job is not None
    books.lookups.answered(job, "obtained", {}, 900)
    books.visits.close(visit.id)
    books.close()


async def sign(at: Counter, who: str) -> None:
    await at.press("f9")
    await at.see("รหัสผ่านของท่าน")
    await at.type(PASSPHRASE[who])
    await at.press("enter")


async def summed_up(at: Counter) -> None:
    """The officer: the month stands first, its finding is explained, F9 signs."""
    await at.see("► สรุปงาน พ.ย. 2569 ภายใน 3 ธ.ค.")
    await at.press("enter")
    await at.see("พฤศจิกายน 2569", "► สรุป ภายใน 3 ธ.ค.", "ขอข้อมูลโดยไม่มีบัตร", "5 ธ.ค. 2569 เป็นวันหยุด")
    # What is still open is told before the signature, and so is what the head will ask.
    await at.see("ก่อนลงนาม", "● ไม่มีเรื่องเปิดค้าง", "ยังไม่ชี้แจง 1 เรื่อง")
    await at.press("f4")
    await at.type("ลืมบัตร แต่รู้จักกัน")
    await at.press("enter")
    await at.see("ชี้แจงแล้ว")
    await at.press("f9")
    await at.type("not the passphrase")
    await at.press("enter")
    await at.see("! รหัสผ่านไม่ถูกต้อง ยังไม่ได้ลงนาม")
    await at.press("escape")
    await sign(at, OFFICER)
    await at.see("ลงนามสรุปแล้ว", "● สรุป สมชาย")
    assert "F9" not in at.row(-1), "who summed up cannot check"


async def checked(at: Counter) -> None:
    """The controller."""
    await at.see("► ตรวจสรุป พ.ย. 2569")
    await at.press("enter")
    await at.see("F9 ลงนาม", "คำชี้แจงของนายสมชาย ใจดี (1 ธ.ค.): ลืมบัตร แต่รู้จักกัน")
    await sign(at, CONTROLLER)
    await at.see("ตรวจและลงนามแล้ว")


async def approved(at: Counter) -> None:
    """The head: no signature before the decision, which opens on the harmless answer."""
    await at.see("► พิจารณา พ.ย. 2569")
    await at.press("enter")
    await at.press("f4")
    await at.see("ขอคำชี้แจงเพิ่ม")
    await at.press("escape")
    await at.see("ยังลงนามไม่ได้: มี 1 เรื่อง", "ลืมบัตร แต่รู้จักกัน")
    assert "F9" not in at.row(-1)
    await at.press("f4", "enter")
    await at.see("ยังลงนามไม่ได้: มี 1 เรื่อง")
    await at.press("f4", "down", "enter")
    await at.see("รับฟังได้", "รายงาน Supervisor")
    await sign(at, HEAD)
    await at.see("● ใบรับของกระทรวง", "ส่งถึง Supervisor แล้ว ได้ใบรับ")
    view = at.app.books.months.status("2026-11")
    assert view.state == "acknowledged"
    assert view.receipt is not None
    assert "● เห็นชอบ ประสิทธิ์ 1 ธ.ค." in at.row(5), "who signed when stays in sight"


async def told_step_by_step(at: Counter) -> None:
    """Each step of the month is a line of its own, in words."""
    await at.press("escape", "f3")
    await at.type("งานเดือน")
    await at.see("ขั้น กระทรวงรับแล้ว", "เดือน พ.ย. 2569")
    await at.press("down")
    await at.see("ขั้น เตรียมส่ง")
    await at.press("escape", "escape")
    await at.see("พฤศจิกายน 2569", "● ส่งแล้ว ได้ใบรับ ")


async def test_the_month_is_summed_up_checked_approved_and_delivered(
    office: Office, line: PracticeNetwork
) -> None:
    clock = HandClock("2026-11-30T10:00:00")
    locations = office(clock())
    clock.set("2026-11-30T10:05:00")
    served(locations, line, clock)
    clock.set("2026-12-01T08:40:00")
    # The centre's clock, too: it takes no signature of somebody who is not appointed yet by it.
    with later(clock()):
        await the_whole_way(locations, clock)


async def the_whole_way(locations: Locations, clock: HandClock) -> None:
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await summed_up(at)
        await at.press("f12")
        await at.log_in(CONTROLLER)
        await checked(at)
        await at.press("f12")
        await at.log_in(HEAD)
        await approved(at)
        await told_step_by_step(at)
