"""What a log-in says of the passphrases that were refused under the person's login before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.people.wrong_passphrases import FREE
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books


def tries_warning(books: Books) -> str:
    """A sentence for the person who has just logged in; empty where there were no more than slips."""
    if books.refused_tries is None:
        return _(
            "The count of passphrases refused under your login is missing or was changed: tell the head."
        )
    if books.refused_tries < FREE:
        return ""
    return _("{n} passphrases were refused under your login. If that was not you, tell the head.").format(
        n=books.refused_tries
    )
