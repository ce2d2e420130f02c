"""`nocopy carry`: what waits for the centre goes on a USB stick, and the centre's answer comes back on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.call import BROKEN, DONE, FAILED, FILE, Call, Group, complain, options, replacing
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.exchange.stick import TakenIn


@click.group(cls=Group, help=_("Carry submissions and receipts on a USB stick."))
@options()
def carry(_call: Call) -> None:
    pass


@carry.command(
    help=_("Write all that waits for the centre to FILE, sealed: whoever carries it can read nothing.")
)
@click.argument("file", type=FILE)
@replacing
@options(login=True)
def out(call: Call, file: Path, replace: bool) -> None:
    from sync.carry.carry import out as carry_out

    with call.books() as (books, _passphrase):
        made = carry_out(books, file, replace=replace)
    call.give(
        {"file": str(file), "bundle": made.n, "items": len(made.items), "new": made.is_new},
        [
            _("Bundle {n} with {items} submissions is in {file}. They wait until its answer is back.").format(
                n=made.n, items=len(made.items), file=file
            )
        ],
    )


@carry.command("in", help=_("Take in the centre's answer from FILE: receipts, and messages of the ministry."))
@click.argument("file", type=FILE)
@options(login=True)
def in_(call: Call, file: Path) -> int:
    from sync.carry.carry import take_in

    with call.books() as (books, _passphrase):
        found = take_in(books, file)
    call.give(
        {
            "bundle": found.n,
            "received": found.received,
            "again": found.again,
            "unknown": found.unknown,
            "messages": found.messages,
            "missing": list(found.missing),
            "refused": found.refused,
            "forged": sorted(found.forged),
        },
        _lines(found),
    )
    for name, error in found.forged.items():
        complain(
            _("What came for {id} was not taken:").format(id=name), *sentences_of(error, at_command_line=True)
        )
    if found.forged:
        return BROKEN
    return FAILED if found.refused else DONE


def _lines(found: TakenIn) -> list[str]:
    lines = [
        _("Answer to bundle {n}: {received} receipts taken, {again} were here already.").format(
            n=found.n, received=found.received, again=found.again
        )
    ]
    if found.messages:
        lines.append(_("{n} messages of the ministry came with it.").format(n=found.messages))
    if found.unknown:
        lines.append(
            _("{n} receipts are for what these books do not have: were they restored from a backup?").format(
                n=found.unknown
            )
        )
    if found.missing:
        numbers = ", ".join(str(n) for n in found.missing)
        lines.append(
            _("The centre never saw bundle {numbers}; what was in it went with a later one.").format(
                numbers=numbers
            )
        )
    for why in found.refused.values():
        lines.append(_("The centre refused one submission, so it was set aside: {why}").format(why=why))
    return lines
