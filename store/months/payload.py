"""The payload of a month's report: the bytes that all three people sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.formats.canonical import canonical
from store.formats.line import month_after
from store.formats.report import submission_id
from store.formats.roles import Role
from store.months.errors import NobodyToSign
from store.months.summary import Counts, added, count
from store.proof import epoch
from store.queue.job import JobKind
from store.spans import MonthSpan, month_begins

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.months.findings import Findings
    from store.months.values import Finding
    from store.office import Office
    from store.queue.outage import Outages
    from store.staff.people_list import PeopleList
    from store.stations.stations import Stations


class MonthReport:
    """The counts of the whole office's month: this PC's lines, and those imported from its other PCs."""

    def __init__(self, office: Office, outages: Outages, stations: Stations, findings: Findings) -> None:
        self._office = office
        self._outages = outages
        self._stations = stations
        self._findings = findings
        # Counts of spans that are cut off: their lines never change, so each is counted once.
        self._counted: dict[tuple[int, int, str | None], Counts] = {}

    def counts(self, month: str, span: MonthSpan) -> Counts:
        """The counts of all PCs together."""
        spans = [span.own, *self._stations.spans(month)]
        if not span.is_cut:
            return added([count(self._office.database, one) for one in spans])
        for one in spans:
            key = (one.first, one.last, one.station)
            if key not in self._counted:
                self._counted[key] = count(self._office.database, one)
        return added([self._counted[one.first, one.last, one.station] for one in spans])

    def offline(self, month: str) -> tuple[int, int]:
        """(minutes, number) of the outages of the network, of all PCs together."""
        begin, end = month_begins(month), month_begins(month_after(month))
        minutes, times = self._outages.minutes(begin, end), len(self._outages.between(begin, end))
        brought = self._stations.brought(month)
        return minutes + sum(one.offline_min for one in brought), times + sum(one.outages for one in brought)

    def content(
        self, db: Tables, month: str, revision: int, span: MonthSpan, findings: Sequence[Finding]
    ) -> dict[str, Any]:
        """The report's content without the people list (a JSON object); an open month counts until now."""
        unit, counts = self._office.unit, self.counts(month, span)
        rules: Counter[str] = Counter()
        for finding in findings:
            rules[finding.rule] += len(finding.lines)
        content = {
            "v": 1,
            "unit": unit,
            "month": month,
            "revision": revision,
            "replaces": submission_id(unit, month, JobKind.REPORT, revision - 1) if revision > 1 else None,
            "chains": [*epoch.chains(db, span.first, span.last), *self._stations.chains(month)],
            "use": counts.use,
            "visits": counts.visits,
            "spared": counts.spared,
            "offline_min": self.offline(month)[0],
            "unanswered": counts.unanswered,
            "findings": [[rule, n] for rule, n in sorted(rules.items())],
            "lost_lines": epoch.lost_lines(db, span.first, span.last) + self._stations.lost_lines(month),
        }
        # `late` is left out where no answer came for uses of months that were closed already.
        return {**content, "late": counts.late} if counts.late else content

    def payload(self, db: Tables, row: dict[str, Any], span: MonthSpan, people: PeopleList) -> bytes:
        """The payload as canonical JSON.

        Raises NobodyToSign, StationMissing, and StationBroken where imported lines were changed.
        """
        self._somebody_signs(people)
        self._stations.must_be_complete(row["month"])
        month, revision = row["month"], row["revision"]
        content = self.content(db, month, revision, span, self._findings.of(month, revision))
        return canonical({**content, "people": people.sha256})

    def _somebody_signs(self, people: PeopleList) -> None:
        me, now = self._office.who.login, stamp(self._office.clock())
        for role in (Role.CONTROLLER, Role.HEAD):
            if not people.can_sign(role, now) - {me}:
                raise NobodyToSign(role=role)
