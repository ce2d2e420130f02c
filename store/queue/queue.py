"""The queue of what waits for the network. A job is a row: a restart loses none, and none is ever deleted.

    waiting -> sending -> done            an answer or a receipt came
                       -> waiting         not possible now; sent again at next_at
                       -> needs_login     the owner must log in at the gateway
                       -> quarantined     refused for good, with the reason; a person can put it back
    waiting, needs_login, quarantined -> expired, cancelled       lookups only

`claims` counts every send (each has its attempt line), `tries` those that count towards the next delay.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.errors import NotFound
from store.formats.canonical import unb64
from store.formats.line import LineKind, Outcome, sql_words
from store.people.people import Person
from store.people.permissions import demand
from store.queue.endpoints import LONGEST_PAUSE
from store.queue.errors import JobEnded, OnlyLookups
from store.queue.job import ENDED, IDLE, NOT_ENDED, Job, JobKind, JobState, NewJob
from store.queue.job_lines import write_line
from store.queue.process_token import is_alive

if TYPE_CHECKING:
    from store.base.database import Database, Tables
    from store.ledger.ledger import Ledger

Clock = Callable[[], datetime]

LEASE = timedelta(seconds=90)
"""How long a process may hold a job without an answer; longer than the longest call."""

# No job waits longer than this: a later time was written while the clock was wrong.
_LONGEST_WAIT = timedelta(hours=1)
# Lookups first, because a citizen waits; then the enrolment, because the other submissions need it.
_PRIORITY: dict[str, int] = {JobKind.LOOKUP: 0, JobKind.ENROLMENT: 1}
_OTHER_PRIORITY = 5

Jobs = list[Job]
_COLUMNS = ", ".join(f'"{one.name}"' for one in fields(Job))


class Queue:
    """The jobs of one set of books."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    # ---- putting in

    def add(self, db: Tables, new: NewJob) -> str:
        """Adds a job inside the caller's transaction, together with its ledger line; returns its id.

        An `id` may be that of a cancelled job, which then starts again with this body; ValueError for the id
        of any other job.
        """
        job_id = new.id or str(uuid.uuid4())
        now = stamp(self._clock())
        put = db.execute(
            "INSERT INTO job(id, n, kind, endpoint, owner, body, digest, priority, state, next_at, made_at,"
            " expires_at, use, visit, month)"
            " VALUES (?, (SELECT coalesce(max(n), 0) + 1 FROM job), ?, ?, ?, ?, ?, ?, 'waiting',"
            " ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(id) DO UPDATE SET n = excluded.n, owner = excluded.owner, body = excluded.body,"
            " digest = excluded.digest, state = 'waiting', tries = 0, next_at = excluded.next_at,"
            " made_at = excluded.made_at, ended_at = NULL, outcome = NULL, problem = NULL"
            " WHERE job.state = 'cancelled'",
            [
                *(job_id, new.kind, new.endpoint, new.owner, new.body, self._digest(new.kind, new.body)),
                *(_PRIORITY.get(new.kind, _OTHER_PRIORITY), now, now),
                *(new.expires_at, new.use, new.visit, new.month),
            ],
        )
        if not put.rowcount:
            raise ValueError(f"the job {job_id} is there already")
        return job_id

    def replace(self, db: Tables, kind: str, id: str | None = None) -> None:
        """Cancels the submissions of that kind, or only job `id`, because newer ones replace them.

        Runs inside the caller's transaction.
        """
        db.execute(
            "UPDATE job SET state = 'cancelled', outcome = 'replaced', problem = NULL, ended_at = ?,"  # noqa: S608
            " lease_until = NULL, lease_by = NULL"
            f" WHERE kind = ? AND id = coalesce(?, id) AND state NOT IN ({sql_words(ENDED)})",
            [stamp(self._clock()), kind, id],
        )

    def _digest(self, kind: str, body: bytes) -> bytes:
        if kind != JobKind.LOOKUP:
            return hashlib.sha256(body).digest()
        # Keyed, because a plain hash of a citizen's number can be reversed by trying all numbers.
        return hmac.digest(self._lookup_key, body, "sha256")

    @cached_property
    def _lookup_key(self) -> bytes:
        # Created with the books and never changed, so caching is safe.
        return unb64(self._database.value("SELECT value FROM book WHERE name = 'lookup_key'"))

    # ---- the run

    def claim(
        self,
        *,
        kinds: Iterable[str],
        owner: str | None,
        process: str,
        jobs: Iterable[str] | None = None,
        endpoint: str | None = None,
        visit: str | None = None,
        passing: Iterable[JobKind] = (),
    ) -> Job | None:
        """Takes the next job that may be sent now, or None.

        Only one of these `jobs` (ids), of that `endpoint` or `visit`, where given; lookups only of `owner`
        (None: no lookups). A lookup's attempt line is committed here, so that nothing is sent that the ledger
        does not show. Submissions keep their order: none goes before an earlier one that has neither ended
        nor been quarantined, unless of a kind that is in `passing`. An enrolment may: it brings the token.
        """
        wanted, only = list(kinds), None if jobs is None else list(jobs)
        now = self._clock()
        at = stamp(now)
        marks = ", ".join("?" * len(wanted))
        ids = "" if only is None else f"AND id IN ({', '.join('?' * len(only))})"
        sql = f"""
            UPDATE job SET state = 'sending', tries = tries + 1, claims = claims + 1,
                           lease_until = ?, lease_by = ?
            WHERE id = (
              SELECT id FROM job AS mine
              WHERE state = 'waiting' AND next_at <= ? AND kind IN ({marks}) {ids}
                AND (expires_at IS NULL OR expires_at > ?)
                AND (kind <> 'lookup' OR owner = ?)
                AND endpoint = coalesce(?, endpoint) AND visit IS coalesce(?, visit)
                AND NOT EXISTS (SELECT 1 FROM endpoint WHERE name = mine.endpoint
                                AND (paused_until IS NULL OR paused_until > ?))
                AND (kind IN ('lookup', 'enrolment') OR NOT EXISTS (
                  SELECT 1 FROM job AS earlier
                  WHERE earlier.kind NOT IN ({sql_words((JobKind.LOOKUP, JobKind.ENROLMENT, *passing))})
                  AND earlier.n < mine.n AND earlier.state IN ('waiting', 'sending', 'needs_login')))
              ORDER BY priority, n LIMIT 1)
            RETURNING {_COLUMNS}
        """  # noqa: S608  (only question marks and column names are put in)
        with self._database.write() as db:
            values = [stamp(now + LEASE), process, at, *wanted, *(only or ()), at, owner, endpoint, visit, at]
            row = db.execute(sql, values).fetchone()
            if row is None:
                return None
            job = Job(*row)
            if job.kind == JobKind.LOOKUP:
                write_line(self._ledger, db, job, LineKind.ATTEMPT, officer=self._ledger.writer)
            return job

    def attempt(self, job: Job) -> Job | None:
        """Writes another attempt line and renews the lease, before a lookup is sent again in the same claim.

        None where this claim no longer holds the job: then it must not be sent.
        """
        lease = stamp(self._clock() + LEASE)
        sql = f"""
            UPDATE job SET claims = claims + 1, lease_until = ?
            WHERE id = ? AND state = 'sending' AND claims = ? RETURNING {_COLUMNS}
        """  # noqa: S608  (only column names are put in)
        with self._database.write() as db:
            row = db.execute(sql, [lease, job.id, job.claims]).fetchone()
            if row is None:
                return None
            write_line(self._ledger, db, job, LineKind.ATTEMPT, officer=self._ledger.writer)
            return Job(*row)

    def hurry(self, owner: str) -> None:
        """Makes all waiting jobs (lookups only of `owner`) due now, because somebody asks to send.

        A Retry-After of an endpoint still holds, because it is kept as a pause of the endpoint.
        """
        with self._database.write() as db:
            db.execute(
                "UPDATE job SET next_at = ? WHERE state = 'waiting' AND (kind <> 'lookup' OR owner = ?)",
                [stamp(self._clock()), owner],
            )

    def recover(self, process: str) -> int:
        """Puts back jobs whose process is dead or whose lease ran out; returns their number.

        `process` is the caller's own token (store/queue/process_token.py): the caller's own jobs are put back
        only when their lease ends. Times too far ahead, written by a wrong clock, are also mended.
        """
        now = self._clock()
        at, too_far = stamp(now), stamp(now + LEASE + _LONGEST_WAIT)
        with self._database.write() as db:
            held = db.execute("SELECT id, lease_by, lease_until FROM job WHERE state = 'sending'").fetchall()
            lost = [
                job_id
                for job_id, holder, until in held
                if until <= at or until > too_far or (holder != process and not is_alive(holder))
            ]
            for job_id in lost:
                db.execute(
                    "UPDATE job SET state = 'waiting', next_at = ?, lease_until = NULL, lease_by = NULL,"
                    " outcome = 'interrupted' WHERE id = ?",
                    [at, job_id],
                )
            db.execute(
                "UPDATE job SET next_at = ? WHERE state = 'waiting' AND next_at > ?",
                [at, stamp(now + _LONGEST_WAIT)],
            )
            db.execute("DELETE FROM endpoint WHERE paused_until > ?", [stamp(now + LONGEST_PAUSE)])
        return len(lost)

    def done(self, db: Tables, job: Job, outcome: str) -> bool:
        """Ends a job with its answer or receipt, in the caller's transaction; False where it had ended."""
        changed = db.execute(
            "UPDATE job SET state = 'done', outcome = ?, problem = NULL, ended_at = ?,"  # noqa: S608
            " lease_until = NULL, lease_by = NULL"
            f" WHERE id = ? AND state NOT IN ({sql_words(ENDED)})",
            [outcome, stamp(self._clock()), job.id],
        )
        return bool(changed.rowcount)

    def put_off(
        self, job: Job, next_at: datetime, outcome: str, problem: str | None = None, counts: bool = True
    ) -> bool:
        """Puts the job back until `next_at`; False where this claim no longer holds it.

        With `counts` False the try does not lengthen the next delay.
        """
        with self._database.write() as db:
            return self._release(
                db,
                job,
                JobState.WAITING,
                outcome,
                problem,
                next_at=stamp(next_at),
                tries=job.tries - (not counts),
            )

    def needs_login(self, job: Job, problem: str | None = None) -> bool:
        """Puts the job back until its owner has logged in at the gateway; this does not count as a try."""
        with self._database.write() as db:
            return self._release(
                db,
                job,
                JobState.NEEDS_LOGIN,
                JobState.NEEDS_LOGIN,
                problem,
                next_at=job.next_at,
                tries=job.tries - 1,
            )

    def quarantine(self, job: Job, outcome: str, problem: str) -> bool:
        """Sets the job aside, with a `quarantine` line; False where this claim no longer holds it."""
        with self._database.write() as db:
            taken = self._release(
                db, job, JobState.QUARANTINED, outcome, problem, next_at=job.next_at, tries=job.tries
            )
            if taken:
                write_line(
                    self._ledger, db, job, LineKind.QUARANTINE, officer=job.owner, outcome=Outcome.REFUSED
                )
                self._tell_visit(db, job, Outcome.REFUSED)
            return taken

    def _release(
        self,
        db: Tables,
        job: Job,
        state: str,
        outcome: str,
        problem: str | None,
        *,
        next_at: str,
        tries: int,
    ) -> bool:
        # `claims` differs where the lease ran out and another process has claimed the job since.
        changed = db.execute(
            "UPDATE job SET state = ?, outcome = ?, problem = ?, next_at = ?, tries = ?,"
            " lease_until = NULL, lease_by = NULL WHERE id = ? AND state = 'sending' AND claims = ?",
            [state, outcome, problem, next_at, tries, job.id, job.claims],
        )
        return bool(changed.rowcount)

    # ---- what a person decides

    def resume_logins(self, owner: str, endpoint: str | None = None) -> int:
        """Makes the jobs due that waited for the owner's log-in (at that endpoint); returns their number."""
        with self._database.write() as db:
            changed = db.execute(
                "UPDATE job SET state = 'waiting', next_at = ?"
                " WHERE state = 'needs_login' AND owner = ? AND endpoint = coalesce(?, endpoint)",
                [stamp(self._clock()), owner, endpoint],
            )
            return int(changed.rowcount)

    def retry(self, id: str, who: Person) -> Job:
        """Puts a quarantined job back, or makes a waiting one due at the next run.

        Raises NotAllowed, NotFound, and JobEnded where it has ended, expired or is being sent.
        """
        demand(who, "sync")
        with self._database.write() as db:
            job = self._one(db, id)
            if job.state not in IDLE:
                raise JobEnded(state=job.state)
            if job.expires_at is not None and job.expires_at <= stamp(self._clock()):
                raise JobEnded(state=JobState.EXPIRED)
            db.execute(
                "UPDATE job SET state = 'waiting', next_at = ?, problem = NULL WHERE id = ?",
                [stamp(self._clock()), id],
            )
            if job.state == JobState.QUARANTINED:
                self._tell_visit(db, job, Outcome.ASKED)
            return self._one(db, id)

    def cancel(self, id: str, who: Person) -> Job:
        """Cancels a lookup on behalf of `who`. Submissions to the centre cannot be cancelled.

        Raises NotAllowed, NotFound, OnlyLookups and JobEnded.
        """
        demand(who, "sync")
        with self._database.write() as db:
            job = self._one(db, id)
            if job.kind != JobKind.LOOKUP:
                raise OnlyLookups
            if job.state not in NOT_ENDED:
                raise JobEnded(state=job.state)
            self.end_lookup(db, job, Outcome.CANCELLED, who.login)
            return self._one(db, id)

    def end_lookup(self, db: Tables, job: Job, outcome: str, by: str | None) -> None:
        """Ends a lookup as `cancelled` or `expired`, with its ledger line, in the caller's transaction."""
        db.execute(
            "UPDATE job SET state = ?, outcome = ?, ended_at = ?, lease_until = NULL, lease_by = NULL"
            " WHERE id = ?",
            [outcome, outcome, stamp(self._clock()), job.id],
        )
        kind = LineKind.EXPIRED if outcome == Outcome.EXPIRED else LineKind.CORRECTION
        write_line(self._ledger, db, job, kind, officer=by, outcome=outcome)
        self._tell_visit(db, job, outcome)

    # ---- looking

    def get(self, id: str) -> Job:
        """One job; raises NotFound."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM job WHERE id = ?", (id,))  # noqa: S608
        if row is None:
            raise NotFound(what="job", name=id)
        return Job(**row)

    def list(self, states: Iterable[str] | None = None) -> Jobs:
        """The jobs in the given states (default: not ended), in the order in which they were queued."""
        wanted = tuple(NOT_ENDED if states is None else states)
        marks = ", ".join("?" * len(wanted))
        sql = f"SELECT {_COLUMNS} FROM job WHERE state IN ({marks}) ORDER BY n"  # noqa: S608
        return [Job(**row) for row in self._database.rows(sql, wanted)]

    def wants(self, owner: str) -> bool:
        """Whether any lookup of that person waits to be sent, now or after a log-in at its gateway."""
        mine = self._database.value(
            "SELECT count(*) FROM job WHERE kind = 'lookup' AND owner = ?"
            " AND state IN ('waiting', 'needs_login')",
            (owner,),
        )
        return bool(mine)

    def needs_login_count(self, owner: str, endpoint: str) -> int:
        """The number of the owner's jobs that wait for a log-in at that endpoint."""
        sql = "SELECT count(*) FROM job WHERE state = 'needs_login' AND owner = ? AND endpoint = ?"
        return int(self._database.value(sql, (owner, endpoint)))

    def counts(self) -> dict[str, int]:
        """{state: number of jobs}; every state is a key."""
        found: dict[str, int] = dict.fromkeys(JobState, 0)
        for row in self._database.rows("SELECT state, count(*) AS n FROM job GROUP BY state"):
            found[row["state"]] = row["n"]
        return found

    # ---- inside a write

    def _one(self, db: Tables, id: str) -> Job:
        row = db.execute(f"SELECT {_COLUMNS} FROM job WHERE id = ?", [id]).fetchone()  # noqa: S608
        if row is None:
            raise NotFound(what="job", name=id)
        return Job(*row)

    def _tell_visit(self, db: Tables, job: Job, state: str) -> None:
        db.execute("UPDATE wanted SET state = ? WHERE job = ?", [state, job.id])
