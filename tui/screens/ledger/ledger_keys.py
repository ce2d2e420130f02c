"""The keys of the ledger."""

from __future__ import annotations

from tui.frame.keys import Command
from tui.words.translate import mark


class NewSearch(Command):
    """Empty the search box: the uses are shown. The word “everything” or a kind of line shows more."""

    keys, label = ("f3",), mark("New search")


class LedgerPages(Command):
    """A PDF of the lines that are listed, or the slip of the chosen line's visit. Numbers are masked."""

    keys, label = ("f7",), mark("Paper")


class Correct(Command):
    """Add a line that says what is wrong with this use. The line itself stays as it is."""

    keys, label = ("f4",), mark("Correct it")


class Story(Command):
    """The line's story: what it is about, and what followed."""

    keys, label = ("enter",), mark("Story")
