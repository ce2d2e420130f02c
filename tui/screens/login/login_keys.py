"""The keys of the log-in."""

from __future__ import annotations

from tui.frame.keys import Command
from tui.words.translate import mark


class LogIn(Command):
    """Log in as the chosen person with the passphrase typed."""

    keys, label = ("enter",), mark("Log in")


class OtherWords(Command):
    """Four other words as an example."""

    keys, label = ("f5",), mark("Other words")
