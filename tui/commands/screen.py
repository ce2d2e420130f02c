"""`nocopy` alone and `nocopy practice`: the full screen."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import click

from tui.commands.call import Call, options
from tui.messages import _, language


def office(call: Call) -> int:
    """The office's screen, on the real books."""
    _at_terminal()
    _start_undisturbed()
    from store.locations import find_home
    from tui.app import run

    return run(find_home(call.home), language())


@click.command(
    help=_("Open the full screen with invented citizens, cards and gateways, in a home of its own.")
)
@options()
def practice(call: Call) -> int:
    _at_terminal()
    _start_undisturbed()
    from tui.app import run_practice

    # $NOCOPY_HOME names the real books: practice goes elsewhere unless --home says so.
    return run_practice(Path(call.home).expanduser().absolute() if call.home else None, language())


def _start_undisturbed() -> None:
    """Until everything is imported: the collector would go through all that is coming in again and again, and
    an officer waits a tenth longer for the first frame. tui.app turns it on again."""
    gc.disable()


def _at_terminal() -> None:
    """Where nobody can see the screen or press a key it would only seem to hang."""
    # Textual draws on stderr: stdout may lead elsewhere.
    for stream in (sys.stdin, sys.stderr):
        if stream is None or not stream.isatty():
            raise click.UsageError(
                _("The full screen needs a terminal; `nocopy --help` lists the commands that do without.")
            )
