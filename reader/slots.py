"""The interface of card readers, implemented by reader.pcsc (PC/SC) and reader.practice."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Slot:
    """One reader and whether a card is in it.

    `insertion` changes each time a card is put in or taken out, so that a change between two looks is
    noticed.
    """

    reader: str
    present: bool
    insertion: int


class Link(Protocol):
    """A connected card, held exclusively until the context manager exits."""

    @property
    def atr(self) -> bytes: ...

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Data and status word (0x9000) of one command APDU; raises a ReaderError where the link breaks."""
        ...


class ReaderSlots(Protocol):
    """All readers of this PC. One thread uses them; only `wake` may be called from another."""

    def wait(self, known: tuple[Slot, ...] | None, timeout_s: float) -> tuple[Slot, ...]:
        """The readers as they are now, as soon as they differ from `known`.

        Also returns after `timeout_s` seconds or when `wake` is called; at once where `known` is None. Uses
        no CPU while it waits. Raises NoCardService.
        """
        ...

    def connect(self, reader: str) -> AbstractContextManager[Link]:
        """Connect to the card in that reader; raises a ReaderError where that fails."""
        ...

    def wake(self) -> None:
        """Make a running `wait` return."""
        ...

    def close(self) -> None:
        """Release all readers."""
        ...
