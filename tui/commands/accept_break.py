"""`nocopy ledger accept-break`: head and recovery sheet sign that a break is known; work goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui.commands.call import Call, ask_hidden, options
from tui.words.translate import _


@click.command(
    "accept-break",
    help=_("Where there is no backup to restore: the head, with the recovery sheet, accepts a known break."),
)
@click.option(
    "--sheet",
    metavar="FILE",
    help=_("The recovery sheet's file, or - to type its key; at a terminal it is asked for."),
)
@click.option("--reason", required=True, help=_("Why, in a few words; it is kept."))
@options(login=True)
def accept_break(call: Call, sheet: str | None, reason: str) -> None:
    from store.formats.free_text import words
    from store.proof.accept import accept_break as accept

    why = words("reason", reason)
    with call.books(even_broken=True) as (books, passphrase):
        error = accept(books, books.signer(passphrase, over_a_break=True), _sheet(call, sheet), why)
    call.give(
        {"line": error.facts["seq"], "accepted": True},
        [
            _(
                "The break at line {seq} is accepted by you and the sheet; visits and signatures go on."
            ).format(seq=error.facts["seq"])
        ],
    )


def _sheet(call: Call, sheet: str | None) -> str:
    if sheet is not None and sheet != "-":
        try:
            return Path(sheet).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise click.UsageError(_("{file} cannot be read.").format(file=sheet)) from None
    return ask_hidden(_("The recovery key, group by group")) if call.at_terminal else sys.stdin.readline()
