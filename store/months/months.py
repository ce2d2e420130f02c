"""The month: from the cut-off through three signatures to the centre's receipt.

    open -> cut_off -> summarised (officer) -> checked (controller) -> approved | flagged (head)
         -> submitted -> acknowledged
    sent back by controller or head: -> cut_off; the signatures are withdrawn, but stay stored
    returned by the ministry: -> returned, and the next revision begins at cut_off

The summary fixes the payload, and all three people sign exactly these bytes. Each step is one transaction
with a `month` line in the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, Any

from store.errors import NotFound, WrongStep
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadReceipt
from store.formats.free_text import without_numbers, words
from store.formats.line import Entry, LineKind
from store.formats.report import read_receipt, submission_id
from store.months.errors import MustBeFlagged, Undecided
from store.months.findings import Findings
from store.months.heads import ENROLLED_ANEW, MonthHeads
from store.months.payload import MonthReport
from store.months.signatures import Signing
from store.months.summary import Counts
from store.months.values import Decision, MonthHead, MonthView, Reported
from store.people.permissions import demand
from store.queue.endpoints import CENTRE
from store.queue.job import Job, JobKind, JobState, NewJob
from store.queue.outage import Outages
from store.spans import MonthRows, MonthSpan, MonthState, Span
from store.staff.people_list import PeopleLists
from store.stations.stations import Stations

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.vault import Signer

Receipt = dict[str, Any]
Heads = list[MonthHead]
Spans = list[Span]


class Months:
    """The months of one station, worked on by the person who opened the books."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database
        self._ledger = office.ledger
        self._rows = MonthRows(office)
        self._people = PeopleLists(office)
        self._findings = Findings(office)
        self._signing = Signing(office)
        self._stations = Stations(office)
        self._heads = MonthHeads(office)
        outages = Outages(office.database, office.ledger, office.clock)
        self._report = MonthReport(office, outages, self._stations, self._findings)

    # ---- looking

    def current(self) -> str:
        """The month that the next line belongs to, YYYY-MM."""
        return self._rows.current()

    def list(self) -> Heads:
        """The heads of all months of the ledger, the newest first."""
        return [self._heads.of(month) for month in self._rows.all()]

    def status(self, month: str) -> MonthView:
        """One month with its counts and findings; raises NotFound."""
        demand(self._office.who, "ledger_read")
        span = self._rows.span(month)
        if span.is_cut and self._rows.get(month) is None:
            with self._database.write() as db:
                self._begin(db, month, span)
        counts = self._report.counts(month, span)
        offline_min, outages = self._report.offline(month)
        head = self._heads.of(month)
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
        """The counts of one month, without looking for findings; raises NotFound."""
        demand(self._office.who, "ledger_read")
        return self._report.counts(month, self._rows.span(month))

    def reported(self, month: str) -> Reported:
        """The content of the month's newest report, for the printed paper; raises NotFound."""
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
            id=submission_id(self._office.unit, month, JobKind.REPORT, view.revision),
            content=content,
            content_sha256=sha256_hex(frozen.encode("utf-8")) if frozen else None,
            sent_sha256=sha256_hex(bytes(row["submission"])) if row and row["submission"] else None,
            signatories=self._signing.signatories(row) if row and frozen else (),
        )

    # ---- the steps

    def cut_off(self, month: str, confirmed: bool = False) -> MonthView:
        """Cuts off a month that is over. `confirmed`: a controller or head says that the PC's date is right.

        A month that is cut off already stays as it is. Raises NotAllowed, NotFound, MonthNotOver,
        ClockDoubtful.
        """
        demand(self._office.who, "confirm_clock" if confirmed else "cut_off")
        with self._database.write() as db:
            self._cut_off(db, month, confirmed)
        return self.status(month)

    def summarise(self, month: str, signer: Signer) -> MonthView:
        """Summarises the month and signs it as officer; cuts it off first where that is due."""
        demand(self._office.who, "summarise")
        with self._database.write() as db:
            self._cut_off(db, month, confirmed=False)
            span = self._rows.span(month)
            if self._rows.get(month) is None:
                self._begin(db, month, span)
            row = self._rows.must(month, MonthState.CUT_OFF)
            payload = self._report.payload(db, row, span, self._people.current(db))
            db.execute(
                "UPDATE month SET payload = ? WHERE month = ? AND revision = ?",
                [payload.decode("utf-8"), month, row["revision"]],
            )
            self._sign(db, self._rows.must(month, MonthState.CUT_OFF), MonthState.SUMMARISED, signer)
        return self.status(month)

    def check(self, month: str, signer: Signer) -> MonthView:
        """Signs the summary as controller."""
        demand(self._office.who, "check")
        with self._database.write() as db:
            row = self._rows.must(month, MonthState.SUMMARISED)
            self._sign(db, row, MonthState.CHECKED, signer)
        return self.status(month)

    def send_back(self, month: str, reason: str) -> MonthView:
        """Sends a month back to the officer: the controller after the summary, the head at any step.

        A submitted month can be sent back only where the centre refused its report: the centre then stored
        nothing, and the new report may have the same id. Raises NotAllowed, WrongStep, BadInput.
        """
        demand(self._office.who, "return")
        why = words("reason", reason)
        with self._database.write() as db:
            row = self._rows.must(
                month,
                MonthState.SUMMARISED,
                MonthState.CHECKED,
                MonthState.APPROVED,
                MonthState.FLAGGED,
                MonthState.SUBMITTED,
            )
            if row["state"] != MonthState.SUMMARISED:
                demand(self._office.who, "approve")
            if (
                row["state"] == MonthState.SUBMITTED
                and self._office.queue.get(row["job"]).state != JobState.QUARANTINED
            ):
                raise WrongStep(month=month, state=row["state"])
            self._back(db, row, why)
        return self.status(month)

    def enrolled(self, db: Tables, lists: Set[str]) -> None:
        """Reacts to an enrolment, inside the caller's transaction.

        `lists` are the people lists that the centre knows, as SHA-256 in hex. It would refuse a waiting
        report that names another list, so the month of such a report goes back to the officer.
        """
        for row in self._database.rows("SELECT * FROM month WHERE state = 'submitted'"):
            sending = self._office.queue.get(row["job"]).state == JobState.SENDING
            if not sending and json.loads(row["payload"])["people"] not in lists:
                self._back(db, row, ENROLLED_ANEW)

    def returned_by_ministry(self, month: str, message: Mapping[str, Any]) -> bool:
        """Begins the next revision of a returned report. `message` is the ministry's {id, revision, reason}.

        Returns False where that was done already. Raises NotFound, and WrongStep while the receipt of that
        revision has not arrived.
        """
        with self._database.write() as db:
            row = self._rows.get(month)
            if row is not None and message["revision"] < row["revision"]:
                return False
            row = self._rows.must(month, MonthState.ACKNOWLEDGED)
            if message["revision"] != row["revision"]:
                raise WrongStep(month=month, state=row["state"])
            why = without_numbers(str(message["reason"])) or ""
            self._rows.move(db, row, MonthState.RETURNED, reason=why, message=str(message["id"]))
            self._findings.begin_again(db, self._rows.begin_again(db, row, why))
        return True

    def lines_came(self, db: Tables, row: dict[str, Any], span: Span) -> None:
        """Stores the findings of imported lines for a month that is cut off, in the caller's transaction."""
        self._findings.write_down(db, row, [span])

    def explain(self, month: str, n: int, text: str) -> MonthView:
        """Stores the officer's explanation of a finding. Raises NotAllowed, NotFound, WrongStep, BadInput.

        It cannot change after the summary is signed, because the controller and the head decide by it. For
        another explanation the month must be sent back.
        """
        demand(self._office.who, "visit")
        said = words("explanation", text)
        self.status(month)  # stores the findings of a month that was just cut off
        with self._database.write() as db:
            self._findings.explain(db, self._rows.must(month, MonthState.CUT_OFF), n, said)
        return self.status(month)

    def decide(self, month: str, n: int, accepted: bool, reason: str | None = None) -> MonthView:
        """Stores the head's decision on a finding. Raises NotAllowed, NotFound, WrongStep, BadInput."""
        demand(self._office.who, "approve")
        decision = Decision.ACCEPTED if accepted else Decision.NOT_ACCEPTED
        why = None if reason is None else words("reason", reason)
        with self._database.write() as db:
            self._findings.decide(db, self._rows.must(month, MonthState.CHECKED), n, decision, why)
        return self.status(month)

    def add_finding(self, month: str, text: str) -> MonthView:
        """Adds a finding of the head's own; it counts as not accepted and is sent to ICT."""
        demand(self._office.who, "approve")
        with self._database.write() as db:
            self._findings.add_own(db, self._rows.must(month, MonthState.CHECKED), words("reason", text))
        return self.status(month)

    def approve(self, month: str, signer: Signer, reason: str | None = None) -> MonthView:
        """Signs the month as head, as not abnormal. `reason` accepts all findings that are not decided yet.

        Raises NotAllowed, WrongStep, Undecided, MustBeFlagged.
        """
        demand(self._office.who, "approve")
        with self._database.write() as db:
            row = self._rows.must(month, MonthState.CHECKED)
            if reason is not None:
                self._findings.decide_rest(db, row, Decision.ACCEPTED, words("reason", reason))
            if undecided := self._findings.decided(row, None):
                raise Undecided(count=len(undecided))
            if refused := self._findings.decided(row, Decision.NOT_ACCEPTED):
                raise MustBeFlagged(count=len(refused))
            self._sign(db, row, MonthState.APPROVED, signer)
            self._signing.freeze(db, row, signer, None)
        return self.status(month)

    def flag(self, month: str, signer: Signer, reason: str) -> MonthView:
        """Signs the month as head, as abnormal: ICT gets the findings that were not accepted.

        Findings without a decision become not accepted, for `reason`; where none is then not accepted, the
        reason itself becomes a finding. Raises NotAllowed, WrongStep, BadInput.
        """
        demand(self._office.who, "flag")
        why = words("reason", reason)
        with self._database.write() as db:
            row = self._rows.must(month, MonthState.CHECKED)
            self._findings.decide_rest(db, row, Decision.NOT_ACCEPTED, why)
            if not self._findings.decided(row, Decision.NOT_ACCEPTED):
                self._findings.add_own(db, row, why)
            findings = self._findings.marked(row)
            self._sign(db, row, MonthState.FLAGGED, signer, findings)
            self._signing.freeze(db, row, signer, findings)
        return self.status(month)

    def submit(self, month: str) -> Job | Receipt:
        """Queues the report, and before it the people lists that it needs and the centre does not have.

        A second call changes nothing: it returns the receipt, or the same job. Raises NotAllowed, WrongStep.
        """
        demand(self._office.who, "submit")
        with self._database.write() as db:
            row = self._rows.get(month)
            if row is not None and row["receipt"]:
                return jws.claims(row["receipt"].encode())[1]
            if row is not None and row["job"]:
                return self._office.queue.get(row["job"])
            row = self._rows.must(month, MonthState.APPROVED, MonthState.FLAGGED)
            self._people.queue_until(db, self._people.named(row).n)
            job = self._office.queue.add(
                db,
                NewJob(
                    kind=JobKind.REPORT,
                    endpoint=CENTRE,
                    owner=self._office.who.login,
                    body=bytes(row["submission"]),
                    id=submission_id(self._office.unit, month, JobKind.REPORT, row["revision"]),
                    month=month,
                ),
            )
            db.execute(
                "UPDATE month SET job = ? WHERE month = ? AND revision = ?", [job, month, row["revision"]]
            )
            self._rows.move(db, row, MonthState.SUBMITTED)
            return self._office.queue.get(job)

    def received(self, job: Job, receipt_jws: str) -> Receipt:
        """Stores the centre's receipt for a report or a people list and ends the job, in one transaction.

        The same receipt again changes nothing. Raises a BadSignature or BadReceipt where the centre did not
        sign it, or where it does not name what was sent.
        """
        keys = json.loads(self._office.settings.get("centre.keys") or "{}")
        if "receipt" not in keys:
            raise BadReceipt(part="key")
        id_, digest = self._expected(job)
        receipt = read_receipt(receipt_jws, keys["receipt"], id=id_, digest=digest, unit=self._office.unit)
        with self._database.write() as db:
            if not self._office.queue.done(db, job, "received"):
                return receipt
            told = {
                name: receipt.get(name) for name in ("id", "sha256", "kind", "received_at", "late", "people")
            }
            self._ledger.append(
                db,
                Entry(
                    kind=LineKind.RECEIPT,
                    officer=self._office.who.login,
                    facts={**told, "month": job.month},
                ),
            )
            if job.kind == JobKind.PEOPLE:
                self._people.received(db, job.id, receipt_jws)
            else:
                row = self._database.row("SELECT * FROM month WHERE job = ?", (job.id,))
                assert row is not None
                db.execute(
                    "UPDATE month SET receipt = ? WHERE month = ? AND revision = ?",
                    [receipt_jws, row["month"], row["revision"]],
                )
                self._rows.move(db, row, MonthState.ACKNOWLEDGED)
        return receipt

    def _expected(self, job: Job) -> tuple[str, bytes]:
        """(id, SHA-256 of the body) that the receipt must name; a people list's id is the list's hash."""
        if job.kind == JobKind.REPORT:
            return job.id, job.digest
        if job.kind == JobKind.PEOPLE:
            listed = self._database.value("SELECT sha256 FROM people_list WHERE job = ?", (job.id,))
            return str(listed), job.digest
        raise ValueError(f"no receipt of a {job.kind} belongs here")

    # ---- inside a write

    def _cut_off(self, db: Tables, month: str, confirmed: bool) -> None:
        if month > self.current():
            raise NotFound(what="month", name=month)
        if month == self.current():
            self._ledger.cut_off(db, self._office.who.login, month, confirmed)

    def _begin(self, db: Tables, month: str, span: MonthSpan) -> None:
        """Inserts the row of a month that was just cut off, and its findings."""
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
        """Moves a month back to the officer; withdraws the signatures, deletes the head's decisions."""
        if row["job"] is not None:
            self._office.queue.replace(db, JobKind.REPORT, row["job"])
        self._signing.withdraw(db, row, why)
        self._findings.undecide(db, row)
        self._rows.move(db, row, MonthState.CUT_OFF, reason=why)
