"""The whole stack: virtual card, vpcd, pcscd, pyscard, and the program's events."""

from __future__ import annotations

import json
import time
from random import Random

import pytest

from reader.card import FIELDS
from reader.card_record import CardRecord
from reader.errors import MuteCard, NoSuchReader, NotThaiCard, ShortRead, UnknownLayout
from reader.pcsc import PcscSlots
from reader.practice import PracticeSlots
from reader.practice_people import PEOPLE
from reader.read_once import read_card
from reader.virtual_card import FOREIGN_APPLET, LASER_APPLET, THAI_ID_APPLET, Chip, VirtualCard
from tests.reader.watching import Watching
from tests.rig.other_card import CITIZEN_ID, PHOTO, OtherCard, card_file
from tests.rig.pcscd import READERS, VirtualReaders
from tests.rig.waiting import until


def read_once(photo: bool = True, wait_s: float = 10) -> tuple[dict[str, object], bytes | None]:
    desk = PcscSlots()
    try:
        card, image = read_card(desk, photo, wait_s)
    finally:
        desk.close()
    return CardRecord.of(card, len(image or b"")).as_json(), image


@pytest.mark.parametrize("way", ["61", "pieces", "direct", "bare", "6C"])
def test_a_card_that_we_did_not_make_is_read_whole(virtual_readers: VirtualReaders, way: str) -> None:
    with OtherCard(way) as other:
        told, photo = read_once()
    assert photo == PHOTO
    assert told == {
        "citizen_id": CITIZEN_ID,
        "name_th": {"title": "นางสาว", "first": "ทดสอบ", "middle": "กลาง", "last": "ระบบดี"},
        "name_en": {"title": "Miss", "first": "Thotsop", "middle": "Klang", "last": "Rabopdee"},
        "birth_date": "1992-07",
        "sex": "female",
        "address": {
            "house_no": "5/1",
            "moo": "หมู่ที่ 3",
            "trok": "ตรอกเล็ก",
            "soi": "ซอยยาว 2",
            "road": "ถนนใหญ่",
            "tambon": "ตำบลช้างคลาน",
            "amphoe": "อำเภอเมืองเชียงใหม่",
            "province": "จังหวัดเชียงใหม่",
            "raw": "5/1#หมู่ที่ 3#ตรอกเล็ก#ซอยยาว 2#ถนนใหญ่#ตำบลช้างคลาน#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่",
        },
        "issue_date": "2023-02-28",
        "expiry_date": "2032-06-30",
        "lifelong": False,
        "issuer": "อำเภอเมืองเชียงใหม่/เชียงใหม่",
        "request_no": "",
        "card_type": "01",
        "photo_no": "50010102281234",
        "laser": None,
        "photo_bytes": len(PHOTO),
        "layout": "0003",
        "results": dict.fromkeys(FIELDS, "read") | {"request_no": "empty on the card", "laser": "not read"},
        "problems": [],
        "expired": False,
        "warnings": [],
    }
    assert not any(command[1] == 0x20 or command[5:13].endswith(b"\x83") for command in other.commands)
    if way in ("direct", "61"):
        text = other.commands[: 4 if way == "direct" else 7]
        assert text[-1][1] == (0xB0 if way == "direct" else 0xC0)
        assert len([command for command in text if command[1] == 0xB0]) == 3


