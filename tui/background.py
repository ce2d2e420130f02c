"""The work that may be slow, in threads of its own: they only post messages, and the screen changes itself.

A message carries the generation in which it was asked for. After a lock the generation is another, and
what a cancelled thread still delivers is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

from reader.errors import NocopyError
from store.books import Books
from store.outage import Outages
from sync.engine import Engine, Progress
from sync.line import LineReport, LineState, probe

if TYPE_CHECKING:
    from tui.app import NocopyApp

UP = (LineState.ONLINE, LineState.CENTRE_DOWN)
"""The states in which a lookup can be answered."""

_EVERY_S = 15.0
_EVERY_IN_PRACTICE_S = 2.0


@dataclass
class Finished(Message):
    """A slow piece of work is done: `then` gets its result, or `failed` its error, on the screen's thread."""

    generation: int
    then: Callable[[Any], None]
    failed: Callable[[NocopyError], None] | None
    result: Any = None
    error: Exception | None = None


@dataclass
class LineSeen(Message):
    """What a look at the line found."""

    generation: int
    report: LineReport


@dataclass
class RunMoved(Message):
    """A run through the queue got on: rows may have changed."""

    generation: int
    progress: Progress


@dataclass
class RunEnded(Message):
    """A run through the queue ended: with its report, or with the error that stopped it."""

    generation: int
    report: Any = None
    error: Exception | None = None


class Errands:
    """Looks at the line, and sends what waits when it is there or when asked: one thread for one log-in."""

    def __init__(self, app: NocopyApp, books: Books, generation: int) -> None:
        self._app = app
        self._books = books
        self._generation = generation
        self._wake = threading.Event()
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._every = _EVERY_IN_PRACTICE_S if app.practice is not None else _EVERY_S
        # One engine for one log-in: it holds the gateways' tokens.
        self._engine = Engine(
            books, progress=lambda progress: self._post(RunMoved(generation, progress)), cancelled=self._stop
        )
        self._outages = Outages(books.database, books.ledger, books.clock)
        self._was_up: bool | None = None
        self._thread = threading.Thread(target=self._go, name="errands", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look(self) -> None:
        """Look at the line soon."""
        self._wake.set()

    def send(self) -> None:
        """Send what waits soon, whatever the line looked like last."""
        self._asked.set()
        self._wake.set()

    def stop(self) -> None:
        """Ask the thread to end; a call that is under way ends by itself."""
        self._stop.set()
        self._wake.set()

    def join(self) -> None:
        """Wait for its end. Not on the screen's thread."""
        self._thread.join()

    def _go(self) -> None:
        while not self._stop.is_set():
            self._turn()
            self._wake.wait(self._every)
            self._wake.clear()

    def _turn(self) -> None:
        try:
            asked = self._asked.is_set()
            self._asked.clear()
            report = probe(self._books)
            if self._stop.is_set():
                return
            up = report.state in UP
            self._measure(report, up)
            self._post(LineSeen(self._generation, report))
            came_back = up and self._was_up is False
            self._was_up = up
            if asked or came_back or (up and self._something_waits()):
                # Somebody's wish, or a line that came back, does not wait for a job's next time.
                ended = self._engine.run(now=asked or came_back)
                self._post(RunEnded(self._generation, report=ended))
        except Exception as error:  # noqa: BLE001 - a thread has nobody above it: the screen tells the officer
            self._post(RunEnded(self._generation, error=error))

    def _measure(self, report: LineReport, up: bool) -> None:
        if up:
            self._outages.up()
        elif report.state is not LineState.UNKNOWN:
            self._outages.down(report.state.value)

    def _something_waits(self) -> bool:
        return self._books.queue.counts().get("waiting", 0) > 0

    def _post(self, message: Message) -> None:
        if not self._stop.is_set():
            self._app.post_message(message)


def retire(books: Books, errands: Errands | None) -> None:
    """Close the books of someone who left, when nothing uses them any more. Not on the screen's thread."""
    if errands is not None:
        errands.stop()
        errands.join()
    books.close()
