"""Names and free words that people type: one line that can be shown, of a length that makes sense."""

from __future__ import annotations

from store.errors import BadInput

NAME, SHORT, WORDS = 200, 100, 500
"""The longest name, the longest number or level, the longest reason or purpose; in characters."""
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
