"""Names sentences for the translators. Any floor may; tui/words/translate.py alone translates them."""

from __future__ import annotations


def mark(msgid: str) -> str:
    """The message id itself: names it for the catalogue where it is translated later, by a variable."""
    return msgid
