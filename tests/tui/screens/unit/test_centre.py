"""The head enrols the office at the ministry's centre, by the keyboard alone."""

from __future__ import annotations

from store.exchange.enrolment import normal
from store.proof.checkpoint import make_checkpoint
from store.queue.endpoints import CENTRE
from store.staff.people_list import PeopleLists, grouped
from sync.centre.admission import confirm, revoke
from sync.practice.network import PracticeNetwork
from sync.run.engine import Engine
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, open_books
from tests.tui.counter import Counter, Office, counter

TO_DO = "! ลงทะเบียนหน่วยงานกับส่วนกลางของกระทรวง"


async def enrol(at: Counter, address: str, code: str) -> None:
    """From the question for the address to the signed request."""
    await at.see("ที่อยู่ (URL)")
    await at.type(address)
    await at.press("enter")
    await at.see("รหัสลงทะเบียน", address)
    await at.type(code)
    await at.press("enter")
    await at.see("รหัสผ่านของท่าน")
    await at.type(PASSPHRASE[HEAD])
    await at.press("enter")
    await at.until(lambda: at.here not in ("TypeIn", "Question"), "the signature")


async def to_row(at: Counter, row: str) -> None:
    while f"► {row}" not in at.shown():
        before = at.shown()
        await at.press("down")
        assert at.shown() != before, f"no row {row} in\n{before}"


async def test_the_head_enrols_the_office_with_the_code_of_the_letter(
    office: Office, line: PracticeNetwork
) -> None:
    locations, centre = office(), line.centre
    code = centre.code("5001")
    async with counter(locations) as at:
        await at.log_in(HEAD)
        await to_row(at, TO_DO)
        await at.press("enter")
        await at.see("ที่อยู่ (URL)", "หนังสือของกระทรวง")
        await at.type("http://nocopy.example")
        await at.press("enter")
        await at.see("โปรดใช้ https")
        assert at.here == "TypeIn", "what is wrong with it is said where it was typed"
        await at.press(*["backspace"] * 30)
        await at.type(centre.url)
        await at.press("enter")
        await at.see("รหัสลงทะเบียน")
        await at.type("abcd")
        await at.press("enter")
        await at.see("32")
        await at.press(*["backspace"] * 4)
        await at.type(code.lower())
        await at.press("enter")
        await at.see("รหัสผ่านของท่าน")
        await at.type(PASSPHRASE[HEAD])
        await at.press("enter")
        await at.until(lambda: at.here == "HomeScreen" and TO_DO not in at.shown(), "the enrolment")
        await to_row(at, "หน่วยงาน: บุคลากร")
        await at.press("enter")
        await at.see("● ลงทะเบียนแล้ว")
        await to_row(at, "  ส่วนกลางของกระทรวง")
        await at.press("enter")
        # What the head reads to the ministry by telephone is what the ministry confirms.
        books = at.app.books
        last = PeopleLists(books).last()
        assert last is not None
        await at.see(normal(code)[16:], grouped(last.sha256))
        confirm(centre.centre, "5001", "01", grouped(last.sha256))
        await at.see("► ไม่ทำ")
        await at.press("enter")
        await at.until(lambda: at.here == "PeopleScreen", "the unit")


async def test_a_code_that_is_refused_says_why_and_another_one_takes_its_place(
    office: Office, line: PracticeNetwork
) -> None:
    locations, centre = office(), line.centre
    async with counter(locations) as at:
        await at.log_in(HEAD)
        await to_row(at, TO_DO)
        await at.press("enter")
        await enrol(at, centre.url, centre.code("5002"))
        await at.until(lambda: at.app.counts.get("quarantined"), "the centre's answer")
        await at.see("! รอส่ง 1 รายการ ต้องให้ท่านดู")
        await to_row(at, "หน่วยงาน: บุคลากร")
        await at.press("enter")
        await at.see("! ยังไม่ได้ลงทะเบียน: ถูกปฏิเสธ")
        await to_row(at, "  ส่วนกลางของกระทรวง")
        await at.press("enter")
        await at.see("► ไม่ทำ", "ลงทะเบียนด้วยรหัสในหนังสือ")
        await at.press("down", "enter")
        await at.see("ที่อยู่ (URL)", centre.url)
        await enrol(at, centre.url, centre.code("5001"))
        await at.see("● ลงทะเบียนแล้ว")


async def test_a_unit_that_the_centre_does_not_know_any_more_is_to_be_enrolled_again(
    office: Office, line: PracticeNetwork
) -> None:
    locations, centre = office(), line.centre
    async with counter(locations) as at:
        await at.log_in(HEAD)
        await to_row(at, TO_DO)
        await at.press("enter")
        await enrol(at, centre.url, centre.code("5001"))
        await at.until(lambda: at.app.books.is_enrolled, "the enrolment")
    revoke(centre.centre, "5001", None)
    books = open_books(locations, HEAD)
    make_checkpoint(books)
    Engine(books).run()
    assert [pause.endpoint for pause in books.endpoints.paused()] == [CENTRE]
    books.close()
    async with counter(locations) as at:
        await at.log_in(HEAD)
        await at.see(TO_DO)


async def test_an_officer_is_not_asked_to_enrol(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        assert TO_DO not in at.shown()
