"""`nocopy passphrase`: people change their own passphrase; the first change makes the person's keys."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui import passphrases
from tui.commands.call import FILE, FROM_STDIN, Call, ask_hidden, options
from tui.words.four_words import four_words
from tui.words.translate import _


@click.command(
    help=_(
        "Change your passphrase (NOCOPY_PASSPHRASE and NOCOPY_NEW_PASSPHRASE, or typed). "
        "A head who forgot it takes the recovery sheet."
    )
)
@click.option(
    "--recovery",
    type=FILE,
    metavar="FILE",
    help=_("The recovery sheet's file, or - to type its key; in the place of the old passphrase."),
)
@options(login=True)
def passphrase(call: Call, recovery: Path | None) -> None:
    from reader.buddhist_date import now
    from store.books import change_passphrase
    from store.staff.recovery import read_key
    from store.staff.rescue import rescue

    login = call.login()
    if recovery is None:
        change_passphrase(call.locations(), login, call.passphrase(), new_passphrase(call), clock=now)
    else:
        key = read_key(sheet_text(call, recovery))
        rescue(call.locations(), login, key, new_passphrase(call), now)
    lines = [_("The passphrase of {login} is changed.").format(login=login)]
    if recovery is not None:
        lines.append(
            _("You have new keys: enrol the office again with a new code from the ministry before you sign.")
        )
    call.give({"login": login, "changed": True, "new_keys": recovery is not None}, lines)


def sheet_text(call: Call, recovery: Path) -> str:
    """The recovery sheet's text: from its file, or as typed from the paper."""
    from store.base import named_file

    if recovery != FROM_STDIN:
        return named_file.read_text(recovery, call.locations().home)
    return ask_hidden(_("The recovery key, group by group")) if call.at_terminal else sys.stdin.readline()


def new_passphrase(call: Call) -> str:
    """The new passphrase: from the environment, the four words offered, or the person's own, typed twice."""
    given = passphrases.given_new()
    if given is not None:
        return given
    if not call.at_terminal:
        raise click.UsageError(
            _("Give the new passphrase in NOCOPY_NEW_PASSPHRASE, or type it at a terminal.")
        )
    offered = four_words()
    click.echo(_("Four words for you: {words}").format(words=offered), err=True)
    chosen = (
        str(
            click.prompt(
                _("New passphrase (Enter alone takes the four words)"),
                hide_input=True,
                default="",
                show_default=False,
                err=True,
            )
        )
        or offered
    )
    while ask_hidden(_("Type the new passphrase again")) != chosen:
        click.echo(_("The two are not the same."), err=True)
    return chosen
