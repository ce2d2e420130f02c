"""The month: from the cut-off through three signatures to the centre's receipt.

    open -> cut_off -> summarised (officer) -> checked (controller) -> approved | flagged (head)
         -> submitted -> acknowledged
    sent back by controller or head: -> cut_off; the signatures are withdrawn, and kept
    given back by the ministry: -> returned, and the next revision begins at cut_off

The summary freezes the payload, and all three sign just these bytes. Each step is one transaction, with a
`month` line in the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK
from reader.sentences import mark
from store import jws
from store.canonical import sha256_hex
from store.endpoints import CENTRE
from store.errors import BadReceipt, MustBeFlagged, NotFound, Undecided, WrongStep
from store.findings import ACCEPTED, NOT_ACCEPTED, Findings
from store.free_text import without_numbers, words
from store.job import Job
from store.ledger_line import Entry
from store.month_report import MonthReport
from store.month_rows import MonthRows, MonthSpan
from store.month_values import (
    MonthHead,
    MonthView,
    Reported,
    SentBack,
    Signature,
    due_check,
    due_report,
    is_late,
    next_role,
)
from store.outage import Outages
from store.people_list import PeopleLists
from store.permissions import demand
from store.report import read_receipt, submission_id
from store.signing import Signing
from store.stations import Stations
from store.summary import Counts, Span

if TYPE_CHECKING:
    from store.books import Books
    from store.database import Tables
    from store.vault import Signer

ENROLLED_ANEW = mark("The unit was enrolled anew with other people; sign the month again.")
"""Why a month came back that nobody sent back."""

Receipt = dict[str, Any]
Heads = list[MonthHead]
Spans = list[Span]


class Months:
    """The months of one station, worked on by the person who opened the books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._database = books.database
        self._ledger = books.ledger
        self._rows = MonthRows(books)
        self._people = PeopleLists(books)
        self._findings = Findings(books)
        self._signing = Signing(books)
        self._stations = Stations(books)
        outages = Outages(books.database, books.ledger, books.clock)
        self._report = MonthReport(books, outages, self._stations, self._findings)

    # ---- looking

    def current(self) -> str:
        """The month that the next line belongs to, YYYY-MM."""
        return self._rows.current()

    def list(self) -> Heads:
        """Every month of the ledger, the newest first."""
        return [self._head(month) for month in self._rows.all()]

    def status(self, month: str) -> MonthView:
        """One month with its counts and findings; raises NotFound."""
        demand(self._books.who, "ledger_read")
        span = self._rows.span(month)
        if span.is_cut and self._rows.get(month) is None:
            with self._database.write() as db:
                self._begin(db, month, span)
        counts = self._report.counts(month, span)
        offline_min, outages = self._report.offline(month)
        head = self._head(month)
        return MonthView(
            **vars(head),
            rows=counts.rows,
            outcomes=counts.outcomes,
            total=counts.total,
            visits=counts.visits,
            spared=counts.spared,
            unanswered=counts.unanswered,
            late_answers=sum(row[-1] for row in counts.late),
            stations=tuple(dict.fromkeys(one.station for one in self._stations.brought(month))),
            missing=tuple(self._stations.missing(month)),
            offline_min=offline_min,
            outages=outages,
            findings=self._findings.of(month, head.revision)
            if span.is_cut
            else self._findings.so_far(month, self._spans(month, span)),
        )

    def counts(self, month: str) -> Counts:
        """What one month adds up to, without looking for findings; raises NotFound."""
        demand(self._books.who, "ledger_read")
        return self._report.counts(month, self._rows.span(month))

    def reported(self, month: str) -> Reported:
        """What the month's newest report says, for its paper; raises NotFound."""
        view = self.status(month)
        row = self._rows.get(month)
        frozen = row and row["payload"]
        if frozen:
            content = json.loads(frozen)
        else:
            with self._database.reading() as db:
                content = self._report.content(
                    db, month, view.revision, self._rows.span(month), view.findings
                )
        return Reported(
            view=view,
            id=submission_id(self._books.unit, month, "report", view.revision),
            content=content,
            content_sha256=sha256_hex(frozen.encode("utf-8")) if frozen else None,
            sent_sha256=sha256_hex(bytes(row["submission"])) if row and row["submission"] else None,
            signatories=self._signing.signatories(row) if row and frozen else (),
        )

    def _head(self, month: str) -> MonthHead:
        row = self._rows.get(month)
        state, revision = ("open", 1) if row is None else (row["state"], row["revision"])
        if row is None and self._rows.span(month).is_cut:
            state = "cut_off"
        signatures = self._signing.of(month, revision)
        checked = [one.at for one in signatures if one.role == "controller" and not one.withdrawn]
        job = self._books.queue.get(row["job"]) if row and row["job"] else None
        today = self._books.clock().astimezone(BANGKOK).date()
        elsewhere = self._database.value("SELECT station FROM handed_over WHERE month = ?", (month,))
        # Whether it was in time was decided by the report that a later revision replaces.
        timely = revision > 1 or elsewhere is not None
        return MonthHead(
            month=month,
            revision=revision,
            state=state,
            due_check=due_check(month),
            due_report=due_report(month),
            late=not timely
            and is_late(
                month, today, _day(checked[0]) if checked else None, _day(job.made_at) if job else None
            ),
            next_role=None if elsewhere else next_role(state, today.isoformat()[:7] > month),
            signatures=signatures,
            job=job.id if job else None,
            receipt=jws.claims(row["receipt"].encode())[1] if row and row["receipt"] else None,
            sent_back=self._sent_back(month, signatures) if state == "cut_off" else None,
            returned=row["reason"] if row else None,
            handed_over=elsewhere,
        )

    def _sent_back(self, month: str, signatures: Sequence[Signature]) -> SentBack | None:
        """Where a month waits for its summary again because signatures were withdrawn."""
        withdrawn = [one.reason for one in signatures if one.withdrawn and one.reason]
        if not withdrawn:
            return None
        reason = withdrawn[-1]
        # Who did it stands in the ledger alone; that the centre knows other people now was nobody's wish.
        by = self._database.value(
            "SELECT officer FROM ledger WHERE month >= ? AND kind = 'month' AND body ->> '$.facts.month' = ?"
            " AND body ->> '$.facts.state' = 'cut_off' ORDER BY seq DESC LIMIT 1",
            (month, month),
        )
        return SentBack(reason, None if reason == ENROLLED_ANEW else by)

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
            span = self._rows.span(month)
            if self._rows.get(month) is None:
                self._begin(db, month, span)
            row = self._rows.must(month, "cut_off")
            payload = self._report.payload(db, row, span, self._people.current(db))
            db.execute(
                "UPDATE month SET payload = ? WHERE month = ? AND revision = ?",
                [payload.decode("utf-8"), month, row["revision"]],
            )
            self._sign(db, self._rows.must(month, "cut_off"), "summarised", signer)
        return self.status(month)

    def check(self, month: str, signer: Signer) -> MonthView:
        """The controller's signature."""
        demand(self._books.who, "check")
        with self._database.write() as db:
            row = self._rows.must(month, "summarised")
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
            row = self._rows.must(month, "summarised", "checked", "approved", "flagged", "submitted")
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

    def returned_by_ministry(self, month: str, message: Mapping[str, Any]) -> bool:
        """The ministry gave a report back: its next revision begins. `message` is {id, revision, reason}.

        False where that was done already. Raises NotFound, and WrongStep while the receipt of that revision
        is not here yet.
        """
        with self._database.write() as db:
            row = self._rows.get(month)
            if row is not None and message["revision"] < row["revision"]:
                return False
            row = self._rows.must(month, "acknowledged")
            if message["revision"] != row["revision"]:
                raise WrongStep(month=month, state=row["state"])
            why = without_numbers(str(message["reason"])) or ""
            self._rows.move(db, row, "returned", reason=why, message=str(message["id"]))
            self._findings.begin_again(db, self._rows.begin_again(db, row, why))
        return True

    def lines_came(self, db: Tables, row: dict[str, Any], span: Span) -> None:
        """Inside the caller's write: another PC's lines came for a month that is cut off here."""
        self._findings.write_down(db, row, [span])

    def explain(self, month: str, n: int, text: str) -> MonthView:
        """The officer's own words about a finding. Raises NotFound, WrongStep.

        Only before the summary is signed: what the controller and the head read, and decide by, must be what
        stood there then. Whoever wants other words sends the month back.
        """
        demand(self._books.who, "visit")
        said = words("explanation", text)
        self.status(month)  # the findings of a month that was just cut off are only now written down
        with self._database.write() as db:
            self._findings.explain(db, self._rows.must(month, "cut_off"), n, said)
        return self.status(month)

    def decide(self, month: str, n: int, accepted: bool, reason: str | None = None) -> MonthView:
        """The head's decision on a finding. Raises NotFound, WrongStep, BadInput."""
        demand(self._books.who, "approve")
        decision = ACCEPTED if accepted else NOT_ACCEPTED
        why = None if reason is None else words("reason", reason)
        with self._database.write() as db:
            self._findings.decide(db, self._rows.must(month, "checked"), n, decision, why)
        return self.status(month)

    def add_finding(self, month: str, text: str) -> MonthView:
        """Something that the head found without the rules; it is not accepted, and goes to ICT."""
        demand(self._books.who, "approve")
        with self._database.write() as db:
            self._findings.add_own(db, self._rows.must(month, "checked"), words("reason", text))
        return self.status(month)

    def approve(self, month: str, signer: Signer, reason: str | None = None) -> MonthView:
        """The head found nothing abnormal. `reason` accepts all findings that are not decided yet.

        Raises Undecided, MustBeFlagged.
        """
        demand(self._books.who, "approve")
        with self._database.write() as db:
            row = self._rows.must(month, "checked")
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
            row = self._rows.must(month, "checked")
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
            row = self._rows.get(month)
            if row is not None and row["receipt"]:
                return jws.claims(row["receipt"].encode())[1]
            if row is not None and row["job"]:
                return self._books.queue.get(row["job"])
            row = self._rows.must(month, "approved", "flagged")
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
            self._rows.move(db, row, "submitted")
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
                self._rows.move(db, row, "acknowledged")
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

    def _begin(self, db: Tables, month: str, span: MonthSpan) -> None:
        """The row of a month that was just cut off, with what the rules find in its lines."""
        row = self._rows.begin(db, month, span)
        self._findings.write_down(db, row, self._spans(month, span))

    def _spans(self, month: str, span: MonthSpan) -> Spans:
        return [span.own, *self._stations.spans(month)]

    def _sign(
        self, db: Tables, row: dict[str, Any], says: str, signer: Signer, findings: bytes | None = None
    ) -> None:
        self._signing.sign(db, row, says, signer, findings)
        self._rows.move(db, row, says, payload=sha256_hex(row["payload"].encode("utf-8")))

    def _back(self, db: Tables, row: dict[str, Any], why: str) -> None:
        """To the officer again; what the head decided goes with the signatures."""
        if row["job"] is not None:
            self._books.queue.replace(db, "report", row["job"])
        self._signing.withdraw(db, row, why)
        self._findings.undecide(db, row)
        self._rows.move(db, row, "cut_off", reason=why)


def _day(at: str) -> date:
    return datetime.fromisoformat(at).date()
