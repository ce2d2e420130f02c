"""The rules that propose findings for the head: pure functions over a month's lines.

One finding has one cause (four uses on one evening are one finding). It names its rule, whom it is about (a
login, or `unit`), the facts of its reason, and its lines. A finding is not an accusation: the head decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from reader.sentences import mark
from store.counter.visit import Identity, SubjectKind
from store.formats.line import ClockWord, LineKind, Outcome
from store.settings.catalogue import LOOKUPS
from store.settings.office_hours import is_working_day
from store.settings.thresholds import Rules

UNIT = "unit"
_WORKING_DAYS = 20  # of a month, roughly


class Rule(StrEnum):
    """By what a finding was found, in the order of lists; HEADS_OWN: the head added it."""

    OUTSIDE_HOURS = "outside_hours"
    NO_IDENTITY = "no_identity"
    NOT_APPOINTED = "not_appointed"
    COLLEAGUE = "colleague"
    CLOCK_BACK = "clock_back"
    UNANSWERED = "unanswered"
    NOT_FOUND_MANY = "not_found_many"
    SAME_CITIZEN = "same_citizen"
    CONSECUTIVE = "consecutive"
    VOLUME = "volume"
    REFUSED_PASSPHRASE = "refused_passphrase"  # noqa: S105 - a rule
    GAP = "gap"
    HEADS_OWN = "head"


EXPLAINED_BY_MOBILE_DAY = (Rule.OUTSIDE_HOURS, Rule.UNANSWERED)
"""The rules whose findings a mobile service day explains."""
WHY: dict[str, str] = {
    Rule.OUTSIDE_HOURS: mark("{n} uses on {day} outside office hours ({opens}–{closes}) or on a day off."),
    Rule.NO_IDENTITY: mark("{n} lookups of citizens who showed no card in the visit, and nothing else."),
    Rule.NOT_APPOINTED: mark("{n} uses in service {service}, to which the officer is not appointed."),
    Rule.COLLEAGUE: mark("{n} lookups of {person}, who works here."),
    Rule.CLOCK_BACK: mark("On {day} the clock went back by up to {seconds} seconds."),
    Rule.UNANSWERED: mark("{n} lookups had no answer yet when the month ended."),
    Rule.NOT_FOUND_MANY: mark("{n} of {answered} answers were “not found”; from {percent} % on it is shown."),
    Rule.SAME_CITIZEN: mark("The same citizen was asked for in {n} visits; from {least} on it is shown."),
    Rule.CONSECUTIVE: mark("{n} citizens with consecutive numbers on {day}; from {least} on it is shown."),
    Rule.VOLUME: mark("Up to {most} uses a day, while {usual} are usual for this officer."),
    Rule.REFUSED_PASSPHRASE: mark("{n} passphrases were refused; from {least} on it is shown."),
    Rule.GAP: mark("The ledger was restored or does not continue here: lines may be missing."),
}
"""{rule: why a finding of it is shown}; the places in the sentence are filled with the finding's facts."""


class Seen(NamedTuple):
    """A ledger line as the rules see it. `outcome` is the use's last known one within the month.

    `at`, `card_seen_at`: stamps in Thai time. `subject`: the number, None where it was erased or there was
    none. `behind`: by how many seconds the clock had gone back. `refused`: in a line about refused
    passphrases, their number. `chose`: the login of who changed the use's service, None where nobody did.
    """

    officer: str | None
    service: str | None
    document: str | None
    channel: str | None
    outcome: str | None
    seq: int
    kind: str
    visit: str | None
    about: int | None
    at: str
    clock: str
    identity: str | None
    card_seen_at: str | None
    subject_kind: str | None
    subject: str | None = None
    behind: int = 0
    refused: int = 0
    chose: str | None = None

    def __repr__(self) -> str:
        return f"Seen({self.seq}, {self.kind})"  # a citizen's number must not reach a log


@dataclass(frozen=True)
class Staff:
    """What the rules know of people: {login: services}, {citizen ID: login}, {login: uses a working day}."""

    services: Mapping[str, Sequence[str]]
    citizen_ids: Mapping[str, str] = field(repr=False)
    usual: Mapping[str, float] = field(default_factory=dict)


Facts = dict[str, int | str]


@dataclass(frozen=True)
class Found:
    """One finding: its rule, whom it is about, its lines, and the facts for its sentence in WHY."""

    rule: Rule
    about: str
    lines: tuple[int, ...]
    facts: Facts = field(default_factory=dict, compare=False)


