"""`nocopy backup`: one encrypted file, verified after it was written."""

from __future__ import annotations

from pathlib import Path

import click

from tui.commands.call import FOLDER, Call, options
from tui.words.translate import _


@click.command(help=_("Write an encrypted backup of the books and verify it."))
@click.option(
    "--to",
    metavar="DIR",
    type=FOLDER,
    help=_("The folder, such as a USB stick; by default backups/ in the home folder."),
)
@click.option(
    "--daily", is_flag=True, help=_("The head: write the day's backup to that folder, too, from now on.")
)
@options(login=True)
def backup(call: Call, to: Path | None, daily: bool) -> None:
    from store.settings.rules import BACKUP_FOLDER
    from store.upkeep import backup as backups

    if daily and to is None:
        raise click.UsageError(_("Name the folder with --to."))
    with call.books() as (books, passphrase):
        if daily and to is not None:
            books.settings.set(BACKUP_FOLDER, str(to.absolute()), books.signer(passphrase))
        made = backups.make(books, to)
    call.give(
        {"file": str(made.file), "made_at": made.made_at, "size": made.size, "root": made.root.hex()},
        [
            _("{size} lines are in {file}; it was read again and is whole.").format(
                size=made.size, file=made.file
            ),
            _("It opens with the recovery sheet alone: keep the two apart."),
        ],
    )
