"""Errors of changing the unit's people or the recovery sheet.

StoreError
    SheetNotMatched
    NoSheetToConfirm
    LastHead
WrongState
    PeopleChanged
"""

from __future__ import annotations

from store.errors import StoreError, WrongState


class SheetNotMatched(StoreError):
    says = "What was typed is not group {n} of the recovery sheet."
    do = "Nothing was deleted. Type that group again from the paper."
    exit_code = 2


class NoSheetToConfirm(StoreError):
    says = "The recovery sheet was typed back already."
    do = "Nothing was changed."


class LastHead(StoreError):
    says = "Without {name} the unit would have no head with a key of their own."
    do = "First appoint a successor without an end, who changes the first passphrase; then do it again."


class PeopleChanged(WrongState):
    says = "The people of the unit, or their keys, changed after the summary of {month}."
    do = "Send the month back, so that it is summarised with the people as they are now."
