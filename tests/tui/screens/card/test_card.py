"""What the screen does about the card: progress, warnings, leaving, a second one, several readers."""

from __future__ import annotations

import asyncio
import gc
import re
import time
from dataclasses import replace

import pytest
from textual.strip import Strip

from reader import layout
from reader.card_record import CardRecord
from reader.pcsc import PcscSlots
from reader.practice import PracticeSlots
from reader.practice_people import CUT_ADDRESS, NUMBER_LOST, PEOPLE, WRONG_NUMBER, PracticePerson
from reader.read_once import read_card
from reader.t0_timing import Pace
from reader.virtual_card import FOREIGN_APPLET
from reader.watch import CardEvent
from store.counter.visitor import Visitor
from sync.practice.network import PracticeNetwork
from tests.rig.office import HEAD, OFFICER, open_books
from tests.rig.pcscd import VirtualReaders
from tests.rig.usb import UsbReaders
from tests.tui.counter import Office, counter
from tests.tui.screens.card.cards import HOME, of_officer
from tui.card_state import CardSeen
from tui.words.answer_words import differences

EXPIRED, LIFELONG = PEOPLE[4], PEOPLE[2]


async def test_the_text_is_there_before_the_photo_and_a_card_that_leaves_clears_the_screen(
    office: Office,
) -> None:
    async with counter(office(), pace=Pace(0.08)) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("นายทดลอง ใจดี", "1-2345-67890-12-1", "กำลังอ่านรูป")
        assert at.app.card.photo is None
        await at.until(lambda: re.search(r"กำลังอ่านรูป [1-9]\d?%", at.shown()), "the photo to come")
        at.desk.remove()
        await at.see(HOME, "บัตรถูกดึงออกแล้ว ยังไม่ได้บันทึกสิ่งใด")
        assert "ทดลอง" not in at.shown()
        assert at.app.books.visits.unfinished() == []
        # The same card, put in again, is read whole.
        at.desk.insert(PEOPLE[0])
        await at.see("นายทดลอง ใจดี")
        await at.until(lambda: at.app.card.photo == PEOPLE[0].photo_bytes(), "the photo")
        await at.until(lambda: "▀" in at.shown(), "the photo to be drawn")


async def test_a_photo_that_comes_fast_is_not_held_up_by_drawing_its_every_step(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        told: list[str] = []
        drawn_at: list[str] = []
        take, repaint = at.app.card.take, at.app.repaint
        monkeypatch.setattr(at.app.card, "take", lambda seen: (told.append(seen.event.kind), take(seen)))
        monkeypatch.setattr(at.app, "repaint", lambda: (drawn_at.append(at.app.card.latest), repaint()))
        at.desk.insert(PEOPLE[0])
        await at.until(lambda: told[-1:] == ["photo"], "the photo")
        steps = told.count("progress")
        assert steps >= 5
        assert drawn_at.count("progress") < steps / 2


@pytest.mark.parametrize("fault", ["no picture", "half a picture", "a picture of a size that no card has"])
async def test_a_photo_that_cannot_be_drawn_is_told_and_stops_nothing(office: Office, fault: str) -> None:
    photo, length = bytearray(PEOPLE[0].photo_bytes()), layout.PHOTO_LENGTH
    spoilt = [(layout.PHOTO.offset, photo)]
    if fault == "no picture":
        photo[:4] = b"GIF8"
    elif fault == "half a picture":
        photo[600:] = b" " * (layout.PHOTO.length - 600)
        spoilt.append((length.offset, bytearray((600).to_bytes(length.length, "big"))))
    else:
        size = photo.index(b"\xff\xc0") + 5
        photo[size : size + 4] = b"\xff\xff\xff\xff"
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(replace(PEOPLE[0], spoilt=tuple((at, bytes(data)) for at, data in spoilt)))
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี", "! อ่านรูปไม่ได้")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-", "! อ่านรูปไม่ได้")
        assert "▀" not in at.shown()


async def test_what_the_card_leaves_empty_and_what_is_damaged_are_told_apart_and_never_left_out(
    office: Office,
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(replace(PEOPLE[0], birth_date="", address="", expiry_date="", photo=""))
        await at.see("วันเกิด: ไม่มีในชิป", "ที่อยู่: ไม่มีในชิป", "วันหมดอายุ: ไม่มีในชิป", "– บัตรไม่มีรูป")
        assert "!" not in at.shown()
        at.desk.insert(
            replace(PEOPLE[1], birth_date="25159931", expiry_date="2569", ends=layout.ADDRESS.offset)
        )
        await at.see("วันเกิด: อ่านจากชิปไม่ได้", "ที่อยู่: อ่านจากชิปไม่ได้", "อ่านวันหมดอายุบัตรไม่ได้")
        assert "! บางส่วนของชิปอ่านไม่ได้" in at.shown()


async def test_a_card_taken_out_before_it_was_read_is_reported(office: Office) -> None:
    async with counter(office(), pace=Pace(0.02)) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0].card(pulled_after=4))
        await at.see("บัตร ○ ไม่มี", "บัตรหลุดออกก่อนอ่านเสร็จ เสียบใหม่แล้วปล่อยไว้ โปรแกรมจะอ่านเอง")
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี", "ตรวจชื่อและหน้าบัตร")
        at.desk.remove()
        await at.see("บัตรถูกดึงออกแล้ว ยังไม่ได้บันทึกสิ่งใด")


