"""`nocopy ledger accept-break`: head and recovery sheet sign that a break is known; work goes on."""

from __future__ import annotations

from pathlib import Path

import click

from tui.commands.call import FILE, FROM_STDIN, Call, options
from tui.commands.passphrase import sheet_text
from tui.words.translate import _


@click.command(
    "accept-break",
    help=_("Where there is no backup to restore: the head, with the recovery sheet, accepts a known break."),
)
@click.option(
    "--sheet",
    type=FILE,
    metavar="FILE",
    help=_("The recovery sheet's file, or - to type its key; at a terminal it is asked for."),
)
@click.option("--reason", required=True, help=_("Why, in a few words; it is kept."))
@options(login=True)
def accept_break(call: Call, sheet: Path | None, reason: str) -> None:
    from store.formats.free_text import words
    from store.proof.accept import accept_break as accept

    why, text = words("reason", reason), sheet_text(call, sheet or FROM_STDIN)
    with call.books(even_broken=True) as (books, passphrase):
        error = accept(books, books.signer(passphrase, over_a_break=True), text, why)
    call.give(
        {"line": error.facts["seq"], "accepted": True},
        [
            _(
                "The break at line {seq} is accepted by you and the sheet; visits and signatures go on."
            ).format(seq=error.facts["seq"])
        ],
    )
