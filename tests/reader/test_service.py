"""The PC's card service stops, comes back, has no reader, refuses, or is not there at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reader.desk import Slot
from reader.errors import (
    CardRemoved,
    CardServiceRefused,
    NoCard,
    NoCardService,
    NoReader,
    NoSuchReader,
    ReaderError,
)
from reader.once import read_card
from reader.pcsc import PcscDesk
from reader.people import PEOPLE
from reader.practice import PracticeDesk
from reader.wire import Pace
from tests.reader.watching import Watching
from tests.rig.pcscd import READERS, VirtualReaders
from tests.rig.waiting import until


def read_once(reader: str | None = None) -> None:
    desk = PcscDesk()
    try:
        read_card(desk, reader=reader)
    finally:
        desk.close()


def slots() -> tuple[Slot, ...]:
    desk = PcscDesk()
    try:
        return desk.wait(None, 0)
    finally:
        desk.close()


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
            read_once()
        card.remove()
        virtual_readers.service.start()
        watching.next("empty")
        virtual_readers.insert(PEOPLE[1])
        read = watching.whole_card()
        assert read.card is not None
        assert read.card.citizen_id == PEOPLE[1].citizen_id


@pytest.mark.parametrize("at", [3, 12])
def test_the_service_stopped_in_mid_reading_is_told_and_recovers(
    virtual_readers: VirtualReaders, at: int
) -> None:
    chip = PEOPLE[0].card()
    with Watching(PcscDesk()) as watching:
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
    desk = PcscDesk()
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
        assert desk.wait(None, 0)[0] != before
    finally:
        desk.close()


@contextmanager
def service_without_readers(virtual_readers: VirtualReaders, folder: Path) -> Iterator[None]:
    """pcscd as on a PC into which no reader is plugged; then the usual one again."""
    virtual_readers.service.stop()
    pcscd = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert pcscd
    process = subprocess.Popen([pcscd, "--foreground", "--config", str(folder)], stdout=subprocess.DEVNULL)
    try:
        until(lambda: answers() and slots() == (), "pcscd without readers")
        yield
    finally:
        process.terminate()
        process.wait(10)
        virtual_readers.service.start()


def answers() -> bool:
    try:
        slots()
    except NoCardService:
        return False
    return True


def test_a_pc_without_a_reader_says_so_and_sees_the_one_that_comes(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    with Watching(PcscDesk()) as watching:
        watching.next("empty")
        with service_without_readers(virtual_readers, tmp_path):
            watching.next("no_service")
            assert isinstance(watching.next("no_reader").error, NoReader)
            with pytest.raises(NoReader):
                read_once()
            watching.nothing_more()
        watching.next("no_service")
        watching.next("empty")
        virtual_readers.insert(PEOPLE[0])
        watching.whole_card()


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
from reader.once import read_card
from reader.pcsc import PcscDesk
try:
    read_card(PcscDesk())
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


# ---- A reader that is unplugged. vpcd's readers have no cable, so its two sides are tested apart: what PC/SC
# ---- says then (a double of its calls), and what the watch makes of it (at the desk of practice).


class UnpluggedReader:
    """PC/SC's calls as they end when a reader was unplugged before the call of the given name."""

    SCARD_SCOPE_USER = SCARD_STATE_UNAWARE = SCARD_SHARE_SHARED = SCARD_LEAVE_CARD = SCARD_PCI_T0 = 0
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_PCI_T1, SCARD_STATE_CHANGED = 1, 2, 9, 2
    GONE, UNKNOWN, NONE_THERE = 0x80100017 - 2**32, 0x80100009 - 2**32, 0x8010002E - 2**32

    def __init__(self, before: str) -> None:
        self.before = before
        self.contexts = 0

    def code(self, call: str, code: int) -> int:
        return code if self.before == call else 0

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:  # noqa: N802 - PC/SC's names
        self.contexts += 1
        return self.code("establish", 0x8010006A - 2**32), 1

    def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
        self.contexts -= 1
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
        gone = self.before == "list"
        return (self.NONE_THERE, []) if gone else (0, ["Reader"])

    def SCardGetStatusChange(  # noqa: N802
        self, context: int, wait: int, asked: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, bytes]]]:
        state = 0x10008 if self.before == "notice" else 0x10022
        return self.code("state", self.UNKNOWN), [("Reader", state, b"")]

    def SCardConnect(self, *_: object) -> tuple[int, int, int]:  # noqa: N802
        return self.code("connect", self.UNKNOWN), 7, 1

    def SCardBeginTransaction(self, card: int) -> int:  # noqa: N802
        return self.code("begin", self.GONE)

    def SCardStatus(self, card: int) -> tuple[int, str, int, int, list[int]]:  # noqa: N802
        return self.code("status", self.GONE), "Reader", 0, 1, [0x3B]

    def SCardTransmit(self, *_: object) -> tuple[int, list[int]]:  # noqa: N802
        return self.code("transmit", self.GONE), [0x90, 0x00]

    def SCardEndTransaction(self, *_: object) -> int:  # noqa: N802
        return self.GONE

    SCardDisconnect = SCardEndTransaction


@pytest.fixture
def desk_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[UnpluggedReader], PcscDesk]:
    def make(calls: UnpluggedReader) -> PcscDesk:
        monkeypatch.setattr("reader.pcsc._load", lambda: calls)
        return PcscDesk()

    return make


@pytest.mark.parametrize("before", ["list", "state", "notice"])
def test_a_reader_unplugged_while_it_is_looked_at_is_no_reader(
    desk_with: Callable[[UnpluggedReader], PcscDesk], before: str
) -> None:
    assert desk_with(UnpluggedReader(before)).wait(None, 0) == ()


@pytest.mark.parametrize("before", ["connect", "begin", "status", "transmit"])
def test_a_reader_unplugged_in_mid_reading_is_a_card_removed_and_gives_everything_back(
    desk_with: Callable[[UnpluggedReader], PcscDesk], before: str
) -> None:
    calls = UnpluggedReader(before)
    desk = desk_with(calls)
    with pytest.raises(CardRemoved), desk.connect("Reader") as link:
        link.transmit(b"\x00\xa4\x04\x00")
    desk.close()
    assert calls.contexts == 0


def test_a_user_whom_the_pc_does_not_let_near_its_readers_is_told_so(
    desk_with: Callable[[UnpluggedReader], PcscDesk],
) -> None:
    with pytest.raises(CardServiceRefused):
        desk_with(UnpluggedReader("establish")).wait(None, 0)


def test_a_reader_unplugged_and_plugged_in_again_is_told_and_reads_on() -> None:
    desk = PracticeDesk(Pace(0.02))
    with Watching(desk) as watching:
        watching.next("empty")
        desk.unplug()
        error: ReaderError | None = watching.next("no_reader").error
        assert isinstance(error, NoReader)
        desk.plug()
        watching.next("empty")
        desk.insert(PEOPLE[0])
        watching.next("inserted")
        watching.next("card")
        desk.unplug()  # in the midst of the photo
        watching.next("removed")
        watching.next("no_reader")
        desk.plug()
        watching.next("empty")
        desk.insert(PEOPLE[0])
        watching.whole_card()
