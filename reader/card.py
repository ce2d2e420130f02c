"""What a Thai ID card says, as values, and how its bytes are decoded.

A Card exists only when all its text was read: what could not be read is an error (reader.errors),
what is empty on the card is an empty text or None, and what is damaged stands in `problems`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

from reader import citizen_id, layout
from reader.buddhist_date import PartialDate, now

Sex = Literal["male", "female"]

_FOR_LIFE = "99999999"
_SEXES: dict[str, Sex] = {"1": "male", "2": "female"}

# What may stand after the field's name in Card.problems.
DAMAGED_TEXT = "damaged text"
UNUSUAL_FORM = "unusual form"
WRONG_CHECK_DIGIT = "wrong check digit"
NOT_DIGITS = "not 13 digits"
NOT_A_DATE = "not a date"
EMPTY = "empty on the card"
UNKNOWN_CODE = "unknown code"
BAD_LENGTH = "impossible length"


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
        joined = self.title and not self.title.isascii() and not self.title.endswith(".")
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
        street = _joined(self.house_no, self.moo, self.trok, self.soi, self.road)
        area = _joined(_short(self.tambon), _short(self.amphoe))
        return [line for line in (street, area, _short(self.province)) if line]

    def one_line(self) -> str:
        """The whole address on one line, with the usual abbreviations."""
        return " ".join(self.lines())


@dataclass(frozen=True)
class Card:
    """All that is kept of a card, except its photo. Its repr shows no citizen.

    `citizen_id` is 13 digits, or empty where the card has something else there; `photo_length` is
    what the card states, in bytes; `problems` names each damaged field and what is wrong with it.
    """

    citizen_id: str
    name_th: Name
    name_en: Name
    birth_date: PartialDate | None
    sex: Sex | None
    address: Address
    issue_date: PartialDate | None
    expiry_date: PartialDate | None
    lifelong: bool
    issuer: str
    layout: str
    photo_length: int
    problems: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Card layout={self.layout} problems={len(self.problems)}>"

    def expired(self, today: date) -> bool:
        """True when its last day of validity is surely past."""
        return self.expiry_date is not None and self.expiry_date.latest() < today

    def as_json(self, photo_bytes: int) -> dict[str, Any]:
        """The card for `nocopy card read --json`; `photo_bytes` is the number of photo bytes read."""
        return {
            "citizen_id": self.citizen_id,
            "name_th": _as_dict(self.name_th),
            "name_en": _as_dict(self.name_en),
            "birth_date": self.birth_date.iso() if self.birth_date else None,
            "sex": self.sex,
            "address": _as_dict(self.address),
            "issue_date": self.issue_date.iso() if self.issue_date else None,
            "expiry_date": self.expiry_date.iso() if self.expiry_date else None,
            "lifelong": self.lifelong,
            "issuer": self.issuer,
            "photo_bytes": photo_bytes,
            "layout": self.layout,
            "problems": list(self.problems),
            "expired": self.expired(now().date()),
        }


def decode(version: str, head: bytes, address: bytes) -> Card:
    """A Card from the file's head (0000 up to the photo) and the bytes of the address field."""
    problems: list[str] = []

    def text(field: str, span: layout.Span) -> str:
        return _text(field, head[span.offset : span.end], problems)

    expiry = text("expiry_date", layout.EXPIRY_DATE)
    lifelong = expiry == _FOR_LIFE
    return Card(
        citizen_id=_citizen_id(text("citizen_id", layout.CITIZEN_ID), problems),
        name_th=_name("name_th", text("name_th", layout.NAME_TH), problems),
        name_en=_name("name_en", text("name_en", layout.NAME_EN), problems),
        birth_date=_date("birth_date", text("birth_date", layout.BIRTH_DATE), problems),
        sex=_sex(text("sex", layout.SEX), problems),
        address=_address(_text("address", address, problems), problems),
        issue_date=_date("issue_date", text("issue_date", layout.ISSUE_DATE), problems),
        expiry_date=None if lifelong else _date("expiry_date", expiry, problems),
        lifelong=lifelong,
        issuer=text("issuer", layout.ISSUER),
        layout=version,
        photo_length=_photo_length(head, problems),
        problems=tuple(dict.fromkeys(problems)),
    )


