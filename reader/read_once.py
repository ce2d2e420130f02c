"""Reads one card, once, for the command line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from reader.card import NOT_READ, Card
from reader.errors import (
    CardRemoved,
    CardSwapped,
    NoCard,
    NoCardService,
    NoReader,
    NoSuchReader,
    NotThaiCard,
    ReaderError,
)
from reader.reading import Reading
from reader.slots import ReaderSlots, Slot


def read_card(
    readers: ReaderSlots,
    photo: bool = True,
    wait_s: float = 0,
    laser: bool = False,
    reader: str | None = None,
    goes_on: Callable[[], None] = lambda: None,
) -> tuple[Card, bytes | None]:
    """The Thai ID card that is in a reader, or is put in within `wait_s` seconds, and its photo.

    The photo is None unless asked for, and so is the card's `laser`. With `reader` only that reader is used.
    `goes_on` is called at each step, so that the caller can see that nothing hangs: a step takes at most two
    seconds, or `wait_s` while it waits for a card. A photo that the card does not give is None too, and "not
    read" in the card's problems; its text is still returned. Raises NoCardService, NoReader, NoCard, or the
    ReaderError of the card; NotThaiCard only where no reader holds a Thai ID card.
    """
    until = time.monotonic() + wait_s
    slots = readers.wait(None, 0)
    while not (cards := [slot for slot in slots if slot.present and reader in (None, slot.reader)]):
        left = until - time.monotonic()
        if left <= 0:
            raise _nothing(slots, reader)
        goes_on()
        slots = readers.wait(slots, left)
        goes_on()
    failure: ReaderError = NoCard()
    for slot in cards:
        try:
            return _read(readers, slot, photo, laser, goes_on)
        except ReaderError as error:
            if isinstance(failure, NoCard | NotThaiCard):
                failure = error
    raise failure


def _nothing(slots: tuple[Slot, ...], reader: str | None) -> ReaderError:
    if reader is not None and reader not in [slot.reader for slot in slots]:
        return NoSuchReader(reader=reader)
    return NoCard() if slots else NoReader()


def _read(
    readers: ReaderSlots, slot: Slot, photo: bool, laser: bool, goes_on: Callable[[], None]
) -> tuple[Card, bytes | None]:
    def pause(seconds: float) -> bool:
        goes_on()
        time.sleep(seconds)
        return False

    texts: list[Card] = []
    reading = Reading(
        readers,
        slot.reader,
        photo=photo,
        laser=laser,
        still_there=lambda: slot in readers.wait(None, 0),
        pause=pause,
        on_card=texts.append,
    )
    try:
        return reading.whole()
    except (NoCardService, CardRemoved, CardSwapped):
        raise
    except ReaderError:
        if not texts:
            raise
        (text,) = texts
        return replace(text, problems=(*text.problems, f"photo: {NOT_READ}")), None
