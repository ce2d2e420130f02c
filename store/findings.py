"""The findings of a month: what the rules found, the officer's words, the head's decisions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from store.anomalies import HEADS_OWN, UNIT, Rules, Staff, find
from store.errors import BadInput, NotFound
from store.month_values import Finding
from store.report import MarkedFinding, marked, without_numbers
from store.summary import marked_lines, seen

if TYPE_CHECKING:
    from store.books import Books
    from store.database import Tables

ACCEPTED, NOT_ACCEPTED = "accepted", "not_accepted"


class Findings:
    """The findings of one set of books. A month is given by its row; writing is inside the caller's write."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._database = books.database

    def so_far(self, first: int, last: int) -> tuple[Finding, ...]:
        """What the rules find in the lines from `first` to `last`; nothing is written down."""
        people = self._books.people.all()
        staff = Staff(
            services={person.login: person.services for person in people},
            citizen_ids={person.citizen_id: person.login for person in people},
        )
        rules = Rules.from_settings(self._books.settings.get)
        found = find(seen(self._database, first, last), staff, rules)
        return tuple(
            Finding(n, one.rule, one.about, one.lines, None, None, None) for n, one in enumerate(found, 1)
        )

    def write_down(self, db: Tables, month: dict[str, Any]) -> None:
        """Keep what the rules find in a month that was just cut off."""
        for one in self.so_far(month["first_seq"], month["cut_off_seq"]):
            db.execute(
                "INSERT OR IGNORE INTO finding(month, revision, n, rule, lines, about)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [month["month"], month["revision"], one.n, one.rule, json.dumps(one.lines), one.about],
            )

    def of(self, month: str, revision: int) -> tuple[Finding, ...]:
        """The kept findings, in their order."""
        rows = self._database.rows(
            "SELECT n, rule, about, lines, explanation, decision, reason FROM finding"
            " WHERE month = ? AND revision = ? ORDER BY n",
            (month, revision),
        )
        return tuple(Finding(**{**row, "lines": tuple(json.loads(row["lines"]))}) for row in rows)

    def explain(self, db: Tables, month: dict[str, Any], n: int, text: str) -> None:
        """The officer's words. Raises NotFound."""
        self._update(db, month, n, "explanation = ?", [text])

    def decide(self, db: Tables, month: dict[str, Any], n: int, decision: str, reason: str | None) -> None:
        """The head's decision. Raises NotFound."""
        self._update(db, month, n, "decision = ?, reason = ?", [decision, reason])

    def decide_rest(self, db: Tables, month: dict[str, Any], decision: str, reason: str) -> None:
        """The same decision for all that have none yet."""
        db.execute(
            "UPDATE finding SET decision = ?, reason = ?"
            " WHERE month = ? AND revision = ? AND decision IS NULL",
            [decision, reason, month["month"], month["revision"]],
        )

    def add_own(self, db: Tables, month: dict[str, Any], reason: str) -> None:
        """Something that the head found without the rules: it goes to ICT."""
        key = [month["month"], month["revision"]]
        db.execute(
            "INSERT INTO finding(month, revision, n, rule, lines, about, decision, reason)"
            " SELECT ?, ?, coalesce(max(n), 0) + 1, ?, '[]', ?, ?, ? FROM finding"
            " WHERE month = ? AND revision = ?",
            [*key, HEADS_OWN, UNIT, NOT_ACCEPTED, reason, *key],
        )

    def undecide(self, db: Tables, month: dict[str, Any]) -> None:
        """The month is signed anew: the head decides anew, and his own finding goes with his flag."""
        key = [month["month"], month["revision"]]
        db.execute(
            "DELETE FROM finding WHERE month = ? AND revision = ? AND rule = ?",
            [*key, HEADS_OWN],
        )
        db.execute("UPDATE finding SET decision = NULL, reason = NULL WHERE month = ? AND revision = ?", key)

    def decided(self, month: dict[str, Any], decision: str | None) -> tuple[Finding, ...]:
        """Those with that decision (None: still without one)."""
        found = self.of(month["month"], month["revision"])
        return tuple(one for one in found if one.decision == decision)

    def marked(self, month: dict[str, Any]) -> bytes:
        """Those that were not accepted, as they are sent to ICT: without citizens."""
        span = (month["first_seq"], month["cut_off_seq"])
        findings = [
            MarkedFinding(
                one.rule,
                one.about,
                one.explanation,
                one.reason,
                marked_lines(self._database, *span, list(one.lines)),
            )
            for one in self.decided(month, NOT_ACCEPTED)
        ]
        return marked(self._books.unit, month["month"], month["revision"], findings)

    def _update(self, db: Tables, month: dict[str, Any], n: int, what: str, values: list[str | None]) -> None:
        changed = db.execute(
            f"UPDATE finding SET {what} WHERE month = ? AND revision = ? AND n = ?",  # noqa: S608
            [*values, month["month"], month["revision"], n],
        )
        if not changed.rowcount:
            raise NotFound(what="finding", name=str(n))


def words(what: str, text: str) -> str:
    """Free words as they are kept: not empty, and without citizens' numbers. Raises BadInput."""
    covered = without_numbers(text.strip()) or ""
    if not covered:
        raise BadInput(what=what, problem="it is empty")
    return covered