async def test_an_address_that_the_chip_cuts_off_is_told_beside_it(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(CUT_ADDRESS)
        await at.see("เลือกงานบริการ", "แขวงคลองเจ้าคุณสิงห์ เขตวังทอง", "! ที่อยู่บนชิปอาจไม่ครบ", "ให้ดูหน้าบัตร")


@pytest.mark.parametrize(("person", "told"), [(PEOPLE[5], True), (CUT_ADDRESS, False)])
def test_an_address_that_the_chip_cuts_off_is_not_called_different(
    person: PracticePerson, told: bool
) -> None:
    desk = PracticeSlots()
    desk.insert(person)
    card = CardRecord.of(read_card(desk)[0], 0)
    registered = {"houseNo": "1234/567", "subdistrictDesc": "", "districtDesc": "", "provinceDesc": ""}
    assert differences(registered, card) == (told, "ที่อยู่ในระบบเป็นที่อื่น" if told else "")


async def test_late_events_of_a_removed_card_are_dropped(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.until(lambda: at.app.card.photo, "the photo")
        card, photo = at.app.card.card, at.app.card.photo
        at.desk.insert(PEOPLE[1])
        await at.see("นางมาลี ศรีสุข")
        await at.until(lambda: at.app.card.photo == PEOPLE[1].photo_bytes(), "the other photo")
        for kind in ("card", "photo"):
            at.app.post_message(CardSeen(CardEvent(kind, 1, at.app.card.reader, card=card, photo=photo)))
        await at.press("down")
        assert at.app.card.photo == PEOPLE[1].photo_bytes()
        assert at.app.card.card is not None
        assert at.app.card.card.citizen_id == PEOPLE[1].citizen_id
        assert "ทดลอง" not in at.shown()


async def test_a_card_exchanged_under_its_photo_leaves_nothing_on_the_screen(office: Office) -> None:
    number_again = 7 + 2 * 9 + 2  # commands: the text, nine blocks of the photo, the number once more
    other = PEOPLE[1].citizen_id.encode() + b"\x90\x00"
    async with counter(office(), pace=Pace(0.02)) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0].card(replies={number_again: other}))
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")
        await at.see("มีบัตรอีกใบตอบระหว่างที่อ่านใบนี้", "CardSwapped")
        assert "ทดลอง" not in at.shown()
        await at.press("enter")
        await at.see(HOME)
        assert at.app.books.visits.unfinished() == []
        at.desk.insert(PEOPLE[1])
        await at.see("เลือกงานบริการ", "นางมาลี ศรีสุข")


async def test_the_photo_that_comes_after_the_visit_was_opened_stays_in_it(office: Office) -> None:
    async with counter(office(), pace=Pace(0.08)) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("กำลังอ่านรูป")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        await at.until(lambda: "▀" in at.shown(), "the photo to be drawn")
        at.desk.remove()
        await at.see("บัตร ○ ไม่มี", "ข้อมูลที่อ่านครบยังใช้ได้จนจบเรื่อง")
        assert "▀" in at.shown()
        assert "นายทดลอง ใจดี" in at.shown()
        at.desk.insert(PEOPLE[0])
        await at.see("บัตร ● มีบัตร")
        at.desk.unplug()
        await at.see("บัตร × ไม่พบเครื่องอ่าน", "ขณะนี้อ่านบัตรไม่ได้ ข้อมูลที่อ่านแล้วยังใช้ได้จนจบเรื่อง", "▀")


