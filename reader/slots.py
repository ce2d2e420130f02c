"""What the program needs of the readers into which cards are put: PC/SC (reader.pcsc) or practice."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Slot:
    """One reader and what is in it.

    `insertion` is another number after each putting in and taking out, so that a card which was
    changed while nobody looked is seen to be another one.
    """

    reader: str
    present: bool
    insertion: int


class Link(Protocol):
    """A connected card, held for us alone until the connection is left."""

    @property
    def atr(self) -> bytes: ...

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Data and status word (0x9000) of one command APDU; raises a ReaderError when the link breaks."""
        ...


class ReaderSlots(Protocol):
    """All readers of this PC. One thread uses them; only `wake` may be called from another."""

    def wait(self, known: tuple[Slot, ...] | None, timeout_s: float) -> tuple[Slot, ...]:
        """The readers as they are now, as soon as they differ from `known`.

        Also returns when the time is over or `wake` is called; at once when `known` is None. Uses
        no CPU meanwhile. Raises NoCardService.
        """
        ...

    def connect(self, reader: str) -> AbstractContextManager[Link]:
        """Connect to the card in that reader; raises a ReaderError that says why not."""
        ...

    def wake(self) -> None:
        """Make a running `wait` return."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...
