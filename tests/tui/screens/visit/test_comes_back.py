"""A citizen who waits while another is served, and one who comes back another day."""

from __future__ import annotations

import pytest

from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.counter.visitor import Visitor
from tests.rig.lines import HandClock
from tests.rig.office import OFFICER, open_books
from tests.tui.counter import Counter, counter

FIRST, SECOND = PEOPLE[0], PEOPLE[1]


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-19T09:00:00")


async def take_out(at: Counter) -> None:
    at.desk.remove()
    await at.until(lambda: at.app.card.state == "empty", "the reader to be empty")


async def put_in(at: Counter, person: object) -> None:
    """The card of that person, after the last one has left."""
    await take_out(at)
    at.desk.insert(person)
    await at.until(lambda: at.app.card.card is not None, "the card")


async def asked_and_set_aside(at: Counter, person: object) -> None:
    """From Home: a visit of that card's owner, in which everything is asked for, set aside."""
    await put_in(at, person)
    await at.see("เลือกงานบริการ")
    await at.press("enter")
    await at.see("○ ยังไม่ขอ")
    await at.press("enter", "escape", "escape")
    await at.see("หน้าหลัก", "ไว้แล้ว ผลที่ขอไว้")
    await take_out(at)


def cursor(at: Counter) -> str:
    return next(row for row in at.shown().split("\n") if "►" in row)


async def test_a_visit_set_aside_is_reminded_of_after_half_an_hour_and_nothing_else_moves(
    locations: Locations, clock: HandClock
) -> None:
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await asked_and_set_aside(at, FIRST)
        await at.see("► เรื่องเปิด 00001 ทดลอง พักเมื่อ 09:00")
        await at.press("down", "down", "down")
        await at.see("พร้อมรับเรื่องใหม่")
        before = cursor(at)
        clock.go(minutes=29)
        assert "ตั้งแต่" not in at.row(-2)
        clock.go(minutes=1)
        assert at.row(-2).strip() == "พร้อมรับเรื่องใหม่  เรื่อง 00001 พักไว้ตั้งแต่ 09:00"
        assert (at.here, cursor(at)) == ("HomeScreen", before)
        # The next citizen is served: the reminder stands beside what has just happened.
        clock.go(minutes=15)
        await asked_and_set_aside(at, SECOND)
        await at.see("เรื่องเปิด 00002 มาลี พักเมื่อ 09:45", "เรื่อง 00001 พักไว้ตั้งแต่ 09:00")
        clock.go(minutes=30)
        await at.see("พักไว้ 2 เรื่อง เรื่องแรกตั้งแต่ 09:00")
        # A visit that was opened and set aside again waits from then on.
        await at.press("up", "enter")
        await at.see("เลขเรื่อง 01-69-00001")
        await at.press("escape")
        await at.see("เรื่องเปิด 00001 ทดลอง พักเมื่อ 10:15", "เรื่อง 00002 พักไว้ตั้งแต่ 09:45")
        # On another day nobody waits at the counter any more: the row says since which day.
        clock.set("2026-11-20T09:00:00")
        await at.press("down")
        at.app.refresh_counts()
        await at.see("เรื่องเปิด 00001 ทดลอง พักเมื่อ 19 พ.ย.")
        assert "ตั้งแต่" not in at.row(-2)


async def test_the_card_offers_its_own_open_visit_first_also_that_of_who_came_for_another(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    visit = books.visits.open(
        "S01",
        Visitor(SECOND.citizen_id, identity="card_face", comer="mandate", comer_id=PEOPLE[2].citizen_id),
    )
    books.visits.park(books.visits.obtain(visit.id).id)
    books.close()
    clock.set("2026-11-26T10:00:00")
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        for person in (SECOND, PEOPLE[2]):
            await put_in(at, person)
            await at.see("► เรื่องเปิด 01-69-00001: ทำต่อ")
            await at.press("escape")
        await put_in(at, SECOND)
        await at.see("► เรื่องเปิด 01-69-00001: ทำต่อ")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-69-00001")
        assert [one.id for one in at.app.books.visits.unfinished()] == [visit.id]


async def test_after_a_finished_visit_the_next_one_of_the_same_service_names_it_and_writes_nothing_of_it(
    locations: Locations, clock: HandClock
) -> None:
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await asked_and_set_aside(at, FIRST)
        at.app.books.visits.close("01-69-00001", force=True)
        clock.set("2026-11-26T10:00:00")
        await put_in(at, FIRST)
        await at.see("► 01  ", "ต่อเนื่องจากเรื่อง 01-69-00001 จบเมื่อ 19 พ.ย.")
        await at.press("down")
        await at.see("► 02  ")
        assert "ต่อเนื่อง" not in at.shown()
        await at.press("up", "enter")
        await at.see("เลขเรื่อง 01-69-00002 · ต่อเนื่องจาก 01-69-00001")
        await at.press("enter")
        books = at.app.books
        assert books.database.value("SELECT count(*) FROM sealed WHERE field = 'reference'") == 0
        # A month later there is no sign that it is the same matter.
        books.visits.close("01-69-00002", force=True)
        assert books.visits.continued("thai_person", FIRST.citizen_id)["S01"].id == "01-69-00002"
        clock.set("2026-12-27T10:00:00")
        assert books.visits.continued("thai_person", FIRST.citizen_id) == {}


async def test_of_a_number_that_was_only_typed_nothing_is_told_before_the_ledger_knows_who_asked(
    locations: Locations, clock: HandClock
) -> None:
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await asked_and_set_aside(at, FIRST)
        at.app.books.visits.close("01-69-00001", force=True)
        await at.press("f2", "down", "down", "enter")
        await at.see("เลข 13 หลัก")
        await at.type(FIRST.citizen_id)
        await at.press("enter")
        await at.see("► 01  ")
        assert "ต่อเนื่อง" not in at.shown()
        await at.press("enter")
        await at.see("เลขเรื่อง 01-69-00002")
        assert "ต่อเนื่อง" not in at.shown()
        await at.press("enter")
        await at.see("เลขเรื่อง 01-69-00002 · ต่อเนื่องจาก 01-69-00001")
