"""The PC's card service stops, comes back, has no reader, refuses, or is not there at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from reader.card import Card
from reader.errors import (
    CardServiceRefused,
    NoCard,
    NoCardService,
    NoSuchReader,
    ReaderRefused,
)
from reader.pcsc import PcscSlots
from reader.practice_people import PEOPLE
from reader.read_once import read_card
from reader.slots import Slot
from reader.t0_timing import Pace
from tests.reader.watching import Watching
from tests.rig.pcscd import READERS, VirtualReaders
from tests.rig.waiting import until


def read_once(reader: str | None = None) -> Card:
    desk = PcscSlots()
    try:
        return read_card(desk, reader=reader)[0]
    finally:
        desk.close()


def slots() -> tuple[Slot, ...]:
    desk = PcscSlots()
    try:
        return desk.wait(None, 0)
    finally:
        desk.close()


def slots_if_any() -> tuple[Slot, ...]:
    try:
        return slots()
    except NoCardService:
        return ()


def test_the_service_stopped_and_started_is_told_and_the_card_is_read_again(
    virtual_readers: VirtualReaders,
) -> None:
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        card = virtual_readers.insert(PEOPLE[0])
        watching.whole_card()
        virtual_readers.service.stop()
        watching.next("removed")
        error = watching.next("no_service").error
        assert isinstance(error, NoCardService)
        with pytest.raises(NoCardService):
            read_once()
        watching.watch.again()  # whoever asks is told again
        assert isinstance(watching.next("no_service").error, NoCardService)
        card.remove()
        virtual_readers.service.start()
        watching.next("empty")
        virtual_readers.insert(PEOPLE[1])
        read = watching.whole_card()
        assert read.card is not None
        assert read.card.citizen_id == PEOPLE[1].citizen_id


def test_another_run_that_is_killed_leaves_the_service_to_this_one(virtual_readers: VirtualReaders) -> None:
    virtual_readers.service.stop()
    other = subprocess.Popen(
        [sys.executable, "-c", "from tests.rig.pcscd import CardService; CardService().start(); input()"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    until(lambda: len(slots_if_any()) == len(READERS), "the other run's service")
    os.killpg(other.pid, signal.SIGKILL)
    other.wait(10)
    virtual_readers.insert(PEOPLE[0])
    virtual_readers.until_seen(0)
    assert read_once().citizen_id == PEOPLE[0].citizen_id
    virtual_readers.take_out()
    # And this run can stop and start it as its own.
    virtual_readers.service.stop()
    assert slots_if_any() == ()
    virtual_readers.service.start()
    assert len(slots()) == len(READERS)


@pytest.mark.parametrize("at", [3, 12])
def test_the_service_stopped_in_mid_reading_is_told_and_recovers(
    virtual_readers: VirtualReaders, at: int
) -> None:
    chip = PEOPLE[0].card()
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        card = virtual_readers.insert(chip, pace=Pace(0.05))
        until(lambda: len(chip.trace) >= at, "the reading to be in its midst")
        virtual_readers.service.stop()
        kinds = [watching.any().kind]
        while kinds[-1] != "no_service":
            kinds.append(watching.any().kind)
        assert kinds == ["inserted", *["card"][: at > 7], "removed", "no_service"]
        card.remove()
        virtual_readers.service.start()
        watching.next("empty")
        card.insert()
        assert watching.whole_card().photo == PEOPLE[0].photo_bytes()


def test_after_a_restart_of_the_service_no_insertion_is_taken_for_an_old_one(
    virtual_readers: VirtualReaders,
) -> None:
    """pcscd counts insertions from nothing again: the same count may be another citizen's card."""
    virtual_readers.service.stop()
    virtual_readers.service.start()  # before it, too, no card was counted yet
    desk = PcscSlots()
    try:
        card = virtual_readers.insert(PEOPLE[0])
        until(lambda: desk.wait(None, 0)[0].present, "the card to be seen")
        before = desk.wait(None, 0)[0]
        virtual_readers.service.stop()
        card.remove()
        with pytest.raises(NoCardService):
            desk.wait(None, 0)
        virtual_readers.service.start()
        virtual_readers.insert(PEOPLE[1])
        until(lambda: desk.wait(None, 0)[0].present, "the other card to be seen")
        after = desk.wait(None, 0)[0]
        assert after != before
        assert after.insertion & 0xFFFF == before.insertion & 0xFFFF  # what pcscd itself counts
    finally:
        desk.close()


def test_without_a_card_the_reason_is_named(virtual_readers: VirtualReaders) -> None:
    with pytest.raises(NoCard):
        read_once()
    with pytest.raises(NoSuchReader):
        read_once(reader="Another reader")
    virtual_readers.insert(PEOPLE[0], reader=1)
    until(lambda: slots()[1].present, "the card to be seen")
    with pytest.raises(NoCard):
        read_once(reader=READERS[0])
    read_once(reader=READERS[1])


READ_ONCE = """
from reader.errors import NoCardService
from reader.pcsc import PcscSlots
from reader.read_once import read_card
from reader.pcsc import PcscSlots
try:
    read_card(PcscSlots())
except NoCardService as error:
    print(type(error).__name__, error.exit_code)
"""


@pytest.mark.parametrize(
    ("spoil", "environment", "told"),
    [
        ("", {"PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd"}, "NoCardService 4\n"),
        ("sys.modules['smartcard'] = None", {}, "CardSoftwareMissing 4\n"),
        ("import ctypes; ctypes.CDLL = lambda name: open('/nonexistent')", {}, "CardSoftwareMissing 4\n"),
    ],
)
def test_a_pc_that_cannot_read_cards_says_why_and_prints_nothing_else(
    spoil: str, environment: dict[str, str], told: str
) -> None:
    command = [sys.executable, "-c", f"import sys\n{spoil}\n{READ_ONCE}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    assert (done.stdout, done.stderr) == (told, "")


def test_a_user_whom_the_pc_does_not_let_near_its_readers_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        """PC/SC as it answers a user whom polkit refuses."""

        SCARD_SCOPE_USER = 0

        def SCardEstablishContext(self, scope: int) -> tuple[int, int]:  # noqa: N802 - PC/SC's name
            return 0x8010006A - 2**32, 0

    monkeypatch.setattr("reader.pcsc._load", Refusing)
    with pytest.raises(CardServiceRefused):
        PcscSlots().wait(None, 0)


def test_a_user_who_may_list_readers_but_open_no_card_is_not_told_to_put_the_card_in_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refusing:
        SCARD_SCOPE_USER = SCARD_PROTOCOL_T0 = SCARD_PROTOCOL_T1 = SCARD_SHARE_SHARED = 0

        def SCardEstablishContext(self, scope: int) -> tuple[int, int]:  # noqa: N802
            return 0, 1

        def SCardConnect(self, *asked: object) -> tuple[int, int, int]:  # noqa: N802
            return 0x8010006A - 2**32, 0, 0

        def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
            return 0

    monkeypatch.setattr("reader.pcsc._load", Refusing)
    desk = PcscSlots()
    with pytest.raises(ReaderRefused), desk.connect("Reader"):
        pass
    desk.close()
