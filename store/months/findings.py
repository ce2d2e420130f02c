"""The findings of a month: what the rules found, the officers' explanations, the head's decisions.

All three come from the ledger: the rules read its lines, and each explanation and decision is a `month` line
of its own, whose text is sealed. The table `finding` is a copy of this for the screen; what is signed is
derived from the lines again (store/months/anew.py).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from store.counter.mobile_day import explanation
from store.errors import NotFound
from store.formats.line import Entry, LineKind
from store.formats.report import MarkedFinding, MarkedLine, marked
from store.months.anomalies import EXPLAINED_BY_MOBILE_DAY, UNIT, Rule, Staff, find, usual_days
from store.months.in_force import documents_in_force
from store.months.month_lines import MonthLines
from store.months.summary import marked_lines, read, uses_by_officer
from store.months.told import EXPLAINED, OWN, SaidOfFindings, finding_key
from store.months.values import Decision, Finding
from store.spans import Span

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office

_COLUMNS = "n, rule, lines, about, explanation, explained_by, explained_at, facts, station, decision, reason"
Found = tuple[Finding, ...]
Marked = dict[tuple[str | None, int], MarkedLine]


class Findings:
    """The findings of one set of books. A month is given by its row; the caller holds the transaction."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database
        # Uses by officer of spans that are cut off: their lines never change, so each is counted once.
        self._uses: dict[Span, Counter[str | None]] = {}

    # ---- out of the lines

    def found(self, lines: MonthLines, said: SaidOfFindings | None = None) -> Found:
        """What the rules find in these lines of the month, and what people said about it."""
        force = documents_in_force(self._office, lines.span.last)
        staff = Staff(force.services, force.citizen_ids, self._usual(lines))
        found: list[Finding] = []
        for span in lines.spans:
            seen = read(self._database, span)
            for one in find(seen.uses, seen.others, staff, force.rules):
                told = (
                    explanation(self._database, span, one.lines)
                    if one.rule in EXPLAINED_BY_MOBILE_DAY
                    else None
                )
                fresh = Finding(
                    len(found) + 1, one.rule, one.about, one.lines, told, None, None, one.facts, span.station
                )
                found.append(fresh if said is None else _with(fresh, said))
        for text in [] if said is None else said.own:
            found.append(_own(len(found) + 1, text))
        return tuple(found)

    def _usual(self, lines: MonthLines) -> dict[str, float]:
        """{login: uses a working day} in the earlier months, counted from their lines."""
        totals: list[Counter[str]] = []
        for month in lines.earlier:
            totals.append(Counter())
            for span in month:
                for officer, n in self._uses_in(span, kept=not lines.are_verified).items():
                    totals[-1][officer or UNIT] += n
        return usual_days(totals)

    def _uses_in(self, span: Span, *, kept: bool) -> Counter[str | None]:
        if not kept:
            return uses_by_officer(self._database, span)
        if span not in self._uses:
            self._uses[span] = uses_by_officer(self._database, span)
        return self._uses[span]

    # ---- what people say, each in a line of its own

    def explain(self, db: Tables, month: dict[str, Any], n: int, text: str) -> None:
        """Writes an explanation of who is logged in. Raises NotFound."""
        seq = self._say(db, month, EXPLAINED, [self._get(month, n)], text)
        by, at = db.execute("SELECT officer, at FROM ledger WHERE seq = ?", [seq]).fetchone()
        self._update(db, month, n, "explanation = ?, explained_by = ?, explained_at = ?", [text, by, at])

    def decide(self, db: Tables, month: dict[str, Any], n: int, decision: str, reason: str | None) -> None:
        """Writes the head's decision on finding `n`. Raises NotFound."""
        self._say(db, month, decision, [self._get(month, n)], reason)
        self._update(db, month, n, "decision = ?, reason = ?", [decision, reason])

    def decide_rest(
        self, db: Tables, month: dict[str, Any], found: Found, decision: str, reason: str
    ) -> Found:
        """Writes the same decision for all of these that have none yet; returns them all as decided."""
        rest = [one for one in found if one.decision is None]
        if rest:
            self._say(db, month, decision, rest, reason)
        decided = [replace(one, decision=decision, reason=reason) if one in rest else one for one in found]
        self.write_down(db, month, decided)
        return tuple(decided)

    def add_own(self, db: Tables, month: dict[str, Any], found: Found, reason: str) -> Found:
        """Writes a finding of the head's own, as not accepted: it is sent to ICT. Returns all findings."""
        self._say(db, month, OWN, [], reason)
        own = _own(len(found) + 1, reason)
        self.write_down(db, month, [*found, own])
        return (*found, own)

    def _say(
        self, db: Tables, month: dict[str, Any], says: str, about: Sequence[Finding], text: str | None
    ) -> int:
        keys = [finding_key(one.rule, one.about, one.station, one.lines) for one in about]
        facts: dict[str, Any] = {"month": month["month"], "revision": month["revision"], "says": says}
        entry = Entry(LineKind.MONTH, self._office.who.login, basis=text, facts={**facts, "findings": keys})
        return self._office.ledger.append(db, entry)

    # ---- the copy in the table

    def write_down(self, db: Tables, month: dict[str, Any], found: Sequence[Finding]) -> None:
        """Stores these as the findings of the month's revision, in place of those stored before."""
        key = [month["month"], month["revision"]]
        db.execute("DELETE FROM finding WHERE month = ? AND revision = ?", key)
        rows = [
            [
                *(*key, one.n, one.rule, json.dumps(one.lines), one.about),
                *(one.explanation, one.explained_by, one.explained_at),
                *(json.dumps(one.facts), one.station, one.decision, one.reason),
            ]
            for one in found
        ]
        marks = ", ".join("?" * 13)
        sql = f"INSERT INTO finding(month, revision, {_COLUMNS}) VALUES ({marks})"  # noqa: S608
        db.conn.executemany(sql, rows)

    def of(self, month: str, revision: int) -> Found:
        """The stored findings of a month's revision, in their order."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM finding WHERE month = ? AND revision = ? ORDER BY n",  # noqa: S608
            (month, revision),
        )
        read_ = json.loads
        return tuple(
            Finding(**{**row, "lines": tuple(read_(row["lines"])), "facts": read_(row["facts"])})
            for row in rows
        )

    def _get(self, month: dict[str, Any], n: int) -> Finding:
        for one in self.of(month["month"], month["revision"]):
            if one.n == n:
                return one
        raise NotFound(what="finding", name=str(n))

    def _update(self, db: Tables, month: dict[str, Any], n: int, what: str, values: list[str | None]) -> None:
        db.execute(
            f"UPDATE finding SET {what} WHERE month = ? AND revision = ? AND n = ?",  # noqa: S608
            [*values, month["month"], month["revision"], n],
        )

    # ---- what the ministry gets

    def lines_of(self, found: Found, lines: MonthLines) -> Marked:
        """The lines of these findings as they go to the ministry, by the ledger's name and their number."""
        marks: Marked = {}
        for span in lines.spans:
            of = [one for one in found if one.lines and _span_of(one, lines.spans) == span]
            wanted = {seq for one in of for seq in one.lines}
            if wanted:
                there = marked_lines(self._database, span, wanted)
                marks |= {(span.station, one.seq): one for one in there}
        return marks

    def marked(self, month: dict[str, Any], found: Found, lines: Marked) -> bytes:
        """The findings that were not accepted, as bytes to be sent to ICT: without citizens' numbers."""
        findings = [
            MarkedFinding(
                one.rule,
                one.about,
                one.explanation,
                one.reason,
                [lines[one.station, seq] for seq in sorted(one.lines)],
            )
            for one in found
            if one.decision == Decision.NOT_ACCEPTED
        ]
        return marked(self._office.unit, month["month"], month["revision"], findings)


def _own(n: int, text: str | None) -> Finding:
    """A finding of the head's own."""
    return Finding(n, Rule.HEADS_OWN, UNIT, (), None, Decision.NOT_ACCEPTED, text, {}, None)


def _with(finding: Finding, said: SaidOfFindings) -> Finding:
    """The finding with its explanation and decision."""
    key = finding_key(finding.rule, finding.about, finding.station, finding.lines)
    if key in said.explained:
        text, by, at = said.explained[key]
        finding = replace(finding, explanation=text, explained_by=by, explained_at=at)
    decision, reason = said.decided.get(key, (None, None))
    return replace(finding, decision=decision, reason=reason)


def _span_of(finding: Finding, spans: Sequence[Span]) -> Span:
    """The span that holds the finding's lines."""
    of = [one for one in spans if one.station == finding.station]
    return next(one for one in of if one.first <= finding.lines[0] <= one.last)