def test_any_bytes_in_a_cards_file_give_what_stands_there_or_a_named_error(
    virtual_readers: VirtualReaders,
) -> None:
    noise = Random(1).randbytes(len(card_file()))
    with OtherCard("61") as other:
        other.memory = noise
        with pytest.raises(UnknownLayout):
            read_once()
        other.memory = card_file()[:200]  # the first block is not whole
        with pytest.raises(ShortRead):
            read_once()
        for seed in range(20):
            spoilt = b"0003" + Random(seed).randbytes(len(noise) - 4)
            if seed % 2:  # only here and there
                spoilt = bytes(
                    one if one % 8 == 0 else good for one, good in zip(spoilt, card_file(), strict=True)
                )
                spoilt = b"0003" + spoilt[4:]
            other.memory = spoilt
            told, photo = read_once()
            number, stated = spoilt[0x04:0x11], int.from_bytes(spoilt[0x0179:0x017B], "big")
            assert told["citizen_id"] in ("", number.decode("latin-1"))
            assert photo is not None
            as_stated = spoilt[0x017B : 0x017B + min(stated, 5118)]
            assert photo == spoilt[0x017B:][: len(photo)]
            if len(photo) != len(as_stated):  # the picture goes on behind the stated length
                assert photo.startswith(as_stated)
                assert as_stated.startswith(b"\xff\xd8")
                assert b"\xff\xd9" not in as_stated
            assert told["problems"]


def test_the_text_alone_is_read_without_touching_the_photo(virtual_readers: VirtualReaders) -> None:
    card = virtual_readers.insert(PEOPLE[1])
    told, photo = read_once(photo=False)
    assert (told["citizen_id"], told["photo_bytes"], photo) == (PEOPLE[1].citizen_id, 0, None)
    assert len(card.card.trace) == 7


