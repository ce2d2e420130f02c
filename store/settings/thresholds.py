"""From when on something stands out: the proposals' thresholds, which the head may change in the settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from store.errors import BadInput
from store.settings.office_hours import CLOSE, OPEN

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Rules:
    """The thresholds. Times are HH:MM; percent is of the lookups that were answered.

    volume_times: how many times the officer's usual day; volume_least: and at least so many uses in a day;
    volume_days: on how many days of a month its own median says what is usual.
    """

    opens: str = OPEN
    closes: str = CLOSE
    unanswered_least: int = 1
    not_found_least: int = 5
    not_found_percent: int = 20
    same_citizen_visits: int = 5
    consecutive_least: int = 4
    volume_times: int = 3
    volume_least: int = 30
    volume_days: int = 5
    refused_least: int = 5
    clock_back_seconds: int = 5

    @classmethod
    def from_settings(cls, get: Callable[[str], str | None]) -> Rules:
        """`get(name)` reads one setting, None where it was never changed. Raises BadInput."""
        changed: dict[str, Any] = {}
        for name, attribute in SETTINGS.items():
            value = get(name)
            if value is not None:
                check_threshold(name, value)
                changed[attribute] = value if attribute in _TIMES else int(value)
        return replace(cls(), **changed)


_TIMES = ("opens", "closes")
SETTINGS = {
    "office.open": "opens",
    "office.close": "closes",
    "anomaly.unanswered.least": "unanswered_least",
    "anomaly.not_found.least": "not_found_least",
    "anomaly.not_found.percent": "not_found_percent",
    "anomaly.same_citizen.visits": "same_citizen_visits",
    "anomaly.consecutive.least": "consecutive_least",
    "anomaly.volume.times": "volume_times",
    "anomaly.volume.least": "volume_least",
    "anomaly.volume.days": "volume_days",
    "anomaly.refused.least": "refused_least",
    "anomaly.clock_back.seconds": "clock_back_seconds",
}
"""The settings' names, and which threshold each of them is."""


def check_threshold(name: str, value: str) -> None:
    """Raises BadInput where the value cannot be that of a threshold; other settings are let pass."""
    attribute = SETTINGS.get(name)
    if attribute in _TIMES and not _TIME.fullmatch(value):
        raise BadInput(what=name, problem="it is not a time like 08:30")
    if attribute is not None and attribute not in _TIMES and not _NUMBER.fullmatch(value):
        raise BadInput(what=name, problem="it is not a whole number above 0")
