"""Lookups: requests to gateways through the queue. Each ends by an answer, the officer, or its deadline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, stamp
from store.counter import visit_rows
from store.counter.allow_list import allowed
from store.counter.card_face import CardFace
from store.counter.citizen_data import Keeping
from store.counter.visit import UNFINISHED, Visit, VisitState, Wanted, lookup_body
from store.errors import NotFound
from store.formats.line import ClockWord, Entry, LineKind, Outcome, sql_words
from store.people.permissions import demand_signed
from store.queue.job import IDLE, NOT_ENDED, Job, JobKind, NewJob
from store.settings.catalogue import Channel
from store.settings.gateways import route, routes
from store.settings.office_hours import end_of_day, next_working_day

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.settings.catalogue import Document

TOO_LATE = "too_late"
"""The mark on a `purged` line: the answer arrived after its request had ended, and was not stored."""


class Lookups:
    """The lookups of one station, done by the person who opened the books."""

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
        """Queues the lookup of line `use` inside the caller's transaction; returns the id of its job.

        `face` is given for the channel LASER and for no other. Raises NotFound where no gateway is set up
        that can be asked for the document, and NotSignedYet.
        """
        demand_signed(self._office.who)
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

    def has_signed_codes(self, job: Job) -> bool:
        """Whether a lookup's frozen request names a document by the codes that are in force for it now.

        A row of the queue is written by whoever asks; what is asked by which codes the head decides.
        """
        asked = json.loads(job.body)
        try:
            codes = self._office.catalogue.document(asked["document"]).codes
        except NotFound:
            return False
        ways = (way for way in routes(codes, asked["channel"]) if way.endpoint == job.endpoint)
        return any(codes[way.codes] == asked["route"] for way in ways)

    def cancel(self, db: Tables, want: Wanted) -> None:
        """Cancels a document's lookup, if one is running, inside the caller's transaction."""
        if want.job is None:
            return
        job = self._queue.get(want.job)
        if job.state in NOT_ENDED:
            self._queue.end_lookup(db, job, Outcome.CANCELLED, self._office.who.login)

    def answered(self, job: Job, outcome: str, fields: Any, ms: int) -> bool:
        """Records a lookup's answer: its line, the job's end, and the fields that the allow-list names.

        `outcome` is obtained or not_found (otherwise ValueError), `fields` the decoded JSON, `ms` how many
        milliseconds the gateway took. Returns False where the request had ended already: then only a line
        about the late answer is written.
        """
        if outcome not in (Outcome.OBTAINED, Outcome.NOT_FOUND):
            raise ValueError("an answer is obtained or not_found")
        if job.use is None or job.visit is None:
            raise ValueError("only a lookup is answered")
        # The first look at the holidays takes a second, so it is done before the books are locked.
        next_working_day(self._office.clock().astimezone(BANGKOK).date())
        with self._database.write() as db:
            use = self._ledger.line(job.use)
            line: dict[str, Any] = {
                "officer": self._ledger.writer,
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
                # The gateway answered; the answer is that the number does not belong to this card.
                outcome, refused = Outcome.REFUSED, f"laser_{fields.get('Reason', 'mismatch')}"
            if not self._queue.done(db, job, refused or outcome):
                self._ledger.append(db, Entry(kind=LineKind.PURGED, error=TOO_LATE, **line))
                return False
            self._ledger.append(db, Entry(kind=LineKind.ANSWER, outcome=outcome, error=refused, **line))
            db.execute("UPDATE wanted SET state = ? WHERE job = ?", [outcome, job.id])
            # The answer to a laser number is yes or no: no fields to store.
            if outcome == Outcome.OBTAINED and use.channel != Channel.LASER:
                assert use.document is not None
                kept = allowed(fields, self._office.catalogue.document(use.document).keep)
                self._keeping.keep(db, job.use, job.visit, kept)
            visit = visit_rows.read(self._database, job.visit)
            if visit.closes_itself and visit.complete and visit.state in UNFINISHED:
                visit_rows.end(db, visit.id, VisitState.CLOSED, stamp(self._office.clock()))
            return True

    def expire_due(self) -> int:
        """Ends lookups past their deadline and erases citizens' data that is due; returns how many ended.

        Any role may be logged in. A lookup that is being sent right now is left until its answer. While this
        PC's clock is doubtful no lookup ends, because a clock that runs ahead would end all of them; none is
        sent past its deadline anyway.
        """
        if not self._due() and not self._keeping.due():
            return 0  # called often, so nothing is locked where there is nothing to do
        with self._database.write() as db:
            due = self._due()
            for job_id in due:
                self._queue.end_lookup(db, self._queue.get(job_id), Outcome.EXPIRED, self._office.who.login)
            for visit_id in self._keeping.due():
                self._keeping.purge(db, visit_rows.read(self._database, visit_id))
        return len(due)

    def ending_today(self) -> dict[str, int]:
        """{visit: number of its lookups whose deadline is the end of today, or earlier}."""
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