def test_a_foreign_card_is_named_and_the_next_card_is_read(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        foreign = virtual_readers.insert(VirtualCard(PEOPLE[0].file(), Chip(applet=FOREIGN_APPLET)))
        watching.next("inserted")
        assert isinstance(watching.next("failed").error, NotThaiCard)
        foreign.remove()
        watching.next("removed")
        virtual_readers.insert(PEOPLE[0])
        watching.whole_card()


def test_a_mute_card_is_told_apart_with_its_code(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        mute = virtual_readers.insert(VirtualCard(PEOPLE[0].file(), Chip(mute=True)))
        watching.next("inserted")
        error = watching.next("failed").error
        assert isinstance(error, MuteCard)
        assert error.facts["code"] in ("0x80100066", "0x80100067")
        mute.remove()
        watching.next("removed")


def test_of_two_readers_the_one_with_the_id_card_is_used(virtual_readers: VirtualReaders) -> None:
    virtual_readers.insert(VirtualCard(PEOPLE[0].file(), Chip(applet=FOREIGN_APPLET)), reader=0)
    until(lambda: present(READERS[0]), "the foreign card to be seen")
    virtual_readers.insert(PEOPLE[3], reader=1)
    until(lambda: present(READERS[1]), "the ID card to be seen")
    told, photo = read_once(wait_s=0)
    assert (told["citizen_id"], photo) == (PEOPLE[3].citizen_id, PEOPLE[3].photo_bytes())


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_cards_the_one_that_can_be_read_is_read_else_the_one_that_should_be_is_told_of(
    first: int,
) -> None:
    desk = PracticeSlots(readers=("One", "Two"))
    desk.insert(PEOPLE[0].card(mute=True), reader=first)
    desk.insert(PEOPLE[1].card(applet=FOREIGN_APPLET), reader=1 - first)
    with pytest.raises(MuteCard):
        read_card(desk)
    desk.insert(PEOPLE[3], reader=1 - first)
    assert read_card(desk)[0].citizen_id == PEOPLE[3].citizen_id


def test_a_foreign_card_beside_an_id_card_in_use_says_nothing(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        citizens = virtual_readers.insert(PEOPLE[0], reader=1)
        assert watching.whole_card().reader == READERS[1]
        foreign = virtual_readers.insert(VirtualCard(PEOPLE[0].file(), Chip(applet=FOREIGN_APPLET)), reader=0)
        until(
            lambda: any(command[1] == 0xA4 for command in foreign.card.trace), "the foreign card to be asked"
        )
        citizens.remove()
        # An event about the foreign card would have come before this one.
        assert watching.next("removed").generation == 1


def present(reader: str) -> bool:
    desk = PcscSlots()
    try:
        return any(slot.reader == reader and slot.present for slot in desk.wait(None, 0))
    finally:
        desk.close()


def test_reading_again_takes_the_present_card_once_more(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        watching.watch.again()
        watching.next("empty")
        virtual_readers.insert(PEOPLE[0])
        watching.whole_card()
        watching.watch.again()
        assert watching.whole_card().generation == 2


def test_waiting_for_a_card_uses_no_cpu(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        before = time.process_time()  # of all threads
        watching.nothing_more(seconds=3)
        assert time.process_time() - before < 0.03


def test_a_session_sends_no_pin_and_chooses_no_applet_but_what_it_reads(
    virtual_readers: VirtualReaders,
) -> None:
    """Every command of a session: a card read, again, its back too; a foreign card; a chip that refuses."""
    citizens = PEOPLE[0].card(laser="JT0123456789")
    foreign = VirtualCard(PEOPLE[0].file(), Chip(applet=FOREIGN_APPLET))
    odd = PEOPLE[1].card(replies=dict.fromkeys(range(4, 9), b"\x6f\x00"))
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        first = virtual_readers.insert(citizens)
        watching.whole_card()
        watching.watch.again()
        watching.whole_card()
        desk = PcscSlots()
        assert read_card(desk, laser=True)[0].laser == "JT0123456789"
        desk.close()
        first.remove()
        watching.next("removed")
        for chip, end in ((foreign, "failed"), (odd, "card")):
            card = virtual_readers.insert(chip)
            watching.next("inserted")
            watching.next(end)
            if end == "card":
                watching.next("photo")
            card.remove()
            watching.next("removed")
    trace = [*citizens.trace, *foreign.trace, *odd.trace]
    assert len(trace) > 90
    assert {command[1] for command in trace} <= {0xA4, 0xB0, 0xB1, 0xC0, 0x00}
    chosen = {command[5:] for command in trace if command[1] == 0xA4}
    assert chosen == {THAI_ID_APPLET, LASER_APPLET}
    assert {command[2:4] for command in trace if command[1] == 0xA4} == {b"\x04\x00"}


def test_the_officers_choice_among_readers_is_kept_to(virtual_readers: VirtualReaders) -> None:
    virtual_readers.insert(PEOPLE[0], reader=0)
    virtual_readers.insert(PEOPLE[1], reader=1)
    until(lambda: present(READERS[0]) and present(READERS[1]), "both cards to be seen")
    with Watching(PcscSlots()) as watching:
        assert watching.whole_card().reader == READERS[0]
        assert watching.watch.readers() == ((READERS[0], True), (READERS[1], True))
        watching.watch.again(READERS[1])
        assert watching.whole_card().reader == READERS[1]
        watching.watch.again(READERS[0])
        assert watching.whole_card().reader == READERS[0]
        watching.nothing_more()
    with Watching(PcscSlots(), reader=READERS[1]) as watching:
        read = watching.whole_card()
        assert (read.reader, read.card and read.card.citizen_id) == (READERS[1], PEOPLE[1].citizen_id)
        watching.nothing_more()
    with Watching(PcscSlots(), reader="Another reader") as watching:
        assert isinstance(watching.next("no_reader").error, NoSuchReader)


def test_the_practice_desk_tells_the_same_as_the_real_one(virtual_readers: VirtualReaders) -> None:
    practice = PracticeSlots()
    with Watching(practice) as played, Watching(PcscSlots()) as real:
        for watching in (played, real):
            watching.next("empty")
        practice.insert(PEOPLE[7])
        card = virtual_readers.insert(PEOPLE[7])
        one, other = played.whole_card(), real.whole_card()
        assert (one.card, one.photo, one.generation) == (other.card, other.photo, other.generation)
        assert one.card is not None
        assert json.dumps(CardRecord.of(one.card, 0).as_json())
        practice.remove()
        card.remove()
        for watching in (played, real):
            watching.next("removed")
            watching.nothing_more()
