"""Reads one card, once, for the command line."""

from __future__ import annotations

import time

from reader.card import Card
from reader.desk import Desk, Slot
from reader.errors import NoCard, NoReader, NotThaiCard, ReaderError
from reader.reading import read_whole


def read_card(desk: Desk, photo: bool = True, wait_s: float = 0) -> tuple[Card, bytes | None]:
    """The Thai ID card that is in a reader, or is put in within `wait_s` seconds, and its photo.

    The photo is None unless asked for. Raises NoCardService, NoReader, NoCard, or what is wrong
    with the card; NotThaiCard only when no reader holds a Thai ID card.
    """
    until = time.monotonic() + wait_s
    slots = desk.wait(None, 0)
    while not any(slot.present for slot in slots):
        left = until - time.monotonic()
        if left <= 0:
            raise NoCard if slots else NoReader
        slots = desk.wait(slots, left)
    failure: ReaderError = NoCard()
    for slot in slots:
        if slot.present:
            try:
                return _read(desk, slot, photo)
            except ReaderError as error:
                if isinstance(failure, NoCard | NotThaiCard):
                    failure = error
    raise failure


def _read(desk: Desk, slot: Slot, photo: bool) -> tuple[Card, bytes | None]:
    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    return read_whole(
        desk,
        slot.reader,
        photo=photo,
        still_there=lambda: slot in desk.wait(None, 0),
        pause=pause,
    )
