"""The commands whose substance comes later: they exist, and say plainly that they cannot do it yet."""

from __future__ import annotations

import click

from tui.commands.call import FAILED, Call, Group, options
from tui.messages import _, mark

# The words on the line -> what the command will do.
NOT_YET = {
    "ledger export": mark("Write the ledger out, for a person or for a checker."),
    "verify": mark("Check a report, a receipt or an export without the books."),
    "month paper": mark("Make the month's paper as a PDF."),
    "carry out": mark("Put all waiting submissions on a USB stick, sealed to the centre."),
    "carry in": mark("Take the centre's receipts from a USB stick."),
    "station identity": mark("Show this PC's fingerprints, to be compared."),
    "station export": mark("Write this PC's month out, sealed for the head's PC."),
    "station import": mark("Take in the month of another PC of the office."),
    "backup": mark("Write an encrypted backup of the books and verify it."),
    "restore": mark("Put the books back from a backup."),
    "centre accept": mark("Take in a bundle from a USB stick and write its receipts."),
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


@click.group(cls=Group, help=_("Carry submissions and receipts on a USB stick."))
@options()
def carry(_call: Call) -> None:
    pass


@click.group(cls=Group, help=_("The other PCs of the office."))
@options()
def station(_call: Call) -> None:
    pass


carry.add_command(not_yet("carry out"))
carry.add_command(not_yet("carry in"))
for _words in ("station identity", "station export", "station import"):
    station.add_command(not_yet(_words))
verify = not_yet("verify")
backup = not_yet("backup")
restore = not_yet("restore")
