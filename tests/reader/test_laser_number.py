"""The number on the back of the card: both forms of its command, and cards that have none."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from reader import layout
from reader.apdu import read_laser, read_photo, read_text
from reader.errors import CardSwapped
from reader.practice_people import PEOPLE
from reader.virtual_card import DEFAULT_ATR, LASER_APPLET, Chip, VirtualCard, Way
from tests.reader.wired_card import FILE, chosen, wired

LASER = "JT0123456789"


@pytest.mark.parametrize(
    ("form", "way"),
    [*((0x17, way) for way in get_args(Way)), *((0x07, way) for way in ("61", "pieces", "direct", "bare"))],
)
def test_the_number_on_the_back_is_read_in_both_forms(form: int, way: Way) -> None:
    chip = VirtualCard(FILE, Chip(laser=LASER, way=way))
    honest = wired(chip)

    def transmit(command: bytes) -> tuple[bytes, int]:
        other = len(command) == 5 and command[:4] == b"\x80\0\0\0" and command[4] != form
        return (b"", 0x6700) if other else honest(command)

    text = read_text(transmit, DEFAULT_ATR)
    assert (text.laser, text.results(0)["laser"]) == (None, "not read")
    assert not any(LASER_APPLET in command for command in chip.trace), "it costs nothing where nobody asks"
    card = read_laser(transmit, DEFAULT_ATR, text)
    assert (card.laser, card.results(0)["laser"], card.problems) == (LASER, "read", ())
    assert replace(card, laser=None) == text


@pytest.mark.parametrize("status", [0x6A82, 0x6D00, 0x6700, 0x6F00, 0x9000])
@pytest.mark.parametrize("at", ["applet", "number"])
def test_an_old_chip_that_refuses_the_number_on_the_back_leaves_it_not_read(at: str, status: int) -> None:
    honest = wired(VirtualCard(FILE, Chip(laser=LASER)))

    def transmit(command: bytes) -> tuple[bytes, int]:
        wanted = LASER_APPLET in command if at == "applet" else command[:4] == b"\x80\0\0\0"
        return (b"", status) if wanted else honest(command)

    text = read_text(transmit, DEFAULT_ATR)
    assert read_laser(transmit, DEFAULT_ATR, text) == text


@pytest.mark.parametrize(("laser", "result"), [("", "empty on the card"), ("???", "damaged text")])
def test_a_number_on_the_back_that_is_none_is_told_apart(laser: str, result: str) -> None:
    honest = wired(VirtualCard(FILE, Chip(laser=LASER)))

    def transmit(command: bytes) -> tuple[bytes, int]:
        data, status = honest(command)
        return data.replace(LASER.encode(), laser.encode().ljust(12, b"\0")), status

    card = read_laser(transmit, DEFAULT_ATR, read_text(transmit, DEFAULT_ATR))
    assert (card.laser, card.results(0)["laser"]) == (laser, result)


def test_two_cards_with_damaged_numbers_are_two_cards() -> None:
    """A text whose own number cannot be read never gets another card's photo, or number on the back."""
    one, other = (spoil_number(PEOPLE[n].file(), sign) for n, sign in ((1, b"\xff"), (0, b"\xfe")))
    text = read_text(wired(VirtualCard(one)), DEFAULT_ATR)
    assert text.citizen_id == ""
    assert read_photo(chosen(one), DEFAULT_ATR, text) == PEOPLE[1].photo_bytes()
    with pytest.raises(CardSwapped):
        read_photo(chosen(other), DEFAULT_ATR, text)
    with pytest.raises(CardSwapped):
        read_laser(wired(VirtualCard(other, Chip(laser=LASER))), DEFAULT_ATR, text)


def spoil_number(file: bytes, sign: bytes) -> bytes:
    number = layout.CITIZEN_ID
    return file[: number.offset] + sign * number.length + file[number.end :]


def test_a_card_changed_under_the_number_on_the_back_is_thrown_away() -> None:
    text = read_text(wired(VirtualCard(FILE)), DEFAULT_ATR)
    with pytest.raises(CardSwapped):
        read_laser(wired(VirtualCard(PEOPLE[0].file(), Chip(laser=LASER))), DEFAULT_ATR, text)
