"""What an officer types from a card whose chip is dead, so that its laser number can be checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reader.buddhist_date import PartialDate
from store.errors import BadInput

_LASER = re.compile(r"[A-Z]{2}\d{10}")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_TYPED_DATE = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})")


@dataclass(frozen=True)
class CardFace:
    """The fields that the check needs; names are without a title, as printed.

    `birth` is yyyymmdd of the Buddhist era, with 00 for an unknown month or day; `laser` is two Latin letters
    and ten digits, as on the card's back without the dashes.
    """

    first: str = field(repr=False)
    last: str = field(repr=False)
    birth: str = field(repr=False)
    laser: str = field(repr=False)


def checked_name(text: str) -> str:
    """A name as it is sent, at most 100 characters; a typed dash means none and gives "". Raises BadInput."""
    name = " ".join(text.split())
    if name == "-":
        return ""
    if not name or not name.isprintable() or len(name) > 100 or any(sign.isdigit() for sign in name):
        raise BadInput(what="name", problem="it is empty, too long, or no name")
    return name


def checked_birth(text: str) -> str:
    """The yyyymmdd of a date of birth typed as day/month/year of the Buddhist era; raises BadInput.

    0 stands for an unknown day or month.
    """
    found = _TYPED_DATE.fullmatch(text.strip().translate(_THAI_DIGITS))
    if found is None:
        raise BadInput(what="date of birth", problem="write it as day/month/year, as on the card")
    day, month, year = (int(part) for part in found.groups())
    typed = f"{year:04}{month:02}{day:02}"
    try:
        PartialDate.parse_be(typed)
    except ValueError:
        raise BadInput(what="date of birth", problem="there is no such day") from None
    return typed


def checked_laser(text: str) -> str:
    """The laser number; accepts Thai digits, dashes, spaces and small letters. Raises BadInput."""
    number = re.sub(r"[\s-]", "", text.translate(_THAI_DIGITS)).upper()
    if not _LASER.fullmatch(number):
        raise BadInput(what="laser number", problem="it has two letters and ten digits, on the card's back")
    return number
