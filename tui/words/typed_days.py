"""Days and times as people type them: in either era, also with Thai digits, in either keyboard layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import product

from reader.buddhist_date import BANGKOK
from reader.citizen_id import as_digits
from store.errors import BadInput

_DAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_MOMENT = re.compile(r"(?:(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}))? +)?(\d{1,2})[:.]?(\d{2})")
_OCLOCK = re.compile(r"\s*น\.?$")
_AHEAD = 543  # a Buddhist year is greater by this
_BUDDHIST = 2400  # a year from here on is Buddhist
# The signs that these keys give in the Thai Kedmanee layout.
_KEYS = {"ซ": ":", "ใ": ".", "ฝ": "/", "ข": "-"}
_TWO_OR_THREE = "/-"  # the signs of the keys 2 and 3 in that layout
_MOST = 10  # with more of these signs it is no day


def read_day(text: str) -> date:
    """A day as people write it: 7/12/2569 or 7/12/2026. Raises BadInput."""
    for reading in _readings(text):
        if found := _DAY.fullmatch(reading):
            day, month, year = (int(part) for part in found.groups())
            try:
                return _day(day, month, year)
            except ValueError:
                continue
    raise BadInput(what="date", problem="it is not a day like 7/12/2569")


def after_day(text: str) -> str:
    """The stamp of the first moment after that day."""
    return f"{(read_day(text) + timedelta(days=1)).isoformat()}T00:00:00+07:00"


def read_moment(text: str, now: datetime) -> datetime:
    """A time in the past: 10:15 (today), 7/12 10:15 (the last such day), 7/12/2569 10:15. Raises BadInput.

    10.15, 1015 and 10:15 น. are the same time.
    """
    for reading in _readings(_OCLOCK.sub("", text.rstrip())):
        if found := _MOMENT.fullmatch(reading):
            day, month, year, hour, minute = (None if part is None else int(part) for part in found.groups())
            today = now.astimezone(BANGKOK).date()
            try:
                clock = time(hour or 0, minute or 0)
                if day is None or month is None:
                    on = today
                elif year is None:
                    on = _day(day, month, today.year)
                    on = on if on <= today else _day(day, month, today.year - 1)
                else:
                    on = _day(day, month, year)
                return datetime.combine(on, clock, BANGKOK)
            except ValueError:
                continue
    raise BadInput(what="time", problem="it is not a time like 10:15 or 7/12 10:15")


def _readings(text: str) -> Iterator[str]:
    """The possible readings of a text, with ASCII digits; the first is the text unchanged.

    Beside real digits, / and - are themselves. Without any digit the Thai layout may be on: then each may be
    the key 2 or 3, or that sign typed on the keypad.
    """
    text = text.strip()
    signs = [sign if sign in _TWO_OR_THREE else _KEYS.get(sign) or as_digits(sign) or sign for sign in text]
    yield "".join(signs)
    places = [n for n, sign in enumerate(text) if sign in _TWO_OR_THREE]
    if any(sign.isdecimal() for sign in text) or len(places) > _MOST:
        return
    for are_keys in product((True, False), repeat=len(places)):
        reading = list(signs)
        for n, is_key in zip(places, are_keys, strict=True):
            reading[n] = as_digits(text[n]) or "" if is_key else text[n]
        yield "".join(reading)


def _day(day: int, month: int, year: int) -> date:
    return date(year - _AHEAD if year > _BUDDHIST else year, month, day)
