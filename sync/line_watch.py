"""Looks at the line now and then while someone is logged in, and sends what waits when it is there."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Protocol

from store.books import Books
from store.job import SUBMISSIONS
from store.outage import Outages
from store.permissions import may
from sync.engine import Engine, Progress, RunReport
from sync.errors import Problem
from sync.gdx import CardSession
from sync.line import probe
from sync.line_state import UP, LineReport, LineState
from sync.linkage2 import Linkage2Driver

EVERY_S = 15.0


class Told(Protocol):
    """Whom a watch tells, from its own threads, until it is stopped."""

    def line_changed(self, report: LineReport) -> None:
        """The line is not as it was at the last look; also after the first look."""

    def session_seen(self, session: CardSession | Problem) -> None:
        """Who is logged in at GovAMI, or why that cannot be told; after a look that somebody asked for."""

    def expired(self) -> None:
        """Lookups ended at their deadline without an answer."""

    def run_moved(self, progress: Progress) -> None:
        """A run through the queue got on: jobs may have changed."""

    def run_ended(self, report: RunReport) -> None:
        """A run through the queue ended."""

    def failed(self, error: Exception) -> None:
        """A look or a run ended in this error; the watch goes on."""


class LineWatch(threading.Thread):
    """One thread for one log-in. The books must stay open until it has ended.

    It also writes down how long the line was down, and keeps one Engine, which holds the gateways' tokens.
    """

    def __init__(self, books: Books, told: Told, *, every_s: float = EVERY_S) -> None:
        super().__init__(name="line", daemon=True)
        self._books = books
        self._told = told
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
        self._last: LineReport | None = None

    @property
    def linkage2(self) -> Linkage2Driver:
        """Linkage 2 of this log-in: the officer logs in there through it."""
        return self._engine.linkage2

    def look(self) -> None:
        """Look soon at the line, and at who is logged in at GovAMI."""
        self._look_asked.set()
        self._wake.set()

    def send(self) -> None:
        """Send what waits soon, whatever the line looked like last."""
        self._asked.set()
        self._wake.set()

    def hold_lookups(self) -> None:
        """The officer has gone (the screen is locked): lookups wait, what is for the ministry goes on."""
        self._lookups_held.set()

    def stop(self) -> None:
        """Ask the thread to end; calls under way are broken off. Nothing is told from now on."""
        self._stop_asked.set()
        self._wake.set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                self._turn()
            except Exception as error:  # noqa: BLE001 - a thread has nobody above it: whoever is told decides
                if not self._stop_asked.is_set():
                    self._told.failed(error)
            self._wake.wait(self._every_s)
            self._wake.clear()

    def _turn(self) -> None:
        asked = self._asked.is_set()
        self._asked.clear()
        # Also where no run follows: what is past its age goes, whatever the line does.
        if self._books.lookups.expire_due() and not self._stop_asked.is_set():
            self._told.expired()
        report, last = probe(self._books), self._last
        if self._stop_asked.is_set():
            return
        self._measure(report)
        self._last = report
        if report != last:
            self._told.line_changed(report)
        if self._look_asked.is_set():
            self._look_asked.clear()
            self._look_at_session(report)
        # Somebody's wish, or a side that came back, does not wait for a job's next time.
        self._send_what_can(report, now=asked or _came_back(report, last), asked=asked)

    def _send_what_can(self, report: LineReport, *, now: bool, asked: bool) -> None:
        """A run, where anything waits that can go: only the sides that can be reached are sent to."""
        to_centre = report.centre is LineState.ONLINE
        lookups = report.gateways is LineState.ONLINE and not self._lookups_held.is_set()
        lookups = lookups and self._books.queue.wants(self._books.who.login)
        submissions = to_centre and (self._waiting(SUBMISSIONS) or self._engine.mail_is_due())
        if not (asked or lookups or submissions):
            return
        kinds: Collection[str] | None = None
        if not asked and not to_centre:
            kinds = ["lookup"]
        elif not asked and report.gateways not in (None, LineState.ONLINE):
            kinds = SUBMISSIONS
        ended = self._engine.run(kinds, now=now)
        if not self._stop_asked.is_set():
            self._told.run_ended(ended)

    def _waiting(self, kinds: Collection[str]) -> bool:
        return any(job.kind in kinds for job in self._books.queue.list(["waiting", "sending"]))

    def _look_at_session(self, report: LineReport) -> None:
        session: CardSession | Problem | None = None
        is_here = not self._lookups_held.is_set() and may(self._books.who, "visit")
        if is_here and report.gateways in (None, LineState.ONLINE) and report.state in UP:
            try:
                session = self._engine.card_session()
            except Problem as problem:
                session = problem
        if session is not None and not self._stop_asked.is_set():
            self._told.session_seen(session)

    def _measure(self, report: LineReport) -> None:
        if report.state in UP:
            self._outages.up()
        elif report.state is not LineState.UNKNOWN:
            self._outages.down(report.state.value)

    def _run_moved(self, progress: Progress) -> None:
        if not self._stop_asked.is_set():
            self._told.run_moved(progress)


def _came_back(report: LineReport, last: LineReport | None) -> bool:
    """Whether a side can be reached that could not at the last look."""
    if last is None:
        return False
    sides = ((report.centre, last.centre), (report.gateways, last.gateways))
    return any(now is LineState.ONLINE and then not in (None, LineState.ONLINE) for now, then in sides)
