"""The head's hand: the passphrase is asked again, then one step of the books is taken in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from reader.errors import NocopyError
from store.errors import WrongPassphrase
from store.vault import Signer
from tui.messages import _, told
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
        office.slow(_("Writing it down"), lambda: step(books.signer(passphrase)), then, failed)

    def failed(error: NocopyError) -> None:
        if isinstance(error, WrongPassphrase):
            ask_hand(office, title, step, then, " ".join(told(error)))
        else:
            office.tell(error)

    office.push_screen(
        TypeIn(title, [], _("Your passphrase"), password=True, check=lambda text: text, wrong=wrong), typed
    )
