"""A reader's USB cable is pulled and plugged in again, through the real pcscd and its own hot-plug."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from reader import layout
from reader.errors import CardRemoved, NoReader, NoSuchReader
from reader.pcsc import PcscSlots, _load
from reader.practice_people import PEOPLE
from reader.read_once import read_card
from reader.t0_timing import Pace
from reader.virtual_card import VirtualCard
from tests.reader.watching import Watching
from tests.rig.usb import READERS, UsbReaders
from tests.rig.waiting import until

TEXT = 7  # commands
PERSON = PEOPLE[7]
PHOTO = PERSON.photo_bytes()[:598] + b"\xff\xd9"  # three blocks
COMMANDS = TEXT + 2 * -(-len(PHOTO) // layout.LARGEST_READ) + 2


def chip(on_command: Callable[[bytes], None] | None = None) -> VirtualCard:
    file = bytearray(PERSON.file())
    file[layout.PHOTO_LENGTH.offset : layout.PHOTO_LENGTH.end] = len(PHOTO).to_bytes(2, "big")
    file[layout.PHOTO.offset : layout.PHOTO.offset + len(PHOTO)] = PHOTO
    return VirtualCard(bytes(file), on_command=on_command)


def unplugged(watching: Watching, *, card: bool = True) -> None:
    """Wait for the events: the card was removed, if there was one, and there is no reader."""
    if card:
        watching.next("removed")
    assert type(watching.next("no_reader").error) is NoReader


def test_the_only_reader_is_not_plugged_in_at_first(usb_readers: UsbReaders) -> None:
    with Watching(PcscSlots()) as watching:
        unplugged(watching, card=False)
        with pytest.raises(NoReader):
            read_once()
        watching.nothing_more(seconds=0.5)
        usb_readers.plug()
        watching.next("empty")
        usb_readers.insert(PERSON)
        assert watching.whole_card().photo == PERSON.photo_bytes()


def test_readers_that_come_and_go_are_told_of_by_the_card_service_and_not_looked_for(
    usb_readers: UsbReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("reader.pcsc._LONGEST_WAIT_S", "reader.watch._WAIT_S"):
        monkeypatch.setattr(limit, 120.0)
    with Watching(PcscSlots()) as watching:
        unplugged(watching, card=False)
        before = time.process_time()  # of all threads
        watching.nothing_more(seconds=2)
        assert time.process_time() - before < 0.03
        usb_readers.plug(0)
        watching.next("empty")
        watching.nothing_more(seconds=0.5)  # it waits anew: else pcscd would not tell it
        usb_readers.plug(1)
        usb_readers.insert(PERSON, reader=1)
        assert watching.whole_card().reader == READERS[1]
        usb_readers.unplug(1)
        assert watching.next("removed").reader == READERS[1]
        usb_readers.unplug(0)
        unplugged(watching, card=False)


def test_a_reader_that_comes_with_a_card_in_it_is_read_at_once(usb_readers: UsbReaders) -> None:
    usb_readers.plug()
    usb_readers.unplug()
    usb_readers.until_gone()
    usb_readers.insert(PERSON)
    with Watching(PcscSlots()) as watching:
        unplugged(watching, card=False)
        usb_readers.plug()
        assert watching.whole_card().photo == PERSON.photo_bytes()
        watching.nothing_more()


def test_a_reader_unplugged_while_nothing_or_a_card_that_was_read_is_in_it(usb_readers: UsbReaders) -> None:
    usb_readers.plug()
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        usb_readers.unplug()
        unplugged(watching, card=False)
        usb_readers.plug()
        watching.next("empty")
        card = usb_readers.insert(PERSON)
        watching.whole_card()
        usb_readers.unplug()
        unplugged(watching)
        usb_readers.plug()
        assert watching.whole_card().photo == PERSON.photo_bytes()
        # Another citizen's card was put in while the reader was unplugged.
        usb_readers.unplug()
        unplugged(watching)
        card.remove()
        usb_readers.insert(PEOPLE[1])
        usb_readers.plug()
        assert watching.whole_card().photo == PEOPLE[1].photo_bytes()
        watching.nothing_more()


def test_a_reader_unplugged_at_each_command_in_turn_reads_the_card_whole_when_it_is_back(
    usb_readers: UsbReaders,
) -> None:
    usb_readers.plug(0)
    usb_readers.plug(1)
    every = range(1, COMMANDS + 1)
    # Both readers at once, each with a watch of its own: pcscd takes a reader off its list only every 0.4 s.
    with ThreadPoolExecutor() as pool:
        halves = [pool.submit(unplug_and_plug_in, usb_readers, reader, every[reader::2]) for reader in (0, 1)]
        assert sum(half.result() for half in halves) == COMMANDS


def unplug_and_plug_in(usb_readers: UsbReaders, reader: int, positions: Sequence[int]) -> int:
    at = 0

    def pull(command: bytes) -> None:
        if len(card.trace) == at:
            usb_readers.unplug(reader)

    card = chip(pull)
    with Watching(PcscSlots(), reader=READERS[reader]) as watching:
        watching.next("empty")
        usb_readers.insert(card, reader)
        watching.whole_card()
        for at in positions:
            card.trace.clear()
            watching.watch.again()
            watching.next("inserted")
            if at > TEXT:
                assert watching.next("card").card is not None
            told = watching.any()
            if told.kind == "failed":  # pcscd, on a busy PC, heard of it later than the last quiet try
                told = watching.any()
            assert told.kind == "removed"
            watching.next("no_reader")
            assert len(card.trace) == at
            at = 0
            usb_readers.plug(reader)
            read = watching.whole_card()
            assert read.card is not None
            assert (read.card.citizen_id, read.card.problems) == (PERSON.citizen_id, ())
            assert read.photo == PHOTO
        watching.nothing_more()
    return len(positions)


def test_a_reader_unplugged_in_the_midst_of_a_look_takes_no_card_out_of_the_other(
    usb_readers: UsbReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    scard = _load()
    ask, pulled = scard.SCardGetStatusChange, threading.Event()
    armed = threading.Event()

    def slow(context: int, timeout_ms: int, asked: list[Any]) -> Any:
        """The cable is pulled after the readers were listed and before their states are asked for."""
        if armed.is_set() and timeout_ms == 0 and not pulled.is_set():
            usb_readers.unplug(1)
            usb_readers.until_gone(1)
            pulled.set()
        return ask(context, timeout_ms, asked)

    usb_readers.plug(0)
    usb_readers.plug(1)
    monkeypatch.setattr(scard, "SCardGetStatusChange", slow)
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        usb_readers.insert(PERSON, reader=0)
        assert watching.whole_card().reader == READERS[0]
        armed.set()  # the next look, at the latest after two seconds
        assert pulled.wait(15)
        watching.nothing_more(seconds=1)
        assert watching.watch.readers() == ((READERS[0], True),)


def test_one_of_two_readers_is_unplugged_and_the_other_reads_on(usb_readers: UsbReaders) -> None:
    usb_readers.plug(0)
    usb_readers.plug(1)
    with Watching(PcscSlots()) as watching, Watching(PcscSlots(), reader=READERS[1]) as second:
        watching.next("empty")
        second.next("empty")
        usb_readers.insert(PERSON, reader=0, pace=Pace(0.05))
        assert watching.next("inserted").reader == READERS[0]
        watching.next("card")
        usb_readers.unplug(1)  # in the midst of the other one's photo
        assert watching.next("photo").photo == PERSON.photo_bytes()
        error = second.next("no_reader").error
        assert isinstance(error, NoSuchReader)
        assert error.facts["reader"] == READERS[1]
        usb_readers.plug(1)
        second.next("empty")
        usb_readers.unplug(0)
        assert watching.next("removed").reader == READERS[0]
        usb_readers.insert(PEOPLE[1], reader=1)
        for both in (watching, second):
            assert both.whole_card().reader == READERS[1]
            both.nothing_more()


def test_a_reader_that_answers_no_more_though_nobody_saw_it_go_is_no_reader(usb_readers: UsbReaders) -> None:
    usb_readers.plug()
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        usb_readers.insert(PERSON)
        watching.whole_card()
        usb_readers.loosen()
        unplugged(watching)
        with pytest.raises(NoReader):
            read_once()
        usb_readers.fasten()
        assert watching.whole_card().photo == PERSON.photo_bytes()
        watching.nothing_more()


def read_once() -> None:
    desk = PcscSlots()
    try:
        read_card(desk)
    finally:
        desk.close()


class PulledBefore:
    """PC/SC itself, but the cable is pulled just before the call of that name; counts open contexts."""

    def __init__(self, call: str, pull: Callable[[], None]) -> None:
        self._scard = _load()
        self._call = call
        self._pull: Callable[[], None] | None = pull
        self.contexts = 0

    def __getattr__(self, name: str) -> Any:
        if name == self._call and self._pull:
            pull, self._pull = self._pull, None
            pull()
        return getattr(self._scard, name)

    def SCardEstablishContext(self, scope: int) -> Any:  # noqa: N802 - PC/SC's name
        self.contexts += 1
        return self._scard.SCardEstablishContext(scope)

    def SCardReleaseContext(self, context: int) -> Any:  # noqa: N802
        self.contexts -= 1
        return self._scard.SCardReleaseContext(context)


@pytest.mark.parametrize("call", ["SCardListReaders", "SCardGetStatusChange"])
def test_a_reader_unplugged_while_it_is_looked_at_is_no_reader(
    usb_readers: UsbReaders, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def pull() -> None:
        monkeypatch.undo()  # the check that it is gone needs the real PC/SC
        usb_readers.unplug()
        usb_readers.until_gone()

    usb_readers.plug()
    calls = PulledBefore(call, pull)
    monkeypatch.setattr("reader.pcsc._load", lambda: calls)
    desk = PcscSlots()
    assert desk.wait(None, 0) == ()
    desk.close()
    assert calls.contexts == 0


@pytest.mark.parametrize("gone", [False, True], ids=["dead", "gone"])
@pytest.mark.parametrize("call", ["SCardConnect", "SCardBeginTransaction", "SCardStatus", "SCardTransmit"])
def test_a_reader_unplugged_as_its_card_is_asked_is_a_card_removed_and_gives_everything_back(
    usb_readers: UsbReaders, monkeypatch: pytest.MonkeyPatch, call: str, gone: bool
) -> None:
    def pull() -> None:
        monkeypatch.undo()
        usb_readers.unplug()
        if gone:
            usb_readers.until_gone()

    usb_readers.plug()
    usb_readers.insert(PERSON)
    calls = PulledBefore(call, pull)
    monkeypatch.setattr("reader.pcsc._load", lambda: calls)
    desk = PcscSlots()
    until(lambda: desk.wait(None, 0)[0].present, "the card to be seen")
    with pytest.raises(CardRemoved):
        read_card(desk)
    desk.close()
    assert calls.contexts == 0