def decode_citizen_id(field: bytes) -> str:
    """The 13 digits of the citizen ID field, or empty where it holds something else."""
    return _citizen_id(_text("citizen_id", field, []), [])


def _text(field: str, data: bytes, problems: list[str]) -> str:
    # A byte that means nothing in Thai, and a control character (which could steer a terminal),
    # becomes the replacement sign, so that the damage is seen.
    decoded = data.rstrip(b" \0").decode("cp874", errors="replace")
    clean = "".join("\ufffd" if unicodedata.category(sign) == "Cc" else sign for sign in decoded)
    if "\ufffd" in clean:
        problems.append(f"{field}: {DAMAGED_TEXT}")
    return clean


def _citizen_id(text: str, problems: list[str]) -> str:
    if len(text) != citizen_id.LENGTH or not (text.isascii() and text.isdigit()):
        problems.append(f"citizen_id: {NOT_DIGITS}")
        return ""
    if not citizen_id.is_valid(text):
        problems.append(f"citizen_id: {WRONG_CHECK_DIGIT}")
    return text


def _name(field: str, text: str, problems: list[str]) -> Name:
    parts = [part.rstrip() for part in text.split("#")]
    if not text:
        problems.append(f"{field}: {EMPTY}")
    elif len(parts) != 4:
        problems.append(f"{field}: {UNUSUAL_FORM}")
        # Nobody can say which part is which: all of it stays readable.
        return Name("", " ".join(part for part in parts if part), "", "")
    return Name(*parts) if text else Name("", "", "", "")


def _date(field: str, text: str, problems: list[str]) -> PartialDate | None:
    if not text:
        problems.append(f"{field}: {EMPTY}")
        return None
    try:
        return PartialDate.parse_be(text)
    except ValueError:
        problems.append(f"{field}: {NOT_A_DATE}")
        return None


def _sex(text: str, problems: list[str]) -> Sex | None:
    if text not in _SEXES:
        problems.append(f"sex: {UNKNOWN_CODE if text else EMPTY}")
    return _SEXES.get(text)


def _photo_length(head: bytes, problems: list[str]) -> int:
    length = int.from_bytes(head[layout.PHOTO_LENGTH.offset : layout.PHOTO_LENGTH.end], "big")
    if length == 0:
        problems.append(f"photo: {EMPTY}")
    elif length > layout.PHOTO.length:
        problems.append(f"photo: {BAD_LENGTH}")
    return length


_LABELS = {
    "moo": ("หมู่ที่", "หมู่", "ม."),
    "trok": ("ตรอก",),
    "soi": ("ซอย", "ซ."),
    "road": ("ถนน", "ถ."),
}
_SHORT = {"ตำบล": "ต.", "อำเภอ": "อ.", "จังหวัด": "จ."}


def _address(raw: str, problems: list[str]) -> Address:
    slots = [slot.strip() for slot in raw.split("#")]
    if not raw:
        problems.append(f"address: {EMPTY}")
        return Address("", "", "", "", "", "", "", "", raw)
    if len(slots) != 8:
        problems.append(f"address: {UNUSUAL_FORM}")
    if len(slots) < 4:
        return Address(" ".join(slots), "", "", "", "", "", "", "", raw)
    tambon, amphoe, province = slots[-3:]
    return Address(slots[0], *_middle(slots[1:-3]), tambon, amphoe, province, raw)


def _middle(slots: list[str]) -> tuple[str, str, str, str]:
    # Cards disagree on the order of these slots: the Thai label decides, and the place only
    # where there is no label. Two texts for one part are both kept.
    parts = dict.fromkeys(_LABELS, "")
    for place, slot in enumerate(slots):
        labelled = (part for part, labels in _LABELS.items() if slot.startswith(labels))
        by_place = list(_LABELS)[min(place, len(_LABELS) - 1)]
        part = next(labelled, by_place)
        parts[part] = _joined(parts[part], slot)
    return parts["moo"], parts["trok"], parts["soi"], parts["road"]


def _short(part: str) -> str:
    for label, abbreviation in _SHORT.items():
        if part.startswith(label):
            return abbreviation + part.removeprefix(label).strip()
    return part


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _as_dict(value: Name | Address) -> dict[str, str]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
