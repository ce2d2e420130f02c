"""The thresholds of the rules that propose findings; the head may change them in the settings."""

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
    """The thresholds. Times are HH:MM; `not_found_percent` is of the lookups that were answered.

    A day is proposed where it has at least `volume_least` uses and `volume_times` as many as usual for the
    officer. With uses on at least `volume_days` days, the month's own median counts as usual too.
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
        """The thresholds of one set of books; `get(name)` reads a setting, None for its default.

        Raises BadInput.
        """
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
"""{name of the setting: attribute of Rules}."""


def check_threshold(name: str, value: str) -> None:
    """Raises BadInput where the value is not allowed for this threshold; ignores settings of other kinds."""
    attribute = SETTINGS.get(name)
    if attribute in _TIMES and not _TIME.fullmatch(value):
        raise BadInput(what=name, problem="it is not a time like 08:30")
    if attribute is not None and attribute not in _TIMES and not _NUMBER.fullmatch(value):
        raise BadInput(what=name, problem="it is not a whole number above 0")
