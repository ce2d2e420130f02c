"""A visit as the officer works it: by keys alone, with a card, with the line whole and cut."""

from __future__ import annotations

import pytest

from reader.practice_people import PEOPLE
from reader.virtual_card import Chip, VirtualCard
from store.settings.catalogue import OWN_WORK, Channel
from sync.practice.gdx_twin import Fault
from sync.practice.network import PracticeNetwork
from tests.rig.office import (
    OFFICER,
    SECOND,
    ask,
    open_books,
    second_officer,
)
from tests.tui.counter import Office, card_without_network, counter, lines
from tests.tui.screens.visit.unanswered import asked_without_network
from tui.words import translate
from tui.words.visit_words import CHANNELS


async def test_card_enter_enter_f9_serves_a_citizen(office: Office, line: PracticeNetwork) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        # The card alone begins the visit, and its text is there.
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี", "1-2345-67890-12-1")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-", "○ ยังไม่ขอ")
        assert lines(at, "use") == []
        await at.press("enter")
        await at.see("ได้ครบ 3 รายการ")
        await at.press("down")
        await at.see("อำเภอเมืองเชียงใหม่", "5001-000000-0", "● ตรงกับบัตร")
        await at.press("down", "f9")
        await at.see("จบเรื่องแล้ว คืนบัตร")
        assert at.here == "HomeScreen"
        assert lines(at, "use") == [
            ("D01", "card", "obtained"),
            ("D02", "linkage", "asked"),
            ("D04", "linkage", "asked"),
        ]
        assert sorted(lines(at, "answer")) == [
            ("D02", "linkage", "obtained"),
            ("D04", "linkage", "obtained"),
        ]
        # Nothing of the citizen is kept beside the ledger.
        assert at.app.books.database.value("SELECT count(*) FROM answer") == 0
        assert at.app.books.database.value("SELECT count(*) FROM visit WHERE card IS NOT NULL") == 0


