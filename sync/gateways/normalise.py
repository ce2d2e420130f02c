"""Brings a gateway's answer into the form that the books store: flat, citizen IDs as text, dates as ISO.

No field is removed here: the document's allow-list (store/counter/allow_list.py) does that when it is stored.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from reader.buddhist_date import PartialDate
from store.counter.allow_list import LIST

# A longer one is no citizen ID and no date, and int() refuses thousands of digits.
_MOST_DIGITS = 20
_PERSON = re.compile(r"(?:personal|juristic|citizen)id$|pid$", re.IGNORECASE)
_HOUSE = re.compile(r"houseid$", re.IGNORECASE)
_DATE = re.compile(r"date", re.IGNORECASE)


def normalised(value: Any) -> dict[str, Any]:
    """The fields of an answer's JSON; an answer that is a list (of marriages, say) is put under LIST.

    Citizen IDs become 13 digits, house numbers 11; B.E. dates (yyyymmdd, 00 for unknown) become YYYY, YYYY-MM
    or YYYY-MM-DD. A 0 in such a field becomes None. Any other value stays unchanged.
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
        return digits  # "for life" and the like stay as they came


def about_another(fields: dict[str, Any], subject: str) -> bool:
    """Whether an answer's top level names another person than `subject`, the number asked for."""
    named = next((item for key, item in fields.items() if key.lower() == "personalid"), None)
    return isinstance(named, str) and len(named) == len(subject) and named != subject


def with_file(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields; where the answer is a file, `Result` becomes its content in standard base64 with padding.

    Gateways send it in either base64 alphabet, with or without padding. Raises ValueError where it is not a
    whole file of the stated kind.
    """
    media, text = fields.get("mimeType"), fields.get("Result")
    if not isinstance(media, str) or not isinstance(text, str):
        return fields
    plain = "".join(text.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        content = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise ValueError("the file in it cannot be read") from None
    size = fields.get("FileSize")
    stated = int(size) if isinstance(size, int | str) and str(size).isdecimal() else len(content)
    if stated != len(content) or (media == "application/pdf" and not content.startswith(b"%PDF-")):
        raise ValueError("the file in it is damaged")
    return {**fields, "Result": base64.b64encode(content).decode()}
