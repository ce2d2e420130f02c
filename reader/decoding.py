"""Decodes the bytes of a Thai ID card to values (reader.card). Nothing is guessed; damage is flagged.

A text is split at `#` before it is cleaned, and spaces are trimmed only at its end. An undecodable byte
becomes U+FFFD. A field that is empty, damaged or refused by the card is listed in the card's `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from reader import citizen_id, layout
from reader.buddhist_date import PartialDate
from reader.card import (
    BAD_LENGTH,
    CHIP_FIELDS,
    CUT_SHORT,
    DAMAGED_TEXT,
    EMPTY,
    NO_PICTURE,
    NOT_A_DATE,
    NOT_DIGITS,
    NOT_READ,
    UNKNOWN_CODE,
    UNUSUAL_FORM,
    WRONG_CHECK_DIGIT,
    Address,
    Card,
    Kind,
    Name,
    Sex,
    joined,
)

_FOR_LIFE = "99999999"
_SEXES: dict[str, Sex] = {"1": "male", "2": "female"}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc
_LASER = re.compile("[A-Z]{2}[0-9]{10}")  # printed as JT0-1234567-89


@dataclass(frozen=True)
class _Found:
    """One field as text: None where it was not read. `room` is its length on the chip in bytes."""

    field: str
    text: str | None
    room: int
    problems: list[str]


def decode(version: str, head: bytes, address: bytes | None, photo_no: bytes | None) -> Card:
    """A Card from the file's head (from offset 0), the address and the number under the photo.

    `head` holds at least the first block; a field beyond its end was refused by the card, and so was an
    `address` of None. `photo_no` is None where the layout has none.
    """
    problems: list[str] = []

    def found(field: str) -> _Found:
        span = CHIP_FIELDS[field].span
        data = head[span.offset : span.end] if span.end <= len(head) else None
        if field == "address":
            data = address
        elif field == "photo_no":
            data = photo_no
            if data is None:
                return _Found(field, None, 0, problems)
        return _Found(field, _text(field, data, problems), len(data or b""), problems)

    lifelong = found("expiry_date").text == _FOR_LIFE
    values: dict[str, Any] = {
        field: None if lifelong and field == "expiry_date" else _DECODED[chip.kind](found(field))
        for field, chip in CHIP_FIELDS.items()
    }
    return Card(
        **values,
        lifelong=lifelong,
        laser=None,
        layout=version,
        photo_length=_photo_length(head, problems),
        problems=tuple(dict.fromkeys(problems)),
        number_field=head[layout.CITIZEN_ID.offset : layout.CITIZEN_ID.end],
    )


def decode_laser(answer: bytes, problems: list[str]) -> str:
    """The number on the card's back, from an answer of 12 characters and padding.

    A text of another form is returned as it is, and flagged in `problems`.
    """
    text = _text("laser", answer, problems) or ""
    if text and not _LASER.fullmatch(text):
        problems.append(f"laser: {DAMAGED_TEXT}")
    return text


_JPEG_BEGINS, _JPEG_ENDS = b"\xff\xd8", b"\xff\xd9"


def is_half_a_picture(photo: bytes) -> bool:
    """Whether `photo` begins as a JPEG but has no end marker."""
    return photo.startswith(_JPEG_BEGINS) and _JPEG_ENDS not in photo


def with_photo(card: Card, photo: bytes) -> Card:
    """The card, with a problem added where the photo that was read is no whole JPEG."""
    if not photo or (photo.startswith(_JPEG_BEGINS) and _JPEG_ENDS in photo):
        return card
    return replace(card, problems=(*card.problems, f"photo: {NO_PICTURE}"))


def _text(field: str, data: bytes | None, problems: list[str]) -> str | None:
    if data is None:
        problems.append(f"{field}: {NOT_READ}")
        return None
    # An undecodable byte, or a control character (it could control the terminal), becomes U+FFFD, so that
    # the damage is visible.
    decoded = data.rstrip(b" \0").decode("cp874", errors="replace")
    clean = _CONTROL.sub("\ufffd", decoded)
    if "\ufffd" in clean:
        problems.append(f"{field}: {DAMAGED_TEXT}")
    return clean


def _citizen_id(found: _Found) -> str:
    text, problems = found.text or "", found.problems
    if len(text) != citizen_id.LENGTH or not (text.isascii() and text.isdigit()):
        problems.append(f"citizen_id: {NOT_DIGITS if text else EMPTY}")
        return ""
    if not citizen_id.is_valid(text):
        problems.append(f"citizen_id: {WRONG_CHECK_DIGIT}")
    return text


def _name(found: _Found) -> Name:
    field, problems = found.field, found.problems
    parts = [part.rstrip() for part in (found.text or "").split("#")]
    if not any(parts):
        problems.append(f"{field}: {EMPTY}")
    elif len(parts) != 4:
        problems.append(f"{field}: {UNUSUAL_FORM}")
        # Which part is which is unknown, so the whole text goes into one part.
        return Name("", joined(*parts), "", "")
    return Name(*parts) if any(parts) else Name("", "", "", "")


def _date(found: _Found) -> PartialDate | None:
    field, text, problems = found.field, found.text, found.problems
    if text is None:
        return None
    if not text:
        problems.append(f"{field}: {EMPTY}")
        return None
    try:
        return PartialDate.parse_be(text)
    except ValueError:
        problems.append(f"{field}: {NOT_A_DATE}")
        return None


def _sex(found: _Found) -> Sex | None:
    text = found.text or ""
    if text not in _SEXES:
        found.problems.append(f"sex: {UNKNOWN_CODE if text else EMPTY}")
    return _SEXES.get(text)


def _photo_length(head: bytes, problems: list[str]) -> int:
    if len(head) < layout.PHOTO_LENGTH.end:
        problems.append(f"photo: {NOT_READ}")
        return 0
    length = int.from_bytes(head[layout.PHOTO_LENGTH.offset : layout.PHOTO_LENGTH.end], "big")
    if length == 0:
        problems.append(f"photo: {EMPTY}")
    elif length > layout.PHOTO.length:
        problems.append(f"photo: {BAD_LENGTH}")
    return length


_MIDDLE = ("moo", "trok", "soi", "road")
_SLOTS = 8
_PROVINCE = re.compile(r"จังหวัด|จ\.|กรุงเทพ")
_BANGKOK = "กรุงเทพมหานคร"
_LABELS = {
    "house_no": re.compile("หมู่บ้าน|อาคาร|ชุมชน"),
    "moo": re.compile(r"หมู่|ม\.|ม\s*[0-9]"),
    "trok": re.compile("ตรอก"),
    "soi": re.compile(r"ซอย|ซ\."),
    "road": re.compile(r"ถนน|ถ\."),
}


def _address(found: _Found) -> Address | None:
    raw, problems = found.text, found.problems
    if raw is None:
        return None
    slots = [slot.strip() for slot in raw.split("#")]
    stray = False
    # A text that was cut at a space is one character shorter, since the space is trimmed.
    full = len(raw) >= found.room - (len(slots) < _SLOTS)
    if full and len(slots) <= _SLOTS and slots[-1] != _BANGKOK:
        problems.append(f"address: {CUT_SHORT}")
        if not _PROVINCE.match(slots[-1]):
            # The last slots are missing. Without empty ones in their place, the road would be taken for the
            # district, because the last three slots are counted from the end.
            slots += [""] * (_SLOTS - len(slots))
    if not any(slots):
        problems.append(f"address: {EMPTY}")
        return Address("", "", "", "", "", "", "", "", raw)
    while not slots[-1] and (len(slots) > _SLOTS or _PROVINCE.match(slots[-2])):
        slots.pop()  # a stray # after the province; the last three slots must end with the province
        stray = True
    if len(slots) != _SLOTS or stray:
        problems.append(f"address: {UNUSUAL_FORM}")
    if len(slots) < 4:
        return Address(joined(*slots), "", "", "", "", "", "", "", raw)
    tambon, amphoe, province = slots[-3:]
    return Address(*_street(slots[0], slots[1:-3]), tambon, amphoe, province, raw)


def _street(house_no: str, slots: list[str]) -> tuple[str, str, str, str, str]:
    """House number, moo, trok, soi and road, recognised by their Thai labels.

    Cards differ in the order of these slots, so a slot's position counts only where it has no label. Two
    texts for one part are joined.
    """
    parts = {"house_no": house_no} | dict.fromkeys(_MIDDLE, "")
    for place, slot in enumerate(slots):
        labelled = (part for part, label in _LABELS.items() if label.match(slot))
        part = next(labelled, _MIDDLE[min(place, len(_MIDDLE) - 1)])
        parts[part] = joined(parts[part], slot)
    return parts["house_no"], parts["moo"], parts["trok"], parts["soi"], parts["road"]


_DECODED: dict[Kind, Callable[[_Found], Any]] = {
    Kind.NUMBER: _citizen_id,
    Kind.NAME: _name,
    Kind.DATE: _date,
    Kind.SEX: _sex,
    Kind.ADDRESS: _address,
    Kind.TEXT: lambda found: found.text,
}
