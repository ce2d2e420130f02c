"""How papers write figures, times and fingerprints: in Thai, whatever language is in use."""

from __future__ import annotations

from datetime import datetime

from reader.buddhist_date import BANGKOK, letter_date, thai_digits


def figure(n: int) -> str:
    """12408 as ๑๒,๔๐๘"""
    return thai_digits(f"{n:,}")


def clock_time(moment: datetime) -> str:
    """๑๐.๔๒"""
    return thai_digits(f"{moment.astimezone(BANGKOK):%H.%M}")


def moment_of(stamp: str) -> str:
    """๑๙ พฤศจิกายน ๒๕๖๙ เวลา ๑๐.๔๒ น."""
    moment = datetime.fromisoformat(stamp)
    return f"{letter_date(moment)} เวลา {clock_time(moment)} น."


def short_print(digest: str) -> str:
    """The first 16 digits of a hash, in groups of four."""
    return " ".join(digest[n : n + 4] for n in range(0, 16, 4))
