"""Days and times as people type them: in either era, with Thai digits, in either keyboard layout."""

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
_AHEAD = 543  # the Buddhist Era's lead
_BUDDHIST = 2400  # no year of the common era is as late
# What the keys of these signs give while the Thai Kedmanee layout is on.
_KEYS = {"ซ": ":", "ใ": ".", "ฝ": "/", "ข": "-"}
_TWO_OR_THREE = "/-"  # what the keys 2 and 3 give then
_MOST = 10  # of them, beyond which it is no day


def read_day(text: str) -> date:
    """A day as people write it, 7/12/2569 or 7/12/2026; BadInput."""
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
    """A time that is over: 10:15 today, 7/12 10:15 (the last such day), 7/12/2569 10:15; BadInput.

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
    """What may have been meant, with ASCII digits; the first is the text as it stands.

    A / or a - beside real digits is what it looks like. Without any, the Thai layout may be on: then each may
    be the key 2 or 3, or that sign from the keypad.
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
