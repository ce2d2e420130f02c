"""Probes the network regularly while someone is logged in, and sends what waits when it is up."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Protocol

from store.books import Books
from store.people.permissions import may
from store.queue.job import SUBMISSIONS, JobKind, JobState
from store.queue.outage import Outages
from sync.errors import Problem
from sync.gateways.log_in import CardSession, ThaidLogin
from sync.network.network_state import UP, NetworkReport, NetworkState
from sync.run.engine import Engine, Progress, RunReport
from sync.run.probe import probe

EVERY_S = 15.0


class Listener(Protocol):
    """What a watch calls, from its own threads, until it is stopped."""

    def network_changed(self, report: NetworkReport) -> None:
        """The network differs from the last probe; also called after the first probe."""

    def session_seen(self, session: CardSession | Problem) -> None:
        """Who is logged in at GovAMI, or why that is not known; only after look()."""

    def expired(self) -> None:
        """Lookups ended at their deadline without an answer."""

    def run_moved(self, progress: Progress) -> None:
        """A run made progress: jobs may have changed."""

    def run_ended(self, report: RunReport) -> None:
        """A run ended."""

    def failed(self, error: Exception) -> None:
        """A probe or a run raised this error; the watch continues."""


class NetworkWatch(threading.Thread):
    """One thread for one log-in. The books must stay open until it has ended.

    It also records how long the network was down, and keeps one Engine, which holds the gateways' tokens.
    """

    def __init__(self, books: Books, listener: Listener, *, every_s: float = EVERY_S) -> None:
        super().__init__(name="network", daemon=True)
        self._books = books
        self._listener = listener
        self._every_s = every_s
        self._wake = threading.Event()
        self._asked = threading.Event()
        self._look_asked = threading.Event()
        self._stop_asked = threading.Event()
        self._lookups_held = threading.Event()
        self._engine = Engine(
            books, progress=self._run_moved, cancelled=self._stop_asked, lookups_held=self._lookups_held
        )
        self._outages = Outages(books.database, books.ledger, books.clock)
        self._last: NetworkReport | None = None

    @property
    def thaid(self) -> ThaidLogin:
        """The log-in with the ThaID app, where this unit asks a gateway that wants it; as Engine.thaid."""
        return self._engine.thaid

    def look(self) -> None:
        """Probe the network soon, and ask who is logged in at GovAMI."""
        self._look_asked.set()
        self._wake.set()

    def send(self) -> None:
        """Send what waits soon, whatever the last probe found."""
        self._asked.set()
        self._wake.set()

    def hold_lookups(self) -> None:
        """Send no more lookups, because the officer is absent (the screen is locked), only submissions."""
        self._lookups_held.set()

    def stop(self) -> None:
        """Ask the thread to end, and break off its calls. The listener is not called any more."""
        self._stop_asked.set()
        self._wake.set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                if not self._books.database.is_read_alone:  # so broken that no line can follow
                    self._turn()
            except Exception as error:  # noqa: BLE001 - a thread has no caller: the listener decides
                if not self._stop_asked.is_set():
                    self._listener.failed(error)
            self._wake.wait(self._every_s)
            self._wake.clear()

    def _turn(self) -> None:
        asked = self._asked.is_set()
        self._asked.clear()
        # Done at each turn, because lookups expire also where no run follows.
        if self._books.lookups.expire_due() and not self._stop_asked.is_set():
            self._listener.expired()
        report, last = probe(self._books), self._last
        if self._stop_asked.is_set():
            return
        self._measure(report)
        self._last = report
        if report != last:
            self._listener.network_changed(report)
        if self._look_asked.is_set():
            self._look_asked.clear()
            self._look_at_session(report)
        # A person's request, or a side that is up again, does not wait for a job's next time.
        self._send_what_can(report, now=asked or _came_back(report, last), asked=asked)

    def _send_what_can(self, report: NetworkReport, *, now: bool, asked: bool) -> None:
        """Run, where anything that waits can be sent. Only sides that are up are sent to, unless `asked`."""
        to_centre = report.centre is NetworkState.ONLINE
        lookups = report.gateways is NetworkState.ONLINE and not self._lookups_held.is_set()
        lookups = lookups and self._books.queue.wants(self._books.who.login)
        submissions = to_centre and (self._waiting(SUBMISSIONS) or self._engine.mail_is_due())
        if not (asked or lookups or submissions):
            return
        kinds: Collection[str] | None = None
        if not asked and not to_centre:
            kinds = [JobKind.LOOKUP]
        elif not asked and report.gateways not in (None, NetworkState.ONLINE):
            kinds = SUBMISSIONS
        ended = self._engine.run(kinds, now=now)
        if not self._stop_asked.is_set():
            self._listener.run_ended(ended)

    def _waiting(self, kinds: Collection[str]) -> bool:
        return any(job.kind in kinds for job in self._books.queue.list([JobState.WAITING, JobState.SENDING]))

    def _look_at_session(self, report: NetworkReport) -> None:
        session: CardSession | Problem | None = None
        is_here = not self._lookups_held.is_set() and may(self._books.who, "visit")
        if is_here and report.gateways in (None, NetworkState.ONLINE) and report.state in UP:
            try:
                session = self._engine.card_session()
            except Problem as problem:
                session = problem
        if session is not None and not self._stop_asked.is_set():
            self._listener.session_seen(session)

    def _measure(self, report: NetworkReport) -> None:
        if report.state in UP:
            self._outages.up()
        elif report.state is not NetworkState.UNKNOWN:
            self._outages.down(report.state.value)

    def _run_moved(self, progress: Progress) -> None:
        if not self._stop_asked.is_set():
            self._listener.run_moved(progress)


def _came_back(report: NetworkReport, last: NetworkReport | None) -> bool:
    """Whether a side is up that was not at the last probe."""
    if last is None:
        return False
    sides = ((report.centre, last.centre), (report.gateways, last.gateways))
    return any(now is NetworkState.ONLINE and then not in (None, NetworkState.ONLINE) for now, then in sides)
