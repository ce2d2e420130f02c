"""Through the whole of it: virtual card, vpcd, pcscd, pyscard, and what the program tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from reader.errors import CardHeld, MuteCard, NoCard, NoCardService, NotThaiCard
from reader.once import read_card
from reader.pcsc import PcscDesk
from reader.people import PEOPLE
from reader.practice import PracticeDesk, VpcdCard
from reader.virtual_card import VirtualCard
from tests.reader.watching import Watching
from tests.rig.other_card import CITIZEN_ID, PHOTO, OtherCard
from tests.rig.pcscd import READERS, VirtualReaders
from tests.rig.waiting import until

FOREIGN = bytes.fromhex("A000000003000000")
TOO_LONG_ATR = b"\x3b" + b"\x00" * 39


def read_once(photo: bool = True, wait_s: float = 10) -> tuple[dict[str, object], bytes | None]:
    desk = PcscDesk()
    try:
        card, image = read_card(desk, photo, wait_s)
    finally:
        desk.close()
    return card.as_json(len(image or b"")), image


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
        "photo_bytes": len(PHOTO),
        "layout": "0003",
        "problems": [],
        "expired": False,
    }
    assert not any(command[1] == 0x20 or command[5:13].endswith(b"\x83") for command in other.commands)
    if way in ("direct", "61"):
        text = other.commands[: 4 if way == "direct" else 7]
        assert text[-1][1] == (0xB0 if way == "direct" else 0xC0)
        assert len([command for command in text if command[1] == 0xB0]) == 3


def test_the_text_alone_is_read_without_touching_the_photo(virtual_readers: VirtualReaders) -> None:
    card = virtual_readers.insert(PEOPLE[1])
    told, photo = read_once(photo=False)
    assert (told["citizen_id"], told["photo_bytes"], photo) == (PEOPLE[1].citizen_id, 0, None)
    assert len(card.card.trace) == 7


def test_twenty_insertions_are_twenty_readings_and_leave_nothing_behind(
    virtual_readers: VirtualReaders,
) -> None:
    threads = set(threading.enumerate())
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        files = open_files()
        for turn in range(20):
            person = PEOPLE[turn % len(PEOPLE)]
            card = virtual_readers.insert(person)
            read = watching.whole_card()
            assert read.generation == turn + 1
            assert read.card is not None
            assert (read.card.citizen_id, read.photo) == (person.citizen_id, person.photo_bytes())
            card.remove()
            assert watching.next("removed").generation == turn + 1
        watching.nothing_more()
        assert open_files() == files
    assert set(threading.enumerate()) == threads


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("at", [1, 2, 7, 8, 15])
def test_a_card_pulled_while_it_is_read_is_removed_and_reads_whole_when_it_is_back(
    virtual_readers: VirtualReaders, at: int
) -> None:
    def pull(command: bytes) -> None:
        if len(chip.trace) == at:
            card.remove()

    chip = VirtualCard(PEOPLE[0].file(), on_command=pull)
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        card = VpcdCard(chip)
        card.insert()
        watching.next("inserted")
        if at > 7:
            assert watching.next("card").card is not None
        watching.next("removed")
        watching.nothing_more()
        virtual_readers.insert(PEOPLE[1])
        read = watching.whole_card()
        assert read.card is not None
        assert (read.generation, read.card.citizen_id) == (2, PEOPLE[1].citizen_id)


def test_a_foreign_card_is_named_and_the_next_card_is_read(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        foreign = virtual_readers.insert(VirtualCard(PEOPLE[0].file(), applet=FOREIGN))
        watching.next("inserted")
        assert isinstance(watching.next("failed").error, NotThaiCard)
        foreign.remove()
        watching.next("removed")
        virtual_readers.insert(PEOPLE[0])
        watching.whole_card()


def test_a_mute_card_is_told_apart_with_its_code(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        mute = virtual_readers.insert(VirtualCard(PEOPLE[0].file(), atr=TOO_LONG_ATR))
        watching.next("inserted")
        error = watching.next("failed").error
        assert isinstance(error, MuteCard)
        assert error.facts["code"] in ("0x80100066", "0x80100067")
        mute.remove()
        watching.next("removed")


def test_of_two_readers_the_one_with_the_id_card_is_used(virtual_readers: VirtualReaders) -> None:
    virtual_readers.insert(VirtualCard(PEOPLE[0].file(), applet=FOREIGN), reader=0)
    until(lambda: present(READERS[0]), "the foreign card to be seen")
    virtual_readers.insert(PEOPLE[3], reader=1)
    until(lambda: present(READERS[1]), "the ID card to be seen")
    told, photo = read_once(wait_s=0)
    assert (told["citizen_id"], photo) == (PEOPLE[3].citizen_id, PEOPLE[3].photo_bytes())


def test_a_foreign_card_beside_an_id_card_in_use_says_nothing(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        citizens = virtual_readers.insert(PEOPLE[0], reader=1)
        assert watching.whole_card().reader == READERS[1]
        foreign = virtual_readers.insert(VirtualCard(PEOPLE[0].file(), applet=FOREIGN), reader=0)
        until(
            lambda: any(command[1] == 0xA4 for command in foreign.card.trace), "the foreign card to be asked"
        )
        citizens.remove()
        # Had the foreign card been told of, its failure would come before this.
        assert watching.next("removed").generation == 1


def present(reader: str) -> bool:
    desk = PcscDesk()
    try:
        return any(slot.reader == reader and slot.present for slot in desk.wait(None, 0))
    finally:
        desk.close()


def test_reading_again_takes_the_present_card_once_more(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        watching.watch.again()
        watching.next("empty")
        virtual_readers.insert(PEOPLE[0])
        watching.whole_card()
        watching.watch.again()
        assert watching.whole_card().generation == 2


def test_the_service_stopped_and_started_is_told_and_the_card_is_read_again(
    virtual_readers: VirtualReaders,
) -> None:
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        card = virtual_readers.insert(PEOPLE[0])
        watching.whole_card()
        virtual_readers.service.stop()
        watching.next("removed")
        error = watching.next("no_service").error
        assert isinstance(error, NoCardService)
        with pytest.raises(NoCardService):
            read_once(wait_s=0)
        card.remove()
        virtual_readers.service.start()
        watching.next("empty")
        virtual_readers.insert(PEOPLE[1])
        read = watching.whole_card()
        assert read.card is not None
        assert read.card.citizen_id == PEOPLE[1].citizen_id


HOLDER = """
import sys
from smartcard import scard
_, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
mode = scard.SCARD_SHARE_EXCLUSIVE if sys.argv[1] == "exclusive" else scard.SCARD_SHARE_SHARED
code, card, _ = scard.SCardConnect(context, "Virtual PCD 00 00", mode, scard.SCARD_PROTOCOL_T0)
assert code == 0
assert sys.argv[1] == "exclusive" or scard.SCardBeginTransaction(card) == 0
print("held", flush=True)
sys.stdin.read()
scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
"""


@pytest.mark.parametrize("how", ["exclusive", "transaction"])
def test_a_card_held_by_another_program_is_told_and_read_when_it_is_let_go(
    virtual_readers: VirtualReaders, how: str
) -> None:
    virtual_readers.insert(PEOPLE[0])
    until(lambda: present(READERS[0]), "the card to be seen")
    command = [sys.executable, "-c", HOLDER, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with Watching(PcscDesk()) as watching:
            watching.next("inserted")
            assert isinstance(watching.next("failed").error, CardHeld)
            holder.stdin.close()
            assert watching.next("card").generation == 1
            assert watching.next("photo").photo == PEOPLE[0].photo_bytes()
        holder.wait(10)


READ_ONCE = """
from reader.errors import NoCardService
from reader.once import read_card
from reader.pcsc import PcscDesk
try:
    read_card(PcscDesk())
