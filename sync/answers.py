"""A gateway's answer in the one shape that the books keep: flat, numbers of people as text, dates as ISO.

Nothing is chosen here: which fields may be kept is the document's allow-list, applied where they are kept.
"""

from __future__ import annotations

import re
from typing import Any

from reader.buddhist_date import PartialDate
from store.answers import LIST

# Longer ones are nobody's number and no date; int() refuses those of thousands.
_MOST_DIGITS = 20
_PERSON = re.compile(r"(?:personal|juristic|citizen)id$|pid$", re.IGNORECASE)
_HOUSE = re.compile(r"houseid$", re.IGNORECASE)
_DATE = re.compile(r"date", re.IGNORECASE)


def normalised(value: Any) -> dict[str, Any]:
    """The fields of an answer's JSON; an answer that is a list (of marriages, say) stands under LIST.

    Numbers of people become 13 digits, those of houses 11; B.E. dates (yyyymmdd, 00 for what is unknown)
    become YYYY, YYYY-MM or YYYY-MM-DD; 0 for such a field becomes None. What does not fit stays as it came.
    """
    if isinstance(value, dict):
        return {str(key): _field(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return {LIST: [normalised(item) for item in value if isinstance(item, dict)]}
    return {}


def _field(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return normalised(value)
    if isinstance(value, list):
        return [normalised(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else str(value)
    digits = _digits(value)
    if digits is None:
        return value
    if _PERSON.search(key):
        return digits.zfill(13) if int(digits) else None
    if _HOUSE.search(key):
        return digits.zfill(11) if int(digits) else None
    if _DATE.search(key):
        return _date(digits) if int(digits) else None
    return value


def _digits(value: Any) -> str | None:
    """The digits of a number that may have come as a number or as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and 0 <= value < 10**_MOST_DIGITS:
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        return value
    return None


def _date(digits: str) -> str:
    try:
        return PartialDate.parse_be(digits).iso()
    except ValueError:
        return digits  # "for life" and the like: better seen as it came than lost
