"""Errors of searching the ledger.

StoreError
    TooManyLines
"""

from __future__ import annotations

from store.errors import StoreError


class TooManyLines(StoreError):
    says = "{count} lines are too many for one paper, which holds {most} at most."
    do = "Narrow the search, with a month or a document for instance, and print again."
