"""`nocopy` alone and `nocopy practice`: the full screen."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import click

from tui.commands.call import Call, options
from tui.words.translate import _


def office(call: Call) -> int:
    """The office's screen, on the real books."""
    _at_terminal()
    _start_undisturbed()
    from reader.pcsc import PcscSlots  # practice must work without pyscard
    from store.base.locations import Locations, find_home
    from tui.app import NocopyApp

    app = NocopyApp(Locations(find_home(call.home)), PcscSlots())
    if app.run(mouse=False) == "practice":
        return _run_practice(None)
    return app.return_code or 0


@click.command(
    help=_("Open the full screen with invented citizens, cards and gateways, in a home of its own.")
)
@options()
def practice(call: Call) -> int:
    _at_terminal()
    _start_undisturbed()
    # $NOCOPY_HOME names the real books: practice goes elsewhere unless --home says so.
    return _run_practice(Path(call.home).expanduser().absolute() if call.home else None)


def _run_practice(home: Path | None) -> int:
    from store.base.locations import Locations, practice_home
    from tui.app import NocopyApp
    from tui.practice import Practice

    practice = Practice(Locations(home or practice_home()))
    try:
        practice.claim_home()
        app = NocopyApp(practice.locations, practice.readers, practice)
        app.run(mouse=False)
        return app.return_code or 0
    finally:
        practice.stop()


def _start_undisturbed() -> None:
    """Turn the garbage collector off until everything is imported: going through all new objects makes the
    first frame a tenth slower. tui/app.py turns it on again."""
    gc.disable()


def _at_terminal() -> None:
    """Refuse to start without a terminal: with no screen and no keys the program would only seem to hang."""
    # Textual draws on stderr: stdout may lead elsewhere.
    for stream in (sys.stdin, sys.stderr):
        if stream is None or not stream.isatty():
            raise click.UsageError(
                _("The full screen needs a terminal; `nocopy --help` lists the commands that do without.")
            )
