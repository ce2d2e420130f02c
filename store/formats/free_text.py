"""Checks of names and free text that people type: one printable line of limited length."""

from __future__ import annotations

import re

from store.errors import BadInput

NAME, SHORT, WORDS = 200, 100, 500
"""The greatest length of a name, of a short text (a number, an order), and of a reason; in characters."""
# Runs of 13 or more digits: in a longer run a citizen's number may begin anywhere, so all of it is covered.
_NUMBER_IN_TEXT = re.compile(r"\d(?:[\s.\u2010-\u2015-]*\d){12,}")
_BREAK = "\u200b"  # marks where a Thai text may be wrapped; invisible and harmless


def can_be_shown(text: str) -> bool:
    """Whether the text has no characters that control a terminal or a printer."""
    return text.replace(_BREAK, "").isprintable()


def checked_text(what: str, text: str, longest: int) -> str:
    """The text itself. Raises BadInput, which names `what`, where it is not printable or too long."""
    if not can_be_shown(text):
        raise BadInput(what=what, problem="there are signs in it that cannot be shown")
    if len(text) > longest:
        raise BadInput(what=what, problem="it is longer than makes sense here")
    return text


def checked_texts(longest: int, **texts: str | None) -> None:
    """As checked_text() for each text that is not None, named as its parameter."""
    for what, text in texts.items():
        if text is not None:
            checked_text(what, text, longest)


def without_numbers(text: str | None) -> str | None:
    """The text with every run of digits covered that could contain a citizen's number, also Thai digits."""
    return None if text is None else _NUMBER_IN_TEXT.sub("x" * 13, text)


def words(what: str, text: str) -> str:
    """A free text as it is stored: trimmed, with citizens' numbers covered.

    Raises BadInput where it is empty, too long or not printable.
    """
    covered = without_numbers(checked_text(what, text.strip(), WORDS)) or ""
    if not covered:
        raise BadInput(what=what, problem="it is empty")
    return covered
