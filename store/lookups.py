"""Lookups: asked through the queue, each answered once, or ended by the officer or by their deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, stamp
from store import visit_rows
from store.answers import allowed
from store.card_face import CardFace
from store.catalogue import LASER
from store.endpoints import GDX, LINKAGE2
from store.job import LIVE as LIVE_JOBS
from store.job import Job
from store.keeping import Keeping
from store.ledger_line import Entry
from store.office_hours import end_of_day, next_working_day
from store.visit import LIVE, Visit, Wanted, lookup_body

if TYPE_CHECKING:
    from store.books import Books
    from store.catalogue import Document
    from store.database import Tables

TOO_LATE = "too_late"
"""The mark on the line that says that an answer came after its request had ended, and was thrown away."""


class Lookups:
    """The lookups of one station, under the log-in of the person who opened the books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._database = books.database
        self._ledger = books.ledger
        self._queue = books.queue
        self._keeping = Keeping(books)

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

        `face` goes with the channel LASER alone.
        """
        today = self._books.clock().astimezone(BANGKOK).date()
        route = self._route(document, channel)
        return self._queue.add(
            db,
            kind="lookup",
            endpoint=LINKAGE2 if route == "linkage2" else GDX,
            owner=self._books.who.login,
            body=lookup_body(document, channel, route, *visit.target(want.whose), face),
            use=use,
            visit=visit.id,
            expires_at=max(visit.deadline, stamp(end_of_day(today))),
        )

    def _route(self, document: Document, channel: str) -> str:
        """Linkage directly where this unit can and the document has a number there, else through GDx."""
        direct = channel == "linkage" and self._books.settings.get("gateways.linkage2.url") is not None
        if "linkage2" in document.codes and (direct or channel not in document.codes):
            return "linkage2"
        return channel

    def cancel(self, db: Tables, want: Wanted) -> None:
        """Inside the caller's write: cancel the lookup of a document, where one is still alive."""
        if want.job is None:
            return
        job = self._queue.get(want.job)
        if job.state in LIVE_JOBS:
            self._queue.end_lookup(db, job, "cancelled", self._books.who.login)

    def answered(self, job: Job, outcome: str, fields: Any, ms: int) -> bool:
        """A lookup's answer: `outcome` is obtained or not_found, `fields` the answer's JSON, `ms` its time.

        False where the request had ended before: then the answer is thrown away, and a line says so.
        """
        if outcome not in ("obtained", "not_found"):
            raise ValueError("an answer is obtained or not_found")
        if job.use is None or job.visit is None:
            raise ValueError("only a lookup is answered")
        # The first look at the holidays takes a second: not while the books are locked for everybody.
        next_working_day(self._books.clock().astimezone(BANGKOK).date())
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
            if use.channel == LASER and outcome == "obtained" and fields.get("Result") is not True:
                # The department has answered, and says no.
                outcome, refused = "refused", f"laser_{fields.get('Reason', 'mismatch')}"
            if not self._queue.done(db, job, refused or outcome):
                self._ledger.append(db, Entry(kind="purged", error=TOO_LATE, **line))
                return False
            self._ledger.append(db, Entry(kind="answer", outcome=outcome, error=refused, **line))
            db.execute("UPDATE wanted SET state = ? WHERE job = ?", [outcome, job.id])
            if outcome == "obtained" and use.channel != LASER:  # of a laser number there is nothing to keep
                assert use.document is not None
                kept = allowed(fields, self._books.catalogue.document(use.document).keep)
                self._keeping.keep(db, job.use, job.visit, kept)
            visit = visit_rows.read(self._database, job.visit)
            if visit.closes_itself and visit.complete and visit.state in LIVE:
                visit_rows.end(db, visit.id, "closed", stamp(self._books.clock()))
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
                self._queue.end_lookup(db, self._queue.get(job_id), "expired", self._books.who.login)
            for visit_id in self._keeping.due():
                self._keeping.purge(db, visit_rows.read(self._database, visit_id))
        return len(due)

    def ending_today(self) -> dict[str, int]:
        """The visits of which requests end with this day unless they are answered; how many of each."""
        today = self._books.clock().astimezone(BANGKOK).date()
        live = ", ".join(f"'{state}'" for state in LIVE_JOBS)
        rows = self._database.rows(
            f"SELECT visit, count(*) AS n FROM job WHERE kind = 'lookup' AND state IN ({live})"  # noqa: S608
            " AND expires_at <= ? GROUP BY visit",
            (stamp(end_of_day(today)),),
        )
        return {row["visit"]: row["n"] for row in rows}

    def _due(self) -> list[str]:
        if self._ledger.clock_word() == "doubtful":
            return []
        rows = self._database.rows(
            "SELECT id FROM job WHERE kind = 'lookup' AND state IN ('waiting', 'needs_login', 'quarantined')"
            " AND expires_at <= ?",
            (stamp(self._books.clock()),),
        )
        return [row["id"] for row in rows]
