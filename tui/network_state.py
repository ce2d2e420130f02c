"""The state of the network for the person who is logged in: what F5 and F6 do, and what its watch reports.

The watch runs in a thread of its own and only posts messages. Each carries the generation of its log-in:
one that arrives after a lock is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from reader.errors import NocopyError
from store.queue.job import JobKind
from sync.network.network_state import UP, NetworkReport, NetworkState
from tui.words.session_words import session_words
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from sync.errors import Problem
    from sync.gateways.log_in import CardSession, ThaidLogin
    from sync.run.engine import Progress, RunReport
    from sync.run.network_watch import NetworkWatch
    from tui.practice import Practice

_EVERY_IN_PRACTICE_S = 2.0


@dataclass
class NetworkSeen(Message):
    """A probe found the network's state changed."""

    generation: int
    report: NetworkReport


@dataclass
class SessionSeen(Message):
    """Who is logged in at GovAMI, or why that is not known."""

    generation: int
    session: CardSession | Problem


@dataclass
class Expired(Message):
    """Lookups ended at their deadline without an answer."""

    generation: int


@dataclass
class RunMoved(Message):
    """A run through the queue made progress: rows may have changed."""

    generation: int
    progress: Progress


@dataclass
class RunEnded(Message):
    """A run through the queue ended; `error` is what stopped it, or the probe before it."""

    generation: int
    error: Exception | None = None


class Around(Protocol):
    """The part of the program (tui/program.py) that this file uses."""

    practice: Practice | None
    generation: int
    clock: Callable[[], datetime]

    @property
    def books(self) -> Books: ...

    @property
    def counts(self) -> Mapping[str, int]: ...

    @property
    def is_doing(self) -> bool: ...

    def say(self, sentence: str) -> None: ...

    def refresh_counts(self) -> None: ...

    def repaint(self) -> None: ...

    def post_message(self, message: Message) -> bool: ...


class Posts:
    """network_watch.Listener: posts the reports of one log-in's watch as messages to the screen."""

    def __init__(self, program: Around, generation: int) -> None:
        self._program = program
        self._generation = generation

    def network_changed(self, report: NetworkReport) -> None:
        self._program.post_message(NetworkSeen(self._generation, report))

    def session_seen(self, session: CardSession | Problem) -> None:
        self._program.post_message(SessionSeen(self._generation, session))

    def expired(self) -> None:
        self._program.post_message(Expired(self._generation))

    def run_moved(self, progress: Progress) -> None:
        self._program.post_message(RunMoved(self._generation, progress))

    def run_ended(self, _report: RunReport) -> None:
        self._program.post_message(RunEnded(self._generation))

    def failed(self, error: Exception) -> None:
        self._program.post_message(RunEnded(self._generation, error))


class OfficeNetwork:
    """The state of the network; changed on the screen's thread alone.

    `report` is None until the first probe, `since` is when it became what it is; `session_known` is whether
    the officer is logged in at the gateway, None while unknown.
    """

    def __init__(self, program: Around) -> None:
        self._program = program
        self._watch: NetworkWatch | None = None  # while somebody is logged in
        self._asked_of_session = False  # by F6: only then is the answer shown in row 23
        self.report: NetworkReport | None = None
        self.since: datetime | None = None
        self.session_known: bool | None = None

    # --- one log-in

    def begin(self, books: Books) -> None:
        """Start the watch for the person who has logged in."""
        from sync.run.network_watch import (
            EVERY_S,
            NetworkWatch,
        )  # imported here: httpx takes 0.35 s of CPU, too long for the start

        program = self._program
        every_s = EVERY_S if program.practice is None else _EVERY_IN_PRACTICE_S
        self.report, self.since, self.session_known = None, None, None
        self._watch = NetworkWatch(books, Posts(program, program.generation), every_s=every_s)
        self._watch.start()

    def leave(self) -> NetworkWatch:
        """At a lock: give up the watch, which goes on sending what is for the ministry, but no lookups."""
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
        """Whether the network is known to be down; False while unknown, or where no gateway is set up."""
        return self.report is not None and self.report.state not in (*UP, NetworkState.UNKNOWN)

    @property
    def has_nowhere_to_ask(self) -> bool:
        """Whether no gateway is set up on this PC: a request would wait for ever."""
        return self.report is not None and self.report.state is NetworkState.UNKNOWN

    def send(self) -> None:
        """Send what waits, in the background."""
        if self._watch is not None:
            self._watch.send()

    def look(self) -> None:
        """Probe the network, in the background."""
        if self._watch is not None:
            self._watch.look()

    def ask_about_session(self) -> None:
        """Show the next answer about the gateway's session in row 23."""
        self._asked_of_session = True

    @property
    def thaid(self) -> ThaidLogin | None:
        """The log-in with the ThaID app at a gateway; None while nobody is logged in here.

        Raises NotConfigured where no gateway wants that app.
        """
        return None if self._watch is None else self._watch.thaid

    # --- what the watch reports

    def _is_late(self, message: NetworkSeen | SessionSeen | Expired | RunMoved | RunEnded) -> bool:
        return message.generation != self._program.generation

    def seen(self, message: NetworkSeen) -> None:
        """The network's state changed: say so where it is back and items wait for it."""
        if self._is_late(message):
            return
        program = self._program
        before, self.report = self.report, message.report
        if before is None or before.state is not message.report.state:
            self.since = program.clock()
            program.refresh_counts()
            waiting = program.counts.get("can_go", 0)
            if before is not None and message.report.state is NetworkState.ONLINE and waiting:
                program.say(
                    _("The network is back. Sending the {n} waiting items; you can go on working.").format(
                        n=waiting
                    )
                )
        program.repaint()

    def session_seen(self, message: SessionSeen) -> None:
        if self._is_late(message):
            return
        self.session_known, sentence = session_words(message.session, self._program.books.who.citizen_id)
        if self._asked_of_session:
            self._asked_of_session = False
            self._program.say(sentence)

    def expired(self, message: Expired) -> None:
        """Redraw: Home says what to do about it; a visit shows it at its documents."""
        if not self._is_late(message):
            self._program.refresh_counts()
            self._program.repaint()

    def run_moved(self, message: RunMoved) -> None:
        if self._is_late(message):
            return
        if message.progress.kind == JobKind.LOOKUP:
            self._heard_of_session(message.progress.outcome)
        self._program.refresh_counts()
        self._program.repaint()

    def run_ended(self, message: RunEnded) -> None:
        """Show how things stand after the run, or its error; an unexpected error is raised."""
        if self._is_late(message):
            return
        if message.error is not None and not isinstance(message.error, NocopyError):
            raise message.error
        program = self._program
        program.refresh_counts()
        if program.is_doing:
            program.say("")  # "Sending ..." is over: the screen's own sentence says how it stands
        if message.error is not None:
            says, does = sentences_of(message.error)
            program.say(f"{says} {does}")
        program.repaint()

    def _heard_of_session(self, outcome: str) -> None:
        """Learn from a lookup's outcome whether the officer is logged in at the gateway."""
        from sync.gateways.outcome import Kind

        if outcome == Kind.NEEDS_LOGIN:
            self.session_known = False
        elif outcome in (Kind.DONE, Kind.NOT_FOUND):
            self.session_known = True
