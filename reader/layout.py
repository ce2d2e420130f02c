"""The card's file, one flat space of bytes, and how it is read, by layout version.

Only the spans by which the reading itself goes stand here; every field has its place in reader.card.

Offsets and lengths are in bytes. Reads may cross the borders of fields, so the text is fetched
in as few blocks as the card allows (at most 255 bytes each) and cut up afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """One field or one read: where it begins, and how long it is."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


VERSION = Span(0x0000, 0x04)
CITIZEN_ID = Span(0x0004, 0x0D)
PHOTO_LENGTH = Span(0x0179, 0x02)
PHOTO = Span(0x017B, 0x13FE)
ADDRESS = Span(0x1579, 0xA0)

FILE_LENGTH = 0x1627  # up to the end of the number under the photo

LARGEST_READ = 0xFF
HEAD_BLOCKS = (Span(0x0000, 0xFF), Span(0x00FF, 0x7C))

READ_BINARY = 0xB0
READ_FIRST_FILE = 0xB1


@dataclass(frozen=True)
class Layout:
    """How a version of the card is read.

    `instruction` reads all but the tail; `tail` is read by READ_BINARY: the address, `address_length`
    bytes, and behind it the number under the photo, where the version has one.
    """

    version: str
    instruction: int
    tail: Span
    address_length: int

    @property
    def address(self) -> Span:
        return Span(self.tail.offset, self.address_length)


LAYOUTS = {
    "0003": Layout("0003", READ_BINARY, Span(ADDRESS.offset, 0xAE), ADDRESS.length),
    # Old cards, often for life. They keep the address in a file of its own behind the plain read
    # and everything else behind the other one. Not yet tried on a real card.
    "0002": Layout("0002", READ_FIRST_FILE, Span(0x0004, 0x96), 0x96),
}
