"""`nocopy sync`: one run through what waits to be sent, or runs until stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click

from reader.errors import NocopyError
from tui.commands.call import DONE, Call, complain, options
from tui.commands.queue import explain_waiting
from tui.commands.thaid import logged_in
from tui.messages import _, told

if TYPE_CHECKING:
    from store.books import Books
    from sync.engine import Progress, RunReport
    from sync.errors import Problem
    from sync.gdx import CardSession
    from sync.line_state import LineReport
    from sync.linkage2 import Linkage2Driver

    AtLinkage = Callable[[Linkage2Driver], AbstractContextManager[None]]


@click.command(
    help=_("Send what waits. Exit code 0: nothing is left, 6: something waits, 1: something was set aside.")
)
@click.option("--watch", is_flag=True, help=_("Send whenever something is due, until stopped."))
@click.option(
    "--thaid", is_flag=True, help=_("Log in to Linkage 2 with the ThaID app first, and out at the end.")
)
@click.option(
    "--office",
    type=int,
    metavar="N",
    help=_("With --thaid: the office in whose name you ask, by its number."),
)
@options(login=True)
def sync(call: Call, watch: bool, thaid: bool, office: int | None) -> int:
    from store.permissions import demand

    if office is not None and not thaid:
        raise click.UsageError(_("--office goes with --thaid."))
    with call.books() as (books, _passphrase):
        demand(books.who, "sync")

        def at_linkage(linkage: Linkage2Driver) -> AbstractContextManager[None]:
            return logged_in(call, books, linkage, office) if thaid else nullcontext()

        return _watch(call, books, at_linkage) if watch else _once(call, books, at_linkage)


def _once(call: Call, books: Books, at_linkage: AtLinkage) -> int:
    from sync.engine import Engine

    engine = Engine(books)
    with at_linkage(engine.linkage2):
        report = engine.run(now=True)
    _give(call, books, report)
    return report.exit_code


def _watch(call: Call, books: Books, at_linkage: AtLinkage) -> int:
    """Sends whenever the line is there and something is due, and measures how long there is none.

    Ctrl+C or a polite kill ends it after the calls in hand.
    """
    from sync.line_watch import LineWatch

    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    tells = _Tells(call, books, stop)
    watch = LineWatch(books, tells)
    with at_linkage(watch.linkage2):
        watch.start()
        stop.wait()
        watch.stop()
        watch.join()
    if tells.error is not None:
        raise tells.error
    return DONE


class _Tells:
    """line_watch.Told: a line of output for each run. What nobody foresaw ends the command."""

    def __init__(self, call: Call, books: Books, stop: threading.Event) -> None:
        self._call = call
        self._books = books
        self._stop = stop
        self.error: Exception | None = None

    def line_changed(self, report: LineReport) -> None:
        """Each run tells the line."""

    def session_seen(self, session: CardSession | Problem) -> None:
        """Nobody asks for it here."""

    def expired(self) -> None:
        """The lines of the ledger say it."""

    def run_moved(self, progress: Progress) -> None:
        """Its end is told."""

    def run_ended(self, report: RunReport) -> None:
        _give(self._call, self._books, report)

    def failed(self, error: Exception) -> None:
        if isinstance(error, NocopyError):
            complain(*told(error))
            return
        self.error = error
        self._stop.set()


def _give(call: Call, books: Books, report: RunReport) -> None:
    counts = books.queue.counts()
    call.give(
        {
            "line": str(report.line),
            "stopped": report.stopped,
            "sent": report.sent,
            "done": report.done,
            "waiting": report.waiting,
            "needs_login": report.needs_login,
            "quarantined": report.quarantined,
            "queue": counts,
        },
        [
            _("Line: {line}. Sent {sent}, done {done}.").format(
                line=_(str(report.line)), sent=report.sent, done=report.done
            ),
            _("Left: {waiting} waiting, {needs_login} need a log-in, {quarantined} set aside.").format(
                waiting=report.waiting, needs_login=report.needs_login, quarantined=report.quarantined
            ),
        ],
    )
    if report.reason:
        complain(*told(report.reason))
    elif _waits_for_thaid(books):
        complain(_("What needs Linkage 2 waits for its log-in: `nocopy sync --thaid`."))
    elif report.waiting and not report.sent:
        explain_waiting(books)


def _waits_for_thaid(books: Books) -> bool:
    from store.endpoints import LINKAGE2

    return books.queue.needs_login_count(books.who.login, LINKAGE2) > 0
