"""The engine: sends what waits in the queue, in one run at a time.

Submissions are sent one after another, lookups several at once and only under their owner's log-in. Tries
and times are in the queue's rows, so a restart loses nothing.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from reader.buddhist_date import show_date, stamp
from reader.errors import NocopyError
from store.books import Books
from store.people.permissions import demand
from store.proof.ledger_watch import LedgerWatch, known_break
from store.queue.endpoints import CENTRE
from store.queue.job import SUBMISSIONS, JobKind, JobState
from store.queue.process_token import process_token
from store.settings.centre import ENROLLING
from store.settings.errors import NothingSent
from sync.errors import Busy, NotConfigured, NotEnrolled, Problem
from sync.gateways.gateway import Driver, Gateway
from sync.gateways.log_in import CardSession, ThaidLogin
from sync.gateways.outcome import Kind
from sync.gateways.pace import Pace
from sync.gateways.registry import driver_kinds
from sync.network.http import HttpClient, Limits
from sync.network.network_state import NetworkState
from sync.network.open_client import open_client
from sync.run.centre_checkin import exchange
from sync.run.errors import DayInDoubt, HeldByBreak
from sync.run.run import Progress, Run, submissions_among
from sync.run.submissions import CentreClient

__all__ = ["SUBMISSIONS", "Engine", "NetworkState", "Progress", "RunReport"]

# A cancelled run waits this long for its running calls before it breaks them off, because an answer that
# still comes need not be asked for again.
GRACE_S = 1.0
_LOOK_S = 0.1
MAIL_EVERY_S = 600.0
SESSION_EVERY_S = 60.0
_NEVER_OVER_A_BREAK = (JobKind.LOOKUP, JobKind.REPORT)


@dataclass(frozen=True)
class RunReport:
    """What one run did: `sent` calls and `done` jobs are the run's, the other counts are of the whole queue.

    `stopped` is the code of what ended the run early (portal, certificate, not_configured, ...), `reason` its
    error; both are None where nothing did. `exit_code` is the command line's: 0 nothing is left, 6 something
    waits, 1 something is quarantined.
    """

    sent: int
    done: int
    waiting: int
    needs_login: int
    quarantined: int
    network: NetworkState
    stopped: str | None
    reason: NocopyError | None
    exit_code: int


class Engine:
    """Sends under the log-in of whoever has the books open. Keep one for a log-in: it holds the tokens.

    `progress` is called from the run's threads. Setting `cancelled` ends a run and breaks off its calls.
    While `lookups_held` is set no further lookup is sent; submissions are. `sleep` replaces the waits between
    quick tries, for tests.
    """

    def __init__(
        self,
        books: Books,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
        lookups_held: threading.Event | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._books = books
        self._progress = progress
        self._cancelled = cancelled or threading.Event()
        self._lookups_held = lookups_held or threading.Event()
        self._limits = limits or Limits()
        self._mail_at: float | None = None
        self._pace = Pace(self._cancelled, sleep)
        self._drivers: tuple[Driver, ...] = tuple(kind() for kind in driver_kinds())
        self._session_asked_at: dict[str, float] = {}
        self._ledger_watch = LedgerWatch(books)

    def run(
        self, kinds: Collection[str] | None = None, jobs: Collection[str] | None = None, *, now: bool = False
    ) -> RunReport:
        """One run: all kinds and jobs that may be sent, or only the given kinds and ids.

        `now` is for a run that a person asked for: jobs that wait for their next time are sent too, and jobs
        that needed a log-in and endpoints that had refused this unit are tried again. A Retry-After is still
        kept. Raises NotAllowed, what the books raise, and NotSignedYet or NotAsSigned where the settings are
        not as the head signed them: then nothing is sent.
        """
        books, queue = self._books, self._books.queue
        demand(books.who, "sync")
        queue.recover(process_token())
        books.lookups.expire_due()
        kinds, held = self._held(kinds, jobs)
        if now:
            self._hurry()
        run = Run(
            books,
            process=process_token(),
            jobs=jobs,
            cancelled=self._cancelled,
            lookups_held=self._lookups_held,
            pace=self._pace,
            progress=self._progress,
            held=() if held is None else _NEVER_OVER_A_BREAK,
        )
        if held is not None:
            run.held_by(held)
        self._send(run, kinds, jobs)
        if jobs is None and (kinds is None or set(SUBMISSIONS) - set(_NEVER_OVER_A_BREAK) <= set(kinds)):
            self._mail(run, now)
        return self._report(run)

    def _held(
        self, kinds: Collection[str] | None, jobs: Collection[str] | None
    ) -> tuple[Collection[str] | None, HeldByBreak | None]:
        """The kinds that may be sent: over a break of the ledger no lookup and no report, which wait."""
        wanted = [one for one in _NEVER_OVER_A_BREAK if kinds is None or one in kinds]
        report = JobKind.REPORT in wanted and self._waiting({JobKind.REPORT}, jobs)
        known = known_break(self._books)
        if known is None and (report or self._waiting(wanted, jobs)):
            known = self._ledger_watch.broken(wholly=bool(report))
            if known is not None:
                self._mail_at = None  # the centre is told in this run
        if known is None:
            return kinds, None
        allowed = [one for one in (JobKind if kinds is None else kinds) if one not in _NEVER_OVER_A_BREAK]
        return allowed, HeldByBreak(seq=int(known.facts["seq"]), month=str(known.facts["month"]))

    def card_session(self) -> CardSession | None:
        """Who is logged in at GovAMI; None where no gateway that could say is set up.

        Raises a Problem where the gateway does not say.
        """
        found = (driver.card_session(self._books, self._limits) for driver in self._drivers)
        return next((session for session in found if session is not None), None)

    @property
    def thaid(self) -> ThaidLogin:
        """Where the officer logs in with the ThaID app: of several gateways the first that is set up.

        Raises NotConfigured where no gateway wants that app.
        """
        logins = [driver.thaid for driver in self._drivers if driver.thaid is not None]
        if not logins:
            raise NotConfigured(what="a gateway with ThaID")
        return next((one for one in logins if one.is_set_up(self._books)), logins[0])

    def mail_is_due(self) -> bool:
        """Whether ten minutes have passed since the last check-in with the centre, or there was none."""
        enrolled = self._books.is_enrolled
        return enrolled and (self._mail_at is None or time.monotonic() - self._mail_at > MAIL_EVERY_S)

    def _mail(self, run: Run, now: bool) -> None:
        """Check in with the centre, unless the network to it is known to be down."""
        if not self._books.is_enrolled or not (now or self.mail_is_due()):
            return
        self._mail_at = time.monotonic()
        refused = any(pause.endpoint == CENTRE for pause in self._books.endpoints.paused())
        if refused or run.network.get(CENTRE, NetworkState.ONLINE) is not NetworkState.ONLINE:
            return
        connections: list[HttpClient | Gateway] = []
        centre = self._centre(connections)()
        try:
            self._all([lambda: exchange(self._books, centre)], connections)
        finally:
            for connection in connections:
                connection.close()

    def _hurry(self) -> None:
        queue, endpoints, who = self._books.queue, self._books.endpoints, self._books.who.login
        queue.hurry(who)
        queue.resume_logins(who)
        for pause in endpoints.paused():
            if pause.why != Busy.code:
                endpoints.resume(pause.endpoint)

    def _send(self, run: Run, kinds: Collection[str] | None, jobs: Collection[str] | None) -> None:
        connections: list[HttpClient | Gateway] = []
        work: list[Callable[[], None]] = []
        submissions = submissions_among(kinds)
        if submissions and self._waiting(submissions, jobs):
            if self._books.settings.get("centre.url") is None and self._books.settings.get(ENROLLING) is None:
                run.held_by(NotEnrolled())
            else:
                centre = self._centre(connections)
                work.append(lambda: run.submissions(centre, submissions))
        if (kinds is None or JobKind.LOOKUP in kinds) and not self._lookups_held.is_set():
            self._tell_doubt(run)
            for driver in self._drivers:
                work += self._lookups(run, driver, jobs, connections)
        try:
            self._all(work, connections)
        finally:
            for connection in connections:
                connection.close()

    def _tell_doubt(self, run: Run) -> None:
        """Report lookups past their deadline: a run ends them before, unless this PC's date is doubtful."""
        today = self._books.clock()
        mine = [
            job
            for job in self._books.queue.list([JobState.WAITING, JobState.NEEDS_LOGIN])
            if job.kind == JobKind.LOOKUP and job.owner == self._books.who.login
        ]
        late = sum(1 for job in mine if job.expires_at is not None and job.expires_at <= stamp(today))
        if late:
            run.held_by(DayInDoubt(today=show_date(today), n=late))

    def _lookups(
        self, run: Run, driver: Driver, jobs: Collection[str] | None, connections: list[HttpClient | Gateway]
    ) -> list[Callable[[], None]]:
        """The work of one gateway's threads; empty where nothing waits for it."""
        gateway = None
        asleep = self._books.queue.needs_login_count(self._books.who.login, driver.endpoint)
        if asleep or self._waiting({JobKind.LOOKUP}, jobs, driver.endpoint):
            gateway = driver.open(self._books, self._limits)
            if gateway is None:
                run.held_by(NotConfigured(what=driver.name))
        if gateway is None:
            return []
        connections.append(gateway)
        if asleep and self._has_session(gateway, driver.endpoint):
            self._books.queue.resume_logins(self._books.who.login, driver.endpoint)
        waiting = self._waiting({JobKind.LOOKUP}, jobs, driver.endpoint)
        return [lambda: run.lookups(gateway, driver.endpoint)] * min(waiting, gateway.at_once)

    def _has_session(self, gateway: Gateway, endpoint: str) -> bool:
        """Whether the officer is logged in. It asks at most once a minute; in between the answer is False."""
        now = time.monotonic()
        if now - self._session_asked_at.get(endpoint, -SESSION_EVERY_S) < SESSION_EVERY_S:
            return False
        self._session_asked_at[endpoint] = now
        return bool(gateway.has_session(now + self._limits.call))

    def _all(self, work: list[Callable[[], None]], connections: list[HttpClient | Gateway]) -> None:
        """Do all the work in parallel; where the run is cancelled, break off the running calls."""
        if not work:
            return
        with ThreadPoolExecutor(len(work), thread_name_prefix="sync") as pool:
            going: set[Future[None]] = {pool.submit(one) for one in work}
            left = going
            while left and not self._cancelled.is_set():
                left = wait(left, timeout=_LOOK_S).not_done
            if wait(left, timeout=GRACE_S).not_done:
                for connection in connections:
                    connection.break_off()
        for one in going:
            one.result()

    def _waiting(
        self, kinds: Collection[str], jobs: Collection[str] | None, endpoint: str | None = None
    ) -> int:
        """The number of jobs that may be sent in this run."""
        mine = self._books.who.login
        return sum(
            1
            for job in self._books.queue.list([JobState.WAITING])
            if job.kind in kinds
            and (jobs is None or job.id in jobs)
            and (endpoint is None or job.endpoint == endpoint)
            and (job.kind != JobKind.LOOKUP or job.owner == mine)
        )

    def _centre(self, connections: list[HttpClient | Gateway]) -> Callable[[], CentreClient]:
        """Makes clients by the settings of the moment, because an enrolment during the run sets the token."""
        get = self._books.settings.get
        wire = open_client(self._books, "centre", self._limits)
        connections.append(wire)
        unit = self._books.unit
        return lambda: CentreClient(
            wire, get("centre.url") or "", unit, get("centre.token"), get(ENROLLING) or ""
        )

    def _report(self, run: Run) -> RunReport:
        counts = self._books.queue.counts()
        waiting = counts[JobState.WAITING] + counts[JobState.SENDING]
        left = 6 if waiting or counts[JobState.NEEDS_LOGIN] else 0
        return RunReport(
            sent=run.counts["sent"],
            done=run.counts[Kind.DONE] + run.counts[Kind.NOT_FOUND],
            waiting=waiting,
            needs_login=counts[JobState.NEEDS_LOGIN],
            quarantined=counts[JobState.QUARANTINED],
            network=_network(run.network),
            stopped=_word(run.problem),
            reason=run.problem,
            exit_code=_exit_code(run.problem, left, counts[JobState.QUARANTINED]),
        )


def _network(sides: dict[str, NetworkState]) -> NetworkState:
    """The state of the network, by the states of the endpoints."""
    for state in (NetworkState.PORTAL, NetworkState.CERTIFICATE, NetworkState.CLOCK):
        if state in sides.values():
            return state
    gateways = [state for endpoint, state in sides.items() if endpoint != CENTRE]
    if sides.get(CENTRE) is NetworkState.NO_NETWORK and NetworkState.ONLINE in gateways:
        return NetworkState.CENTRE_DOWN
    if NetworkState.ONLINE in sides.values():
        return NetworkState.ONLINE
    return NetworkState.NO_NETWORK if sides else NetworkState.UNKNOWN


def _exit_code(problem: NocopyError | None, left: int, quarantined: int) -> int:
    if isinstance(problem, NothingSent):
        return problem.exit_code
    return 1 if quarantined else left


def _word(problem: NocopyError | None) -> str | None:
    if problem is None:
        return None
    if isinstance(problem, Problem):
        return problem.code
    return re.sub(r"(?<!^)([A-Z])", r"_\1", type(problem).__name__).lower()
