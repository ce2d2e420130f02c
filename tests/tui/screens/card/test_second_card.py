"""A second card in an open visit, and several readers: the officer says whose it is."""

from __future__ import annotations

from reader.practice_people import PEOPLE
from reader.virtual_card import FOREIGN_APPLET
from tests.rig.office import OFFICER
from tests.tui.counter import Counter, Office, counter
from tests.tui.screens.card.cards import HOME, of_officer


async def opened(at: Counter) -> str:
    """A visit of the first citizen, with its documents obtained; its id."""
    await at.log_in(OFFICER)
    at.desk.insert(PEOPLE[0])
    await at.see("เลือกงานบริการ")
    await at.press("enter", "enter")
    await at.see("ได้ครบ 3 รายการ")
    (visit,) = at.app.books.visits.unfinished()
    return visit.id


async def test_a_second_card_in_an_open_visit_asks_whose_it_is_and_does_nothing_by_itself(
    office: Office,
) -> None:
    async with counter(office()) as at:
        visit = await opened(at)
        at.desk.insert(of_officer(OFFICER))
        await at.see("บัตรนี้เป็นของเจ้าหน้าที่ (นายสมชาย ใจดี) เรื่องนี้ยังเปิดอยู่ตามเดิม")
        at.desk.insert(PEOPLE[1])
        await at.see("กด F2 เลือกว่าเป็นบัตรของใคร")
        assert (at.here, "นายทดลอง ใจดี" in at.shown()) == ("DocumentsScreen", True)
        await at.press("f2")
        await at.see("► ไม่ใช้บัตรนี้", "ผู้เกี่ยวข้องในเรื่องเดิม", "ผู้รับบริการคนใหม่")
        await at.press("enter")
        await at.see("ได้ครบ 3 รายการ")
        assert [one.id for one in at.app.books.visits.unfinished()] == [visit]


async def test_someone_concerned_gets_documents_of_their_own_under_the_same_matter(office: Office) -> None:
    async with counter(office()) as at:
        visit = await opened(at)
        at.desk.insert(PEOPLE[1])
        await at.see("กด F2 เลือก")
        await at.press("f2", "down", "enter")
        await at.see("นางมาลี ศรีสุข", f"เกี่ยวข้องกับเรื่อง {visit}")
        await at.press("enter")
        await at.see("ได้ครบ 3 รายการ")
        await at.press("f9")
        # Back in the first visit, which has waited.
        await at.see("นายทดลอง ใจดี", f"เลขเรื่อง {visit}")
        books = at.app.books
        (own,) = {line.visit for line in books.ledger.lines(kind="use")} - {visit}
        assert own is not None
        told = books.visits.get(own)
        assert (told.subject, told.reference) == (PEOPLE[1].citizen_id, f"เกี่ยวข้องกับเรื่อง {visit}")
        assert told.card_seen_at is not None


async def test_a_new_citizens_card_sets_the_open_visit_aside(office: Office) -> None:
    async with counter(office()) as at:
        visit = await opened(at)
        at.desk.insert(PEOPLE[1])
        await at.see("กด F2 เลือก")
        await at.press("f2", "down", "down", "enter")
        await at.see("เลือกงานบริการ", "นางมาลี ศรีสุข")
        assert "ทดลอง" not in at.shown()
        assert at.app.books.visits.get(visit).state == "waiting"
        at.desk.remove()
        await at.see(HOME, f"เรื่องเปิด {visit[-5:]} ทดลอง")


async def test_of_several_readers_the_officer_chooses(office: Office) -> None:
    async with counter(office()) as at:
        at.desk.plug("Second reader")
        await at.log_in(OFFICER)
        at.desk.insert(of_officer(OFFICER), reader=0)
        await at.see("จึงไม่เริ่มเรื่อง")
        # The citizen's card in the other reader is the newer one.
        at.desk.insert(PEOPLE[0], reader=1)
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")
        await at.press("escape", "f2")
        await at.see("มีบัตรในเครื่องอ่านหลายเครื่อง", "► ใช้บัตรใบนี้ต่อ", "อ่านบัตรในเครื่อง Practice reader")
        await at.press("down", "enter")
        await at.see("บัตรนี้เป็นของเจ้าหน้าที่ (นายสมชาย ใจดี)")
        await at.press("f2", "down")
        await at.see("► อ่านบัตรในเครื่อง Second reader")
        await at.press("enter")
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")


async def test_a_second_card_that_cannot_be_read_is_told_by_what_is_wrong_with_it(office: Office) -> None:
    async with counter(office()) as at:
        await opened(at)
        at.desk.insert(PEOPLE[1].card(applet=FOREIGN_APPLET))
        await at.see("บัตรที่เสียบอยู่ไม่ใช่บัตรประชาชน เรื่องนี้ยังเปิดอยู่ตามเดิม")
        at.desk.insert(PEOPLE[1].card(mute=True))
        await at.see("อ่านบัตรที่เสียบอยู่ไม่ได้ เรื่องนี้ยังเปิดอยู่ตามเดิม")
        assert at.here == "DocumentsScreen"
