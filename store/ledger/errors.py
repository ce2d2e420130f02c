"""Errors of the ledger: of cutting a month off, and of verification.

WrongState
    MonthNotOver
    AlreadyCutOff
    ClockDoubtful
StoreError
    LedgerBroken
"""

from __future__ import annotations

from store.errors import StoreError, WrongState


class MonthNotOver(WrongState):
    says = "{month} is not over by the clock of this PC, so it cannot be cut off."
    do = "Nothing was changed."


class AlreadyCutOff(WrongState):
    says = "{month} is cut off already."
    do = "Nothing was changed."


class ClockDoubtful(WrongState):
    says = "The clock of this PC jumped ahead: nothing is cut off until someone says that the date is right."
    do = "The controller or the head confirms the date, or sets the clock right."


class LedgerBroken(StoreError):
    says = "The ledger is broken at line {seq} ({month}): {problem}."
    do = "Take no more visits on this PC, delete and restore nothing, tell the head and ICT."
    exit_code = 5
