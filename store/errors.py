"""The root of the store's errors, and the errors that several rooms raise.

An error that only one room raises is in that room's `errors.py`, which continues this tree.

NocopyError
    StoreError
        NotAllowed
        NotFound
        WrongState
            WrongStep
        BadInput
"""

from __future__ import annotations

from reader.errors import NocopyError


class StoreError(NocopyError):
    """The root of the store's errors."""


class NotAllowed(StoreError):
    says = "{login} may not do this: {action}."
    do = "Someone with the role {roles} must do it."
    exit_code = 3


class NotFound(StoreError):
    says = "There is no {what} {name}."
    do = "Check the number or the code."
    exit_code = 4


class WrongState(StoreError):
    says = "This cannot be done now: {problem}."
    do = "Nothing was changed."


class BadInput(StoreError):
    says = "{what} is not right: {problem}."
    do = "Correct it and try again."
    exit_code = 2


class WrongStep(WrongState):
    says = "The month {month} is {state}, so this is not its next step."
