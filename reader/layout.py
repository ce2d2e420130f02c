"""The layout of the card's file, one flat sequence of bytes, and how each layout version is read.

Here are only the spans that the reading itself needs; the place of every other field is in reader.card.

Offsets and lengths are in bytes. A read may cross field boundaries, so the text is fetched in as few
blocks as the card allows (at most 255 bytes each) and split afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """The place of one field or one read, in bytes."""

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

    `instruction` reads all but `tail`, which READ_BINARY reads. The tail is the address (`address_length`
    bytes) followed by the number under the photo, where the version has one.
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
    # Old cards, often valid for life. READ_BINARY reads a file with the address, READ_FIRST_FILE one with
    # everything else. Not yet tried with a real card.
    "0002": Layout("0002", READ_FIRST_FILE, Span(0x0004, 0x96), 0x96),
}