def find(uses: Sequence[Seen], others: Sequence[Seen], staff: Staff, rules: Rules) -> list[Found]:
    """All findings of a month, by rule, then in the order of their first lines.

    `others` are the lines beside the uses that is_looked_at() names, and those that the reading found out of
    order: see Month in store/months/summary.py.
    """
    lookups = [line for line in uses if line.channel in LOOKUPS]
    return [
        *_outside_hours(uses, rules),
        *_no_identity(lookups),
        *_not_appointed(uses, staff),
        *_colleague(lookups, staff),
        *_same_citizen(lookups, rules),
        *_consecutive(lookups, rules),
        *_volume(uses, staff, rules),
        *_refused(others, rules),
        *_clock_back(others, rules),
        *_gap(others),
        *_unanswered(lookups, rules),
        *_not_found_many(lookups, rules),
    ]


def is_looked_at(kind: str, outcome: str | None) -> bool:
    """Whether a rule looks at that line, which is no use: no other one is kept for the rules."""
    return kind == LineKind.RESTORE or (kind == LineKind.LOGIN and outcome == Outcome.REFUSED)


def usual_days(totals: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """{login: mean number of uses a working day}, from {login: uses} of each of several earlier months."""
    found: dict[str, list[int]] = defaultdict(list)
    for month in totals:
        for officer, n in month.items():
            found[officer].append(n)
    return {officer: sum(several) / len(several) / _WORKING_DAYS for officer, several in found.items()}


def _outside_hours(uses: Sequence[Seen], rules: Rules) -> list[Found]:
    """Uses outside office hours or on a day off, by officer and day; only lines with a sure clock count."""
    late = [
        use
        for use in uses
        if use.clock == ClockWord.OK
        and not (rules.opens <= use.at[11:16] <= rules.closes and _is_working_day(use.at[:10]))
    ]
    groups = _groups(late, lambda use: (use.officer or UNIT, use.at[:10]))
    return [
        _found(Rule.OUTSIDE_HOURS, key[0], lines, day=key[1], opens=rules.opens, closes=rules.closes)
        for key, lines in groups.items()
    ]


@cache
def _is_working_day(day: str) -> bool:
    return is_working_day(date.fromisoformat(day))


def _no_identity(lookups: Sequence[Seen]) -> list[Found]:
    """Lookups in visits where no card was read and no other identity was shown; by officer."""
    bare = [
        use
        for use in lookups
        if use.card_seen_at is None and use.identity in (None, Identity.NONE, Identity.CHIP)
    ]
    groups = _groups(bare, lambda use: (use.officer or UNIT,))
    return [_found(Rule.NO_IDENTITY, key[0], lines) for key, lines in groups.items()]


def _not_appointed(uses: Sequence[Seen], staff: Staff) -> list[Found]:
    """Uses in a service that the person is not appointed to; by whoever chose the service, and by service."""
    other = [use for use in uses if use.service not in staff.services.get(use.chose or use.officer or "", ())]
    groups = _groups(other, lambda use: (use.chose or use.officer or UNIT, use.service or ""))
    return [_found(Rule.NOT_APPOINTED, key[0], lines, service=key[1]) for key, lines in groups.items()]


def _colleague(lookups: Sequence[Seen], staff: Staff) -> list[Found]:
    """Lookups of the officer's own or a colleague's number; by officer and person."""
    own = [use for use in lookups if use.subject in staff.citizen_ids]
    groups = _groups(own, lambda use: (use.officer or UNIT, staff.citizen_ids[use.subject or ""]))
    return [_found(Rule.COLLEAGUE, key[0], lines, person=key[1]) for key, lines in groups.items()]


def _same_citizen(lookups: Sequence[Seen], rules: Rules) -> list[Found]:
    """The same citizen in many visits of one officer. Companies are left out: their agents come often."""
    groups = _groups(_persons(lookups), lambda use: (use.officer or UNIT, use.subject or ""))
    found = []
    for key, lines in groups.items():
        visits = len({line.visit for line in lines})
        if visits >= rules.same_citizen_visits:
            found.append(_found(Rule.SAME_CITIZEN, key[0], lines, n=visits, least=rules.same_citizen_visits))
    return found


def _consecutive(lookups: Sequence[Seen], rules: Rules) -> list[Found]:
    """Consecutive citizen numbers on one day: they may have been typed without anybody at the counter."""
    days = _groups(_persons(lookups), lambda use: (use.officer or UNIT, use.at[:10]))
    found = []
    for (officer, day), lines in days.items():
        if len(lines) < rules.consecutive_least:
            continue
        by_number = defaultdict(list)
        for line in lines:
            # Without the last digit, which is the check digit.
            by_number[int((line.subject or "")[:12])].append(line)
        for run in _runs(sorted(by_number)):
            if len(run) >= rules.consecutive_least:
                of_run = sorted((line for n in run for line in by_number[n]), key=lambda line: line.seq)
                facts: Facts = {"n": len(run), "day": day, "least": rules.consecutive_least}
                found.append(_found(Rule.CONSECUTIVE, officer, of_run, **facts))
    return found


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Splits sorted numbers into runs of consecutive ones."""
    runs = [[numbers[0]]]
    for before, number in pairwise(numbers):
        if number == before + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _volume(uses: Sequence[Seen], staff: Staff, rules: Rules) -> list[Found]:
    """Days with far more uses than usual for that officer, in this month or the months before; by officer."""
    by_officer: dict[str, dict[str, list[Seen]]] = defaultdict(dict)
    for use in uses:
        by_officer[use.officer or UNIT].setdefault(use.at[:10], []).append(use)
    found = []
    for officer, days in by_officer.items():
        usual = [staff.usual[officer]] if officer in staff.usual else []
        if len(days) >= rules.volume_days:
            usual.append(median(len(lines) for lines in days.values()))
        if not usual:
            continue
        bound = max(rules.volume_least, min(usual) * rules.volume_times)
        high = [lines for lines in days.values() if len(lines) >= bound]
        if high:
            most = max(len(lines) for lines in high)
            of_days = [line for lines in high for line in lines]
            found.append(_found(Rule.VOLUME, officer, of_days, most=most, usual=round(min(usual))))
    return found


def _refused(others: Sequence[Seen], rules: Rules) -> list[Found]:
    """Refused passphrases, by the login that was tried."""
    refused = [line for line in others if line.refused]
    found = []
    for key, lines in _groups(refused, lambda line: (line.officer or UNIT,)).items():
        n = sum(line.refused for line in lines)
        if n >= rules.refused_least:
            found.append(_found(Rule.REFUSED_PASSPHRASE, key[0], lines, n=n, least=rules.refused_least))
    return found


def _clock_back(lines: Sequence[Seen], rules: Rules) -> list[Found]:
    """Lines whose clock was behind the line before by more than a small correction; by the day it showed."""
    back = [line for line in lines if line.behind > rules.clock_back_seconds]
    groups = _groups(back, lambda line: (UNIT, line.at[:10]))
    return [
        _found(Rule.CLOCK_BACK, UNIT, lines, day=key[1], seconds=max(line.behind for line in lines))
        for key, lines in groups.items()
    ]


def _gap(others: Sequence[Seen]) -> list[Found]:
    """Restores, and numbers missing between two lines; one finding for all."""
    gaps = [line for line in others if line.kind in (LineKind.RESTORE, "gap")]
    return [_found(Rule.GAP, UNIT, gaps)] if gaps else []


def _unanswered(lookups: Sequence[Seen], rules: Rules) -> list[Found]:
    """Lookups that were not answered within the month; by officer."""
    open_ones = [use for use in lookups if use.outcome == Outcome.UNANSWERED]
    groups = _groups(open_ones, lambda use: (use.officer or UNIT,))
    return [
        _found(Rule.UNANSWERED, key[0], lines)
        for key, lines in groups.items()
        if len(lines) >= rules.unanswered_least
    ]


def _not_found_many(lookups: Sequence[Seen], rules: Rules) -> list[Found]:
    """Too many "not found" in the whole unit; not by officer, because the register is the likely cause."""
    missing = [use for use in lookups if use.outcome == Outcome.NOT_FOUND]
    answered = len(missing) + sum(use.outcome == Outcome.OBTAINED for use in lookups)
    if len(missing) < rules.not_found_least or len(missing) * 100 < answered * rules.not_found_percent:
        return []
    return [_found(Rule.NOT_FOUND_MANY, UNIT, missing, answered=answered, percent=rules.not_found_percent)]


def _persons(lookups: Sequence[Seen]) -> list[Seen]:
    return [
        use
        for use in lookups
        if use.subject and len(use.subject) == 13 and use.subject_kind != SubjectKind.JURISTIC
    ]


def _groups(
    lines: Sequence[Seen], cause: Callable[[Seen], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Seen]]:
    """The lines by their cause, in the order in which the causes first occur."""
    groups: dict[tuple[str, ...], list[Seen]] = {}
    for line in lines:
        groups.setdefault(cause(line), []).append(line)
    return groups


def _found(rule: Rule, about: str, lines: Sequence[Seen], **facts: int | str) -> Found:
    return Found(rule, about, tuple(line.seq for line in lines), {"n": len(lines), **facts})
