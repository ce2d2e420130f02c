"""Days and times as people type them: in either era, with Thai digits, in either keyboard layout's digits."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from reader.buddhist_date import BANGKOK
from reader.citizen_id import as_digits
from store.errors import BadInput

_DAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_MOMENT = re.compile(r"(?:(\d{1,2})[-/](\d{1,2})(?:[-/](\d{4}))? +)?(\d{1,2})[:.]?(\d{2})")
_AHEAD = 543  # the Buddhist Era's lead
_BUDDHIST = 2400  # no year of the common era is as late


def read_day(text: str) -> date:
    """A day as people write it, 7/12/2569 or 7/12/2026; BadInput."""
    found = _DAY.fullmatch(_with_digits(text))
    if found is not None:
        day, month, year = (int(part) for part in found.groups())
        try:
            return _day(day, month, year)
        except ValueError:
            pass
    raise BadInput(what="date", problem="it is not a day like 7/12/2569")


def after_day(text: str) -> str:
    """The stamp of the first moment after that day."""
    return f"{(read_day(text) + timedelta(days=1)).isoformat()}T00:00:00+07:00"


def read_moment(text: str, now: datetime) -> datetime:
    """A time that is over: 10:15 today, 7/12 10:15 (the last such day), 7/12/2569 10:15; BadInput."""
    found = _MOMENT.fullmatch(_with_digits(text))
    if found is not None:
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
            pass
    raise BadInput(what="time", problem="it is not a time like 10:15 or 7/12 10:15")


def _with_digits(text: str) -> str:
    return re.sub(r"[^\s/:.-]+", lambda found: as_digits(found[0]) or found[0], text.strip())


def _day(day: int, month: int, year: int) -> date:
    return date(year - _AHEAD if year > _BUDDHIST else year, month, day)
