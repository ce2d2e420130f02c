"""The commands whose substance comes later: they exist, and say plainly that they cannot do it yet."""

from __future__ import annotations

import click

from tui.commands.call import FAILED, Call, options
from tui.messages import _, mark

# The words on the line -> what the command will do.
NOT_YET = {
    "month paper": mark("Make the month's paper as a PDF."),
}


def not_yet(words: str) -> click.Command:
    """The command of that name. It takes any arguments, so that none of them is blamed instead."""

    @click.command(
        words.split()[-1],
        help=_(NOT_YET[words]) + " " + _("Not yet in this version."),
        context_settings={"ignore_unknown_options": True},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="")
    @options()
    def command(_call: Call, **_given: object) -> int:
        click.echo(_("`nocopy {words}` does not work yet in this version.").format(words=words), err=True)
        return FAILED

    return command
