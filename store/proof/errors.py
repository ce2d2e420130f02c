"""Errors where the ledger contradicts what others have recorded of it.

LedgerBroken
    EvidenceContradicts
    LinesGone
    EvidenceForged
    OtherBooks
"""

from __future__ import annotations

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
