"""The end of the day: what is still open stands on one page, and the next morning says what expired."""

from __future__ import annotations

import pytest

from reader.practice_people import PEOPLE
from store.counter import mobile_day, slips
from sync.practice.network import PracticeNetwork
from sync.run import network_watch
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, OFFICER, ask, open_books
from tests.tui.counter import Counter, Office, counter

AFTERNOON, AFTER_HOURS, MORNING = "2026-11-19T15:40:00", "2026-11-19T16:31:00", "2026-11-20T08:20:00"
EXPIRED = "คำขอ 2 รายการหมดอายุก่อนได้คำตอบ เปิดเรื่องเพื่อขอใหม่ หรือใช้ตัวจริง"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(AFTERNOON)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is probed all the time, so that what happens over night shows at once."""
    monkeypatch.setattr(network_watch, "EVERY_S", 0.05)


async def wait_for_two_answers(at: Counter) -> None:
    """A visit with a card, whose two requests wait for the network; it is set aside."""
    at.desk.insert(PEOPLE[0])
    await at.see("เลือกงานบริการ")
    await at.press("enter", "enter")
    await at.see("… รอส่ง")
    await at.press("escape", "escape")
    await at.until(lambda: at.here == "HomeScreen", "Home")
    at.desk.remove()
    queue = at.app.books.queue
    await at.until(lambda: {job.state for job in queue.list()} == {"waiting"}, "nothing under way")


async def test_who_leaves_sees_what_is_open_and_may_look_at_it_or_go(
    office: Office, line: PracticeNetwork, clock: HandClock
) -> None:
    locations = office(clock())
    books = open_books(locations, clock=clock)
    slips.wait(books, books.visits.close(ask(books, "D02"), force=True).id)
    books.close()
    line.cut()
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await at.see("ใช้ไม่ได้")
        await wait_for_two_answers(at)
        await at.press("escape")
        await at.see("ปิดงานวันนี้", "► ยังไม่ปิด", "ปิดโปรแกรม", "ยังค้างอยู่ 2 รายการ", "ใบแจ้งเรื่อง 00001 ยังไม่พิมพ์")
        await at.see("เรื่องเปิด 00002 ทดลอง", "! คำขอ 2 รายการหมดอายุสิ้นวันนี้")
        assert at.row(-2).startswith(" คำขอ 2 รายการหมดอายุเมื่อสิ้นวันนี้ถ้ายังไม่ได้คำตอบ ปิดโปรแกรมแล้วจะไม่ส่ง")
        # One of them is opened, and finished without the awaited answers.
        await at.press("down", "down", "enter")
        await at.see("เลขเรื่อง 01-69-00002")
        await at.press("f9", "down", "enter")
        await at.see("► ยังไม่ปิด", "ยังค้างอยู่ 1 รายการ")
        assert "หมดอายุ" not in at.shown()
        await at.press("down", "down", "enter", "down", "down", "enter")
        await at.see("● ไม่มีสิ่งที่ค้าง")
        await at.press("enter")
        await at.until(lambda: at.here == "HomeScreen", "Home again")
        # Where nothing is open the program only asks.
        await at.press("escape")
        await at.until(lambda: at.here == "Question", "the question")
        await at.press("escape")


async def test_closing_is_never_held_up_and_takes_the_same_keys_as_ever(
    office: Office, line: PracticeNetwork, clock: HandClock
) -> None:
    line.cut()
    async with counter(office(clock()), clock=clock) as at:
        await at.log_in(OFFICER)
        await at.see("ใช้ไม่ได้")
        await wait_for_two_answers(at)
        await at.press("escape", "down", "enter")
        await at.until(lambda: not at.app.is_running, "the end")
        assert at.app.return_code == 0


async def test_when_the_office_closes_home_says_what_ends_and_moves_no_cursor(
    office: Office, line: PracticeNetwork, clock: HandClock
) -> None:
    line.cut()
    async with counter(office(clock()), clock=clock) as at:
        await at.log_in(OFFICER)
        await at.see("ใช้ไม่ได้")
        await wait_for_two_answers(at)
        await at.see("► เรื่องเปิด 00001 ทดลอง")
        assert "หมดเวลาราชการ" not in at.shown()
        clock.set(AFTER_HOURS)
        await at.see("! หมดเวลาราชการ คำขอ 2 รายการหมดอายุคืนนี้", "► เรื่องเปิด 00001 ทดลอง")
        await at.press("up", "enter")
        await at.see("ปิดงานวันนี้", "► ยังไม่ปิด", "! คำขอ 2 รายการหมดอายุสิ้นวันนี้")
        # While locked, too, the program says what would be lost by closing it.
        await at.press("f12", "escape")
        await at.see("แต่คำขอ 2 รายการหมดอายุเมื่อสิ้นวันนี้", "ส่งได้เมื่อผู้ขอเข้าใช้งานอีกครั้งเท่านั้น")
        await at.press("escape")
        await at.log_in(CONTROLLER)
        assert "หมดเวลาราชการ" not in at.shown(), "who serves nobody is not asked about it"
        await at.press("escape")
        await at.until(lambda: at.here == "Question", "the plain question")


async def test_on_a_mobile_service_day_nothing_ends_with_the_day(
    office: Office, line: PracticeNetwork, clock: HandClock
) -> None:
    locations = office(clock())
    books = open_books(locations, clock=clock)
    mobile_day.begin(books, "ณ อ.แม่แจ่ม", clock().date().replace(day=21))
    books.close()
    line.cut()
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await at.see("ใช้ไม่ได้")
        await wait_for_two_answers(at)
        clock.set(AFTER_HOURS)
        await at.see("หมดเวลาราชการแล้ว ยังค้างอยู่ 1 รายการ")
        await at.press("escape")
        await at.see("ปิดงานวันนี้", "เรื่องเปิด 00001 ทดลอง", "เรื่องที่เปิดอยู่และรายการรอส่งยังอยู่ครบ")
        assert "หมดอายุ" not in at.shown()
        await at.press("escape")
        clock.set(MORNING)
        await at.see("08:20", "เรื่องเปิด 00001 ทดลอง")
        assert "หมดอายุ" not in at.shown()


@pytest.mark.parametrize("night", ["closed", "locked", "open"])
async def test_the_next_morning_says_what_expired(
    office: Office, line: PracticeNetwork, clock: HandClock, night: str
) -> None:
    locations = office(clock())
    line.cut()
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await at.see("ใช้ไม่ได้")
        await wait_for_two_answers(at)
        if night == "locked":
            await at.press("f12")
        if night != "closed":
            clock.set(MORNING)
        if night == "locked":
            left = at.app.who_is_in.left
            assert left is not None
            await at.until(lambda: not left.queue.list(), "the night behind the lock")
            await at.log_in(OFFICER)
        if night != "closed":
            await morning(at)
    if night == "closed":
        clock.set(MORNING)
        async with counter(locations, clock=clock) as at:
            await at.log_in(OFFICER)
            await morning(at)


async def morning(at: Counter) -> None:
    """What Home says, and where it leads."""
    await at.see(EXPIRED, "► ! คำขอหมดอายุ 2 รายการ เรื่อง 00001 ทดลอง")
    await at.press("enter")
    await at.see("เลขเรื่อง 01-69-00001", "! หมดอายุ")
    await at.press("down", "f4")
    await at.see("มีตัวจริง")
    await at.press("down", "down", "enter", "escape")
    await at.see("► ! คำขอหมดอายุ 1 รายการ เรื่อง 00001 ทดลอง")
    assert EXPIRED not in at.shown()
