"""What the watch tells when things change in its midst, at the practice desk."""

from __future__ import annotations

import threading
import time

import pytest

from reader.errors import CardRemoved, CardSwapped, MuteCard
from reader.pcsc import PcscSlots
from reader.practice import READER, PracticeSlots
from reader.practice_people import PEOPLE
from reader.read_once import read_card
from reader.reading import Reading
from reader.t0_timing import Pace
from reader.virtual_card import FOREIGN_APPLET, VirtualCard
from tests.reader.watching import Watching
from tests.rig.pcscd import VirtualReaders
from tests.rig.waiting import until


@pytest.mark.parametrize("at", [1, 4, 7, 12])
def test_another_card_put_in_within_a_moment_is_another_insertion(at: int) -> None:
    desk = PracticeSlots()

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
    desk = PracticeSlots(Pace(0.1))
    desk.insert(PEOPLE[0])
    with Watching(desk) as watching:
        watching.next("inserted")
        watching.next("card")
        begun = time.monotonic()
    # The rest of the photo alone would take 1.8 s.
    assert time.monotonic() - begun < 1
    watching.nothing_more()


def test_reading_again_gives_up_the_photo_that_is_being_read() -> None:
    desk = PracticeSlots(Pace(0.05), readers=("One", "Two"))
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


@pytest.mark.parametrize("mute", [0, 1])
def test_of_two_cards_that_cannot_be_read_the_one_that_should_be_is_told_of(mute: int) -> None:
    desk = PracticeSlots(readers=("One", "Two"))
    desk.insert(PEOPLE[0].card(mute=True), reader=mute)
    desk.insert(PEOPLE[1].card(applet=FOREIGN_APPLET), reader=1 - mute)
    with Watching(desk) as watching:
        events = [watching.any()]
        while events[-1].kind == "inserted":
            events.append(watching.any())
        assert isinstance(events[-1].error, MuteCard)
        assert events[-1].reader == ("One", "Two")[mute]
        watching.nothing_more()


def test_a_card_whose_photo_cannot_be_read_is_not_left_for_another_one() -> None:
    desk = PracticeSlots(readers=("One", "Two"))
    text = 7  # commands
    desk.insert(PEOPLE[0].card(replies=dict.fromkeys(range(text + 1, 200), b"\x6f\x00")), reader=0)
    desk.insert(PEOPLE[1], reader=1)
    with Watching(desk) as watching:
        watching.next("inserted")
        assert watching.next("card").reader == "One"
        failed = watching.next("failed")
        assert (failed.reader, failed.card and failed.card.citizen_id) == ("One", PEOPLE[0].citizen_id)
        watching.nothing_more(seconds=0.3)


def test_the_photo_has_tries_of_its_own_however_many_the_text_needed() -> None:
    chosen, text = 3, 7  # tries that end at their first command; commands of a whole text
    refused = [1, 2, 3, *(chosen + (text + 1) * n for n in (1, 2, 3))]
    chip = PEOPLE[0].card(replies=dict.fromkeys(refused, b"\x6f\x00"))
    desk = PracticeSlots()
    desk.insert(chip)
    reading = Reading(desk, READER, still_there=lambda: True, pause=lambda _: False)
    assert reading.whole()[1] == PEOPLE[0].photo_bytes()


@pytest.mark.parametrize("at", [8, 12])
def test_one_reading_keeps_the_text_of_a_card_that_does_not_give_its_photo(at: int) -> None:
    desk = PracticeSlots()
    desk.insert(PEOPLE[0].card(replies=dict.fromkeys(range(at, 200), b"\x6f\x00")))
    card, photo = read_card(desk)
    assert (card.citizen_id, card.problems, photo) == (PEOPLE[0].citizen_id, ("photo: not read",), None)
    assert card.results(0)["photo"] == "not read"


def test_one_reading_gives_nothing_of_a_card_that_left_or_was_exchanged_in_its_photo() -> None:
    desk = PracticeSlots()
    desk.insert(PEOPLE[0].card(pulled_after=9))
    with pytest.raises(CardRemoved):
        read_card(desk)
    whole = PEOPLE[0].card()
    desk.insert(whole)
    read_card(desk)
    number_again = len(whole.trace)
    other = PEOPLE[1].citizen_id.encode() + b"\x90\x00"
    desk.insert(PEOPLE[0].card(replies={number_again: other}))
    with pytest.raises(CardSwapped):
        read_card(desk)


def test_stopping_waits_for_no_chip_that_never_answers(virtual_readers: VirtualReaders) -> None:
    asked, answer = threading.Event(), threading.Event()

    def think(command: bytes) -> None:
        asked.set()
        answer.wait(60)

    watching = Watching(PcscSlots())
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
