"""Errors of log-ins, passphrases and the keys file.

StoreError
    WrongPassphrase
        WrongAgain
    WrongSheet
    MustChangePassphrase
    FirstPassphraseExpired
    WeakPassphrase
    KeysDamaged
    NotAppointed
    NoSigningKey
    NoFirstKey
    NotSignedYet
LedgerBroken
    RolesBroken
    CopiesDiffer
"""

from __future__ import annotations

from typing import Any

from store.errors import StoreError
from store.ledger.errors import LedgerBroken


class WrongPassphrase(StoreError):
    says = "The login or the passphrase is not right."
    do = "Type it again; check the keyboard's language."
    exit_code = 3


class WrongAgain(WrongPassphrase):
    """This passphrase was wrong, and after several wrong ones the next try pauses before it is checked."""

    do = "Type it again; the answer takes {seconds} seconds now. Check the keyboard's language."


class WrongSheet(StoreError):
    says = "This is not the key of these books' recovery sheet."
    do = "Type it again from the paper; of several sheets only the newest is good."
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
    do = "Take four words that do not belong together, with no login, telephone, date or citizen's number."
    exit_code = 2


class KeysDamaged(StoreError):
    says = "The keys in {home} are damaged: {problem}."
    do = (
        "Change nothing in that folder, tell the head and ICT."
        " The head puts a backup back: `nocopy restore FILE --replace`."
    )
    exit_code = 5


class NotAppointed(StoreError):
    says = "The appointment of {login} does not hold today."
    do = "Ask the head of the unit; look also whether this PC's date is right."
    exit_code = 3


class NoSigningKey(StoreError):
    says = "{login} has no signing key yet."
    do = "Change the first passphrase with `nocopy passphrase`."
    exit_code = 3


class NoFirstKey(StoreError):
    """The first passphrase was given by an earlier version, or is not the one that the head signed for."""

    says = "The first passphrase of {login} brings no key that the head signed for."
    do = "Ask the head of the unit for a new first passphrase."
    exit_code = 3


class NotSignedYet(StoreError):
    says = "The head has not signed the list of people of these books yet."
    do = "The head signs it once: at Home, or with `nocopy people sign`."
    exit_code = 3


class RolesBroken(LedgerBroken):
    """`good` is what was in force before the bad line (Roles)."""

    says = "What the books say of the unit's people is broken at line {seq} ({month}): {problem}."

    def __init__(self, good: Any, **facts: str | int) -> None:
        super().__init__(**facts)
        self.good = good


class CopiesDiffer(LedgerBroken):
    says = "The table {table} says something else of {login} than the list of people that the head signed."
