"""What threads tell the screen: they only post messages, and the screen changes itself.

A message carries the generation in which it was asked for. After a lock the generation is another, and
what a cancelled thread still delivers is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

from reader.errors import NocopyError
from store.errors import StoreError
from sync.line_state import LineReport
from tui.messages import told

if TYPE_CHECKING:
    from store.books import Books
    from sync.engine import Progress, RunReport
    from sync.errors import Problem
    from sync.gdx import CardSession
    from sync.line_watch import LineWatch
    from tui.app import NocopyApp

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
    """A look at the line found it changed."""

    generation: int
    report: LineReport


@dataclass
class SessionSeen(Message):
    """Who is logged in at GovAMI, or why that cannot be told."""

    generation: int
    session: CardSession | Problem


@dataclass
class RunMoved(Message):
    """A run through the queue got on: rows may have changed."""

    generation: int
    progress: Progress


@dataclass
class RunEnded(Message):
    """A run through the queue ended, or the `error` that stopped it (or the look before it)."""

    generation: int
    error: Exception | None = None


class Posts:
    """line_watch.Told: what the watch of one log-in tells, as messages to the screen."""

    def __init__(self, app: NocopyApp, generation: int) -> None:
        self._app = app
        self._generation = generation

    def line_changed(self, report: LineReport) -> None:
        self._app.post_message(LineSeen(self._generation, report))

    def session_seen(self, session: CardSession | Problem) -> None:
        self._app.post_message(SessionSeen(self._generation, session))

    def run_moved(self, progress: Progress) -> None:
        self._app.post_message(RunMoved(self._generation, progress))

    def run_ended(self, _report: RunReport) -> None:
        self._app.post_message(RunEnded(self._generation))

    def failed(self, error: Exception) -> None:
        self._app.post_message(RunEnded(self._generation, error))


class _NoLonger(Exception):
    """Who logged in has left: what goes on in the background ends."""


def back_up(app: NocopyApp, books: Books) -> None:
    """The day's backup, at the first log-in of a day. Runs in a thread; a lock or the end breaks it off."""
    from store import backup

    generation = app.generation

    def go_on(_done: float) -> None:
        if app.generation != generation or not app.is_running:
            raise _NoLonger

    try:
        backup.daily(books, go_on)
    except _NoLonger:
        return
    except StoreError as error:
        post = Finished(generation, lambda _: None, lambda why: app.say(told(why)[0]), error=error)
        app.post_message(post)


def watch_line(app: NocopyApp, books: Books) -> LineWatch:
    """The watch of this log-in, not yet started."""
    from sync.line_watch import EVERY_S, LineWatch  # 0.35 s of CPU (httpx): no start of the program pays it

    every_s = EVERY_S if app.practice is None else _EVERY_IN_PRACTICE_S
    return LineWatch(books, Posts(app, app.generation), every_s=every_s)


def retire(books: Books, watch: LineWatch | None) -> None:
    """Close the books of someone who left, when nothing uses them any more. Not on the screen's thread."""
    if watch is not None:
        watch.stop()
        watch.join()
    books.close()
