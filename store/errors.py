"""The tree of everything that can go wrong with the books."""

from __future__ import annotations

from reader.errors import NocopyError


class StoreError(NocopyError):
    """The root of this floor's errors."""


class NoBooks(StoreError):
    says = "There are no books in {home}."
    do = "Set this PC up with `nocopy setup --from FILE`, or try `nocopy practice`."
    exit_code = 4


class BooksExist(StoreError):
    says = "This PC already has books in {home}."
    do = "Nothing was changed."


class BadSetup(StoreError):
    says = "The setup file cannot be used: {problem}."
    do = "Mend the file and run setup again."
    exit_code = 2


class WrongPassphrase(StoreError):
    says = "The login or the passphrase is not right."
    do = "Type it again; check the keyboard's language."
    exit_code = 3


class MustChangePassphrase(StoreError):
    says = "{login} still has the first passphrase."
    do = "Change it with `nocopy passphrase` before anything else."
    exit_code = 3


class FirstPassphraseExpired(StoreError):
    says = "The first passphrase of {login} was good for 72 hours and is no longer valid."
    do = "Ask the head of the unit for a new one."
    exit_code = 3


class WeakPassphrase(StoreError):
    says = "This passphrase is too weak: {problem}."
    do = "Take at least 12 characters, best four words, without a name, a number of a person, a telephone number or a date."
    exit_code = 2


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


class LedgerBroken(StoreError):
    says = "The ledger is broken at line {seq} ({month}): {problem}."
    do = "Take no more visits on this PC, delete and restore nothing, tell the head and ICT."
    exit_code = 5


class BooksBusy(StoreError):
    says = "Another program is holding the books for too long."
    do = "Close it and try again."
