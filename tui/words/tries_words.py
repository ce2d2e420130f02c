"""What a log-in says of the passphrases that were refused under the person's login before it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import show_date, show_time
from store.people.wrong_passphrases import FREE
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books


def last_login(books: Books) -> str:
    """When the person was in before, so that a log-in that was not theirs is noticed."""
    if books.last_login is None:
        return ""
    line, at = books.last_login
    moment = datetime.fromisoformat(at)
    return _("Your last log-in: line {line}, {day} {time}").format(
        line=line, day=show_date(moment), time=show_time(moment)
    )


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