except NoCardService as error:
    print(error.exit_code)
"""


def test_without_a_card_or_a_service_the_reason_is_named(virtual_readers: VirtualReaders) -> None:
    with pytest.raises(NoCard):
        read_once(wait_s=0)
    no_service = {"PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd"}
    for environment, spoil in ((no_service, ""), ({}, "sys.modules['smartcard'] = None")):
        program = f"import sys\n{spoil}\n{READ_ONCE}"
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=os.environ | environment
        )
        assert done.stdout == "4\n"


def test_a_waiting_watch_uses_no_cpu(virtual_readers: VirtualReaders) -> None:
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "card-watch"]
        assert thread.ident
        clock = time.pthread_getcpuclockid(thread.ident)
        before = time.clock_gettime(clock)
        watching.nothing_more(seconds=3)
        assert time.clock_gettime(clock) - before < 0.01


def test_the_practice_desk_tells_the_same_as_the_real_one(virtual_readers: VirtualReaders) -> None:
    practice = PracticeDesk()
    with Watching(practice) as played, Watching(PcscDesk()) as real:
        for watching in (played, real):
            watching.next("empty")
        practice.insert(PEOPLE[7])
        card = virtual_readers.insert(PEOPLE[7])
        one, other = played.whole_card(), real.whole_card()
        assert (one.card, one.photo, one.generation) == (other.card, other.photo, other.generation)
        assert one.card is not None
        assert json.dumps(one.card.as_json(0))
        practice.remove()
        card.remove()
        for watching in (played, real):
            watching.next("removed")
            watching.nothing_more()
