"""Where each field lies in the card's file: one flat space of bytes, by layout version.

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
NAME_TH = Span(0x0011, 0x64)
NAME_EN = Span(0x0075, 0x64)
BIRTH_DATE = Span(0x00D9, 0x08)
SEX = Span(0x00E1, 0x01)
REQUEST_NO = Span(0x00E2, 0x14)
ISSUER = Span(0x00F6, 0x64)
# 015A/0D is the issuing officer's code: not ours to show or keep, so nothing takes it out of its block.
ISSUE_DATE = Span(0x0167, 0x08)
EXPIRY_DATE = Span(0x016F, 0x08)
CARD_TYPE = Span(0x0177, 0x02)
PHOTO_LENGTH = Span(0x0179, 0x02)
PHOTO = Span(0x017B, 0x13FE)
ADDRESS = Span(0x1579, 0xA0)
PHOTO_NO = Span(0x1619, 0x0E)  # printed under the photo as 4-2-8

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
