"""A month as it is shown and printed: a signed one out of its payload, any other out of its lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from store.formats.canonical import sha256_hex
from store.formats.report import submission_id
from store.months.findings import Findings
from store.months.heads import MonthHeads
from store.months.month_lines import MonthLines, lines_by_rows
from store.months.payload import MonthReport
from store.months.signatures import Signing
from store.months.told import told_of_month
from store.months.values import MonthView, Reported, figures_of
from store.people.permissions import demand
from store.queue.job import JobKind
from store.spans import MonthRows
from store.stations.stations import Stations

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.months.summary import Counts
    from store.office import Office


class MonthViews:
    """Looks at the months of one station. A month that was just cut off gets its row at the first look."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database
        self._rows = MonthRows(office)
        self._stations = Stations(office)
        self._findings = Findings(office)
        self._heads = MonthHeads(office)
        self._report = MonthReport(office)

    def status(self, month: str) -> MonthView:
        """One month with its counts and findings; raises NotFound."""
        demand(self._office.who, "ledger_read")
        span = self._rows.span(month)
        if span.is_cut and self._rows.get(month) is None:
            with self._database.write() as db:
                self.begin(db, month)
        row, head = self._rows.get(month), self._heads.of(month)
        lines = self.lines(month)
        signed = row is not None and row["payload"]
        figures = figures_of(json.loads(row["payload"])) if row and signed else self._figures(lines)
        return MonthView(
            **vars(head),
            **figures,
            stations=tuple(dict.fromkeys(one.station for one in lines.parts)),
            missing=tuple(self._stations.missing(month)),
            findings=self._findings.of(month, head.revision) if span.is_cut else self._findings.found(lines),
        )

    def counts(self, month: str) -> Counts:
        """The counts of one month, without looking for findings; raises NotFound."""
        demand(self._office.who, "ledger_read")
        return self._report.counts(self.lines(month))

    def reported(self, month: str) -> Reported:
        """The content of the month's newest report, for the printed paper; raises NotFound."""
        view = self.status(month)
        row = self._rows.get(month)
        frozen = row and row["payload"]
        if frozen:
            content = json.loads(frozen)
        else:
            with self._database.reading() as db:
                lines = lines_by_rows(self._office, db, month)
                content = self._report.content(db, lines, view.revision, view.findings)
        return Reported(
            view=view,
            id=submission_id(self._office.unit, month, JobKind.REPORT, view.revision),
            content=content,
            content_sha256=sha256_hex(frozen.encode("utf-8")) if frozen else None,
            sent_sha256=sha256_hex(bytes(row["submission"])) if row and row["submission"] else None,
            signatories=Signing(self._office).signatories(row) if row and frozen else (),
        )

    def lines(self, month: str) -> MonthLines:
        """The lines of a month by the tables; raises NotFound."""
        with self._database.reading() as db:
            return lines_by_rows(self._office, db, month)

    def begin(self, db: Tables, month: str) -> None:
        """Inserts the row of a month that was just cut off, and its findings."""
        self.find_anew(db, self._rows.begin(db, month, self._rows.span(month)))

    def find_anew(self, db: Tables, row: dict[str, Any]) -> None:
        """Stores the findings of a month that nobody has signed, as its lines tell them now."""
        month, revision = row["month"], row["revision"]
        said = told_of_month(db, month).said(month, revision)
        found = self._findings.found(lines_by_rows(self._office, db, month), said)
        self._findings.write_down(db, row, found)

    def _figures(self, lines: MonthLines) -> dict[str, Any]:
        counts = self._report.counts(lines)
        return {
            **{name: getattr(counts, name) for name in ("rows", "outcomes", "total", "visits", "spared")},
            **{name: getattr(counts, name) for name in ("unanswered", "offline_min", "outages")},
            "late_answers": sum(row[-1] for row in counts.late),
        }