async def test_expired_and_wrong_cards_are_warned_about_in_words_and_a_card_for_life_never(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(LIFELONG)
        await at.see("บัตรตลอดชีพ")
        assert "!" not in at.shown()
        at.desk.insert(EXPIRED)
        await at.see("! บัตรหมดอายุ 11 มี.ค. 2567")
        assert "บัตรหมดอายุเมื่อ 11 มี.ค. 2567" in at.row(-2)
        at.desk.insert(replace(PEOPLE[0], birth_date="25990101"))
        await at.see("! เกิด 1 ม.ค. 2599:", "ยังมาไม่ถึง ให้ตรวจจากหน้าบัตร")
        at.desk.insert(WRONG_NUMBER)
        await at.see("! เลขบนชิปไม่ถูกต้อง")
        assert "ค้นข้อมูลไม่ได้ ใช้เอกสารตัวจริงได้" in at.row(-2)
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        await at.press("enter")
        await at.see("ได้แล้ว")
        uses = at.app.books.ledger.lines(kind="use")
        assert [(use.channel, use.error) for use in uses] == [("card", "wrong_check_digit")]


async def test_each_trouble_of_the_reader_is_told_with_the_right_key(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0].card(mute=True))
        await at.see("ชิปบนบัตรไม่ตอบ", "เช็ดชิป")
        assert "ทดลอง" not in at.shown()
        # The next card cannot be read either, for a reason of its own.
        at.desk.insert(PEOPLE[1].card(applet=FOREIGN_APPLET))
        await at.see("ไม่ใช่บัตรประจำตัวประชาชน", "NotThaiCard")
        assert "ชิป" not in at.shown().replace("ชิปอ่านไม่ได้", "")
        at.desk.remove()
        await at.press("escape")
        await at.see(HOME)
        at.desk.insert(PEOPLE[0].card(applet=FOREIGN_APPLET))
        await at.see("ไม่ใช่บัตรประจำตัวประชาชน", "กด F2 ถ้าไม่มีบัตร")
        # F2 does what the error says, and Home still says it after Esc.
        await at.press("f2")
        await at.see("เริ่มเรื่องโดยไม่มีบัตร: แสดงตนด้วยอะไร", "► รอเสียบบัตร")
        await at.press("escape")
        assert at.here == "HomeScreen"
        assert "บัตรนี้ไม่ใช่บัตรประชาชน ดึงบัตรออก" in at.row(-2)
        at.desk.insert(PEOPLE[0].card(applet=FOREIGN_APPLET))
        await at.see("ไม่ใช่บัตรประจำตัวประชาชน")
        # The right card closes the error without a key.
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")
        at.desk.unplug()
        await at.see(HOME)
        await at.press("down")
        await at.see("ไม่พบเครื่องอ่านบัตร", "กด F5", "F5 ลองใหม่")
        await at.press("f5")
        await at.see("กำลังหาเครื่องอ่านบัตร")
        at.desk.plug()
        await at.see("บัตร ○ ไม่มี")
        at.desk.insert(of_officer(HEAD))
        await at.see("บัตรนี้เป็นของเจ้าหน้าที่ (นายประสิทธิ์ มั่นคง) จึงไม่เริ่มเรื่อง")
        assert at.here == "HomeScreen"


async def test_a_card_with_an_unreadable_number_is_served_by_typing_it(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(NUMBER_LOST)
        await at.see("อ่านเลขบนชิปของบัตรนี้ไม่ได้", "► กลับ", "พิมพ์เลขจากหน้าบัตร")
        assert "ประสงค์" not in at.shown()
        await at.press("escape")
        await at.see("อ่านเลขบนชิปไม่ได้ กด F2 แล้วพิมพ์เลขจากหน้าบัตร")
        await at.press("f2", "down", "enter")
        await at.type(NUMBER_LOST.citizen_id)
        await at.press("enter")
        await at.see("เลือกงานบริการ", "(ชิปอ่านไม่ได้)")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        (visit,) = at.app.books.visits.unfinished()
        assert (visit.subject, visit.identity) == (NUMBER_LOST.citizen_id, "card_face")
        # Such a card put in meanwhile only changes the sentence, too.
        at.desk.insert(replace(NUMBER_LOST, name_th="นาย#อื่น##ทดสอบ"))
        await at.see("อ่านบัตรที่เสียบอยู่ไม่ได้ เรื่องนี้ยังเปิดอยู่ตามเดิม")


async def test_a_card_held_by_another_program_is_reported_and_read_once_it_is_free(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reader.watch._WAIT_S", 0.5)
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0].card(held=12))
        await at.see("โปรแกรมอื่นกำลังใช้บัตรอยู่", "CardHeld 0x8010000B")
        await at.press("escape")
        await at.see("โปรแกรมอื่นกำลังใช้บัตรนี้ เมื่อใช้เสร็จ โปรแกรมนี้จะอ่านบัตรเอง")
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")


