"""The engine: takes what waits in the queue and sends it, in one run at a time.

Submissions go one after another, lookups several at once and only under their owner's log-in. A restart
forgets nothing: tries and times stand in the queue's rows.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from store.books import Books
from store.endpoints import CENTRE, GDX
from store.holder import process_token
from store.job import SUBMISSIONS
from store.permissions import demand
from sync.errors import Problem, SyncError
from sync.gdx import Address, Gdx, Tokens
from sync.http import Limits, Wire
from sync.line_state import LineState
from sync.outcome import Kind
from sync.pace import Pace
from sync.run import Progress, Run, submissions_among
from sync.submissions import CentreClient

__all__ = ["SUBMISSIONS", "Engine", "LineState", "Progress", "RunReport"]

AT_ONCE = 4


@dataclass(frozen=True)
class RunReport:
    """What one run did: `sent` calls and `done` jobs are the run's own, the other counts the whole queue's.

    `stopped` is a word for what kept the run from going on (portal, certificate, not_configured, ...) and
    `reason` the same as an error to be told; both None where nothing did. `exit_code` is the command line's:
    0 nothing is left, 6 something waits, 1 something is quarantined.
    """

    sent: int
    done: int
    waiting: int
    needs_login: int
    quarantined: int
    line: LineState
    stopped: str | None
    reason: SyncError | None
    exit_code: int


class Engine:
    """Sends under the log-in of who has the books open. Keep one all that time: it holds the tokens.

    `progress` is called from the run's threads. `cancelled` ends a run after the calls in hand. `sleep`
    takes the place of the waits between quick tries, where no time may pass.
    """

    def __init__(
        self,
        books: Books,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._books = books
        self._progress = progress
        self._cancelled = cancelled or threading.Event()
        self._limits = limits or Limits()
        self._pace = Pace(self._cancelled, sleep)
        self._tokens = Tokens()

    def run(
        self, kinds: Collection[str] | None = None, jobs: Collection[str] | None = None, *, now: bool = False
    ) -> RunReport:
        """One run: all kinds and jobs that may go, or only the given kinds and ids.

        `now` is somebody's own wish: what waits for its next time goes too, jobs that needed a log-in are
        tried again, and endpoints that had refused this unit. What Retry-After asked for is kept. Raises
        NotAllowed, and what the books raise.
        """
        books, queue = self._books, self._books.queue
        demand(books.who, "sync")
        queue.recover(process_token())
        books.lookups.expire_due()
        if now:
            self._hurry()
        run = Run(
            books,
            process=process_token(),
            jobs=jobs,
            cancelled=self._cancelled,
            pace=self._pace,
            progress=self._progress,
            total=self._waiting(kinds, jobs),
        )
        self._send(run, kinds, jobs)
        return self._report(run)

    def _hurry(self) -> None:
        queue, endpoints, who = self._books.queue, self._books.endpoints, self._books.who.login
        queue.hurry(who)
        queue.resume_logins(who)
        for pause in endpoints.paused():
            if pause.why != "busy":
                endpoints.resume(pause.endpoint)

    def _send(self, run: Run, kinds: Collection[str] | None, jobs: Collection[str] | None) -> None:
        books, wires = self._books, list[Wire]()
        lookups = self._waiting({"lookup"}, jobs) if kinds is None or "lookup" in kinds else 0
        submissions = submissions_among(kinds)
        with ThreadPoolExecutor(AT_ONCE + 1, thread_name_prefix="sync") as pool:
            going: list[Future[None]] = []
            if submissions and self._waiting(submissions, jobs):
                if books.settings.get("centre.url") is None:
                    run.not_configured("the centre")
                else:
                    going.append(pool.submit(run.submissions, self._centre(wires), submissions))
            if lookups:
                gdx = self._gdx(wires)
                if gdx is None:
                    run.not_configured("GDx")
                else:
                    going += [pool.submit(run.lookups, gdx) for _ in range(min(lookups, AT_ONCE))]
        for wire in wires:
            wire.close()
        for one in going:
            one.result()

    def _waiting(self, kinds: Collection[str] | None, jobs: Collection[str] | None) -> int:
        """How many jobs might go in this run."""
        mine = self._books.who.login
        return sum(
            1
            for job in self._books.queue.list(["waiting"])
            if (kinds is None or job.kind in kinds)
            and (jobs is None or job.id in jobs)
            and (job.kind != "lookup" or job.owner == mine)
        )

    def _gdx(self, wires: list[Wire]) -> Gdx | None:
        get = self._books.settings.get
        url, key = get("gateways.gdx.url"), get("gateways.gdx.consumer_key")
        secret = get("gateways.gdx.consumer_secret")
        if url is None or key is None or secret is None:
            return None
        wires.append(Wire(ca_pem=get("gateways.gdx.ca"), limits=self._limits, connections=AT_ONCE))
        return Gdx(wires[-1], Address(url, key, secret), self._books.who.citizen_id, self._tokens)

    def _centre(self, wires: list[Wire]) -> Callable[[], CentreClient]:
        """The centre as it stands in the settings; an enrolment in mid-run changes the token."""
        get = self._books.settings.get
        wire = Wire(ca_pem=get("centre.ca"), limits=self._limits, connections=1)
        wires.append(wire)
        url, unit = get("centre.url") or "", self._books.unit
        return lambda: CentreClient(wire, url, unit, get("centre.token"))

    def _report(self, run: Run) -> RunReport:
        counts = self._books.queue.counts()
        waiting = counts["waiting"] + counts["sending"]
        left = 6 if waiting or counts["needs_login"] else 0
        return RunReport(
            sent=run.counts["sent"],
            done=run.counts[Kind.DONE] + run.counts[Kind.NOT_FOUND],
            waiting=waiting,
            needs_login=counts["needs_login"],
            quarantined=counts["quarantined"],
            line=_line(run.lines),
            stopped=_word(run.problem),
            reason=run.problem,
            exit_code=1 if counts["quarantined"] else left,
        )


def _line(lines: dict[str, LineState]) -> LineState:
    """The line's state by what each endpoint was met with."""
    for state in (LineState.PORTAL, LineState.CERTIFICATE, LineState.CLOCK):
        if state in lines.values():
            return state
    if lines.get(CENTRE) is LineState.NO_LINE and lines.get(GDX) is LineState.ONLINE:
        return LineState.CENTRE_DOWN
    if LineState.ONLINE in lines.values():
        return LineState.ONLINE
    return LineState.NO_LINE if lines else LineState.UNKNOWN


def _word(problem: SyncError | None) -> str | None:
    if problem is None:
        return None
    if isinstance(problem, Problem):
        return problem.code
    return re.sub(r"(?<!^)([A-Z])", r"_\1", type(problem).__name__).lower()
