"""Lookups: asked through the queue, each answered once, or ended by the officer or by their deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, stamp
from store.counter import visit_rows
from store.counter.allow_list import allowed
from store.counter.card_face import CardFace
from store.counter.citizen_data import Keeping
from store.counter.visit import UNFINISHED, Visit, VisitState, Wanted, lookup_body
from store.errors import NotFound
from store.formats.line import ClockWord, Entry, LineKind, Outcome, sql_words
from store.queue.job import IDLE, NOT_ENDED, Job, JobKind, NewJob
from store.settings.catalogue import Channel
from store.settings.gateways import route
from store.settings.office_hours import end_of_day, next_working_day

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.settings.catalogue import Document

TOO_LATE = "too_late"
"""The mark on the line that says that an answer came after its request had ended, and was thrown away."""


class Lookups:
    """The lookups of one station, under the log-in of the person who opened the books."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database
        self._ledger = office.ledger
        self._queue = office.queue
        self._keeping = Keeping(office)

    def ask(
        self,
        db: Tables,
        visit: Visit,
        document: Document,
        want: Wanted,
        channel: str,
        use: int,
        face: CardFace | None = None,
    ) -> str:
        """Inside the caller's write: queue the lookup of that `use` line; the id of its job.

        `face` goes with the channel LASER alone. Raises NotFound where no gateway can be asked for it.
        """
        today = self._office.clock().astimezone(BANGKOK).date()
        way = route(document.codes, channel, self._office.settings.get)
        if way is None:
            raise NotFound(what="gateway", name=channel)
        return self._queue.add(
            db,
            NewJob(
                kind=JobKind.LOOKUP,
                endpoint=way.endpoint,
                owner=self._office.who.login,
                body=lookup_body(document, channel, way.codes, *visit.target(want.whose), face),
                use=use,
                visit=visit.id,
                expires_at=max(visit.deadline, stamp(end_of_day(today))),
            ),
        )

    def cancel(self, db: Tables, want: Wanted) -> None:
        """Inside the caller's write: cancel the lookup of a document, where one is still alive."""
        if want.job is None:
            return
        job = self._queue.get(want.job)
        if job.state in NOT_ENDED:
            self._queue.end_lookup(db, job, Outcome.CANCELLED, self._office.who.login)

    def answered(self, job: Job, outcome: str, fields: Any, ms: int) -> bool:
        """A lookup's answer: `outcome` is obtained or not_found, `fields` the answer's JSON, `ms` its time.

        False where the request had ended before: then the answer is thrown away, and a line says so.
        """
        if outcome not in (Outcome.OBTAINED, Outcome.NOT_FOUND):
            raise ValueError("an answer is obtained or not_found")
        if job.use is None or job.visit is None:
            raise ValueError("only a lookup is answered")
        # The first look at the holidays takes a second: not while the books are locked for everybody.
        next_working_day(self._office.clock().astimezone(BANGKOK).date())
        with self._database.write() as db:
            use = self._ledger.line(job.use)
            line: dict[str, Any] = {
                "officer": job.owner,
                "visit": job.visit,
                "service": visit_rows.read(self._database, job.visit).service,
                "document": use.document,
                "channel": use.channel,
                "ms": ms,
                "about": job.use,
            }
            refused = None
            if (
                use.channel == Channel.LASER
                and outcome == Outcome.OBTAINED
                and fields.get("Result") is not True
            ):
                # The department has answered, and says no.
                outcome, refused = Outcome.REFUSED, f"laser_{fields.get('Reason', 'mismatch')}"
            if not self._queue.done(db, job, refused or outcome):
                self._ledger.append(db, Entry(kind=LineKind.PURGED, error=TOO_LATE, **line))
                return False
            self._ledger.append(db, Entry(kind=LineKind.ANSWER, outcome=outcome, error=refused, **line))
            db.execute("UPDATE wanted SET state = ? WHERE job = ?", [outcome, job.id])
            # Of a laser number there is nothing to keep.
            if outcome == Outcome.OBTAINED and use.channel != Channel.LASER:
                assert use.document is not None
                kept = allowed(fields, self._office.catalogue.document(use.document).keep)
                self._keeping.keep(db, job.use, job.visit, kept)
            visit = visit_rows.read(self._database, job.visit)
            if visit.closes_itself and visit.complete and visit.state in UNFINISHED:
                visit_rows.end(db, visit.id, VisitState.CLOSED, stamp(self._office.clock()))
            return True

    def expire_due(self) -> int:
        """End the lookups that are past their deadline, and erase what is past its age; how many ended.

        The program's own work, under whoever is logged in. What is being sent at this moment is left to its
        answer. While this PC's date is in doubt no lookup ends: none is sent past its deadline, and all of
        them would be lost to a clock that runs ahead.
        """
        if not self._due() and not self._keeping.due():
            return 0  # asked often: no write where there is nothing to do
        with self._database.write() as db:
            due = self._due()
            for job_id in due:
                self._queue.end_lookup(db, self._queue.get(job_id), Outcome.EXPIRED, self._office.who.login)
            for visit_id in self._keeping.due():
                self._keeping.purge(db, visit_rows.read(self._database, visit_id))
        return len(due)

    def ending_today(self) -> dict[str, int]:
        """The visits of which requests end with this day unless they are answered; how many of each."""
        today = self._office.clock().astimezone(BANGKOK).date()
        alive = sql_words(NOT_ENDED)
        rows = self._database.rows(
            f"SELECT visit, count(*) AS n FROM job WHERE kind = 'lookup' AND state IN ({alive})"  # noqa: S608
            " AND expires_at <= ? GROUP BY visit",
            (stamp(end_of_day(today)),),
        )
        return {row["visit"]: row["n"] for row in rows}

    def _due(self) -> list[str]:
        if self._ledger.clock_word() == ClockWord.DOUBTFUL:
            return []
        rows = self._database.rows(
            f"SELECT id FROM job WHERE kind = 'lookup' AND state IN ({sql_words(IDLE)})"  # noqa: S608
            " AND expires_at <= ?",
            (stamp(self._office.clock()),),
        )
        return [row["id"] for row in rows]
