"""Dates as Thailand writes them: shown in the Buddhist Era, stored as ISO 8601 in the common era.

Names of days and months are Thai, or those of another language after use(). The year is of the Buddhist Era
in every language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Self

# Thailand has no summer time, so a fixed offset is enough and needs no zone database (Windows has none).
BANGKOK = timezone(timedelta(hours=7), "Asia/Bangkok")

_AHEAD = 543  # years: the Buddhist Era's year less that of the common era
_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_FIRST_YEAR, _LAST_YEAR = 1800, 2200  # C.E.; outside them a card's date is nonsense

_NAMES = {
    "th": (
        [
            "มกราคม",
            "กุมภาพันธ์",
            "มีนาคม",
            "เมษายน",
            "พฤษภาคม",
            "มิถุนายน",
            "กรกฎาคม",
            "สิงหาคม",
            "กันยายน",
            "ตุลาคม",
            "พฤศจิกายน",
            "ธันวาคม",
        ],
        ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."],
        ["จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."],
        "พ.ศ.",
    ),
    "en": (
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        "B.E.",
    ),
}
LANGUAGES = tuple(_NAMES)
_months, _months_short, _days_short, _era = _NAMES["th"]


def use(lang: str) -> None:
    """Show names in `lang`, one of LANGUAGES, from now on, in the whole process."""
    global _months, _months_short, _days_short, _era
    _months, _months_short, _days_short, _era = _NAMES[lang]


def month_names(number: int) -> tuple[str, ...]:
    """All names of the month `number` (1 to 12): long and short, in every language."""
    return tuple(names[number - 1] for known in _NAMES.values() for names in known[:2])


def now() -> datetime:
    """This moment in Thailand, aware, at +07:00."""
    return datetime.now(BANGKOK)


def stamp(moment: datetime) -> str:
    """2026-11-22T10:42:00+07:00, to the second. Raises ValueError where the time has no zone."""
    return _in_bangkok(moment).isoformat(timespec="seconds")


def show_date(day: date) -> str:
    """22 พ.ย. 2569"""
    day = _day(day)
    return f"{day.day} {_months_short[day.month - 1]} {day.year + _AHEAD}"


def show_day(day: date) -> str:
    """พฤ. 19 พ.ย. 2569"""
    return f"{_days_short[_day(day).weekday()]} {show_date(day)}"


def show_time(moment: datetime) -> str:
    """10:42"""
    return f"{_in_bangkok(moment):%H:%M}"


def show_month(month: str) -> str:
    """2026-11 as พฤศจิกายน 2569"""
    year, number = _month(month)
    return f"{_months[number - 1]} {year + _AHEAD}"


def show_month_short(month: str) -> str:
    """2026-11 as พ.ย. 2569"""
    year, number = _month(month)
    return f"{_months_short[number - 1]} {year + _AHEAD}"


def thai_digits(text: object) -> str:
    """The text with ๐-๙ for 0-9, as in official letters."""
    return str(text).translate(_THAI_DIGITS)


def letter_month(month: str) -> str:
    """2026-11 as พฤศจิกายน ๒๕๖๙: as in official letters, in Thai whatever language is in use"""
    year, number = _month(month)
    return f"{month_names(number)[0]} {thai_digits(year + _AHEAD)}"


def letter_date(day: date) -> str:
    """๒๒ พฤศจิกายน ๒๕๖๙, in Thai whatever language is in use"""
    day = _day(day)
    return f"{thai_digits(day.day)} {letter_month(f'{day:%Y-%m}')}"


def letter_day(day: date) -> str:
    """๒๒ พ.ย. ๒๕๖๙, the short form of letter_date()"""
    day = _day(day)
    return thai_digits(f"{day.day} {month_names(day.month)[1]} {day.year + _AHEAD}")


@dataclass(frozen=True)
class PartialDate:
    """A date whose day, or month and day, may be unknown (None). The year is C.E.

    Raises ValueError where there is no such date, or the year is not within 1800 to 2200.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if not _FIRST_YEAR <= self.year <= _LAST_YEAR:
            raise ValueError("the year is out of reach")
        if self.month is None and self.day is not None:
            raise ValueError("a day needs a month")
        self.earliest()

    @classmethod
    def parse_be(cls, text: str) -> Self:
        """A card's yyyymmdd in the Buddhist Era, where 00 stands for an unknown month or day.

        Raises ValueError on anything else. 29 February is checked in the C.E. year.
        """
        if len(text) != 8 or not (text.isascii() and text.isdigit()):
            raise ValueError("eight digits are needed")
        return cls(int(text[:4]) - _AHEAD, int(text[4:6]) or None, int(text[6:]) or None)

    @classmethod
    def from_iso(cls, text: str) -> Self:
        """YYYY, YYYY-MM or YYYY-MM-DD; raises ValueError."""
        if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
            raise ValueError("not an ISO date")
        return cls(*(int(part) for part in text.split("-")))

    def iso(self) -> str:
        """YYYY, YYYY-MM or YYYY-MM-DD: only what is known."""
        known = [f"{self.year:04d}"] + [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(known)

    def shown(self) -> str:
        """12 มี.ค. 2510, มี.ค. 2510 or พ.ศ. 2510"""
        if self.month is None:
            return f"{_era} {self.year + _AHEAD}"
        month = f"{_months_short[self.month - 1]} {self.year + _AHEAD}"
        return month if self.day is None else f"{self.day} {month}"

    def earliest(self) -> date:
        """The first day that this date can be."""
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day that this date can be."""
        if self.month is None:
            return date(self.year, 12, 31)
        if self.day is None:
            return date(self.year + self.month // 12, self.month % 12 + 1, 1) - timedelta(days=1)
        return self.earliest()

    def age(self, today: date) -> int:
        """Whole years on the day `today`, of somebody born on this date.

        An unknown day or month counts as the first possible one: section 16 of the Civil and Commercial
        Code counts a person's age so.
        """
        born, today = self.earliest(), _day(today)
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _in_bangkok(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(BANGKOK)


def _day(day: date) -> date:
    # A datetime is a date too: use its day in Thailand.
    return _in_bangkok(day).date() if isinstance(day, datetime) else day


def _month(month: str) -> tuple[int, int]:
    first = date.fromisoformat(f"{month}-01")
    return first.year, first.month
