"""Errors where the ledger contradicts what others have recorded of it.

LedgerBroken
    EvidenceContradicts
    LinesGone
    EvidenceForged
    OtherBooks
    OnlyARestore
WrongState
    NothingToAccept
"""

from __future__ import annotations

from store.errors import WrongState
from store.ledger.errors import LedgerBroken


class EvidenceContradicts(LedgerBroken):
    """The lines are consistent with each other, but their root is not the one that somebody recorded."""

    says = "The ledger was changed between line {seq} ({month}) and {last}: {kind} {by} knows others."


class LinesGone(LedgerBroken):
    says = "Lines are gone from line {seq} ({month}) on: {kind} {by} knows {known} lines, here are {size}."


class EvidenceForged(LedgerBroken):
    says = "What stands here of {kind} {by} for line {seq} ({month}) and on cannot be trusted: {problem}."


class OtherBooks(LedgerBroken):
    says = "From line {seq} ({month}) on these are not the books of {origin}."


class OnlyARestore(LedgerBroken):
    says = "The break at line {seq} cannot be accepted: too little is left of the ledger to go on from."
    do = "Restore the newest backup from before: `nocopy restore FILE --replace`."


class NothingToAccept(WrongState):
    says = "No break of the ledger is known, so there is nothing to accept."
    do = "Nothing was changed. `nocopy ledger verify` looks for one."
