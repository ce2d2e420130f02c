"""What an officer reads off a card whose chip is dead, to have its laser number checked."""

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
    """Names without a title, as printed.

    `birth` is yyyymmdd of the Buddhist era, 00 for what is unknown; `laser` two Latin letters and ten
    digits, as on the card's back without the dashes.
    """

    first: str = field(repr=False)
    last: str = field(repr=False)
    birth: str = field(repr=False)
    laser: str = field(repr=False)


def checked_name(text: str) -> str:
    """A name as it is sent; a surname that is missing is typed as a dash. Raises BadInput."""
    name = " ".join(text.split())
    if name == "-":
        return ""
    if not name or not name.isprintable() or len(name) > 100 or any(sign.isdigit() for sign in name):
        raise BadInput(what="name", problem="it is empty, too long, or no name")
    return name


def checked_birth(text: str) -> str:
    """A date of birth typed as day/month/year of the Buddhist era; 0 for a day or month that is unknown."""
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
    """The laser number; Thai digits, dashes, spaces and small letters are taken too. Raises BadInput."""
    number = re.sub(r"[\s-]", "", text.translate(_THAI_DIGITS)).upper()
    if not _LASER.fullmatch(number):
        raise BadInput(what="laser number", problem="it has two letters and ten digits, on the card's back")
    return number