async def test_a_reader_whose_cable_is_pulled_is_told_and_when_it_is_back_the_card_is_read_without_a_key(
    office: Office, usb_readers: UsbReaders
) -> None:
    async with counter(office(), real=PcscSlots()) as at:
        await at.log_in(OFFICER)
        await at.see("บัตร × ไม่พบเครื่องอ่าน", "ไม่พบเครื่องอ่านบัตร เสียบสาย USB ใหม่")
        await asyncio.to_thread(usb_readers.plug)
        await at.see("บัตร ○ ไม่มี", "พร้อมรับเรื่องใหม่")
        usb_readers.insert(PEOPLE[0], pace=Pace(0.03))
        await at.see("นายทดลอง ใจดี", "กำลังอ่านรูป")
        usb_readers.unplug()
        await at.see(HOME, "บัตร × ไม่พบเครื่องอ่าน", "ไม่พบเครื่องอ่านบัตร เสียบสาย USB ใหม่")
        assert "ทดลอง" not in at.shown()
        await asyncio.to_thread(usb_readers.plug)
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")
        await at.until(lambda: "▀" in at.shown(), "the photo to be drawn")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        usb_readers.unplug()
        await at.see("บัตร × ไม่พบเครื่องอ่าน", "นายทดลอง ใจดี", "▀")
        await asyncio.to_thread(usb_readers.plug)
        await at.see("บัตร ● มีบัตร", "นายทดลอง ใจดี")
        (visit,) = at.app.books.visits.unfinished()
        assert visit.photo == PEOPLE[0].photo_bytes()


async def test_a_card_service_that_hangs_is_told_on_the_screen_which_goes_on_and_can_be_left(
    office: Office, virtual_readers: VirtualReaders
) -> None:
    async with counter(office(), real=PcscSlots()) as at:
        await at.log_in(OFFICER)
        await at.see("บัตร ○ ไม่มี", "พร้อมรับเรื่องใหม่")
        with virtual_readers.service.hanging():
            await at.see("บัตร × ค้าง", "เครื่องอ่านบัตรค้าง เสียบสาย USB ใหม่")
            assert "F5" not in at.row(-1)
            await at.press("f2")
            await at.see("เริ่มเรื่องโดยไม่มีบัตร: แสดงตนด้วยอะไร")
            await at.press("escape")
            assert at.here == "HomeScreen"
        await at.see("บัตร ○ ไม่มี", "พร้อมรับเรื่องใหม่")
        virtual_readers.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")
        await at.until(lambda: "▀" in at.shown(), "the photo to be drawn")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        with virtual_readers.service.hanging():
            # The visit continues with what was read.
            await at.see("บัตร × ค้าง", "นายทดลอง ใจดี", "▀")
            begun = time.monotonic()
            at.app.card.stop()
            assert time.monotonic() - begun < 1


async def test_a_card_left_in_the_reader_rings_until_it_is_out_and_begins_no_visit(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.home.home._BELL_S", 0.05)
    async with counter(office()) as at:
        bells: list[int] = []
        monkeypatch.setattr(at.app, "bell", lambda: bells.append(1))
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        assert not bells
        await at.press("enter", "enter")
        await at.see("ได้ครบ 3 รายการ")
        await at.press("f9")
        await at.see("จบเรื่องแล้ว คืนบัตร")
        await at.until(lambda: len(bells) > 2, "the bell")
        await at.press("down")
        await at.see("บัตรยังอยู่ในเครื่องอ่าน คืนบัตร")
        assert at.here == "HomeScreen"
        at.desk.remove()
        await at.see("พร้อมรับเรื่องใหม่")
        heard = len(bells)
        at.desk.insert(PEOPLE[1])
        await at.see("นางมาลี ศรีสุข")
        assert len(bells) == heard


async def test_screens_of_served_citizens_are_freed(
    office: Office,
) -> None:
    """A garbage collection stops every thread, also the one that reads the next card, for 0.1 s and more."""
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        assert gc.get_freeze_count() > 2 * len(gc.get_objects())  # the program itself is left out
        for n, person in enumerate((PEOPLE[0], PEOPLE[1]) * 4):
            at.desk.insert(person)
            await at.see("เลือกงานบริการ")
            at.desk.remove()
            await at.see(HOME)
            if n == 0:
                at_first = drawn()
        # A stopped timer still holds its screen for the second that it was set to.
        await at.until(lambda: drawn() < at_first + 100, "the rows of screens that are gone to be forgotten")


def drawn() -> int:
    """The number of drawn rows that are still in memory; a citizen's screen draws 400."""
    gc.collect()
    return sum(isinstance(thing, Strip) for thing in gc.get_objects())


def test_books_keep_no_photo_of_a_card_that_was_not_read(office: Office) -> None:
    books = open_books(office())
    try:
        visit = books.visits.open("S01", Visitor(PEOPLE[0].citizen_id, identity="none"))
        books.visits.keep_photo(visit.id, b"\xff\xd8")
        assert books.visits.get(visit.id).photo is None
    finally:
        books.close()
