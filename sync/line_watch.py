"""Looks at the line now and then while someone is logged in, and sends what waits when it is there."""

from __future__ import annotations

import threading
from typing import Protocol

from store.books import Books
from store.outage import Outages
from sync.engine import Engine, Progress, RunReport
from sync.line import probe
from sync.line_state import UP, LineReport, LineState

EVERY_S = 15.0


class Told(Protocol):
    """Whom a watch tells, from its own threads, until it is stopped."""

    def line_changed(self, report: LineReport) -> None:
        """The line is not as it was at the last look; also after the first look."""

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
        self._stop_asked = threading.Event()
        self._engine = Engine(books, progress=self._run_moved, cancelled=self._stop_asked)
        self._outages = Outages(books.database, books.ledger, books.clock)
        self._last: LineReport | None = None

    def look(self) -> None:
        """Look at the line soon."""
        self._wake.set()

    def send(self) -> None:
        """Send what waits soon, whatever the line looked like last."""
        self._asked.set()
        self._wake.set()

    def stop(self) -> None:
        """Ask the thread to end; a call that is under way ends by itself. Nothing is told from now on."""
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
        self._books.lookups.expire_due()
        report, last = probe(self._books), self._last
        if self._stop_asked.is_set():
            return
        up = report.state in UP
        self._measure(report, up)
        self._last = report
        if report != last:
            self._told.line_changed(report)
        came_back = up and last is not None and last.state not in UP
        if asked or came_back or (up and self._books.queue.counts()["waiting"]):
            # Somebody's wish, or a line that came back, does not wait for a job's next time.
            ended = self._engine.run(now=asked or came_back)
            if not self._stop_asked.is_set():
                self._told.run_ended(ended)

    def _measure(self, report: LineReport, up: bool) -> None:
        if up:
            self._outages.up()
        elif report.state is not LineState.UNKNOWN:
            self._outages.down(report.state.value)

    def _run_moved(self, progress: Progress) -> None:
        if not self._stop_asked.is_set():
            self._told.run_moved(progress)
