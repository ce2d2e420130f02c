"""What the watch tells when things change in its midst, at the practice desk."""

from __future__ import annotations

import time

import pytest

from reader.people import PEOPLE
from reader.practice import PracticeDesk
from reader.virtual_card import VirtualCard
from tests.reader.watching import Watching


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
        if at >= 7:  # the seventh answer makes the text whole
            assert watching.next("card").generation == 1
        watching.next("removed")
        read = watching.whole_card()
        assert read.card is not None
        assert (read.generation, read.card.citizen_id) == (2, PEOPLE[1].citizen_id)
        assert read.photo == PEOPLE[1].photo_bytes()
        watching.nothing_more()


def test_stopping_in_the_midst_of_the_photo_does_not_wait_for_its_end() -> None:
    desk = PracticeDesk(seconds_per_command=0.1)
    desk.insert(PEOPLE[0])
    with Watching(desk) as watching:
        watching.next("inserted")
        watching.next("card")
        begun = time.monotonic()
    # The rest of the photo alone would take 1.8 s.
    assert time.monotonic() - begun < 1
    watching.nothing_more()
