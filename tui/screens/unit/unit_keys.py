"""The keys of the unit: people, settings, the ministry's centre."""

from __future__ import annotations

from tui.frame.keys import Command
from tui.words.translate import mark


class ChangePerson(Command):
    """Change the chosen person: roles, services, name; or give a first passphrase."""

    keys, label = ("f4", "enter"), mark("Change")


class EndAppointment(Command):
    """End an appointment of the chosen person, now or on a day. The past stays."""

    keys, label = ("f8",), mark("End appointment")


class AddPerson(Command):
    """Add a person, with a first passphrase."""

    keys, label = ("enter",), mark("Add")


class HandedOver(Command):
    """The person has the first passphrase: on to the next one."""

    keys, label = ("enter",), mark("Handed over")


class RecoverySheet(Command):
    """The recovery sheet: type it back from the paper, or make a new one."""

    keys, label = ("f7",), mark("Recovery")


class BackUp(Command):
    """Back the books up: one now, here or on a stick, or choose where the day's second one goes."""

    keys, label = ("f5",), mark("Backup")


class OpenSettings(Command):
    """The settings: office hours, limits, what stands out, gateways, where the second backup goes."""

    keys, label = ("enter",), mark("Open")


class OpenCentre(Command):
    """The ministry's centre: enrol this office there, or see how it stands."""

    keys, label = ("enter",), mark("Open")


class ChangeSetting(Command):
    """Change the chosen setting. The ledger notes which one and by whom, never the value."""

    keys, label = ("f4", "enter"), mark("Change")


class UsualSetting(Command):
    """As if nobody had changed it: a number is the usual one again, an address or a folder is none."""

    keys, label = ("f8",), mark("As usual")
