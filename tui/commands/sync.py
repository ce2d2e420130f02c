"""`nocopy sync`: one run through what waits to be sent, or one after another until stopped."""

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
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from sync.errors import Problem
    from sync.gateways.log_in import CardSession
    from sync.network.network_state import NetworkReport
    from sync.run.engine import Engine, Progress, RunReport
    from sync.run.network_watch import NetworkWatch

    AtGateway = Callable[[Engine | NetworkWatch], AbstractContextManager[None]]


@click.command(
    help=_("Send what waits. Exit code 0: nothing is left, 6: something waits, 1: something was set aside.")
)
@click.option("--watch", is_flag=True, help=_("Send whenever something is due, until stopped."))
@click.option(
    "--thaid", is_flag=True, help=_("Log in at the gateway with the ThaID app first, and out at the end.")
)
@click.option(
    "--office",
    type=int,
    metavar="N",
    help=_("With --thaid: the office in whose name you ask, by its number."),
)
@options(login=True)
def sync(call: Call, watch: bool, thaid: bool, office: int | None) -> int:
    from store.people.permissions import demand

    if office is not None and not thaid:
        raise click.UsageError(_("--office goes with --thaid."))
    with call.books() as (books, _passphrase):
        demand(books.who, "sync")

        def at_gateway(sends: Engine | NetworkWatch) -> AbstractContextManager[None]:
            return logged_in(call, books, sends.thaid, office) if thaid else nullcontext()

        return _watch(call, books, at_gateway) if watch else _once(call, books, at_gateway)


def _once(call: Call, books: Books, at_gateway: AtGateway) -> int:
    from sync.run.engine import Engine

    engine = Engine(books)
    with at_gateway(engine):
        report = engine.run(now=True)
    _give(call, books, report)
    return report.exit_code


def _watch(call: Call, books: Books, at_gateway: AtGateway) -> int:
    """Sends whenever the network is there and something is due, and measures how long there is none.

    SIGINT (Ctrl+C) or SIGTERM ends it, once the calls under way have ended.
    """
    from sync.run.network_watch import NetworkWatch

    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    tells = _Tells(call, books, stop)
    watch = NetworkWatch(books, tells)
    with at_gateway(watch):
        watch.start()
        stop.wait()
        watch.stop()
        watch.join()
    if tells.error is not None:
        raise tells.error
    return DONE


class _Tells:
    """network_watch.Listener: prints a result for each run. An unexpected error ends the command."""

    def __init__(self, call: Call, books: Books, stop: threading.Event) -> None:
        self._call = call
        self._books = books
        self._stop = stop
        self.error: Exception | None = None

    def network_changed(self, report: NetworkReport) -> None:
        """Not printed: each run's result says how the network is."""

    def session_seen(self, session: CardSession | Problem) -> None:
        """Not printed: it is for the screen."""

    def expired(self) -> None:
        """Not printed: the ledger has a line for each."""

    def run_moved(self, progress: Progress) -> None:
        """Not printed: the end of the run is."""

    def run_ended(self, report: RunReport) -> None:
        _give(self._call, self._books, report)

    def failed(self, error: Exception) -> None:
        if isinstance(error, NocopyError):
            complain(*sentences_of(error))
            return
        self.error = error
        self._stop.set()


def _give(call: Call, books: Books, report: RunReport) -> None:
    counts = books.queue.counts()
    call.give(
        {
            "line": str(report.network),
            "stopped": report.stopped,
            "sent": report.sent,
            "done": report.done,
            "waiting": report.waiting,
            "needs_login": report.needs_login,
            "quarantined": report.quarantined,
            "queue": counts,
        },
        [
            _("Network: {network}. Sent {sent}, done {done}.").format(
                network=_(str(report.network)), sent=report.sent, done=report.done
            ),
            _("Left: {waiting} waiting, {needs_login} need a log-in, {quarantined} set aside.").format(
                waiting=report.waiting, needs_login=report.needs_login, quarantined=report.quarantined
            ),
        ],
    )
    if report.reason:
        complain(*sentences_of(report.reason))
    elif waits := _waits_for_thaid(books):
        complain(_("What needs {gateway} waits for its log-in: `nocopy sync --thaid`.").format(gateway=waits))
    elif report.waiting and not report.sent:
        explain_waiting(books)


def _waits_for_thaid(books: Books) -> str:
    """The names of the gateways where lookups of the logged-in person wait for a log-in with ThaID."""
    from store.settings.gateways import LogIn, declared

    waiting = (
        one.name
        for one in declared()
        if one.log_in is LogIn.THAID and books.queue.needs_login_count(books.who.login, one.endpoint)
    )
    return ", ".join(waiting)
