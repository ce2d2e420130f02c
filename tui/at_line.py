"""The line of whoever is logged in, as the screen knows it: what F5 and F6 do there, what its watch tells.

The watch works in a thread of its own and only posts messages. Each carries the generation of its log-in:
what comes after a lock is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

from reader.errors import NocopyError
from store.permissions import may
from sync.line_state import UP, LineReport, LineState
from tui.messages import _, told
from tui.session_words import session_words
from tui.state_row import line_words

if TYPE_CHECKING:
    from store.books import Books
    from sync.engine import Progress, RunReport
    from sync.errors import Problem
    from sync.gdx import CardSession
    from sync.line_watch import LineWatch
    from tui.app import NocopyApp

_EVERY_IN_PRACTICE_S = 2.0


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
class Expired(Message):
    """Lookups ended at their deadline without an answer."""

    generation: int


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

    def expired(self) -> None:
        self._app.post_message(Expired(self._generation))

    def run_moved(self, progress: Progress) -> None:
        self._app.post_message(RunMoved(self._generation, progress))

    def run_ended(self, _report: RunReport) -> None:
        self._app.post_message(RunEnded(self._generation))

    def failed(self, error: Exception) -> None:
        self._app.post_message(RunEnded(self._generation, error))


class OfficeLine:
    """The state of the line; changed on the screen's thread alone.

    `report` is None until the line was looked at, `since` when it became so; `session_known`: is the officer
    logged in at the gateway, as far as was seen.
    """

    def __init__(self, app: NocopyApp) -> None:
        self._app = app
        self._watch: LineWatch | None = None  # while somebody is logged in
        self._asked_of_session = False  # by F6: only then does the answer take row 23
        self.report: LineReport | None = None
        self.since: datetime | None = None
        self.session_known: bool | None = None

    # --- one log-in

    def begin(self, books: Books) -> None:
        """Watch the line for who has logged in."""
        from sync.line_watch import (
            EVERY_S,
            LineWatch,
        )  # 0.35 s of CPU (httpx): no start of the program pays it

        app = self._app
        every_s = EVERY_S if app.practice is None else _EVERY_IN_PRACTICE_S
        self.report, self.since, self.session_known = None, None, None
        self._watch = LineWatch(books, Posts(app, app.generation), every_s=every_s)
        self._watch.start()

    def leave(self) -> LineWatch:
        """Who was logged in leaves: the watch, which sends on what is for the ministry, and no lookup."""
        watch, self._watch = self._watch, None
        assert watch is not None, "nobody is logged in"
        watch.hold_lookups()
        return watch

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    # --- what the screens ask

    @property
    def is_down(self) -> bool:
        """Known to be down; False while nobody knows, or where there is nowhere to ask."""
        return self.report is not None and self.report.state not in (*UP, LineState.UNKNOWN)

    @property
    def has_nowhere_to_ask(self) -> bool:
        """No gateway is set up on this PC: a request would wait for ever."""
        return self.report is not None and self.report.state is LineState.UNKNOWN

    def send(self) -> None:
        """Send what waits, in the background."""
        if self._watch is not None:
            self._watch.send()

    def look(self) -> None:
        """Look whether it is there, in the background."""
        if self._watch is not None:
            self._watch.look()

    def press(self) -> None:
        """F6: look at the line again, log in at Linkage 2; in practice, cut or restore the line."""
        app = self._app
        if app.practice is not None:
            cut = app.practice.cut_or_restore()
            app.say(_("Practice: the network is cut.") if cut else _("Practice: the network is back."))
        else:
            app.say(_("Network {state}. Looking once more.").format(state=line_words(app)))
            self._asked_of_session = True
            self._ask_about_linkage()
        self.look()

    def _ask_about_linkage(self) -> None:
        """Where this unit asks the Linkage Center directly, the officer logs in and out there by F6."""
        from tui.linkage_login import LinkageLogin
        from tui.screens.ask import Question

        app = self._app
        if self._watch is None or isinstance(app.screen, Question):
            return
        if app.books.settings.get("gateways.linkage2.url") is not None and may(app.books.who, "visit"):
            LinkageLogin(app, self._watch.linkage2).begin()

    # --- what the watch tells

    def _is_late(self, message: LineSeen | SessionSeen | Expired | RunMoved | RunEnded) -> bool:
        return message.generation != self._app.generation

    def seen(self, message: LineSeen) -> None:
        """The line changed: say so where it came back for what waits."""
        if self._is_late(message):
            return
        app = self._app
        before, self.report = self.report, message.report
        if before is None or before.state is not message.report.state:
            self.since = app.clock()
            app.refresh_counts()
            waiting = app.counts.get("can_go", 0)
            if before is not None and message.report.state is LineState.ONLINE and waiting:
                app.said = _(
                    "The network is back. Sending the {n} waiting items; you can go on working."
                ).format(n=waiting)
        app.repaint()

    def session_seen(self, message: SessionSeen) -> None:
        if self._is_late(message):
            return
        self.session_known, sentence = session_words(message.session, self._app.books.who.citizen_id)
        if self._asked_of_session:
            self._asked_of_session = False
            self._app.say(sentence)

    def expired(self, message: Expired) -> None:
        """Home says what it means; a visit shows it at its documents."""
        if not self._is_late(message):
            self._app.refresh_counts()
            self._app.repaint()

    def run_moved(self, message: RunMoved) -> None:
        if self._is_late(message):
            return
        if message.progress.kind == "lookup":
            self._heard_of_session(message.progress.outcome)
        self._app.refresh_counts()
        self._app.repaint()

    def run_ended(self, message: RunEnded) -> None:
        """What was to be sent is sent, or the error says why not; one that nobody expected is raised."""
        if self._is_late(message):
            return
        if message.error is not None and not isinstance(message.error, NocopyError):
            raise message.error
        app = self._app
        app.refresh_counts()
        if app.said.startswith("… "):
            app.said = ""  # what was being done is done: the screen tells how it stands
        if message.error is not None:
            says, does = told(message.error)
            app.said = f"{says} {does}"
        app.repaint()

    def _heard_of_session(self, outcome: str) -> None:
        """Whether the officer is logged in at the gateway, by what became of a lookup."""
        from sync.outcome import Kind

        if outcome == Kind.NEEDS_LOGIN:
            self.session_known = False
        elif outcome in (Kind.DONE, Kind.NOT_FOUND):
            self.session_known = True
