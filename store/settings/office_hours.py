"""When a Thai office works: Monday to Friday, except on public holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

from reader.buddhist_date import BANGKOK

OPEN, CLOSE = "08:30", "16:30"
"""The usual office hours; the settings can change them."""

# Listed as public holidays by the library, but government offices work on them.
_NO_DAY_OFF = frozenset({"National Children's Day"})


@cache
def _holidays(year: int) -> frozenset[date]:
    # Imported here, because it takes 0.9 s of CPU: it loads all countries (holidays.countries.thailand too).
    import holidays

    named = holidays.country_holidays("TH", years=year, language="en_US")
    return frozenset(day for day, name in named.items() if name not in _NO_DAY_OFF)


def load(year: int) -> None:
    """Loads the year's holidays, which takes a second; call it in a thread that keeps nobody waiting."""
    _holidays(year)


def is_working_day(day: date) -> bool:
    """False on Saturdays, Sundays and those public holidays that are known in advance."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def next_working_day(day: date) -> date:
    """The first working day after `day`."""
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def last_working_day(day: date) -> date:
    """`day` itself, or the last working day before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def end_of_day(day: date) -> datetime:
    """23:59:59 of that day in Thailand."""
    return datetime.combine(day, time(23, 59, 59), BANGKOK)
