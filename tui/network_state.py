"""The network of whoever is logged in, as the screen knows it: what F5 and F6 do there, what its watch tells.

The watch works in a thread of its own and only posts messages. Each carries the generation of its log-in:
what comes after a lock is dropped.
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
    """A look at the network found it changed."""

    generation: int
    report: NetworkReport


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


class Around(Protocol):
    """What the network's state uses of the program that shows it (tui/program.py)."""

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
    """network_watch.Listener: what the watch of one log-in tells, as messages to the screen."""

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

    `report` is None until the network was looked at, `since` when it became so; `session_known`: is the
    officer logged in at the gateway, as far as was seen.
    """

    def __init__(self, program: Around) -> None:
        self._program = program
        self._watch: NetworkWatch | None = None  # while somebody is logged in
        self._asked_of_session = False  # by F6: only then does the answer take row 23
        self.report: NetworkReport | None = None
        self.since: datetime | None = None
        self.session_known: bool | None = None

    # --- one log-in

    def begin(self, books: Books) -> None:
        """Watch the network for who has logged in."""
        from sync.run.network_watch import (
            EVERY_S,
            NetworkWatch,
        )  # 0.35 s of CPU (httpx): no start of the program pays it

        program = self._program
        every_s = EVERY_S if program.practice is None else _EVERY_IN_PRACTICE_S
        self.report, self.since, self.session_known = None, None, None
        self._watch = NetworkWatch(books, Posts(program, program.generation), every_s=every_s)
        self._watch.start()

    def leave(self) -> NetworkWatch:
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
        return self.report is not None and self.report.state not in (*UP, NetworkState.UNKNOWN)

    @property
    def has_nowhere_to_ask(self) -> bool:
        """No gateway is set up on this PC: a request would wait for ever."""
        return self.report is not None and self.report.state is NetworkState.UNKNOWN

    def send(self) -> None:
        """Send what waits, in the background."""
        if self._watch is not None:
            self._watch.send()

    def look(self) -> None:
        """Look whether it is there, in the background."""
        if self._watch is not None:
            self._watch.look()

    def ask_about_session(self) -> None:
        """The next answer about the gateway's session is said in row 23."""
        self._asked_of_session = True

    @property
    def thaid(self) -> ThaidLogin | None:
        """The log-in with the ThaID app at a gateway; None while nobody is logged in here.

        Raises NotConfigured where no gateway wants that app.
        """
        return None if self._watch is None else self._watch.thaid

    # --- what the watch tells

    def _is_late(self, message: NetworkSeen | SessionSeen | Expired | RunMoved | RunEnded) -> bool:
        return message.generation != self._program.generation

    def seen(self, message: NetworkSeen) -> None:
        """The network changed: say so where it came back for what waits."""
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
        """Home says what it means; a visit shows it at its documents."""
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
        """What was to be sent is sent, or the error says why not; one that nobody expected is raised."""
        if self._is_late(message):
            return
        if message.error is not None and not isinstance(message.error, NocopyError):
            raise message.error
        program = self._program
        program.refresh_counts()
        if program.is_doing:
            program.say("")  # what was being done is done: the screen tells how it stands
        if message.error is not None:
            says, does = sentences_of(message.error)
            program.say(f"{says} {does}")
        program.repaint()

    def _heard_of_session(self, outcome: str) -> None:
        """Whether the officer is logged in at the gateway, by what became of a lookup."""
        from sync.gateways.outcome import Kind

        if outcome == Kind.NEEDS_LOGIN:
            self.session_known = False
        elif outcome in (Kind.DONE, Kind.NOT_FOUND):
            self.session_known = True
