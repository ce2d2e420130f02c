"""A virtual card that is given commands directly."""

from __future__ import annotations

from reader.apdu import Transmit, read_text
from reader.practice_people import PEOPLE
from reader.virtual_card import DEFAULT_ATR, VirtualCard

FILE = PEOPLE[1].file()


def wired(card: VirtualCard) -> Transmit:
    def transmit(command: bytes) -> tuple[bytes, int]:
        answer = card.answer(command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    return transmit


def chosen(file: bytes) -> Transmit:
    """A card with that file whose applet was chosen before."""
    transmit = wired(VirtualCard(file))
    read_text(transmit, DEFAULT_ATR)
    return transmit
