"""The head's hand: the passphrase is asked again, then one step of the books is taken in the background."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from reader.errors import NocopyError
from store.errors import WrongAgain, WrongPassphrase
from store.vault import Signer
from tui.messages import _
from tui.screens.ask import TypeIn

if TYPE_CHECKING:
    from tui.app import NocopyApp

T = TypeVar("T")


def ask_hand(
    office: NocopyApp,
    title: str,
    step: Callable[[Signer], T],
    then: Callable[[T], None],
    wrong: str = "",
) -> None:
    """`step(signer)` after the passphrase, then `then(result)`; a wrong one is asked again."""

    def typed(passphrase: str | None) -> None:
        if passphrase is None:
            return
        books = office.books
        again = partial(failed, passphrase)
        office.slow(_("Writing it down"), lambda: step(books.signer(passphrase)), then, again)

    def failed(typed: str, error: NocopyError) -> None:
        if isinstance(error, WrongPassphrase):
            ask_hand(office, title, step, then, why_refused(typed, error))
        else:
            office.tell(error)

    office.push_screen(
        TypeIn(title, [], _("Your passphrase"), password=True, check=lambda text: text, wrong=wrong), typed
    )


def why_refused(typed: str, error: WrongPassphrase) -> str:
    """What was wrong with the passphrase of somebody who is in already."""
    if any("\u0e00" <= sign <= "\u0e7f" for sign in typed):
        said = _("Wrong passphrase. What you just typed was in Thai letters.")
    else:
        said = _("Wrong passphrase. Type it again: nothing was signed.")
    if isinstance(error, WrongAgain):
        said += " " + _("You can type again in {seconds} seconds.").format(**error.facts)
    return said
