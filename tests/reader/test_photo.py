"""A photo whose length or bytes the card has wrong: what is read of it, and what is said."""

from __future__ import annotations

from datetime import date

import pytest

from reader import layout
from reader.practice import PracticeSlots
from reader.practice_people import PEOPLE
from reader.read_once import read_card
from reader.virtual_card import VirtualCard

JPEG = PEOPLE[0].photo_bytes()


def with_photo(stated: int, area: bytes = JPEG) -> bytes:
    file = bytearray(PEOPLE[0].file())
    file[layout.PHOTO_LENGTH.offset : layout.PHOTO_LENGTH.end] = stated.to_bytes(2, "big")
    file[layout.PHOTO.offset : layout.PHOTO.end] = area.ljust(layout.PHOTO.length)
    return bytes(file)


@pytest.mark.parametrize("stated", [2, 254, 255, 256, 1000, len(JPEG) - 1, len(JPEG), len(JPEG) + 3, 5118])
def test_a_picture_is_whole_also_where_the_card_states_a_wrong_length_for_it(stated: int) -> None:
    chip = VirtualCard(with_photo(stated))
    desk = PracticeSlots()
    desk.insert(chip)
    card, photo = read_card(desk)
    assert photo is not None
    assert (photo[: len(JPEG)], photo[len(JPEG) :].strip()) == (JPEG, b"")
    assert (card.problems, card.results(len(photo))["photo"]) == ((), "read")
    if stated == len(JPEG):  # a sound card is asked for nothing more
        blocks = -(-len(JPEG) // layout.LARGEST_READ)
        assert len(chip.trace) == 7 + 2 * blocks + 2


@pytest.mark.parametrize(
    "file",
    [
        with_photo(600, b"GIF89a" + JPEG),
        with_photo(600, JPEG[:600]),  # no end of the picture is anywhere
        with_photo(600)[: layout.PHOTO.offset + 700],  # the card's file ends there
    ],
    ids=["no picture", "half a picture", "half a picture and no more"],
)
def test_a_photo_that_is_no_picture_is_damage_and_its_bytes_are_as_stated(file: bytes) -> None:
    desk = PracticeSlots()
    desk.insert(VirtualCard(file))
    card, photo = read_card(desk)
    assert photo == file[layout.PHOTO.offset :][:600]
    assert "photo: not a JPEG" in card.problems
    assert card.results(len(photo))["photo"] == "damaged text"
    assert "damaged" in card.warnings(date(2026, 11, 22))
