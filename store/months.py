"""The month: from the cut-off through three signatures to the centre's receipt.

    open -> cut_off -> summarised (officer) -> checked (controller) -> approved | flagged (head)
         -> submitted -> acknowledged
    sent back by controller or head: -> cut_off; the signatures are withdrawn, and kept

The summary freezes the payload, and all three sign just these bytes. Each step is one transaction, with a
`month` line in the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, stamp
from store import jws, tree
from store.canonical import canonical, sha256_hex
from store.endpoints import CENTRE
from store.errors import BadReceipt, MustBeFlagged, NobodyToSign, NotFound, Undecided, WrongStep
from store.findings import ACCEPTED, NOT_ACCEPTED, Findings, words
from store.job import Job
from store.ledger import node_reader
from store.ledger_line import Entry, month_after
from store.month_values import MonthHead, MonthView, due_check, due_report, is_late, next_role
from store.outage import Outages
from store.people_list import PeopleLists
from store.permissions import demand
from store.report import read_receipt, submission_id, without_numbers
from store.signing import Signing
from store.summary import count

if TYPE_CHECKING:
    from store.books import Books
    from store.database import Tables
    from store.vault import Signer

ENROLLED_ANEW = "The unit was enrolled anew with other people; sign the month again."
"""Why a month came back that nobody sent back."""

Receipt = dict[str, Any]
Heads = list[MonthHead]


@dataclass(frozen=True)
class _Span:
    """The lines of a month. Where it is cut off, `last` is the cut-off line itself."""

    first: int
    last: int
    is_cut: bool


class Months:
    """The months of one station, worked on by the person who opened the books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._database = books.database
        self._ledger = books.ledger
        self._outages = Outages(books.database, books.ledger, books.clock)
        self._people = PeopleLists(books)
        self._findings = Findings(books)
        self._signing = Signing(books)

    # ---- looking

    def current(self) -> str:
        """The month that the next line belongs to, YYYY-MM."""
        row = self._database.row("SELECT month, kind FROM ledger ORDER BY seq DESC LIMIT 1")
        assert row is not None  # line 0 is written with the books
        return month_after(row["month"]) if row["kind"] == "cut_off" else str(row["month"])

    def list(self) -> Heads:
        """Every month of the ledger, the newest first."""
        cut = self._database.rows("SELECT month FROM ledger WHERE kind = 'cut_off' ORDER BY seq DESC")
        return [self._head(month) for month in [self.current(), *(row["month"] for row in cut)]]

    def status(self, month: str) -> MonthView:
        """One month with its counts and findings; raises NotFound."""
        demand(self._books.who, "ledger_read")
        span = self._span(month)
        if span.is_cut and self._row(month) is None:
            with self._database.write() as db:
                self._begin(db, month, span)
        counts = count(self._database, span.first, span.last)
        begin, end = _month_begins(month), _month_begins(month_after(month))
        head = self._head(month)
        return MonthView(
            **vars(head),
            rows=counts.rows,
            outcomes=counts.outcomes,
            total=counts.total,
            visits=counts.visits,
            spared=counts.spared,
            unanswered=counts.unanswered,
            offline_min=self._outages.minutes(begin, end),
            outages=len(self._outages.between(begin, end)),
            findings=self._findings.of(month, head.revision)
            if span.is_cut
            else self._findings.so_far(span.first, span.last),
        )

    def _head(self, month: str) -> MonthHead:
        row = self._row(month)
        state, revision = ("open", 1) if row is None else (row["state"], row["revision"])
        if row is None and self._span(month).is_cut:
            state = "cut_off"
        signatures = self._signing.of(month, revision)
        checked = [one.at for one in signatures if one.role == "controller" and not one.withdrawn]
        job = self._books.queue.get(row["job"]) if row and row["job"] else None
        today = self._books.clock().astimezone(BANGKOK).date()
        return MonthHead(
            month=month,
            revision=revision,
            state=state,
            due_check=due_check(month),
            due_report=due_report(month),
            late=is_late(
                month, today, _day(checked[0]) if checked else None, _day(job.made_at) if job else None
            ),
            next_role=next_role(state, today.isoformat()[:7] > month),
            signatures=signatures,
            job=job.id if job else None,
            receipt=jws.claims(row["receipt"].encode())[1] if row and row["receipt"] else None,
        )

    # ---- the steps

    def cut_off(self, month: str, confirmed: bool = False) -> MonthView:
        """Freeze a month that is over; `confirmed` is a controller's or head's word for the PC's date.

        A month that is cut off already stays as it is. Raises WrongState, ClockDoubtful.
        """
        demand(self._books.who, "confirm_clock" if confirmed else "cut_off")
        with self._database.write() as db:
            self._cut_off(db, month, confirmed)
        return self.status(month)

    def summarise(self, month: str, signer: Signer) -> MonthView:
        """The officer's summary and signature; cuts the month off where that is due."""
        demand(self._books.who, "summarise")
        with self._database.write() as db:
            self._cut_off(db, month, confirmed=False)
            span = self._span(month)
            row = self._row(month) or self._begin(db, month, span)
            _must_be(row, "cut_off")
            payload = self._payload(db, row, span)
            db.execute(
                "UPDATE month SET payload = ? WHERE month = ? AND revision = ?",
                [payload.decode("utf-8"), month, row["revision"]],
            )
            self._sign(db, self._must(month, "cut_off"), "summarised", signer)
        return self.status(month)

    def check(self, month: str, signer: Signer) -> MonthView:
        """The controller's signature."""
        demand(self._books.who, "check")
        with self._database.write() as db:
            row = self._must(month, "summarised")
            self._sign(db, row, "checked", signer)
        return self.status(month)

    def send_back(self, month: str, reason: str) -> MonthView:
        """Back to the officer, by the controller or (at any step before it is submitted) by the head.

        A submitted month only where the centre refused the report: then it kept nothing, and the same id
        serves again.
        """
        demand(self._books.who, "return")
        why = words("reason", reason)
        with self._database.write() as db:
            row = self._must(month, "summarised", "checked", "approved", "flagged", "submitted")
            if row["state"] != "summarised":
                demand(self._books.who, "approve")
            if row["state"] == "submitted" and self._books.queue.get(row["job"]).state != "quarantined":
                raise WrongStep(month=month, state=row["state"])
            self._back(db, row, why)
        return self.status(month)

    def enrolled(self, db: Tables, lists: Set[str]) -> None:
        """Inside the caller's write: the centre that enrolled the unit knows just these people lists (hex).

        A report that waits and names another one would be refused: its month is to be signed again.
        """
        for row in self._database.rows("SELECT * FROM month WHERE state = 'submitted'"):
            sending = self._books.queue.get(row["job"]).state == "sending"
            if not sending and json.loads(row["payload"])["people"] not in lists:
                self._back(db, row, ENROLLED_ANEW)

    def explain(self, month: str, n: int, text: str) -> MonthView:
        """The officer's own words about a finding, before the head signs. Raises NotFound, WrongStep."""
        demand(self._books.who, "visit")
        said = words("explanation", text)
        self.status(month)  # the findings of a month that was just cut off are only now written down
        with self._database.write() as db:
            self._findings.explain(db, self._must(month, "cut_off", "summarised", "checked"), n, said)
        return self.status(month)

    def decide(self, month: str, n: int, accepted: bool, reason: str | None = None) -> MonthView:
        """The head's decision on a finding. Raises NotFound, WrongStep."""
        demand(self._books.who, "approve")
        decision = ACCEPTED if accepted else NOT_ACCEPTED
        with self._database.write() as db:
            self._findings.decide(db, self._must(month, "checked"), n, decision, without_numbers(reason))
        return self.status(month)

    def add_finding(self, month: str, text: str) -> MonthView:
        """Something that the head found without the rules; it is not accepted, and goes to ICT."""
        demand(self._books.who, "approve")
        with self._database.write() as db:
            self._findings.add_own(db, self._must(month, "checked"), words("reason", text))
        return self.status(month)

    def approve(self, month: str, signer: Signer, reason: str | None = None) -> MonthView:
        """The head found nothing abnormal. `reason` accepts all findings that are not decided yet.

        Raises Undecided, MustBeFlagged.
        """
        demand(self._books.who, "approve")
        with self._database.write() as db:
            row = self._must(month, "checked")
            if reason is not None:
                self._findings.decide_rest(db, row, ACCEPTED, words("reason", reason))
            if undecided := self._findings.decided(row, None):
                raise Undecided(count=len(undecided))
            if refused := self._findings.decided(row, NOT_ACCEPTED):
                raise MustBeFlagged(count=len(refused))
            self._sign(db, row, "approved", signer)
            self._signing.freeze(db, row, signer, None)
        return self.status(month)

    def flag(self, month: str, signer: Signer, reason: str) -> MonthView:
        """The head found something abnormal: ICT gets the findings that were not accepted.

        What is not decided yet counts as not accepted, for that reason; where no finding is left, the reason
        becomes one.
        """
        demand(self._books.who, "flag")
        why = words("reason", reason)
        with self._database.write() as db:
            row = self._must(month, "checked")
            self._findings.decide_rest(db, row, NOT_ACCEPTED, why)
            if not self._findings.decided(row, NOT_ACCEPTED):
                self._findings.add_own(db, row, why)
            findings = self._findings.marked(row)
            self._sign(db, row, "flagged", signer, findings)
            self._signing.freeze(db, row, signer, findings)
        return self.status(month)

    def submit(self, month: str) -> Job | Receipt:
        """Queue the report, and before it the people list where the centre needs a newer one.

        Again: the receipt, or the same job; nothing changes.
        """
        demand(self._books.who, "submit")
        with self._database.write() as db:
            row = self._row(month)
            if row is not None and row["receipt"]:
                return jws.claims(row["receipt"].encode())[1]
            if row is not None and row["job"]:
                return self._books.queue.get(row["job"])
            row = self._must(month, "approved", "flagged")
            self._people.queue_until(db, self._people.named(row).n)
            job = self._books.queue.add(
                db,
                kind="report",
                endpoint=CENTRE,
                owner=self._books.who.login,
                body=bytes(row["submission"]),
                id=submission_id(self._books.unit, month, "report", row["revision"]),
                month=month,
            )
            db.execute(
                "UPDATE month SET job = ? WHERE month = ? AND revision = ?", [job, month, row["revision"]]
            )
            self._move(db, row, "submitted")
            return self._books.queue.get(job)

    def received(self, job: Job, receipt_jws: str) -> Receipt:
        """The centre's receipt for a report or a people list: kept, and the job ends, in one transaction.

        The same receipt again changes nothing. Raises a BadSignature or BadReceipt where it is not the
        centre's, or about something else.
        """
        keys = json.loads(self._books.settings.get("centre.keys") or "{}")
        if "receipt" not in keys:
            raise BadReceipt(part="key")
        id_, digest = self._expected(job)
        receipt = read_receipt(receipt_jws, keys["receipt"], id=id_, digest=digest, unit=self._books.unit)
        with self._database.write() as db:
            if not self._books.queue.done(db, job, "received"):
                return receipt
            told = {
                name: receipt.get(name) for name in ("id", "sha256", "kind", "received_at", "late", "people")
            }
            self._ledger.append(
                db, Entry(kind="receipt", officer=self._books.who.login, facts={**told, "month": job.month})
            )
            if job.kind == "people":
                self._people.received(db, job.id, receipt_jws)
            else:
                row = self._database.row("SELECT * FROM month WHERE job = ?", (job.id,))
                assert row is not None
                db.execute(
                    "UPDATE month SET receipt = ? WHERE month = ? AND revision = ?",
                    [receipt_jws, row["month"], row["revision"]],
                )
                self._move(db, row, "acknowledged")
        return receipt

    def _expected(self, job: Job) -> tuple[str, bytes]:
        """What a receipt must name: the report's id, or the hash of the list itself."""
        if job.kind == "report":
            return job.id, job.digest
        if job.kind == "people":
            listed = self._database.value("SELECT sha256 FROM people_list WHERE job = ?", (job.id,))
            return str(listed), job.digest
        raise ValueError(f"no receipt of a {job.kind} belongs here")

    # ---- inside a write

    def _cut_off(self, db: Tables, month: str, confirmed: bool) -> None:
        if month > self.current():
            raise NotFound(what="month", name=month)
        if month == self.current():
            self._ledger.cut_off(db, self._books.who.login, month, confirmed)

    def _begin(self, db: Tables, month: str, span: _Span) -> dict[str, Any]:
        """The row of a month that was just cut off, with what the rules find in its lines."""
        db.execute(
            "INSERT INTO month(month, revision, state, first_seq, cut_off_seq) VALUES (?, 1, 'cut_off', ?, ?)"
            " ON CONFLICT DO NOTHING",
            [month, span.first, span.last],
        )
        row = self._row(month)
        assert row is not None
        self._findings.write_down(db, row)
        return row

    def _payload(self, db: Tables, row: dict[str, Any], span: _Span) -> bytes:
        month, revision = row["month"], row["revision"]
        counts = count(self._database, span.first, span.last)
        people = self._people.current(db)
        me, now = self._books.who.login, stamp(self._books.clock())
        for role in ("controller", "head"):
            if not people.can_sign(role, now) - {me}:
                raise NobodyToSign(role=role)
        rules: dict[str, int] = {}
        for finding in self._findings.of(month, revision):
            rules[finding.rule] = rules.get(finding.rule, 0) + len(finding.lines)
        root = tree.root(span.last + 1, node_reader(db)).hex()
        unit = self._books.unit
        return canonical(
            {
                "v": 1,
                "unit": unit,
                "month": month,
                "revision": revision,
                "replaces": submission_id(unit, month, "report", revision - 1) if revision > 1 else None,
                "chains": [{"origin": self._books.origin, "from": span.first, "to": span.last, "root": root}],
                "use": counts.use,
                "visits": counts.visits,
                "spared": counts.spared,
                "offline_min": self._outages.minutes(_month_begins(month), _month_begins(month_after(month))),
                "unanswered": counts.unanswered,
                "findings": [[rule, n] for rule, n in sorted(rules.items())],
                "lost_lines": 0,
                "people": people.sha256,
            }
        )

    def _sign(
        self, db: Tables, row: dict[str, Any], says: str, signer: Signer, findings: bytes | None = None
    ) -> None:
        self._signing.sign(db, row, says, signer, findings)
        self._move(db, row, says, payload=sha256_hex(row["payload"].encode("utf-8")))

    def _move(self, db: Tables, row: dict[str, Any], state: str, **facts: str) -> None:
        db.execute(
            "UPDATE month SET state = ? WHERE month = ? AND revision = ?",
            [state, row["month"], row["revision"]],
        )
        told: dict[str, Any] = {"month": row["month"], "revision": row["revision"], "state": state, **facts}
        self._ledger.append(db, Entry(kind="month", officer=self._books.who.login, facts=told))

    def _back(self, db: Tables, row: dict[str, Any], why: str) -> None:
        """To the officer again; what the head decided goes with the signatures."""
        if row["job"] is not None:
            self._books.queue.replace(db, "report", row["job"])
        self._signing.withdraw(db, row, why)
        self._findings.undecide(db, row)
        self._move(db, row, "cut_off", reason=why)

    # ---- rows

    def _span(self, month: str) -> _Span:
        row = self._database.row(
            "SELECT seq, body ->> '$.facts.first' AS first FROM ledger WHERE kind = 'cut_off' AND month = ?",
            (month,),
        )
        if row is not None:
            return _Span(row["first"], row["seq"], is_cut=True)
        if month != self.current():
            raise NotFound(what="month", name=month)
        last_cut = self._database.value("SELECT coalesce(max(seq), -1) FROM ledger WHERE kind = 'cut_off'")
        return _Span(last_cut + 1, self._ledger.count() - 1, is_cut=False)

    def _row(self, month: str) -> dict[str, Any] | None:
        return self._database.row(
            "SELECT * FROM month WHERE month = ? ORDER BY revision DESC LIMIT 1", (month,)
        )

    def _must(self, month: str, *states: str) -> dict[str, Any]:
        """The row of a month that is in one of the states; raises WrongStep, NotFound."""
        row = self._row(month)
        if row is None:
            raise WrongStep(month=month, state="cut_off" if self._span(month).is_cut else "open")
        _must_be(row, *states)
        return row


def _must_be(row: dict[str, Any], *states: str) -> None:
    if row["state"] not in states:
        raise WrongStep(month=row["month"], state=row["state"])


def _month_begins(month: str) -> str:
    return f"{month}-01T00:00:00+07:00"


def _day(at: str) -> date:
    return datetime.fromisoformat(at).date()
