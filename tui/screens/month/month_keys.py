"""The keys of a month."""

from __future__ import annotations

from tui.frame.keys import Command, Step
from tui.words.translate import mark


class Explain(Command):
    """Explain the chosen finding before the head asks."""

    keys, label = ("f4",), mark("Explain")


class Decide(Command):
    """Decide about the chosen finding."""

    keys, label = ("f4",), mark("Decide")


class AddFinding(Command):
    """Add what you found yourself: it is reported to ICT."""

    keys, label = ("enter",), mark("Add")


class SendBack(Command):
    """Send the month back with a reason. The earlier signatures stay in its history."""

    keys, label = ("f8",), mark("Return")


class Sign(Command):
    """Sign this month. The passphrase is asked again."""

    keys, label = ("f9",), mark("Sign")


class Submit(Command):
    """Send the signed report now."""

    keys, label = ("f5",), mark("Send report")


class Paper(Command):
    """The month's paper as a PDF, where you say."""

    keys, label = ("f7",), mark("Paper")


class OtherMonth(Step):
    """The month before, the month after."""

    keys, label, back, spare = ("pageup", "pagedown"), mark("Month"), "pageup", True


class Lines(Command):
    """The ledger lines of the chosen finding."""

    keys, label = ("enter",), mark("Lines")
