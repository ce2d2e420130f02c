"""Marks sentences for translation. Any floor may mark; only tui/words/translate.py translates."""

from __future__ import annotations


def mark(msgid: str) -> str:
    """The message id, unchanged. The call puts it into the catalogue where the translation is by variable."""
    return msgid
