"""Reads the tree's nodes from the database."""

from __future__ import annotations

from store.base.database import Tables
from store.formats import tree
from store.ledger.errors import LedgerBroken


def node_reader(db: Tables) -> tree.NodeAt:
    """A function that reads the tree's nodes; it raises LedgerBroken for a node that is missing."""

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
    """The number of lines, as the transaction sees it."""
    return int(db.execute("SELECT coalesce(max(seq), -1) + 1 FROM ledger").fetchone()[0])
