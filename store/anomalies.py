"""What the head should look at: proposals, each a pure rule over a month's lines.

One finding has one cause (four lines of one evening are one finding), names its rule, whom it is about (a
login, or `unit`) and its lines. None of them is an accusation; the head decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from store.catalogue import LOOKUPS
from store.office_hours import CLOSE, OPEN, in_hours

UNIT = "unit"
HEADS_OWN = "head"
"""The rule of a finding that the head added."""


@dataclass(frozen=True)
class Seen:
    """A ledger line as the rules see it. `outcome` is the use's last known one within the month.

    `at` and `card_seen_at` are stamps; `subject` is the number, None where it was purged or there was none.
    """

    seq: int
    kind: str
    at: str
    clock: str
    officer: str | None
    service: str | None
    channel: str | None
    outcome: str | None
    identity: str | None
    card_seen_at: str | None
    subject: str | None = field(repr=False)


@dataclass(frozen=True)
class Rules:
    """The thresholds, from the settings; percent is of the lookups that were answered."""

    opens: str = OPEN
    closes: str = CLOSE
    unanswered_least: int = 1
    not_found_least: int = 5
    not_found_percent: int = 20

    @classmethod
    def from_settings(cls, get: Callable[[str], str | None]) -> Rules:
        """`get(name)` reads one setting, None where it was never changed."""
        usual = cls()
        return cls(
            opens=get("office.open") or usual.opens,
            closes=get("office.close") or usual.closes,
            unanswered_least=int(get("anomaly.unanswered.least") or usual.unanswered_least),
            not_found_least=int(get("anomaly.not_found.least") or usual.not_found_least),
            not_found_percent=int(get("anomaly.not_found.percent") or usual.not_found_percent),
        )


@dataclass(frozen=True)
class Staff:
    """Whom the rules know: each login's services, and whose citizen ID is whose."""

    services: Mapping[str, Sequence[str]]
    citizen_ids: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Found:
    """One thing to look at: its rule, whom it is about, the numbers of its lines."""

    rule: str
    about: str
    lines: tuple[int, ...]


def find(lines: Iterable[Seen], staff: Staff, rules: Rules) -> list[Found]:
    """All findings of a month, by rule, then in the order of their first lines."""
    seen = list(lines)
    uses = [line for line in seen if line.kind == "use"]
    lookups = [line for line in uses if line.channel in LOOKUPS]
    return [
        *_outside_hours(uses, rules),
        *_no_identity(lookups),
        *_not_appointed(uses, staff),
        *_colleague(lookups, staff),
        *_clock_back(seen),
        *_unanswered(lookups, rules),
        *_not_found_many(lookups, rules),
    ]


def _outside_hours(uses: list[Seen], rules: Rules) -> list[Found]:
    """Outside office hours or on a holiday, by officer and day; what the clock says must be sure."""
    late = [
        use
        for use in uses
        if use.clock == "ok" and not in_hours(datetime.fromisoformat(use.at), rules.opens, rules.closes)
    ]
    return _grouped("outside_hours", late, lambda use: (use.officer or UNIT, use.at[:10]))


def _no_identity(lookups: list[Seen]) -> list[Found]:
    """A citizen asked for, while no card was read in the visit and no other identity shown; by officer."""
    bare = [use for use in lookups if use.card_seen_at is None and use.identity in (None, "none", "chip")]
    return _grouped("no_identity", bare, lambda use: (use.officer or UNIT,))


def _not_appointed(uses: list[Seen], staff: Staff) -> list[Found]:
    """A service that the officer is not appointed to; by officer and service."""
    other = [use for use in uses if use.service not in staff.services.get(use.officer or "", ())]
    return _grouped("not_appointed", other, lambda use: (use.officer or UNIT, use.service or ""))


def _colleague(lookups: list[Seen], staff: Staff) -> list[Found]:
    """Oneself or a colleague asked for; by officer and person."""
    own = [use for use in lookups if use.subject in staff.citizen_ids]
    return _grouped("colleague", own, lambda use: (use.officer or UNIT, staff.citizen_ids[use.subject or ""]))


def _clock_back(seen: list[Seen]) -> list[Found]:
    """The PC's clock was behind the line before; by the day that it showed."""
    back = [line for line in seen if line.clock == "back"]
    return _grouped("clock_back", back, lambda line: (UNIT, line.at[:10]))


def _unanswered(lookups: list[Seen], rules: Rules) -> list[Found]:
    """Asked, but never answered within the month; by officer."""
    open_ones = [use for use in lookups if use.outcome == "unanswered"]
    return [
        found
        for found in _grouped("unanswered", open_ones, lambda use: (use.officer or UNIT,))
        if len(found.lines) >= rules.unanswered_least
    ]


def _not_found_many(lookups: list[Seen], rules: Rules) -> list[Found]:
    """More "not found" than usual in the whole unit: it says more of a register than of an officer."""
    missing = [use for use in lookups if use.outcome == "not_found"]
    answered = len(missing) + sum(use.outcome == "obtained" for use in lookups)
    if len(missing) < rules.not_found_least or len(missing) * 100 < answered * rules.not_found_percent:
        return []
    return _grouped("not_found_many", missing, lambda _use: (UNIT,))


def _grouped(rule: str, lines: list[Seen], cause: Callable[[Seen], tuple[str, ...]]) -> list[Found]:
    """One finding for each cause; the first part of a cause is whom it is about."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for line in lines:
        groups[cause(line)].append(line.seq)
    return [Found(rule, key[0], tuple(found)) for key, found in groups.items()]
