"""A card service that accepts calls and answers none, also during a reading: it is reported, and recovers."""

from __future__ import annotations

import threading
import time

import pytest

from reader.errors import CardServiceHangs
from reader.pcsc import PcscSlots
from reader.practice import PracticeSlots
from reader.practice_people import PEOPLE
from reader.t0_timing import Pace
from reader.watch import CardEvent, CardWatch
from tests.reader.watching import Watching
from tests.rig.pcscd import VirtualReaders
from tests.rig.waiting import until

TEXT = 7  # commands


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("card-")}


def told_that_it_hangs(watching: Watching) -> None:
    event = watching.next("no_service")
    assert type(event.error) is CardServiceHangs


def test_a_service_that_hangs_is_told_within_seconds_and_the_card_is_read_when_it_goes_on(
    virtual_readers: VirtualReaders,
) -> None:
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        with virtual_readers.service.hanging():
            begun = time.monotonic()
            told_that_it_hangs(watching)
            assert time.monotonic() - begun < 15  # eight, and this PC may be busy
            assert watching.watch.readers() == ()
            watching.nothing_more(seconds=2)  # it is said once
        watching.next("empty")
        virtual_readers.insert(PEOPLE[0])
        assert watching.whole_card().photo == PEOPLE[0].photo_bytes()
        # With a card in: its data leave the screen, as nobody would notice its removal; then it is read anew.
        with virtual_readers.service.hanging():
            watching.next("removed")
            told_that_it_hangs(watching)
        assert watching.whole_card().generation == 2
        watching.nothing_more(seconds=1)
        with virtual_readers.service.hanging():
            watching.next("removed")
            told_that_it_hangs(watching)
            virtual_readers.take_out()
        watching.next("empty")
    until(lambda: not threads(), "no thread left")


@pytest.mark.parametrize("at", [3, TEXT + 6], ids=["in the text", "in the photo"])
def test_a_service_that_hangs_in_mid_reading_gives_no_half_card_when_it_goes_on(
    virtual_readers: VirtualReaders, at: int
) -> None:
    def exchange(command: bytes) -> None:
        if len(chip.trace) == at:
            virtual_readers.service.hang()

    chip = PEOPLE[0].card(on_command=exchange)
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        with virtual_readers.service.hanging(now=False):
            virtual_readers.insert(chip, pace=Pace(0.02))
            watching.next("inserted")
            if at > TEXT:
                watching.next("card")
            watching.next("removed")
            told_that_it_hangs(watching)
        read = watching.whole_card()
        assert (read.generation, read.photo) == (2, PEOPLE[0].photo_bytes())
        watching.nothing_more(seconds=1)


def test_a_service_that_is_started_anew_while_it_hangs_is_got_over_too(
    virtual_readers: VirtualReaders,
) -> None:
    service = virtual_readers.service
    with service.instead({}), Watching(PcscSlots()) as watching:
        watching.next("empty")
        with service.hanging():
            told_that_it_hangs(watching)
            service.kill()
            told = watching.next("no_service")
            assert type(told.error) is not CardServiceHangs
            service.start()
        watching.next("empty")
        virtual_readers.insert(PEOPLE[0])
        watching.whole_card()
        virtual_readers.take_out()


@pytest.mark.parametrize("after_s", [0.2, 3.0], ids=["in its wait", "in its next look"])
def test_neither_f5_nor_leaving_the_program_waits_for_a_service_that_hangs(
    virtual_readers: VirtualReaders, after_s: float
) -> None:
    watching = Watching(PcscSlots())
    with watching:
        watching.next("empty")
        with virtual_readers.service.hanging():
            threading.Event().wait(after_s)  # which of the two calls of PC/SC is kept hangs on it
            begun = time.monotonic()
            watching.watch.again()
            assert time.monotonic() - begun < 1
            told_that_it_hangs(watching)
            begun = time.monotonic()
            watching.watch.stop()
            assert time.monotonic() - begun < 1
            assert "card-watch" in threads()  # PC/SC has nothing to end its call
        until(lambda: not threads(), "no thread left")
    watching.nothing_more()


def test_a_watch_whose_listener_takes_its_time_is_not_taken_for_one_that_hangs() -> None:
    told: list[str] = []
    asked, answer = threading.Event(), threading.Event()

    def listen(event: CardEvent) -> None:
        told.append(event.kind)
        asked.set()
        answer.wait(30)

    watch = CardWatch(PracticeSlots(), listen)
    watch.start()
    assert asked.wait(10)
    for _ in range(20):
        watch.look_after()
    answer.set()
    watch.stop()
    assert told == ["empty"]
