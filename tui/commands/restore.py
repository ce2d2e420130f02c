"""`nocopy restore FILE`: the books from a backup, with the recovery sheet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.call import FILE, FROM_STDIN, Call, ask_hidden, complain, options
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from store.proof.epoch import Witnessed
    from store.setup.restore import Restored


@click.command(help=_("Put the books back from a backup, with the recovery sheet: on a new PC, or here."))
@click.argument("file", type=FILE)
@click.option(
    "--sheet",
    type=FILE,
    metavar="FILE",
    help=_("The recovery sheet's file, or - to type its key; at a terminal it is asked for."),
)
@click.option("--replace", is_flag=True, help=_("There are books here: put them aside."))
@options()
def restore(call: Call, file: Path, sheet: Path | None, replace: bool) -> None:
    from reader.buddhist_date import now
    from store.setup.restore import restore as put_back
    from tui.login_names import remember

    locations = call.locations()
    done = put_back(locations, file, _sheet(call, sheet), clock=now, ask=_ask, replace=replace)
    remember(locations.home, done.unit_name, done.station, [])
    call.give(
        {
            "unit": done.unit,
            "station": done.station,
            "origin": done.origin,
            "made_at": done.made_at,
            "size": done.size,
            "lost": done.lost if done.sure else None,
            "lost_at_least": done.lost,
            "witness": done.witness,
            "heads": list(done.heads),
            "aside": None if done.aside is None else str(done.aside),
        },
        _lines(done),
    )


def _sheet(call: Call, sheet: Path | None) -> str:
    from store.base import named_file

    if sheet is not None and sheet != FROM_STDIN:
        return named_file.read_text(sheet, call.locations().home)
    if call.at_terminal:
        return ask_hidden(_("The recovery key, group by group"))
    if sheet is None:
        raise click.UsageError(_("Name the recovery sheet with --sheet."))
    return sys.stdin.readline()


def _ask(books: Books, origin: str) -> Witnessed | None:
    from store.formats.errors import BadNote
    from store.settings.errors import NothingSent
    from sync.errors import NotConfigured, SyncError
    from sync.run.witness import before

    try:
        return before(books, books.origin, origin)
    except NotConfigured:
        return None
    except (NothingSent, SyncError, BadNote) as error:
        complain(_("The centre's witness could not be asked."), *sentences_of(error))
        return None


def _lines(done: Restored) -> list[str]:
    lines = [
        _("The books of {unit}, station {station}, are back as they were at {made_at}: {size} lines.").format(
            unit=done.unit_name, station=done.station, made_at=done.made_at, size=done.size
        )
    ]
    if done.lost:
        lines.append(_("{lost} later lines are known to be lost.").format(lost=done.lost))
    elif done.sure:
        lines.append(_("Nobody knows of any later line."))
    if not done.sure:
        lines.append(_("What came after the backup is lost, and nobody could be asked how much that is."))
    if not done.witness:
        lines.append(_("The centre's witness is asked when the network is back."))
    if done.aside is not None:
        lines.append(_("The old files are in {folder}.").format(folder=done.aside))
    lines.append(
        _("Now the head ({heads}) makes new keys: nocopy passphrase --recovery - --login NAME").format(
            heads=", ".join(done.heads)
        )
    )
    lines.append(_("Then the head gives everyone a new first passphrase: nocopy people reset LOGIN"))
    lines.append(_("Then the head enrols the office again with a new code: nocopy centre enrol"))
    return lines
