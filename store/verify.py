"""Recomputing the whole ledger from its stored bodies, trusting nothing that was computed before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store import tree
from store.database import Database, Tables
from store.errors import LedgerBroken
from store.ledger_line import FIRST_PREV, leaf_hash, month_after, seal


@dataclass(frozen=True)
class Verified:
    """A ledger that is whole: its number of lines, their root, and its months, oldest first."""

    size: int
    root: bytes
    months: tuple[str, ...]


def verify(database: Database) -> Verified:
    """Recomputes chain, tree, months and seals; LedgerBroken names the first bad line and its month."""
    with database.reading() as db:
        walk = _Walk(db)
        for row in db.execute("SELECT seq, CAST(body AS BLOB), prev, leaf FROM ledger ORDER BY seq"):
            walk.step(*row)
        return walk.end()


class _Walk:
    """One pass over the lines in their order, with the sealed values and the tree's nodes read alongside."""

    def __init__(self, db: Tables) -> None:
        self._seq = -1
        self._leaf = FIRST_PREV
        self._month = ""
        self._after_cut_off = False
        self._months: list[str] = []
        self._edge: list[tuple[int, bytes]] = []
        self._purged = _purged(db)
        self._sealed = db.execute("SELECT seq, field, key, CAST(value AS TEXT) FROM sealed ORDER BY seq")
        self._next_sealed = self._sealed.fetchone()
        self._nodes = _node_columns(db)

    def step(self, seq: int, text: bytes, prev: bytes, leaf: bytes) -> None:
        self._seq += 1
        if seq != self._seq:
            raise self._broken("the line is missing")
        if bytes(prev) != self._leaf:
            raise self._broken("it does not follow from the line before")
        if leaf_hash(self._leaf, text) != bytes(leaf):
            raise self._broken("its text was changed")
        self._leaf = bytes(leaf)
        body = self._body(text)
        self._check_month(body)
        self._check_seals(body["sealed"])
        self._check_nodes()

    def end(self) -> Verified:
        self._seq += 1
        if self._next_sealed is not None:
            raise self._broken("there are sealed values of lines that are missing")
        if any(next(column, None) is not None for column in self._nodes):
            raise self._broken("the tree covers lines that are missing")
        made = tree.EMPTY_ROOT
        for n, (_, half) in enumerate(reversed(self._edge)):
            made = half if n == 0 else tree.inner(half, made)
        return Verified(self._seq, made, tuple(self._months))

    def _broken(self, problem: str) -> LedgerBroken:
        return LedgerBroken(seq=self._seq, month=self._month or "-", problem=problem)

    def _body(self, text: bytes) -> dict[str, Any]:
        try:
            body = json.loads(text)
            named = (body["seq"], type(body["month"]), type(body["sealed"]), type(body["kind"]))
        except (ValueError, KeyError, TypeError):
            raise self._broken("it cannot be read") from None
        if named != (self._seq, str, dict, str):
            raise self._broken("it cannot be read")
        return dict(body)

    def _check_month(self, body: dict[str, Any]) -> None:
        expected = month_after(self._month) if self._after_cut_off else self._month
        if self._month and body["month"] != expected:
            raise self._broken("it stands in another month than the lines around it")
        if body["month"] != self._month:
            self._months.append(body["month"])
        self._month = body["month"]
        self._after_cut_off = body["kind"] == "cut_off"

    def _check_seals(self, seals: dict[str, str | None]) -> None:
        open_marks = {name: mark for name, mark in seals.items() if mark is not None}
        while self._next_sealed is not None and self._next_sealed[0] <= self._seq:
            seq, name, key, value = self._next_sealed
            if seq != self._seq or open_marks.pop(name, None) != seal(bytes(key), name, value):
                raise self._broken("one of its sealed values was changed")
            self._next_sealed = self._sealed.fetchone()
        for name in open_marks:
            if (self._seq, name) not in self._purged:
                raise self._broken("one of its sealed values is missing")

    def _check_nodes(self) -> None:
        # The edge holds (level, hash) of the complete trees so far, tallest first.
        level, made = 0, self._leaf
        while self._edge and self._edge[-1][0] == level:
            made = tree.inner(self._edge.pop()[1], made)
            level += 1
            stored = next(self._nodes[level - 1], None) if level <= len(self._nodes) else None
            if stored != (self._seq >> level, made):
                raise self._broken("the tree over the lines was changed")
        self._edge.append((level, made))


def _purged(db: Tables) -> set[tuple[int, str]]:
    rows = db.execute(
        "SELECT about, fields.value FROM ledger, json_each(body, '$.facts.fields') AS fields"
        " WHERE kind = 'purged' AND about IS NOT NULL"
    )
    return {(row[0], row[1]) for row in rows}


def _node_columns(db: Tables) -> list[Iterator[tuple[int, bytes]]]:
    """For each level from 1 on, its stored nodes in their order."""
    top = db.execute("SELECT coalesce(max(level), 0) FROM node").fetchone()[0]
    return [_column(db, level) for level in range(1, top + 1)]


def _column(db: Tables, level: int) -> Iterator[tuple[int, bytes]]:
    for n, stored in db.execute("SELECT n, hash FROM node WHERE level = ? ORDER BY n", (level,)):
        yield n, bytes(stored)
