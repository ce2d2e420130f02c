"""What a Thai ID card says, as values.

A Card exists only when the card's number and names were read: when even that fails there is an error
(reader.errors). Of every other field four things can be true, and they are kept apart: read, empty on
the card, not read (the card refused it, or it was not asked for), damaged text. `Card.results` names
which, `Card.problems` says what exactly is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

from reader.buddhist_date import PartialDate, now

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

# Card.warnings: what the officer must know before relying on the card.
CARD_EXPIRED = "card_expired"
WRONG_NUMBER = "wrong_check_digit"
DAMAGED = "damaged"
INCOMPLETE = "not_read"
ADDRESS_CUT = "cut_short"

# In the order of the card's file, then the photo and what is read apart.
FIELDS = (
    *("citizen_id", "name_th", "name_en", "birth_date", "sex", "request_no", "issuer", "issue_date"),
    *("expiry_date", "card_type", "address", "photo_no", "photo", "laser"),
)


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


@dataclass(frozen=True)
class Card:
    """All that is kept of a card, except its photo. Its repr shows no citizen.

    `citizen_id` is 13 digits, or empty where the card has something else there. A text that was not
    read is None, one that the card leaves empty is "". `photo_length` is what the card states, in
    bytes. `number_field` is the citizen ID's field as it stands on the chip: two cards with damaged numbers
    are still two cards. `laser` is the number on the back, 12 characters, read only where it is asked for.
    `problems` names each field with damage ("birth_date: not a date").
    """

    citizen_id: str
    name_th: Name
    name_en: Name
    birth_date: PartialDate | None
    sex: Sex | None
    address: Address | None
    issue_date: PartialDate | None
    expiry_date: PartialDate | None
    lifelong: bool
    issuer: str | None
    request_no: str | None
    card_type: str | None
    photo_no: str | None
    layout: str
    photo_length: int
    problems: tuple[str, ...]
    number_field: bytes
    laser: str | None = None

    def __repr__(self) -> str:
        return f"<Card layout={self.layout} problems={len(self.problems)}>"

    def expired(self, today: date) -> bool:
        """True when its last day of validity is surely past."""
        return self.expiry_date is not None and self.expiry_date.latest() < today

    def results(self, photo_bytes: int) -> dict[str, Result]:
        """How the reading of each field ended; `photo_bytes` is the number of photo bytes read."""
        told: dict[str, list[str]] = {field: [] for field in FIELDS}
        for problem in self.problems:
            field, _, what = problem.partition(": ")
            told[field].append(what)
        return {field: self._result(field, told[field], photo_bytes) for field in FIELDS}

    def _result(self, field: str, problems: list[str], photo_bytes: int) -> Result:
        if NOT_READ in problems or (field == "photo" and not photo_bytes and EMPTY not in problems):
            return NOT_READ
        if EMPTY in problems:
            return EMPTY
        if set(problems) - {UNUSUAL_FORM, CUT_SHORT}:
            return DAMAGED_TEXT
        value = photo_bytes if field == "photo" else getattr(self, field)
        if value is None and not (field == "expiry_date" and self.lifelong):
            return NOT_READ
        return EMPTY if value == "" else READ

    def warnings(self, today: date) -> list[str]:
        """What to look at before relying on this card.

        card_expired, wrong_check_digit, damaged, not_read, cut_short.
        """
        found = [CARD_EXPIRED] if self.expired(today) else []
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

    def as_json(self, photo_bytes: int) -> dict[str, Any]:
        """The card for `nocopy card read --json`; `photo_bytes` is the number of photo bytes read."""
        today = now().date()
        return {
            "citizen_id": self.citizen_id,
            "name_th": _as_dict(self.name_th),
            "name_en": _as_dict(self.name_en),
            "birth_date": self.birth_date.iso() if self.birth_date else None,
            "sex": self.sex,
            "address": _as_dict(self.address) if self.address else None,
            "issue_date": self.issue_date.iso() if self.issue_date else None,
            "expiry_date": self.expiry_date.iso() if self.expiry_date else None,
            "lifelong": self.lifelong,
            "issuer": self.issuer,
            "request_no": self.request_no,
            "card_type": self.card_type,
            "photo_no": self.photo_no,
            "laser": self.laser,
            "photo_bytes": photo_bytes,
            "layout": self.layout,
            "results": self.results(photo_bytes),
            "problems": list(self.problems),
            "expired": self.expired(today),
            "warnings": self.warnings(today),
        }


def joined(*parts: str) -> str:
    """The parts that are not empty, with a space between."""
    return " ".join(part for part in parts if part)


_SHORT = {"ตำบล": "ต.", "อำเภอ": "อ.", "จังหวัด": "จ."}


def _short(part: str) -> str:
    for label, abbreviation in _SHORT.items():
        if part.startswith(label):
            return abbreviation + part.removeprefix(label).strip()
    return part


def _as_dict(value: Name | Address) -> dict[str, str]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
