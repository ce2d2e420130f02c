"""`nocopy settings`: what the head may change, and what it is now."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from tui.commands.call import Call, Group, ask_hidden, options
from tui.words.translate import _


@click.group(cls=Group, help=_("Office hours, limits, gateways: what the head may change."))
@options()
def settings(_call: Call) -> None:
    pass


@settings.command("list", help=_("Every setting; secrets are not shown."))
@options(login=True)
def list_(call: Call) -> None:

    with call.books() as (books, _passphrase):
        found = books.settings.all()
    call.give(
        [asdict(one) for one in found],
        [
            f"{one.name}  {'-' if one.value is None else one.value.splitlines()[0]}"
            + (" " + _("(changed)") if one.is_changed else "")
            for one in found
        ],
    )


@settings.command(
    "set", help=_("Change one. Without VALUE it is read from the standard input, or asked for unseen.")
)
@click.argument("name", metavar="NAME")
@click.argument("value", metavar="[VALUE]", required=False)
@click.option(
    "--usual",
    is_flag=True,
    help=_("As if nobody had changed it: a number is the usual one again, an address or a folder is none."),
)
@options(login=True)
def set_(call: Call, name: str, value: str | None, usual: bool) -> None:
    if usual and value is not None:
        raise click.UsageError(_("Give either a value or --usual."))
    with call.books() as (books, passphrase):
        if usual:
            books.settings.reset(name, books.signer(passphrase))
        else:
            if value is None:
                value = ask_hidden(name) if call.at_terminal else sys.stdin.read()
            books.settings.set(name, value, books.signer(passphrase))
    call.give({"name": name}, [_("{name} is changed; the ledger says by whom.").format(name=name)])
