"""Errors that end a run before everything is sent.

SyncError
    DayInDoubt
    Stopped
"""

from __future__ import annotations

from sync.errors import SyncError


class DayInDoubt(SyncError):
    says = "By this PC's date, {today}, {n} requests are past their day; as it is in doubt, they wait."
    do = "Set this PC's date right; if it is right, the controller or the head confirms it."
    exit_code = 6


class Stopped(SyncError):
    says = "The sending was stopped. What had not gone yet still waits."
    do = "Send again when it suits you."
    exit_code = 6
