"""Errors of signing a month.

NotAllowed
    SamePerson
WrongState
    NobodyToSign
    Undecided
    MustBeFlagged
"""

from __future__ import annotations

from store.errors import NotAllowed, WrongState


class SamePerson(NotAllowed):
    says = "{login} has already signed {month} as {role}: who prepares does not check."
    do = "Someone else must log in for this step."


class NobodyToSign(WrongState):
    says = "Nobody else with the role {role} has a signing key yet."
    do = "Let that person log in once and change the first passphrase; then sign."


class Undecided(WrongState):
    says = "The month cannot be signed yet: {count} findings are still without a decision."
    do = "Decide them one by one, or give one reason for all."


class MustBeFlagged(WrongState):
    says = "{count} findings were not accepted, so the month can only be reported as abnormal."
    do = "Flag it, or accept them with a reason."
