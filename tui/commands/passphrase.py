"""`nocopy passphrase`: a person changes the own passphrase; the first change makes the person's keys."""

from __future__ import annotations

import click

from tui import passphrases
from tui.commands.call import Call, ask_hidden, options
from tui.four_words import four_words
from tui.messages import _


@click.command(help=_("Change your passphrase (NOCOPY_PASSPHRASE and NOCOPY_NEW_PASSPHRASE, or typed)."))
@options(login=True)
def passphrase(call: Call) -> None:
    from reader.buddhist_date import now
    from store.books import change_passphrase

    login, old = call.login(), call.passphrase()
    change_passphrase(call.locations(), login, old, _new(call), clock=now)
    call.give(
        {"login": login, "changed": True}, [_("The passphrase of {login} is changed.").format(login=login)]
    )


def _new(call: Call) -> str:
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