async def test_a_service_is_found_by_its_number_in_the_thai_layout_and_esc_leaves_no_trace(
    office: Office,
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        before = at.app.books.ledger.count()
        at.desk.insert(PEOPLE[1])
        await at.see("นางมาลี ศรีสุข")
        await at.type("จ/")  # the keys 0 and 2 while the keyboard is in Thai
        await at.see("► 02  ")
        assert "01  " not in at.shown()
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        await at.press("escape")
        assert at.here == "HomeScreen"
        assert at.app.books.ledger.count() == before
        assert at.app.books.visits.unfinished() == []


async def test_pressing_enter_again_and_again_writes_nothing_into_the_ledger(office: Office) -> None:
    """With a card in the reader: the two Enters of the commonest path are taken, a row of them is not."""
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("escape")
        await at.see("เริ่มเรื่องจากบัตรที่เสียบอยู่")
        before = at.app.books.ledger.count()
        # The card's line is there, and nothing has put the cursor on it.
        assert not [row for row in at.shown().split("\n") if "►" in row and "บัตรที่เสียบ" in row]
        await at.series("enter", 7, 0.45)
        assert at.app.books.ledger.count() == before
        assert at.app.books.visits.unfinished() == []
        await at.until(lambda: at.here in ("HomeScreen", "Question"), "the screens to be there")
        if at.here == "Question":
            await at.press("escape")
        # From the card's own line, with Enter held down: it ends at the documents, with the reason in row 23.
        await at.press("up")
        assert [row for row in at.shown().split("\n") if "►" in row and "บัตรที่เสียบ" in row]
        await at.series("enter", 40, 0.05)
        await at.see("เลขเรื่อง 01-", "Enter นี้มาติดกับครั้งก่อน")
        assert at.app.books.ledger.count() == before
        # One Enter of its own is taken.
        await at.press("enter")
        await at.until(lambda: lines(at, "use"), "the uses")


async def test_stray_enters_record_nothing_while_the_network_is_down(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await card_without_network(at, line)
        # A bouncing Enter chooses the service once, and asks for nothing.
        await at.until(at.enter_is_open, "Enter is awake")
        await at.bounce("enter", 4)
        await at.see("เลขเรื่อง 01-")
        assert lines(at, "use") == []
        await at.press("enter")
        await at.see("ผู้รับบริการมีเอกสารตัวจริงมาด้วยหรือไม่", "► รอผล")
        asked = lines(at, "use")
        assert [outcome for _, _, outcome in asked] == ["obtained", "asked", "asked"]
        # Five further Enters, each one taken: the answer under the cursor is always "wait".
        for _ in range(5):
            await at.press("enter")
        assert lines(at, "use") == asked
        assert lines(at, "correction") == []


async def test_a_copy_replaces_one_answer_and_the_others_come_once_the_network_is_back(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await card_without_network(at, line)
        await at.press("enter", "enter", "down", "enter")
        await at.see("ถ่ายสำเนา   ● ได้แล้ว")
        # The next document that waits comes up, again on the harmless answer.
        await at.see("» ทะเบียนสมรส", "► รอผล")
        await at.press("enter", "up")
        assert "► ทะเบียนบ้าน" in at.shown()
        line.restore()
        at.app.network.look()
        await at.until(lambda: len(lines(at, "answer")) == 1, "the answer")
        # Row 23 tells the newest: not that the network is back, but that all is here.
        await at.see("Linkage    ● ได้แล้ว", "ได้ครบ 3 รายการ")
        # The event moved nothing: the cursor is where the officer left it.
        assert "► ทะเบียนบ้าน" in at.shown()
        assert ("D02", "copy", "obtained") in lines(at, "use")
        assert lines(at, "correction") == [("D02", "linkage", "cancelled")]
        await at.press("f9")
        await at.see("จบเรื่องแล้ว")


@pytest.mark.parametrize("own", OWN_WORK)
async def test_each_own_work_that_is_offered_is_recorded(
    office: Office, line: PracticeNetwork, own: Channel
) -> None:
    async with counter(office()) as at:
        await asked_without_network(at, line)
        offer = f"► {translate._(CHANNELS[own].offer)}"
        while offer not in at.shown():
            await at.press("down")
        await at.press("enter")
        await at.until(lambda: ("D02", own, "obtained") in lines(at, "use"), "the use")


async def test_an_answer_that_comes_while_its_question_is_open_is_kept(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await card_without_network(at, line)
        await at.press("enter", "enter", "down")
        await at.see("► มีตัวจริง: เจ้าหน้าที่ถ่ายสำเนาแล้ว")
        line.restore()
        at.app.network.look()
        await at.until(lambda: len(lines(at, "answer")) == 2, "both answers")
        # Enter meant "own copy" and still may not record it: the system's answer was first.
        assert "► มีตัวจริง: เจ้าหน้าที่ถ่ายสำเนาแล้ว" in at.shown()
        await at.press("enter")
        await at.see("ผลเข้ามาแล้วก่อนที่ท่านเลือก")
        assert [channel for _, channel, _ in lines(at, "use")] == ["card", "linkage", "linkage"]


async def test_finishing_with_answers_outstanding_asks_first(office: Office, line: PracticeNetwork) -> None:
    async with counter(office()) as at:
        await card_without_network(at, line)
        await at.press("enter", "enter", "enter", "f9")
        await at.see("ยังรอผลอยู่ 2 รายการ", "► พักเรื่องไว้ รอผล")
        await at.press("enter")
        assert at.here == "DocumentsScreen"
        await at.press("escape")
        await at.see("เรื่องเปิด 00001 ทดลอง")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        await at.press("f8", "enter")
        assert at.here == "DocumentsScreen", "the first answer to F8 does nothing"
        await at.press("f8", "down", "enter")
        await at.see("ยกเลิกเรื่องแล้ว")
        assert at.app.books.queue.counts()["cancelled"] == 2


async def test_another_card_during_a_visit_only_shows_a_sentence(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("ได้ครบ 3 รายการ")
        before = at.shown().split("\n")[3:21]
        at.desk.insert(PEOPLE[1])
        await at.see("เสียบบัตรอีกใบระหว่างที่เรื่อง")
        assert at.here == "DocumentsScreen"
        assert at.shown().split("\n")[3:21] == before
        await at.press("escape")
        await at.see("  เริ่มเรื่องจากบัตรที่เสียบอยู่: มาลี  ", "► เรื่องเปิด 00001")


async def test_not_found_and_a_missing_log_in_are_shown_in_words(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[3])  # has no marriage in the practice register
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("! ไม่พบ")
        await at.press("down", "down")
        await at.see("ไม่ได้แปลว่าเอกสารไม่มีจริง")
        await at.press("f4")
        await at.see("► ไม่เปลี่ยน")
        await at.press("down", "down", "enter")
        await at.see("ถ่ายสำเนา   ● ได้แล้ว")
        await at.press("f9")
        await at.see("จบเรื่องแล้ว")
        line.gateway.fault = Fault.NO_SESSION
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter", "down")
        await at.see("! ต้องเข้าระบบ", "GovAMI")
        await at.until(lambda: "แล้วกด F5 คำขอ 2 รายการยังอยู่ครบ" in at.row(-2), "the key")
        await at.press("escape", "down", "enter")
        await at.see("เมื่อเข้าระบบ", "แล้วกด F5 คำขอ 2 รายการยังอยู่ครบ")
        assert at.here == "WaitingScreen"


async def test_an_unreadable_card_shows_an_error_without_a_name_until_the_next_card(
    office: Office,
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(VirtualCard(PEOPLE[0].file(), Chip(applet=bytes(8))))
        await at.see("× บัตรนี้ไม่ใช่บัตรประจำตัวประชาชน", "► กลับ", "NotThaiCard")
        assert "ทดลอง" not in at.shown()
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")


async def test_tab_goes_from_the_question_to_the_list_to_the_keys_and_round(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await asked_without_network(at, line)
        await at.press("tab")
        await at.see("► ทะเบียนบ้าน", "» รอผล")
        await at.press("tab", "tab")
        await at.see("» ทะเบียนบ้าน", "► รอผล")
        # In the list the arrows are the list's: Enter on the next document records nothing.
        await at.press("tab", "down")
        await at.see("► ทะเบียนสมรส")
        await at.press("enter")
        await at.see("» ทะเบียนสมรส", "► รอผล")
        assert [channel for _, channel, _ in lines(at, "use")] == ["card", "linkage", "linkage"]


async def test_a_document_that_was_not_needed_can_be_copied_after_all(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("ได้ครบ 3 รายการ")
        await at.press("down", "down", "down", "down", "enter")
        # A long list is gone through by the page.
        await at.see("► ไม่เพิ่ม", "ทั้งหมด 22 ข้อ")
        await at.press("pagedown")
        await at.see("► สูติบัตร")
        await at.press("pageup")
        await at.see("► ไม่เพิ่ม")
        await at.press("escape", "up")
        await at.see("► ใบเปลี่ยนชื่อ (ถ้ามี)", "– ไม่ขอ")
        await at.press("f4", "down", "down", "enter")
        await at.see("ถ่ายสำเนา   ● ได้แล้ว")
        assert "ใบเปลี่ยนชื่อ: บันทึกว่าถ่ายสำเนาแล้ว" in at.row(-2)
        assert lines(at, "use")[-1][1:] == ("copy", "obtained")


async def test_finishing_with_documents_never_asked_for_says_nothing_of_waiting(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("f2", "down", "down", "enter")
        await at.type(PEOPLE[0].citizen_id)
        await at.press("enter")
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("ได้แล้ว 2 จาก 3")
        await at.press("f9")
        await at.see("ยังไม่ได้เอกสาร 1 รายการ และยังไม่ได้ขอ", "► ทำเรื่องนี้ต่อ")


async def test_what_waits_for_another_officer_says_so_and_can_be_taken_over(
    office: Office, line: PracticeNetwork
) -> None:
    locations = office()
    books = open_books(locations)
    visit = ask(books, "D02", "D04")
    books.visits.park(visit)
    books.close()
    second_officer(locations).close()
    async with counter(locations) as at:
        await at.log_in(SECOND)
        await at.see("► เรื่องเปิด 00001", "2 รายการ รอสมชายเข้าใช้งาน")
        assert "F5" not in at.row(-1)
        await at.press("down", "enter")
        await at.see("! รอสมชายเข้าใช้", "เมื่อเข้าระบบ", "กด F5 รับช่วงเรื่อง")
        assert "F5" not in at.row(-1)
        await at.press("enter")
        await at.see("เลขเรื่อง 01-", "! รอสมชายเข้าใช้", "F5 รับช่วง", "คำขอ 2 รายการ รอสมชาย")
        before = at.app.books.ledger.count()
        await at.press("f5", "enter")
        assert at.app.books.ledger.count() == before
        await at.press("f5", "down", "enter")
        await at.see("○ ยังไม่ขอ")
        assert [outcome for _, _, outcome in lines(at, "correction")] == ["cancelled", "cancelled", None]
        await at.press("enter")
        await at.until(lambda: len(lines(at, "answer")) == 2, "the answers")
        assert {use.officer for use in at.app.books.ledger.lines(kind="attempt")} == {SECOND}
