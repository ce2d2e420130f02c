"""Names and free words that people type: one line that can be shown, of a length that makes sense."""

from __future__ import annotations

import re

from store.errors import BadInput

NAME, SHORT, WORDS = 200, 100, 500
"""The longest name, the longest number or level, the longest reason or purpose; in characters."""
# The whole run, however long: a number may stand after another, and where it begins cannot be told.
_NUMBER_IN_TEXT = re.compile(r"\d(?:[\s.\u2010-\u2015-]*\d){12,}")
_BREAK = "\u200b"  # where Thai words may be parted: invisible, and no control


def can_be_shown(text: str) -> bool:
    """Nothing in it steers a terminal or a printer."""
    return text.replace(_BREAK, "").isprintable()


def checked_text(what: str, text: str, longest: int) -> str:
    """The text as it may be kept. BadInput, with the name of what it is."""
    if not can_be_shown(text):
        raise BadInput(what=what, problem="there are signs in it that cannot be shown")
    if len(text) > longest:
        raise BadInput(what=what, problem="it is longer than makes sense here")
    return text


def checked_texts(longest: int, **texts: str | None) -> None:
    """As checked_text(), for those of them that were given; each is named as its parameter."""
    for what, text in texts.items():
        if text is not None:
            checked_text(what, text, longest)


def without_numbers(text: str | None) -> str | None:
    """Free words in which whatever could hold a citizen ID, in Thai digits too, is covered."""
    return None if text is None else _NUMBER_IN_TEXT.sub("x" * 13, text)


def words(what: str, text: str) -> str:
    """Free words as they are kept: not empty, and without citizens' numbers. Raises BadInput."""
    covered = without_numbers(checked_text(what, text.strip(), WORDS)) or ""
    if not covered:
        raise BadInput(what=what, problem="it is empty")
    return covered
