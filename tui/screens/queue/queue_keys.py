"""The keys of the list of what waits to be sent."""

from __future__ import annotations

from tui.frame.keys import Command
from tui.words.translate import mark


class CancelItem(Command):
    """Cancel the chosen item, or leave it."""

    keys, label = ("f8",), mark("Cancel it")


class ByStick(Command):
    """Without a network: write what waits for the ministry to a USB stick, or take its answer in."""

    keys, label = ("f4",), mark("By stick")


class OpenVisit(Command):
    """Open the visit that the chosen item belongs to."""

    keys, label = ("enter",), mark("Open visit")
