"""A signature: ask for the passphrase again, then sign one step of the books in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from reader.errors import NocopyError
from store.people.errors import WrongAgain, WrongPassphrase
from store.people.vault import Signer
from tui.frame.ask import TypeIn
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.program import Program

T = TypeVar("T")


def ask_signature(
    program: Program,
    title: str,
    step: Callable[[Signer], T],
    then: Callable[[T], None],
    *,
    lines: Sequence[str] = (),
    doing: str = "",
    failed: Callable[[NocopyError], None] | None = None,
    over_a_break: bool = False,
) -> None:
    """Run `step(signer)` after the passphrase, then `then(result)`; a wrong passphrase is asked for again.

    `lines` are shown above the field, `doing` in row 23 meanwhile. `over_a_break`: for the signature that
    accepts a break of the ledger. Any other error goes to `failed`, or is
    shown over the work area.
    """
    doing = doing or _("Writing it down")

    def ask(wrong: str = "") -> None:
        asked = TypeIn(
            title, list(lines), _("Your passphrase"), password=True, check=lambda text: text, wrong=wrong
        )
        program.push_screen(asked, sign)

    def sign(passphrase: str | None) -> None:
        if passphrase is None:
            return
        books = program.books
        program.slow(
            doing,
            lambda: step(books.signer(passphrase, over_a_break=over_a_break)),
            then,
            partial(refused, passphrase),
        )

    def refused(typed: str, error: NocopyError) -> None:
        if isinstance(error, WrongPassphrase):
            ask(_why_refused(typed, error))
        else:
            (failed or program.tell)(error)

    ask()


def _why_refused(typed: str, error: WrongPassphrase) -> str:
    """What was wrong with the passphrase of somebody who is logged in already."""
    if any("\u0e00" <= sign <= "\u0e7f" for sign in typed):
        said = _("Wrong passphrase. What you just typed was in Thai letters.")
    else:
        said = _("Wrong passphrase. Type it again: nothing was signed.")
    if isinstance(error, WrongAgain):
        said += " " + _("The next answer takes {seconds} seconds.").format(**error.facts)
    return said
