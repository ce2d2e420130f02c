"""A month as it is shown: its state, its signatures, its counts and findings, its due dates."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from store.formats.line import month_after
from store.formats.roles import Role
from store.months.summary import ServiceRow
from store.settings.catalogue import Channel
from store.spans import MonthState

CHECK_DAY, REPORT_DAY = 3, 5
"""The days of the next month by which a month must be checked and reported, by the programme's rule."""

# The role whose turn it is in each state.
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
    """One person's signature; `withdrawn` where the month was sent back after it, for `reason`."""

    role: str
    login: str
    says: str
    at: str
    withdrawn: bool
    reason: str | None


@dataclass(frozen=True)
class Finding:
    """Something for the head to decide on. `decision` is a Decision, or None.

    `facts` fill the sentence in WHY (store/months/anomalies.py). `station` names another PC's ledger
    (store/spans.py), None for this PC's. `explained_by` is the login of who wrote the explanation, at the
    stamp `explained_at`; both are None without one, and where it comes from a mobile service day.
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
    """Why a month must be summarised again, and the login of who sent it back; None where nobody did."""

    reason: str
    by: str | None


@dataclass(frozen=True)
class MonthHead:
    """Where a month stands; `state` is a MonthState.

    `next_role`: whose turn it is, None where nobody's. `late`: a due date was missed. `job`: the id of the
    report's job. `receipt`: the payload of the centre's receipt. `sent_back`: set where the month must be
    summarised again. `returned`: why the ministry returned the revision before. `handed_over`: the station
    that the month was handed to and that reports it, None for this PC.
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
        """Whether the head flagged the month: its report goes to ICT, any other to the Supervisor."""
        return any(one.says == MonthState.FLAGGED and not one.withdrawn for one in self.signatures)


@dataclass(frozen=True)
class MonthView(MonthHead):
    """A month with its counts: of a month that is signed those in the signed payload, else those of now.

    `outcomes` is {outcome: number of uses}; `offline_min` is in minutes. `outages`, the number of outages, is
    None for a signed month, whose payload does not have it.
    `late_answers`: the number of uses of earlier, closed months that were answered or corrected in this one.
    `stations`: the other PCs whose lines were imported for this month; `missing`: those whose were not yet.
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
    outages: int | None
    findings: tuple[Finding, ...]

    @property
    def goes_to_ict(self) -> bool:
        """As MonthHead.goes_to_ict; before the head signs, whether a decision so far requires a flag."""
        return super().goes_to_ict or any(
            finding.decision == Decision.NOT_ACCEPTED for finding in self.findings
        )

    @property
    def undecided(self) -> int:
        """The number of findings that the head has not decided."""
        return sum(finding.decision is None for finding in self.findings)


@dataclass(frozen=True)
class Signatory:
    """A signer as the paper names them; `acting` for somebody else by the order numbered `order_no`."""

    role: str
    name: str
    level: str
    says: str
    at: str
    acting: bool
    order_no: str | None


@dataclass(frozen=True)
class Reported:
    """The content of a month's report, with the month itself.

    `content` is the signed payload (docs/formats.md); before the summary it is what the payload would be now,
    without the people list. `content_sha256` (hex) is of the signed bytes, None before the summary;
    `sent_sha256` (hex) of the bytes that are sent, None before the head's signature.
    """

    view: MonthView
    id: str
    content: dict[str, Any]
    content_sha256: str | None
    sent_sha256: str | None
    signatories: tuple[Signatory, ...]


SHOWN = ("outcomes", "total", "visits", "spared", "unanswered", "late_answers", "offline_min")
"""The figures of a MonthView that a payload has."""


def figures_of(content: dict[str, Any]) -> dict[str, Any]:
    """The figures of a MonthView out of a report's content (docs/formats.md), also its table by service."""
    uses: defaultdict[str, Counter[str]] = defaultdict(Counter)
    outcomes: Counter[str] = Counter()
    for _officer, service, _document, channel, outcome, n in content["use"]:
        uses[service or ""][channel or ""] += n
        outcomes[outcome] += n
    rows = [
        ServiceRow(code, None, {channel: uses[code][channel] for channel in Channel}) for code in sorted(uses)
    ]
    return {
        "rows": tuple(rows),
        "outcomes": dict(outcomes),
        "total": sum(row.total for row in rows),
        "visits": content["visits"],
        "spared": content["spared"],
        "unanswered": content["unanswered"],
        "late_answers": sum(row[-1] for row in content.get("late", [])),
        "offline_min": content["offline_min"],
        "outages": None,
    }


def due_check(month: str) -> date:
    """The last day for the checked summary to reach the head."""
    return date.fromisoformat(f"{month_after(month)}-{CHECK_DAY:02}")


def due_report(month: str) -> date:
    """The last day for the report to reach the ministry."""
    return date.fromisoformat(f"{month_after(month)}-{REPORT_DAY:02}")


def is_late(month: str, today: date, checked_on: date | None, submitted_on: date | None) -> bool:
    """Whether a due date was missed, by something that was done after it or is not done yet."""
    return (checked_on or today) > due_check(month) or (submitted_on or today) > due_report(month)


def next_role(state: str, is_over: bool) -> str | None:
    """The role whose turn it is, or None. For an open month that is over: the officer, who summarises it."""
    if state == MonthState.OPEN:
        return Role.OFFICER if is_over else None
    return _NEXT_ROLE.get(state)
