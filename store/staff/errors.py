"""Errors of changing the unit's people or the recovery sheet.

StoreError
    SheetNotMatched
    NoSheetToConfirm
    LastHead
    ListRefused
    NoHeadNow
    ActingHead
    SheetUnknown
    SheetNeeded
    NotConfirmedHead
    SignedAlready
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


class ListRefused(StoreError):
    says = "The list of people cannot be signed so: {problem}."
    do = "Nothing was changed. A head who acts for nobody may do it."
    exit_code = 3


class NoHeadNow(StoreError):
    says = "By this line of the ledger the signer is no head."
    do = "Nothing was changed. Look whether this PC's date is right."
    exit_code = 3


class ActingHead(StoreError):
    says = "Who only acts as head may not do this: whoever has a sheet can name heads."
    do = "The head for whom the person acts does it, or the recovery sheet names a head."
    exit_code = 3


class SheetUnknown(StoreError):
    says = "These books do not know the signing key of this recovery sheet."
    do = "Take the newest sheet; of books of an earlier version the head writes a new one."
    exit_code = 3


class SheetNeeded(StoreError):
    says = "The centre knows no head of this unit yet, so the recovery sheet is needed once."
    do = "Give the sheet, too: `nocopy people sign --recovery FILE`."
    exit_code = 3


class NotConfirmedHead(StoreError):
    says = "The centre did not confirm {login} as head of this unit."
    do = "A head whom the last enrolment named signs the list."
    exit_code = 3


class SignedAlready(StoreError):
    says = "The list of people is signed already."
    do = "Nothing was changed."


class PeopleChanged(WrongState):
    says = "The people of the unit, or their keys, changed after the summary of {month}."
    do = "Send the month back, so that it is summarised with the people as they are now."
