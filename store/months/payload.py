"""The payload of a month's report: the bytes that all three people sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.formats.canonical import canonical
from store.formats.report import submission_id
from store.formats.roles import Role
from store.months.errors import NobodyToSign
from store.months.summary import Counts, added, count
from store.proof import epoch
from store.queue.job import JobKind
from store.stations.stations import Stations

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.months.month_lines import MonthLines
    from store.months.values import Finding
    from store.office import Office
    from store.staff.people_list import PeopleList


class MonthReport:
    """The counts of the whole office's month: this PC's lines, and those imported from its other PCs."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stations = Stations(office)
        # Counts of spans that are cut off: their lines never change, so each is counted once.
        self._counted: dict[tuple[int, int, str | None], Counts] = {}

    def counts(self, lines: MonthLines) -> Counts:
        """The counts of all PCs together."""
        if not lines.span.is_cut or lines.are_verified:
            return added([count(self._office.database, one, anew=lines.are_verified) for one in lines.spans])
        for one in lines.spans:
            key = (one.first, one.last, one.station)
            if key not in self._counted:
                self._counted[key] = count(self._office.database, one)
        return added([self._counted[one.first, one.last, one.station] for one in lines.spans])

    def content(
        self, db: Tables, lines: MonthLines, revision: int, findings: Sequence[Finding]
    ) -> dict[str, Any]:
        """The report's content without the people list (a JSON object); an open month counts until now."""
        unit, span, counts = self._office.unit, lines.span, self.counts(lines)
        rules: Counter[str] = Counter()
        for finding in findings:
            rules[finding.rule] += len(finding.lines)
        content = {
            "v": 1,
            "unit": unit,
            "month": lines.month,
            "revision": revision,
            "replaces": submission_id(unit, lines.month, JobKind.REPORT, revision - 1)
            if revision > 1
            else None,
            "chains": [
                *epoch.chains(db, lines.epochs, span.first, span.last),
                *self._stations.chains(lines.parts),
            ],
            "use": counts.use,
            "visits": counts.visits,
            "spared": counts.spared,
            "offline_min": counts.offline_min,
            "unanswered": counts.unanswered,
            "findings": [[rule, n] for rule, n in sorted(rules.items())],
            "lost_lines": lines.lost,
        }
        # `late` is left out where no answer came for uses of months that were closed already.
        return {**content, "late": counts.late} if counts.late else content


def payload_of(content: dict[str, Any], people: str) -> bytes:
    """The payload as canonical JSON; `people` is the SHA-256 (hex) of the people list that it names."""
    return canonical({**content, "people": people})


def demand_somebody_signs(office: Office, people: PeopleList) -> None:
    """Raises NobodyToSign where nobody else can sign the next steps."""
    me, now = office.who.login, stamp(office.clock())
    for role in (Role.CONTROLLER, Role.HEAD):
        if not people.can_sign(role, now) - {me}:
            raise NobodyToSign(role=role)
