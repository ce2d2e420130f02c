"""The findings of a month: what the rules found, the officers' explanations, the head's decisions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.counter.mobile_day import explanation
from store.errors import NotFound
from store.formats.report import MarkedFinding, marked
from store.months.anomalies import EXPLAINED_BY_MOBILE_DAY, UNIT, Rule, Staff, find, usual_days
from store.months.summary import marked_lines, read
from store.months.values import Decision, Finding
from store.settings.thresholds import Rules
from store.spans import Span
from store.stations.stations import Stations

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office

_MONTHS_BEFORE = 6
# The columns of a finding that the next revision of its month takes over: all but the head's decision.
_FOUND = "rule, lines, about, explanation, explained_by, explained_at, facts, station"


class Findings:
    """The findings of one set of books. A month is given by its row; the caller holds the transaction."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def so_far(self, month: str, spans: Sequence[Span]) -> tuple[Finding, ...]:
        """What the rules find in these lines of the month; nothing is stored."""
        people = self._office.people.all()
        staff = Staff(
            services={person.login: person.services for person in people},
            citizen_ids={person.citizen_id: person.login for person in people},
            usual=self._usual(month),
        )
        rules = Rules.from_settings(self._office.settings.get)
        found: list[Finding] = []
        for span in spans:
            seen = read(self._database, span)
            for one in find(seen.uses, seen.others, staff, rules):
                told = (
                    explanation(self._database, span, one.lines)
                    if one.rule in EXPLAINED_BY_MOBILE_DAY
                    else None
                )
                fresh = Finding(
                    len(found) + 1, one.rule, one.about, one.lines, told, None, None, one.facts, span.station
                )
                found.append(fresh)
        return tuple(found)

    def write_down(self, db: Tables, month: dict[str, Any], spans: Sequence[Span]) -> None:
        """Stores what the rules find in lines that were just cut off or just imported."""
        key = [month["month"], month["revision"]]
        for one in self.so_far(month["month"], spans):
            kept = [one.rule, json.dumps(one.lines), one.about, one.explanation, json.dumps(one.facts)]
            db.execute(
                "INSERT INTO finding(month, revision, n, rule, lines, about, explanation, facts, station)"
                " SELECT ?, ?, coalesce(max(n), 0) + 1, ?, ?, ?, ?, ?, ? FROM finding"
                " WHERE month = ? AND revision = ?",
                [*key, *kept, one.station, *key],
            )

    def begin_again(self, db: Tables, month: dict[str, Any]) -> None:
        """Copies the rules' findings and the officers' explanations to the next revision of a month."""
        db.execute(
            f"INSERT INTO finding(month, revision, n, {_FOUND}) SELECT month, ?, n, {_FOUND} FROM finding"  # noqa: S608
            " WHERE month = ? AND revision = ? AND rule <> ?",
            [month["revision"], month["month"], month["revision"] - 1, Rule.HEADS_OWN],
        )

    def _usual(self, month: str) -> dict[str, float]:
        """{login: uses a working day} in up to six earlier months that were summarised."""
        rows = self._database.rows(
            "SELECT payload FROM month WHERE month < ? AND payload IS NOT NULL ORDER BY month DESC LIMIT ?",
            (month, _MONTHS_BEFORE),
        )
        totals: list[Counter[str]] = []
        for row in rows:
            totals.append(Counter())
            for officer, *_, n in json.loads(row["payload"])["use"]:
                totals[-1][officer] += n
        return usual_days(totals)

    def of(self, month: str, revision: int) -> tuple[Finding, ...]:
        """The stored findings of a month's revision, in their order."""
        rows = self._database.rows(
            f"SELECT n, {_FOUND}, decision, reason FROM finding"  # noqa: S608
            " WHERE month = ? AND revision = ? ORDER BY n",
            (month, revision),
        )
        read_ = json.loads
        return tuple(
            Finding(**{**row, "lines": tuple(read_(row["lines"])), "facts": read_(row["facts"])})
            for row in rows
        )

    def explain(self, db: Tables, month: dict[str, Any], n: int, text: str) -> None:
        """Stores an explanation with the login of who is logged in and the present time. Raises NotFound."""
        by, at = self._office.who.login, stamp(self._office.clock())
        self._update(db, month, n, "explanation = ?, explained_by = ?, explained_at = ?", [text, by, at])

    def decide(self, db: Tables, month: dict[str, Any], n: int, decision: str, reason: str | None) -> None:
        """Stores the head's decision on finding `n`. Raises NotFound."""
        self._update(db, month, n, "decision = ?, reason = ?", [decision, reason])

    def decide_rest(self, db: Tables, month: dict[str, Any], decision: str, reason: str) -> None:
        """Stores the same decision for all findings that have none yet."""
        db.execute(
            "UPDATE finding SET decision = ?, reason = ?"
            " WHERE month = ? AND revision = ? AND decision IS NULL",
            [decision, reason, month["month"], month["revision"]],
        )

    def add_own(self, db: Tables, month: dict[str, Any], reason: str) -> None:
        """Stores a finding of the head's own, as not accepted: it is sent to ICT."""
        key = [month["month"], month["revision"]]
        db.execute(
            "INSERT INTO finding(month, revision, n, rule, lines, about, decision, reason)"
            " SELECT ?, ?, coalesce(max(n), 0) + 1, ?, '[]', ?, ?, ? FROM finding"
            " WHERE month = ? AND revision = ?",
            [*key, Rule.HEADS_OWN, UNIT, Decision.NOT_ACCEPTED, reason, *key],
        )

    def undecide(self, db: Tables, month: dict[str, Any]) -> None:
        """Deletes the head's decisions and own findings, because the month will be signed again."""
        key = [month["month"], month["revision"]]
        db.execute(
            "DELETE FROM finding WHERE month = ? AND revision = ? AND rule = ?",
            [*key, Rule.HEADS_OWN],
        )
        db.execute("UPDATE finding SET decision = NULL, reason = NULL WHERE month = ? AND revision = ?", key)

    def decided(self, month: dict[str, Any], decision: str | None) -> tuple[Finding, ...]:
        """The findings with that decision; None gives those without one."""
        found = self.of(month["month"], month["revision"])
        return tuple(one for one in found if one.decision == decision)

    def marked(self, month: dict[str, Any]) -> bytes:
        """The findings that were not accepted, as bytes to be sent to ICT: without citizens' numbers."""
        spans = [
            Span(month["first_seq"], month["cut_off_seq"]),
            *Stations(self._office).spans(month["month"]),
        ]
        findings = [
            MarkedFinding(
                one.rule,
                one.about,
                one.explanation,
                one.reason,
                marked_lines(self._database, _span_of(one, spans), one.lines) if one.lines else (),
            )
            for one in self.decided(month, Decision.NOT_ACCEPTED)
        ]
        return marked(self._office.unit, month["month"], month["revision"], findings)

    def _update(self, db: Tables, month: dict[str, Any], n: int, what: str, values: list[str | None]) -> None:
        changed = db.execute(
            f"UPDATE finding SET {what} WHERE month = ? AND revision = ? AND n = ?",  # noqa: S608
            [*values, month["month"], month["revision"], n],
        )
        if not changed.rowcount:
            raise NotFound(what="finding", name=str(n))


def _span_of(finding: Finding, spans: Sequence[Span]) -> Span:
    """The span that holds the finding's lines."""
    of = [one for one in spans if one.station == finding.station]
    return next(one for one in of if one.first <= finding.lines[0] <= one.last)
