"""The keys of the first start."""

from __future__ import annotations

from tui.frame.keys import Command, Pressed, Step
from tui.words.translate import mark


class NextField(Command):
    """Take what was typed, and go on to the next field; after the last one to the next step."""

    keys, label = ("enter",), mark("Next")


class OtherStep(Step):
    """The step before, the step after. What was typed is kept."""

    keys, label, back = ("pageup", "pagedown"), mark("Step"), "pageup"


class SetupFile(Command):
    """Take everything from a setup file, on a stick or on this PC. You see it before the books are made."""

    keys, label = ("f4",), mark("Setup file")


class TryKey(Command):
    """Try the key: it only marks that it has arrived."""

    keys, label = ("f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f12"), mark("Try")
    in_bar = False

    @classmethod
    def run(cls, screen: Pressed, key: str) -> None:
        screen.do_try_key(key)  # type: ignore[attr-defined]


class RemovePerson(Command):
    """Take the chosen person out again. It asks first."""

    keys, label = ("f8",), mark("Take out")


class SheetPlace(Command):
    """Another place for the recovery sheet: a stick, or a folder that you type."""

    keys, label = ("f4",), mark("Another place")


class MakeBooks(Command):
    """Make the books of the unit. Nothing was written before."""

    keys, label = ("f9",), mark("Make the books")
