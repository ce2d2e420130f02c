"""How the ledger can differ from what others know of it.

LedgerBroken
    EvidenceContradicts
    LinesGone
    EvidenceForged
    OtherBooks
"""

from __future__ import annotations

from store.ledger.errors import LedgerBroken


class EvidenceContradicts(LedgerBroken):
    """A head that somebody keeps is not that of these lines, although the lines fit one another."""

    says = "The ledger was changed between line {seq} ({month}) and {last}: {kind} {by} knows others."


class LinesGone(LedgerBroken):
    says = "Lines are gone from line {seq} ({month}) on: {kind} {by} knows {known} lines, here are {size}."


class EvidenceForged(LedgerBroken):
    says = "What stands here of {kind} {by} for line {seq} ({month}) and on cannot be trusted: {problem}."


class OtherBooks(LedgerBroken):
    says = "From line {seq} ({month}) on these are not the books of {origin}."
