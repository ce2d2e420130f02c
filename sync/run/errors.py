"""Errors that end a run before everything is sent.

SyncError
    DayInDoubt
    HeldByBreak
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


class HeldByBreak(SyncError):
    says = "The ledger is broken at line {seq} ({month}): no request and no report is sent over that."
    do = "They wait until the books are restored, or head and recovery sheet accept the break."
    exit_code = 6
