"""`nocopy sync`: one run through what waits to be sent, or runs until stopped."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import click

from tui.commands.call import DONE, Call, complain, options
from tui.commands.queue import explain_pauses
from tui.messages import _, told

if TYPE_CHECKING:
    from store.books import Books
    from sync.engine import RunReport

BETWEEN_RUNS_S = 30.0


@click.command(
    help=_("Send what waits. Exit code 0: nothing is left, 6: something waits, 1: something was set aside.")
)
@click.option("--watch", is_flag=True, help=_("Send whenever something is due, until stopped."))
@options(login=True)
def sync(call: Call, watch: bool) -> int:
    from store.permissions import demand

    with call.books() as (books, _passphrase):
        demand(books.who, "sync")
        return _watch(call, books) if watch else _once(call, books)


def _once(call: Call, books: Books) -> int:
    from sync.engine import Engine

    report = Engine(books).run(now=True)
    _give(call, books, report)
    return report.exit_code


def _watch(call: Call, books: Books) -> int:
    """Runs again and again; Ctrl+C or a polite kill ends it after the calls in hand."""
    from sync.engine import Engine

    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    engine = Engine(books, cancelled=stop)
    while not stop.is_set():
        _give(call, books, engine.run())
        stop.wait(BETWEEN_RUNS_S)
    return DONE


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
                line=report.line, sent=report.sent, done=report.done
            ),
            _("Left: {waiting} waiting, {needs_login} need a log-in, {quarantined} set aside.").format(
                waiting=report.waiting, needs_login=report.needs_login, quarantined=report.quarantined
            ),
        ],
    )
    if report.reason:
        complain(*told(report.reason))
    elif report.waiting and not report.sent:
        explain_pauses(books)
