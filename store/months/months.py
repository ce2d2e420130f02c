"""The month: from the cut-off through three signatures to the centre's receipt.

    open -> cut_off -> summarised (officer) -> checked (controller) -> approved | flagged (head)
         -> submitted -> acknowledged
    sent back by controller or head: -> cut_off; the signatures are withdrawn, but stay stored
    returned by the ministry: -> returned, and the next revision begins at cut_off

The summary fixes the payload, and all three people sign exactly these bytes. Each step is one transaction
with a `month` line. Each signature computes the month anew and compares (store/months/anew.py), which takes
long and is done before the books are locked; `shown` is the month as a screen showed it to the person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, Any

from store.base.errors import BooksBusy
from store.errors import NotFound, WrongStep
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadReceipt
from store.formats.free_text import without_numbers, words
from store.formats.line import Entry, LineKind
from store.formats.report import read_receipt, submission_id
from store.months import anew
from store.months.errors import FoundAnew, MustBeFlagged, NotAsInLines, Undecided
from store.months.findings import Findings
from store.months.heads import ENROLLED_ANEW, MonthHeads
from store.months.payload import demand_somebody_signs, payload_of
from store.months.signatures import Signing
from store.months.summary import Counts
from store.months.values import Decision, MonthHead, MonthView, Reported
from store.months.views import MonthViews
from store.people.permissions import demand
from store.queue.endpoints import CENTRE
from store.queue.job import Job, JobKind, JobState, NewJob
from store.spans import MonthRows, MonthState
from store.staff.people_list import PeopleLists

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.months.anew import Anew
    from store.office import Office
    from store.people.vault import Signer

Receipt = dict[str, Any]
Heads = list[MonthHead]
# So often a signature begins again because lines came in between that tell of a month; then others are busy.
_TRIES = 3


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
        self._heads = MonthHeads(office)
        self._views = MonthViews(office)

    # ---- looking

    def current(self) -> str:
        """The month that the next line belongs to, YYYY-MM."""
        return self._rows.current()

    def list(self) -> Heads:
        """The heads of all months of the ledger, the newest first."""
        return [self._heads.of(month) for month in self._rows.all()]

    def status(self, month: str) -> MonthView:
        """One month with its counts and findings; raises NotFound."""
        return self._views.status(month)

    def counts(self, month: str) -> Counts:
        """The counts of one month, without looking for findings; raises NotFound."""
        return self._views.counts(month)

    def reported(self, month: str) -> Reported:
        """The content of the month's newest report, for the printed paper; raises NotFound."""
        return self._views.reported(month)

    # ---- the steps; those with a signature also raise what compute_anew() and demand_row() raise

    def cut_off(self, month: str, confirmed: bool = False) -> MonthView:
        """Cuts off a month that is over. `confirmed`: a controller or head says that the PC's date is right.

        A month that is cut off already stays as it is. Raises NotAllowed, NotFound, MonthNotOver,
        ClockDoubtful.
        """
        demand(self._office.who, "confirm_clock" if confirmed else "cut_off")
        with self._database.write() as db:
            self._cut_off(db, month, confirmed)
        return self.status(month)

    def summarise(self, month: str, signer: Signer, shown: MonthView | None = None) -> MonthView:
        """Summarises the month and signs it as officer; cuts it off first where that is due."""
        demand(self._office.who, "summarise")
        with self._database.write() as db:
            self._cut_off(db, month, confirmed=False)
            if self._rows.get(month) is None:
                self._views.begin(db, month)
        self._rows.must(month, MonthState.CUT_OFF)

        def sign(db: Tables, true: Anew) -> None:
            row = self._rows.must(month, MonthState.CUT_OFF)
            anew.demand_row(self._office, true, row)
            people = self._people.current(db)
            demand_somebody_signs(self._office, people)
            payload = payload_of(true.content, people.sha256)
            db.execute(
                "UPDATE month SET payload = ? WHERE month = ? AND revision = ?",
                [payload.decode("utf-8"), month, row["revision"]],
            )
            row = self._rows.must(month, MonthState.CUT_OFF)
            anew.demand_people(self._office, true, row)
            self._sign(db, row, MonthState.SUMMARISED, signer)

        try:
            self._step(month, sign, shown)
        except NotAsInLines as error:
            if error.members != ("findings",):
                raise
            # Nobody has signed them yet, so the lines alone count.
            with self._database.write() as db:
                self._views.find_anew(db, self._rows.must(month, MonthState.CUT_OFF))
            raise FoundAnew(error.month, *error.members) from error
        return self.status(month)

    def check(self, month: str, signer: Signer, shown: MonthView | None = None) -> MonthView:
        """Signs the summary as controller."""
        demand(self._office.who, "check")
        self._rows.must(month, MonthState.SUMMARISED)

        def sign(db: Tables, true: Anew) -> None:
            row = self._rows.must(month, MonthState.SUMMARISED)
            anew.demand_row(self._office, true, row)
            self._sign(db, row, MonthState.CHECKED, signer)

        self._step(month, sign, shown)
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
            self._views.find_anew(db, self._rows.begin_again(db, row, why))
        return True

    def lines_came(self, db: Tables, row: dict[str, Any]) -> None:
        """Finds anew in a month that is cut off, because lines were imported, in the caller's transaction."""
        self._views.find_anew(db, row)

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
            row = self._rows.must(month, MonthState.CHECKED)
            found = self._findings.of(month, row["revision"])
            self._findings.add_own(db, row, found, words("reason", text))
        return self.status(month)

    def approve(
        self, month: str, signer: Signer, reason: str | None = None, shown: MonthView | None = None
    ) -> MonthView:
        """Signs the month as head, as not abnormal. `reason` accepts all findings that are not decided yet.

        Raises Undecided, MustBeFlagged.
        """
        demand(self._office.who, "approve")
        why = None if reason is None else words("reason", reason)
        self._rows.must(month, MonthState.CHECKED)

        def sign(db: Tables, true: Anew) -> None:
            row = self._rows.must(month, MonthState.CHECKED)
            anew.demand_row(self._office, true, row)
            found = true.findings
            if why is not None:
                found = self._findings.decide_rest(db, row, found, Decision.ACCEPTED, why)
            if undecided := [one for one in found if one.decision is None]:
                raise Undecided(count=len(undecided))
            if refused := [one for one in found if one.decision == Decision.NOT_ACCEPTED]:
                raise MustBeFlagged(count=len(refused))
            self._sign(db, row, MonthState.APPROVED, signer)
            self._signing.freeze(db, row, signer, None)

        self._step(month, sign, shown)
        return self.status(month)

    def flag(self, month: str, signer: Signer, reason: str, shown: MonthView | None = None) -> MonthView:
        """Signs the month as head, as abnormal: ICT gets the findings that were not accepted.

        Findings without a decision become not accepted, for `reason`; where none is then not accepted, the
        reason itself becomes a finding. Raises BadInput.
        """
        demand(self._office.who, "flag")
        why = words("reason", reason)
        self._rows.must(month, MonthState.CHECKED)

        def sign(db: Tables, true: Anew) -> None:
            row = self._rows.must(month, MonthState.CHECKED)
            anew.demand_row(self._office, true, row)
            found = self._findings.decide_rest(db, row, true.findings, Decision.NOT_ACCEPTED, why)
            if not any(one.decision == Decision.NOT_ACCEPTED for one in found):
                found = self._findings.add_own(db, row, found, why)
            findings = self._findings.marked(row, found, true.marked)
            self._sign(db, row, MonthState.FLAGGED, signer, findings)
            self._signing.freeze(db, row, signer, findings)

        self._step(month, sign, shown)
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

    def _step(self, month: str, sign: Callable[[Tables, Anew], None], shown: MonthView | None) -> None:
        """Signs what is computed anew, if the tables agree. Raises BooksBusy where lines keep coming."""
        for _ in range(_TRIES):
            true = anew.compute_anew(self._office, month)
            anew.demand_shown(true, shown)
            with self._database.write() as db:
                if true.still_stands(self._office, db):
                    anew.demand_findings(self._office, true)
                    sign(db, true)
                    return
        raise BooksBusy

    def _sign(
        self, db: Tables, row: dict[str, Any], says: str, signer: Signer, findings: bytes | None = None
    ) -> None:
        self._signing.sign(db, row, says, signer, findings)
        self._rows.move(db, row, says, payload=sha256_hex(row["payload"].encode("utf-8")))

    def _back(self, db: Tables, row: dict[str, Any], why: str) -> None:
        """Moves a month back to the officer; withdraws the signatures, and finds anew without decisions."""
        if row["job"] is not None:
            self._office.queue.replace(db, JobKind.REPORT, row["job"])
        self._signing.withdraw(db, row, why)
        self._rows.move(db, row, MonthState.CUT_OFF, reason=why)
        self._views.find_anew(db, row)
