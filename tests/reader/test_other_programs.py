"""Other programs at the same card, through the real pcscd: they hold it, reset it, keep it for themselves."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import pytest

from reader.errors import CardHeld
from reader.pcsc import PcscSlots, _load
from reader.practice_people import PEOPLE
from reader.t0_timing import Pace
from tests.reader.watching import Watching
from tests.rig.pcscd import READERS, VirtualReaders
from tests.rig.waiting import until

# Runs the commands of its standard input, one word a row, on the card, and prints PC/SC's codes.
PROGRAM = """
import sys
from smartcard import scard
_, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
mode = scard.SCARD_SHARE_EXCLUSIVE if sys.argv[2] == "exclusive" else scard.SCARD_SHARE_SHARED
code, card, _ = scard.SCardConnect(context, sys.argv[1], mode, scard.SCARD_PROTOCOL_T0)
does = {
    "begin": lambda: scard.SCardBeginTransaction(card),
    "reset": lambda: scard.SCardReconnect(card, mode, scard.SCARD_PROTOCOL_T0, scard.SCARD_RESET_CARD)[0],
    "leave": lambda: scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD),
}
print(code, flush=True)
for line in sys.stdin:
    print(does[line.strip()](), flush=True)
"""


class OtherProgram:
    """Connected to the card of a reader while the `with` block runs."""

    def __init__(self, reader: str = READERS[0], mode: str = "shared") -> None:
        command = [sys.executable, "-c", PROGRAM, reader, mode]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._answered()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.communicate(timeout=30)

    def __call__(self, what: str) -> None:
        self.begin(what)
        self._answered()

    def begin(self, what: str) -> None:
        """Begin a command without waiting for its end."""
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")

    def _answered(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "0\n"


def watched_card(virtual_readers: VirtualReaders, watching: Watching, pace: Pace) -> None:
    watching.next("empty")
    virtual_readers.insert(PEOPLE[0], pace=pace)
    watching.whole_card()


@pytest.mark.parametrize("how", ["exclusive", "transaction"])
def test_a_card_held_by_another_program_is_told_and_read_when_it_is_let_go(
    virtual_readers: VirtualReaders, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("reader.watch._WAIT_S", 0.1)  # then its next tries end within the two seconds below
    with Watching(PcscSlots()) as watching:
        watched_card(virtual_readers, watching, Pace())
        with OtherProgram(mode=how) as other:
            if how == "transaction":
                other("begin")
            begun = time.monotonic()
            watching.watch.again()
            watching.next("inserted")
            assert isinstance(watching.next("failed").error, CardHeld)
            assert time.monotonic() - begun < 6  # three seconds, and this PC may be busy
            watching.nothing_more(seconds=2)  # it tries again, and says it once
            other("leave")
            assert watching.next("card").generation == 2
            assert watching.next("photo").photo == PEOPLE[0].photo_bytes()


def test_stopping_while_another_program_holds_the_card_waits_for_nobody(
    virtual_readers: VirtualReaders,
) -> None:
    before = set(threading.enumerate())
    with OtherProgramsCard(virtual_readers) as other:
        watching = Watching(PcscSlots())
        with watching:
            watching.next("inserted")
            begun = time.monotonic()
        assert time.monotonic() - begun < 1.5  # half a second, and this PC may be busy
        left = [thread.name for thread in set(threading.enumerate()) - before]
        assert "card-watch" not in left
        other("leave")
        # The call that PC/SC could not end has ended, and its thread with it.
        until(
            lambda: "card-opening" not in [thread.name for thread in threading.enumerate()], "no thread left"
        )


class OtherProgramsCard(OtherProgram):
    """A card in the first reader that another program holds in a transaction."""

    def __init__(self, virtual_readers: VirtualReaders) -> None:
        virtual_readers.insert(PEOPLE[0])
        desk = PcscSlots()
        until(lambda: desk.wait(None, 0)[0].present, "the card to be seen")
        desk.close()
        super().__init__()
        self("begin")


def test_a_card_held_in_one_reader_keeps_nobody_from_the_other(virtual_readers: VirtualReaders) -> None:
    with OtherProgramsCard(virtual_readers) as other, Watching(PcscSlots()) as watching:
        watching.next("inserted")
        assert isinstance(watching.next("failed").error, CardHeld)
        virtual_readers.insert(PEOPLE[1], reader=1)
        read = watching.whole_card()
        assert (read.reader, read.photo) == (READERS[1], PEOPLE[1].photo_bytes())
        other("leave")


class TurnOfTheOther:
    """PC/SC itself, but once, just before a transaction begins, another program uses the card."""

    def __init__(self, scard: Any) -> None:
        self.scard = scard
        self.turn: Callable[[], None] | None = None
        self.codes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scard, name)

    def SCardBeginTransaction(self, card: int) -> int:  # noqa: N802 - PC/SC's name
        if self.turn:
            self.turn()
            self.turn = None
        self.codes.append(self.scard.SCardBeginTransaction(card) & 0xFFFFFFFF)
        return self.codes[-1]


def test_a_card_that_another_program_resets_as_we_begin_is_read_whole_and_nobody_notices(
    virtual_readers: VirtualReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    scard = TurnOfTheOther(_load())
    monkeypatch.setattr("reader.pcsc._load", lambda: scard)
    with Watching(PcscSlots()) as watching:
        watched_card(virtual_readers, watching, Pace())
        with OtherProgram() as other:
            scard.turn = lambda: other("reset")
            watching.watch.again()
            assert watching.whole_card().photo == PEOPLE[0].photo_bytes()
            watching.nothing_more()
    assert scard.codes == [0, 0x80100068, 0]


@pytest.mark.parametrize("when", ["in the text", "in the photo"])
def test_a_card_that_another_program_wants_to_reset_in_mid_reading_is_read_whole(
    virtual_readers: VirtualReaders, when: str
) -> None:
    with Watching(PcscSlots()) as watching:
        watched_card(virtual_readers, watching, Pace(0.02))
        with OtherProgram() as other:
            watching.watch.again()
            watching.next("inserted")
            if when == "in the photo":
                assert watching.next("card").generation == 2
            other.begin("reset")  # pcscd lets it wait until our transaction has ended
            if when == "in the text":
                watching.next("card")
            read = watching.next("photo")
            assert (read.generation, read.photo) == (2, PEOPLE[0].photo_bytes())
            watching.nothing_more()
