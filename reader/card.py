"""What a Thai ID card says, as values, and where on the chip each of them stands.

A field of the chip is declared once, in CardText: its place, its kind (reader.decoding makes a value of
that kind, reader.card_record its JSON) and, by the attribute's name, how it is called in JSON.

A Card exists only when the card's number and names were read: when even that fails there is an error
(reader.errors). Of every other field four things can be true, and they are kept apart: read, empty on
the card, not read (the card refused it, or it was not asked for), damaged text. `Card.results` names
which, `Card.problems` says what exactly is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum, auto
from typing import Any, Literal

from reader.buddhist_date import PartialDate
from reader.layout import ADDRESS, CITIZEN_ID, Span

Sex = Literal["male", "female"]
Result = Literal["read", "empty on the card", "not read", "damaged text"]

READ: Result = "read"
EMPTY: Result = "empty on the card"
NOT_READ: Result = "not read"
DAMAGED_TEXT: Result = "damaged text"

# What else may stand after the field's name in Card.problems. All but the first two are damage.
UNUSUAL_FORM = "unusual form"
CUT_SHORT = "cut short"  # it fills its place on the chip: what would not go in is missing
WRONG_CHECK_DIGIT = "wrong check digit"
NOT_DIGITS = "not 13 digits"
NOT_A_DATE = "not a date"
UNKNOWN_CODE = "unknown code"
BAD_LENGTH = "impossible length"
NO_PICTURE = "not a JPEG"

# Card.warnings: what the officer must know before relying on the card. The first two are also the marks on
# a use that relied on it (docs/formats.md).
CARD_EXPIRED = "card_expired"
WRONG_NUMBER = "wrong_check_digit"
DAMAGED = "damaged"
INCOMPLETE = "not_read"
ADDRESS_CUT = "cut_short"

_RANK = re.compile("ว่าที่|พล|พัน|ร้อย|นาวา|เรือ|จ่า|สิบ|ดาบ|นาย(?:ดาบ|หมวด|หมู่|กอง)")


@dataclass(frozen=True)
class Name:
    """A name in its four parts; any of them may be empty (one-word names, no middle name)."""

    title: str
    first: str
    middle: str
    last: str

    def full(self) -> str:
        """The whole name as it is written: นางมาลี ศรีสุข, Mrs. Malee Srisuk."""
        # Thai writes นาย, นาง, นางสาว against the name, but ranks and abbreviations apart.
        apart = self.title.isascii() or self.title.endswith(".") or _RANK.match(self.title)
        joined = self.title and not apart
        first = self.title + self.first if joined else f"{self.title} {self.first}"
        return " ".join(f"{first} {self.middle} {self.last}".split())


@dataclass(frozen=True)
class Address:
    """An address in parts, each with its Thai label as on the card (หมู่ที่ 9, ตำบลสุเทพ), and the raw text.

    `raw` is the card's own text with `#` between its slots.
    """

    house_no: str
    moo: str
    trok: str
    soi: str
    road: str
    tambon: str
    amphoe: str
    province: str
    raw: str

    def lines(self) -> list[str]:
        """Up to three lines with the usual abbreviations: street, sub-district and district, province."""
        street = joined(self.house_no, self.moo, self.trok, self.soi, self.road)
        area = joined(_short(self.tambon), _short(self.amphoe))
        return [line for line in (street, area, _short(self.province)) if line]


class Kind(Enum):
    """What the bytes of a field mean: how they are decoded, and what they are in JSON."""

    NUMBER = auto()  # a citizen ID
    NAME = auto()
    DATE = auto()
    SEX = auto()
    ADDRESS = auto()
    TEXT = auto()


@dataclass(frozen=True)
class ChipField:
    """Where a field stands in the card's file, and what it is."""

    span: Span
    kind: Kind


def _at(span: Span, kind: Kind) -> dict[str, ChipField]:
    return {"chip": ChipField(span, kind)}


