"""The tree's nodes as they stand in the books."""

from __future__ import annotations

from store.base.database import Tables
from store.formats import tree
from store.ledger.errors import LedgerBroken


def node_reader(db: Tables) -> tree.NodeAt:
    """Reads the tree's nodes; LedgerBroken for one that should be there and is not."""

    def node_at(level: int, n: int) -> bytes:
        if level == 0:
            row = db.execute("SELECT leaf FROM ledger WHERE seq = ?", (n,)).fetchone()
        else:
            row = db.execute("SELECT hash FROM node WHERE level = ? AND n = ?", (level, n)).fetchone()
        if row is None:
            raise LedgerBroken(seq=n << level, month="-", problem="the tree over the lines has a gap")
        return bytes(row[0])

    return node_at


def count_lines(db: Tables) -> int:
    """How many lines there are, as the transaction sees it."""
    return int(db.execute("SELECT coalesce(max(seq), -1) + 1 FROM ledger").fetchone()[0])
