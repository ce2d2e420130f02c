"""The contents of a Thai ID card as values, and where each is on the chip.

A field of the chip is declared once, in CardText: its place on the chip, its kind (reader.decoding decodes
it by that, reader.card_record converts it to JSON) and its name in JSON, which is the attribute's name.

A Card exists only where the card's number and names were read; otherwise the reading raises an error
(reader.errors). Every other field has one of four results: read, empty on the card, not read (the card
refused it, or it was not asked for), damaged text. `Card.results` gives the result of each field,
`Card.problems` what exactly is wrong.
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

# Further words that follow a field's name in Card.problems. All but the first two mean damage.
UNUSUAL_FORM = "unusual form"
CUT_SHORT = "cut short"  # the text fills its place on the chip, so its end is probably missing
WRONG_CHECK_DIGIT = "wrong check digit"
NOT_DIGITS = "not 13 digits"
NOT_A_DATE = "not a date"
UNKNOWN_CODE = "unknown code"
BAD_LENGTH = "impossible length"
NO_PICTURE = "not a JPEG"

# The codes of Card.warnings: what the officer must know before relying on the card. The first two are also
# the marks on a use that relied on it (docs/formats.md).
CARD_EXPIRED = "card_expired"
WRONG_NUMBER = "wrong_check_digit"
DAMAGED = "damaged"
INCOMPLETE = "not_read"
ADDRESS_CUT = "cut_short"

_RANK = re.compile("ว่าที่|พล|พัน|ร้อย|นาวา|เรือ|จ่า|สิบ|ดาบ|นาย(?:ดาบ|หมวด|หมู่|กอง)")


@dataclass(frozen=True)
class Name:
    """A name in four parts; any of them may be empty (one-word names, no middle name)."""

    title: str
    first: str
    middle: str
    last: str

    def full(self) -> str:
        """The whole name as it is written: นางมาลี ศรีสุข, Mrs. Malee Srisuk."""
        # Thai writes นาย, นาง, นางสาว without a space before the name, but ranks and abbreviations with one.
        apart = self.title.isascii() or self.title.endswith(".") or _RANK.match(self.title)
        joined = self.title and not apart
        first = self.title + self.first if joined else f"{self.title} {self.first}"
        return " ".join(f"{first} {self.middle} {self.last}".split())


@dataclass(frozen=True)
class Address:
    """An address in parts, each with its Thai label as on the card (หมู่ที่ 9, ตำบลสุเทพ).

    `raw` is the card's own text with `#` between its parts.
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
        """Up to three rows with the usual abbreviations: street, sub-district and district, province."""
        street = joined(self.house_no, self.moo, self.trok, self.soi, self.road)
        area = joined(_short(self.tambon), _short(self.amphoe))
        return [line for line in (street, area, _short(self.province)) if line]


class Kind(Enum):
    """The kind of a field: decides how its bytes are decoded and how its value is written in JSON."""

    NUMBER = auto()  # a citizen ID
    NAME = auto()
    DATE = auto()
    SEX = auto()
    ADDRESS = auto()
    TEXT = auto()


@dataclass(frozen=True)
class ChipField:
    """A field's place in the card's file, and its kind."""

    span: Span
    kind: Kind


def _at(span: Span, kind: Kind) -> dict[str, ChipField]:
    return {"chip": ChipField(span, kind)}


@dataclass(frozen=True)
class CardText:
    """The text of a card, field by field in the order of its JSON.

    `citizen_id` is 13 digits, or "" where the card holds anything else. A text that was not read is None,
    one that is empty on the card is "". `laser` is the number on the back, 12 characters, read only on
    request.
    """

    citizen_id: str = field(metadata=_at(CITIZEN_ID, Kind.NUMBER))
    name_th: Name = field(metadata=_at(Span(0x0011, 0x64), Kind.NAME))
    name_en: Name = field(metadata=_at(Span(0x0075, 0x64), Kind.NAME))
    birth_date: PartialDate | None = field(metadata=_at(Span(0x00D9, 0x08), Kind.DATE))
    sex: Sex | None = field(metadata=_at(Span(0x00E1, 0x01), Kind.SEX))
    address: Address | None = field(metadata=_at(ADDRESS, Kind.ADDRESS))
    # 015A/0D is the issuing officer's code. The program has no right to show or keep it, so it is no field.
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
        """True where the last possible day of validity is before `today`."""
        return self.expiry_date is not None and self.expiry_date.latest() < today


CHIP_FIELDS: dict[str, ChipField] = {
    one.name: one.metadata["chip"] for one in fields(CardText) if "chip" in one.metadata
}
"""The place and kind of each field that is text in the card's file, by name."""

FIELDS = (*sorted(CHIP_FIELDS, key=lambda name: CHIP_FIELDS[name].span.offset), "photo", "laser")
"""Every field with a result: the text in the order of the file, then the photo and the number on the back."""


@dataclass(frozen=True)
class Card(CardText):
    """All that is read of a card, except its photo. Its repr shows nothing personal.

    `photo_length` is the length that the card states, in bytes. `number_field` holds the raw bytes of the
    citizen ID, which tell two cards apart even where both numbers are damaged. `problems` lists
    "FIELD: what is wrong" ("birth_date: not a date").
    """

    layout: str
    photo_length: int
    problems: tuple[str, ...]
    number_field: bytes

    def __repr__(self) -> str:
        return f"<Card layout={self.layout} problems={len(self.problems)}>"

    def results(self, photo_bytes: int) -> dict[str, Result]:
        """The result of each field; `photo_bytes` is the number of photo bytes read."""
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
        """What the officer must check before relying on this card, as codes.

        They are card_expired, wrong_check_digit, damaged, not_read and cut_short.
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