@dataclass(frozen=True)
class CardText:
    """The text of a card, field by field in the order of its JSON.

    `citizen_id` is 13 digits, or empty where the card has something else there. A text that was not
    read is None, one that the card leaves empty is "". `laser` is the number on the back, 12 characters,
    read only where it is asked for.
    """

    citizen_id: str = field(metadata=_at(CITIZEN_ID, Kind.NUMBER))
    name_th: Name = field(metadata=_at(Span(0x0011, 0x64), Kind.NAME))
    name_en: Name = field(metadata=_at(Span(0x0075, 0x64), Kind.NAME))
    birth_date: PartialDate | None = field(metadata=_at(Span(0x00D9, 0x08), Kind.DATE))
    sex: Sex | None = field(metadata=_at(Span(0x00E1, 0x01), Kind.SEX))
    address: Address | None = field(metadata=_at(ADDRESS, Kind.ADDRESS))
    # 015A/0D is the issuing officer's code: not ours to show or keep, so nothing takes it out of its block.
    issue_date: PartialDate | None = field(metadata=_at(Span(0x0167, 0x08), Kind.DATE))
    expiry_date: PartialDate | None = field(metadata=_at(Span(0x016F, 0x08), Kind.DATE))
    lifelong: bool
    issuer: str | None = field(metadata=_at(Span(0x00F6, 0x64), Kind.TEXT))
    request_no: str | None = field(metadata=_at(Span(0x00E2, 0x14), Kind.TEXT))
    card_type: str | None = field(metadata=_at(Span(0x0177, 0x02), Kind.TEXT))
    # Printed under the photo as 4-2-8.
    photo_no: str | None = field(metadata=_at(Span(0x1619, 0x0E), Kind.TEXT))
    laser: str | None

    def has_expired(self, today: date) -> bool:
        """True when its last day of validity is surely past."""
        return self.expiry_date is not None and self.expiry_date.latest() < today


CHIP_FIELDS: dict[str, ChipField] = {
    one.name: one.metadata["chip"] for one in fields(CardText) if "chip" in one.metadata
}
"""Each field that stands as text in the card's file."""

FIELDS = (*sorted(CHIP_FIELDS, key=lambda name: CHIP_FIELDS[name].span.offset), "photo", "laser")
"""What a reading gives a result of: in the order of the file, then the photo and what is read apart."""


@dataclass(frozen=True)
class Card(CardText):
    """All that is read of a card, except its photo. Its repr shows no citizen.

    `photo_length` is what the card states, in bytes. `number_field` is the citizen ID's field as it stands on
    the chip: two cards with damaged numbers are still two cards. `problems` names each field with damage
    ("birth_date: not a date").
    """

    layout: str
    photo_length: int
    problems: tuple[str, ...]
    number_field: bytes

    def __repr__(self) -> str:
        return f"<Card layout={self.layout} problems={len(self.problems)}>"

    def results(self, photo_bytes: int) -> dict[str, Result]:
        """How the reading of each field ended; `photo_bytes` is the number of photo bytes read."""
        found: dict[str, list[str]] = {name: [] for name in FIELDS}
        for problem in self.problems:
            name, _, what = problem.partition(": ")
            found[name].append(what)
        return {name: self._result(name, found[name], photo_bytes) for name in FIELDS}

    def _result(self, name: str, problems: list[str], photo_bytes: int) -> Result:
        if NOT_READ in problems or (name == "photo" and not photo_bytes and EMPTY not in problems):
            return NOT_READ
        if EMPTY in problems:
            return EMPTY
        if set(problems) - {UNUSUAL_FORM, CUT_SHORT}:
            return DAMAGED_TEXT
        value: Any = photo_bytes if name == "photo" else getattr(self, name)
        if value is None and not (name == "expiry_date" and self.lifelong):
            return NOT_READ
        return EMPTY if value == "" else READ

    def warnings(self, today: date) -> list[str]:
        """What to look at before relying on this card.

        card_expired, wrong_check_digit, damaged, not_read, cut_short.
        """
        found = [CARD_EXPIRED] if self.has_expired(today) else []
        wrong_number = f"citizen_id: {WRONG_CHECK_DIGIT}"
        if wrong_number in self.problems:
            found.append(WRONG_NUMBER)
        kinds = {problem.partition(": ")[2] for problem in self.problems if problem != wrong_number}
        if kinds - {EMPTY, NOT_READ, UNUSUAL_FORM, CUT_SHORT}:
            found.append(DAMAGED)
        if NOT_READ in kinds:
            found.append(INCOMPLETE)
        if CUT_SHORT in kinds:
            found.append(ADDRESS_CUT)
        return found


def joined(*parts: str) -> str:
    """The parts that are not empty, with a space between."""
    return " ".join(part for part in parts if part)


_SHORT = {"ตำบล": "ต.", "อำเภอ": "อ.", "จังหวัด": "จ."}


def _short(part: str) -> str:
    for label, abbreviation in _SHORT.items():
        if part.startswith(label):
            return abbreviation + part.removeprefix(label).strip()
    return part
