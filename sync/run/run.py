"""One run through the queue, and the effect of each verdict on the job, its endpoint and the run."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reader.errors import NocopyError
from store.books import Books
from store.exchange import enrolment
from store.formats.errors import BadNote, BadReceipt, BadSignature
from store.formats.line import Outcome
from store.proof import witness_receipts
from store.queue.endpoints import CENTRE
from store.queue.job import SUBMISSIONS, Job, JobKind
from store.settings.errors import NothingSent
from sync.errors import (
    ByDate,
    CertificateRefused,
    CodesChanged,
    Forged,
    GatewayFault,
    NetworkProblem,
    NotEnrolled,
    Portal,
    Problem,
    RequestRefused,
    SettingsMoved,
    Unreachable,
)
from sync.gateways.gateway import Gateway, Looked
from sync.gateways.outcome import Kind, Verdict, without_data
from sync.gateways.pace import Pace, delay_s
from sync.network.network_state import NetworkState, state_of
from sync.run import witness
from sync.run.errors import Stopped
from sync.run.submissions import CentreClient, lacks_what_came_before

JOB_S = 60.0  # for all calls of one job; shorter than the queue's lease
FORBIDDEN_S = 15 * 60.0
# So many failures in a row mean a fault at the other end, so the run sends nothing more to it.
ENOUGH = 4
# After one of these the run sends nothing more to the endpoint, whether it is paused or not.
_ENDPOINT_ENDS = (*(Kind.THROTTLED, Kind.PAUSE, Kind.ENROL_AGAIN, Kind.PORTAL, Kind.CERTIFICATE, Kind.MOVED),)


_OF_ALL = (Portal, CertificateRefused, ByDate, NothingSent)


@dataclass(frozen=True)
class Progress:
    """One job is finished in this run; `outcome` is a value of outcome.Kind."""

    kind: str
    outcome: str


# What an unexpected answer may raise. Without catching it, one answer would end this run and every later one.
_UNREADABLE = (ValueError, TypeError, RecursionError)


def _unreadable() -> Verdict:
    return Verdict(Kind.LATER, GatewayFault("200, the answer cannot be read"))


class _Withdrawn(Exception):
    """A job was cancelled, or taken over by another process, between two sends."""


class Run:
    """The state of one run, shared by its threads. `problem` is what stopped it, None where nothing did.

    It sends by one settings document, and ends where another is in force. Creating it raises NotSignedYet,
    and NotAsSigned where the settings in the books are not as the head signed them.
    `held` are kinds of jobs that wait, whatever else is sent.
    """

    def __init__(
        self,
        books: Books,
        *,
        process: str,
        jobs: Collection[str] | None,
        cancelled: threading.Event,
        lookups_held: threading.Event,
        pace: Pace,
        progress: Callable[[Progress], None] | None,
        held: Collection[JobKind] = (),
    ) -> None:
        self._books = books
        self._held = held
        self._queue = books.queue
        self._process = process
        self._jobs = jobs
        self._cancelled = cancelled
        self._lookups_held = lookups_held
        self._pace = pace
        self._progress = progress
        self._lock = threading.Lock()
        self._claiming = threading.Lock()
        self._failures: Counter[str] = Counter()
        self._used = books.settings.demand_as_signed()
        self.problem: NocopyError | None = None
        self.counts: Counter[str] = Counter()
        self.network: dict[str, NetworkState] = {}

    # ---- lookups

    def lookups(self, gateway: Gateway, endpoint: str) -> None:
        """Send lookups until none is left that may be sent now. Several threads may call this at once."""
        while not self._lookups_held.is_set() and (jobs := self._together(endpoint, gateway.most)):
            self._look_up(jobs, gateway)

    def _together(self, endpoint: str, most: int) -> list[Job]:
        """The next lookup and, where one call takes several, further ones of its visit; empty at the end.

        One thread at a time claims, or two threads would split a visit's lookups over two calls.
        """
        jobs: list[Job] = []
        with self._claiming:
            job = self._next([JobKind.LOOKUP], endpoint)
            while job is not None:
                jobs.append(job)
                job = self._claim([JobKind.LOOKUP], endpoint, visit=job.visit) if len(jobs) < most else None
        return jobs

    def _look_up(self, jobs: Sequence[Job], gateway: Gateway) -> None:
        asked = [_Asked(self._books, job, self._counted) for job in jobs]
        for one in asked:
            if not self._books.lookups.has_signed_codes(one.job):
                one.looked = Looked(Verdict(Kind.QUARANTINE, CodesChanged()))
        until = time.monotonic() + JOB_S

        def once() -> Verdict:
            open_ = [one for one in asked if one.is_held and one.looked.verdict.kind is Kind.LATER]
            if not open_:
                return Verdict(Kind.DONE)
            try:
                answers = gateway.look_up([one.job.body for one in open_], open_, until)
                for one, looked in zip(open_, answers, strict=True):
                    one.looked = self._judged(one.job, looked)
            except _Withdrawn:
                return once() if any(one.is_held for one in open_) else Verdict(Kind.DONE)
            except _UNREADABLE:
                for one in open_:
                    one.looked = Looked(_unreadable())
            later = [one.looked.verdict for one in open_ if one.looked.verdict.kind is Kind.LATER]
            return later[0] if later else Verdict(Kind.DONE)

        self._pace.quickly(once)
        for one in asked:
            if one.is_held:
                self._looked_up(one.job, one.looked)

    def _looked_up(self, job: Job, looked: Looked) -> None:
        verdict = looked.verdict
        if verdict.kind is Kind.DONE:
            verdict = self._obtained(job, looked)
        elif verdict.kind is Kind.NOT_FOUND:
            self._books.lookups.answered(job, Outcome.NOT_FOUND, {}, looked.ms)
        else:
            self._not_now(job, verdict)
        self._ended(job, verdict)

    def _judged(self, job: Job, looked: Looked) -> Looked:
        """The result; where the answer holds no field that the document may keep, with another verdict."""
        if looked.verdict.kind is not Kind.DONE:
            return looked
        document = self._books.catalogue.document(json.loads(job.body)["document"])
        other = without_data(looked.fields, document.keep)
        return looked if other is None else Looked(other, ms=looked.ms)

    def _obtained(self, job: Job, looked: Looked) -> Verdict:
        try:
            self._books.lookups.answered(job, Outcome.OBTAINED, looked.fields, looked.ms)
        except _UNREADABLE:
            verdict = _unreadable()
            self._not_now(job, verdict)
            return verdict
        return looked.verdict

    # ---- submissions

    def submissions(self, centre: Callable[[], CentreClient], kinds: Collection[str]) -> None:
        """Send submissions in their order, until one has to wait. `centre` makes a client for each."""
        while True:
            client = centre()
            # Without a token the centre accepts only the enrolment, which gives one.
            allowed = (
                kinds if client.token is not None else [kind for kind in kinds if kind == JobKind.ENROLMENT]
            )
            job = self._next(allowed, CENTRE)
            if job is None:
                break
            self._submission(job, client)
        if client.token is None and self.problem is None:
            self.held_by(NotEnrolled())

    def _submission(self, job: Job, centre: CentreClient) -> None:
        until = time.monotonic() + JOB_S

        def once() -> Verdict:
            self._counted(1)
            return centre.send(job, until)

        verdict = self._pace.quickly(once)
        if job.kind == JobKind.CHECKPOINT and (
            verdict.kind is Kind.QUARANTINE or lacks_what_came_before(verdict)
        ):
            anew = witness.proved_anew(self._books, job)
            if anew == witness_receipts.COVERED:
                self._ended(job, Verdict(Kind.DONE))
                return
            if anew == witness_receipts.FORK:
                verdict = Verdict(
                    Kind.QUARANTINE, RequestRefused("409, the witness signed other lines than these")
                )
            elif isinstance(anew, Job):
                job = anew
                verdict = once()
        if verdict.kind is Kind.DONE:
            verdict = self._received(job, verdict.value)
        if verdict.kind is not Kind.DONE:
            self._not_now(job, verdict)
        self._ended(job, verdict)

    def _received(self, job: Job, value: Any) -> Verdict:
        """Take in the centre's answer. One that it did not sign, or for other bytes, changes nothing."""
        try:
            if job.kind == JobKind.ENROLMENT:
                enrolment.accepted(self._books, job, value)
            elif not isinstance(value, str):
                return Verdict(Kind.LATER, Forged("there is no receipt in it"))
            elif job.kind == JobKind.CHECKPOINT:
                witness_receipts.received(self._books, job, value)
                witness.look_back(self._books)
            else:
                self._books.months.received(job, value)
        except (BadNote, BadReceipt, BadSignature) as error:
            return Verdict(Kind.LATER, Forged(str(error)))
        return Verdict(Kind.DONE)

    # ---- what a verdict does

    def _not_now(self, job: Job, verdict: Verdict) -> None:
        problem = verdict.problem
        assert problem is not None
        now = self._books.clock()
        match verdict.kind:
            case Kind.QUARANTINE:
                self._quarantine(job, problem)
            case Kind.NEEDS_LOGIN:
                self._queue.needs_login(job, problem.code)
            case Kind.LATER if self._cancelled.is_set():
                # This program broke off the call, so it counts neither as a try nor as a network failure.
                self._queue.put_off(job, now, "interrupted", counts=False)
            case Kind.LATER:
                after = timedelta(seconds=delay_s(job.kind, job.tries))
                self._queue.put_off(job, now + after, problem.code, problem.detail)
            case Kind.PORTAL | Kind.CERTIFICATE | Kind.MOVED:
                # Not the job's fault: no try is counted, and it is sent as soon as the network is free.
                self._queue.put_off(job, now, problem.code, problem.detail, counts=False)
                self.held_by(problem)  # other endpoints may still be reachable
            case Kind.THROTTLED:
                until = now + timedelta(seconds=verdict.retry_after or 0)
                self._books.endpoints.pause(job.endpoint, until, problem.code)
                self._queue.put_off(job, until, problem.code, problem.detail, counts=False)
            case Kind.PAUSE:
                self._books.endpoints.pause(job.endpoint, now + timedelta(seconds=FORBIDDEN_S), problem.code)
                self._queue.put_off(job, now, problem.code, problem.detail, counts=False)
            case Kind.ENROL_AGAIN:
                self._books.endpoints.pause(job.endpoint, None, problem.code)
                self._queue.put_off(job, now, problem.code, problem.detail, counts=False)
            case other:
                raise AssertionError(f"no such end of a job: {other}")

    def _quarantine(self, job: Job, problem: Problem) -> None:
        self._queue.quarantine(job, problem.code, problem.detail)

    def _ended(self, job: Job, verdict: Verdict) -> None:
        with self._lock:
            self.counts[verdict.kind] += 1
            if not (self._cancelled.is_set() and verdict.kind is Kind.LATER):
                self._judge_network(job.endpoint, verdict)
        if self._progress is not None:
            self._progress(Progress(job.kind, verdict.kind))

    def _judge_network(self, endpoint: str, verdict: Verdict) -> None:
        problem = verdict.problem
        if isinstance(problem, SettingsMoved):
            pass  # nothing was asked, so nothing is known of the network
        elif isinstance(problem, Portal):
            self.network[endpoint] = NetworkState.PORTAL
        elif isinstance(problem, NetworkProblem):
            self.network[endpoint] = state_of(problem)
        else:
            self.network[endpoint] = NetworkState.ONLINE
        if verdict.kind in _ENDPOINT_ENDS or isinstance(problem, Unreachable):
            self._failures[endpoint] += ENOUGH
        elif verdict.kind is Kind.LATER:
            self._failures[endpoint] += 1
        else:
            self._failures[endpoint] = 0

    # ---- when to stop

    def _next(self, kinds: Collection[str], endpoint: str) -> Job | None:
        if self._cancelled.is_set():
            self.held_by(Stopped())
            return None
        if self._failures[endpoint] >= ENOUGH:
            return None
        return self._claim(kinds, endpoint)

    def _claim(self, kinds: Collection[str], endpoint: str, visit: str | None = None) -> Job | None:
        try:
            if self._books.settings.demand_as_signed() != self._used:
                raise SettingsMoved
        except (NothingSent, SettingsMoved) as error:
            self.held_by(error)
            return None
        return self._queue.claim(
            kinds=kinds,
            # Until the head has signed the first list of older books, no lookup leaves.
            owner=self._books.who.login if self._books.who.is_signed else None,
            process=self._process,
            jobs=self._jobs,
            endpoint=endpoint,
            visit=visit,
            passing=self._held,
        )

    def held_by(self, problem: NocopyError) -> None:
        """Record why one side of the run stopped or did not begin; the other side continues."""
        with self._lock:
            # A problem of the network, its certificates or the settings replaces one of a single side.
            if self.problem is None or isinstance(problem, _OF_ALL):
                self.problem = problem

    def _counted(self, sends: int) -> None:
        with self._lock:
            self.counts["sent"] += sends


class _Asked:
    """One lookup and its result. Implements gateway.Sends: the claim wrote the attempt line of the first
    send, and each further send gets a line of its own."""

    def __init__(self, books: Books, job: Job, sent: Callable[[int], None]) -> None:
        self._books = books
        self._sent = sent
        self._has_line = True
        self.job = job
        self.is_held = True
        self.looked = Looked(Verdict(Kind.LATER))

    def before(self) -> None:
        if not self._has_line:
            again = self._books.queue.attempt(self.job)
            if again is None:
                self.is_held = False
                raise _Withdrawn
            self.job = again
        self._has_line = False
        self._sent(1)

    def unsent(self) -> None:
        # Its attempt line was not used, so the next send needs no new one.
        self._has_line = True
        self._sent(-1)


def submissions_among(kinds: Collection[str] | None) -> list[str]:
    """The kinds of submissions among `kinds`; all of them where `kinds` is None."""
    return [kind for kind in SUBMISSIONS if kinds is None or kind in kinds]
