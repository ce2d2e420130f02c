"""What the watch tells when things change in its midst, at the practice desk."""

from __future__ import annotations

import threading
import time

import pytest

from reader.pcsc import PcscDesk
from reader.people import PEOPLE
from reader.practice import PracticeDesk
from reader.virtual_card import VirtualCard
from reader.wire import Pace
from tests.reader.watching import Watching
from tests.rig.pcscd import VirtualReaders
from tests.rig.waiting import until


@pytest.mark.parametrize("at", [1, 4, 7, 12])
def test_another_card_put_in_within_a_moment_is_another_insertion(at: int) -> None:
    desk = PracticeDesk()

    def exchange(command: bytes) -> None:
        if len(chip.trace) == at:
            desk.insert(PEOPLE[1])

    chip = VirtualCard(PEOPLE[0].file(), on_command=exchange)
    desk.insert(chip)
    with Watching(desk) as watching:
        assert watching.next("inserted").generation == 1
        if at > 7:  # the seventh answer makes the text whole
            assert watching.next("card").generation == 1
        watching.next("removed")
        read = watching.whole_card()
        assert read.card is not None
        assert (read.generation, read.card.citizen_id) == (2, PEOPLE[1].citizen_id)
        assert read.photo == PEOPLE[1].photo_bytes()
        watching.nothing_more()


def test_stopping_in_the_midst_of_the_photo_does_not_wait_for_its_end() -> None:
    desk = PracticeDesk(Pace(0.1))
    desk.insert(PEOPLE[0])
    with Watching(desk) as watching:
        watching.next("inserted")
        watching.next("card")
        begun = time.monotonic()
    # The rest of the photo alone would take 1.8 s.
    assert time.monotonic() - begun < 1
    watching.nothing_more()


def test_reading_again_gives_up_the_photo_that_is_being_read() -> None:
    desk = PracticeDesk(Pace(0.05), readers=("One", "Two"))
    desk.insert(PEOPLE[0], reader=0)
    desk.insert(PEOPLE[1], reader=1)
    with Watching(desk) as watching:
        assert watching.next("inserted").reader == "One"
        watching.next("card")
        watching.watch.again("Two")
        read = watching.whole_card()  # no photo of the first comes before it
        assert (read.reader, read.card and read.card.citizen_id) == ("Two", PEOPLE[1].citizen_id)
        watching.watch.again("Three")  # no such reader: nothing happens
        watching.nothing_more(seconds=0.3)


def test_stopping_waits_for_no_chip_that_never_answers(virtual_readers: VirtualReaders) -> None:
    asked, answer = threading.Event(), threading.Event()

    def think(command: bytes) -> None:
        asked.set()
        answer.wait(60)

    watching = Watching(PcscDesk())
    with watching:
        watching.next("empty")
        virtual_readers.insert(VirtualCard(PEOPLE[0].file(), on_command=think))
        assert asked.wait(15)
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    assert watches() == 1
    answer.set()
    until(lambda: watches() == 0, "the watch to end by itself")


def watches() -> int:
    return [thread.name for thread in threading.enumerate()].count("card-watch")
