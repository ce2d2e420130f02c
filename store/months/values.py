"""A month as it is shown: its state, who signed, what it adds up to, and when what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from store.formats.line import month_after
from store.formats.roles import Role
from store.months.summary import ServiceRow
from store.spans import MonthState

CHECK_DAY, REPORT_DAY = 3, 5
"""Days of the following month, by the programme's own rule."""

# Whose turn it is after each state.
_NEXT_ROLE: dict[str, Role] = {
    MonthState.CUT_OFF: Role.OFFICER,
    MonthState.SUMMARISED: Role.CONTROLLER,
    MonthState.CHECKED: Role.HEAD,
    MonthState.APPROVED: Role.HEAD,
    MonthState.FLAGGED: Role.HEAD,
}


class Decision(StrEnum):
    """What the head decides about a finding."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True)
class Signature:
    """One person's word over the month; `withdrawn` ones were made before it was sent back, for `reason`."""

    role: str
    login: str
    says: str
    at: str
    withdrawn: bool
    reason: str | None


@dataclass(frozen=True)
class Finding:
    """Something for the head to look at. `decision` is a Decision, or None.

    `facts` fill the sentence that says why (store.anomalies.WHY). `station`: a PC whose lines they are.
    `explained_by` is the login of who wrote the explanation, at that stamp; None where nobody did, or where
    it is what was said of a mobile service day when it began.
    """

    n: int
    rule: str
    about: str
    lines: tuple[int, ...]
    explanation: str | None
    decision: str | None
    reason: str | None
    facts: dict[str, int | str]
    station: str | None
    explained_by: str | None = None
    explained_at: str | None = None


@dataclass(frozen=True)
class SentBack:
    """Why a month is to be summed up again, and the login of who sent it back; None where it was nobody."""

    reason: str
    by: str | None


@dataclass(frozen=True)
class MonthHead:
    """The state of a month, a MonthState.

    `next_role` is whose turn it is, None where nobody's; `late` that a date was missed; `receipt` what the
    centre answered; `job` under which the report is sent. `sent_back`: by controller or head, to be summed up
    again. `returned`: why the ministry gave the revision before back. `handed_over`: to which other PC of
    the office, which reports the month.
    """

    month: str
    revision: int
    state: str
    due_check: date
    due_report: date
    late: bool
    next_role: str | None
    signatures: tuple[Signature, ...]
    job: str | None
    receipt: dict[str, Any] | None
    sent_back: SentBack | None
    returned: str | None
    handed_over: str | None

    @property
    def goes_to_ict(self) -> bool:
        """The head signed that something is abnormal; without it, the report goes to the Supervisor."""
        return any(one.says == MonthState.FLAGGED and not one.withdrawn for one in self.signatures)


@dataclass(frozen=True)
class MonthView(MonthHead):
    """A month with its counts. `outcomes` maps an outcome to a number of uses; offline_min is in minutes.

    `late_answers`: how many uses of earlier, closed months were answered or corrected only now. What other
    PCs of the office, `stations`, did was brought for this month; that of those `missing` is still to come.
    """

    rows: tuple[ServiceRow, ...]
    outcomes: dict[str, int]
    total: int
    visits: int
    spared: int
    unanswered: int
    late_answers: int
    stations: tuple[str, ...]
    missing: tuple[str, ...]
    offline_min: int
    outages: int
    findings: tuple[Finding, ...]

    @property
    def goes_to_ict(self) -> bool:
        """The same; before the head's signature, what the findings decided so far lead to."""
        return super().goes_to_ict or any(
            finding.decision == Decision.NOT_ACCEPTED for finding in self.findings
        )

    @property
    def undecided(self) -> int:
        """How many findings the head has not decided."""
        return sum(finding.decision is None for finding in self.findings)


@dataclass(frozen=True)
class Signatory:
    """Who signed, as the paper names them: `acting` in the place of another, by the order `order_no`."""

    role: str
    name: str
    level: str
    says: str
    at: str
    acting: bool
    order_no: str | None


@dataclass(frozen=True)
class Reported:
    """What a month's report says, with the month around it.

    `content` is the signed payload (docs/formats.md), or, before the summary, what it would be now without
    its people list. `content_sha256` (hex) is of the signed bytes, None before; `sent_sha256` of the bytes
    that are sent, None before the head's signature.
    """

    view: MonthView
    id: str
    content: dict[str, Any]
    content_sha256: str | None
    sent_sha256: str | None
    signatories: tuple[Signatory, ...]


def due_check(month: str) -> date:
    """The last day for the checked summary to reach the head."""
    return date.fromisoformat(f"{month_after(month)}-{CHECK_DAY:02}")


def due_report(month: str) -> date:
    """The last day for the report to reach the ministry."""
    return date.fromisoformat(f"{month_after(month)}-{REPORT_DAY:02}")


def is_late(month: str, today: date, checked_on: date | None, submitted_on: date | None) -> bool:
    """Was a date missed: by something done after it, or not done yet?"""
    return (checked_on or today) > due_check(month) or (submitted_on or today) > due_report(month)


def next_role(state: str, is_over: bool) -> str | None:
    """Whose turn it is. An open month that is over waits for its summary, which cuts it off."""
    if state == MonthState.OPEN:
        return Role.OFFICER if is_over else None
    return _NEXT_ROLE.get(state)
