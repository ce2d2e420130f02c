"""The slow half of verification: checks line by line, and names the line and what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from reader.sentences import mark
from store.base.database import Tables
from store.formats import tree
from store.formats.line import FIRST_PREV, LineKind, leaf_hash, month_after, seal
from store.ledger.errors import LedgerBroken
from store.ledger.tree_rows import node_reader
from store.ledger.verify_sessions import Sessions, WrongWriter


class Told(NamedTuple):
    """The parts of a body that are checked; `seals` is {field: mark} without the fields that are null."""

    kind: str
    month: str
    seals: dict[str, str]
    version: int
    session: int | None
    officer: str | None
    facts: dict[str, Any]


def parsed(body: bytes, seq: int) -> Told | None:
    """The parts of the body of line `seq`; None where it cannot be read or has another number."""
    try:
        told = json.loads(body, object_pairs_hook=_without_doubles)
        kind, month, seals = told["kind"], told["month"], told["sealed"]
        version, session, officer = told["v"], told.get("session"), told["officer"]
        fits = told["seq"] == seq and (type(kind), type(month), type(seals)) == (str, str, dict)
        fits = fits and ((version == 1 and session is None) or (version == 2 and type(session) is int))
        fits = fits and (officer is None or type(officer) is str)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not fits or any(mark is not None and type(mark) is not str for mark in seals.values()):
        return None
    marks = {name: mark for name, mark in seals.items() if mark is not None}
    facts = told.get("facts") or {}
    return Told(kind, month, marks, version, session, officer, facts) if type(facts) is dict else None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice can be read in two ways."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def last_month(db: Tables) -> str:
    """The month in the ledger's last line; "-" where there is none."""
    row = db.execute("SELECT month FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    return "-" if row is None or row[0] is None else str(row[0])


@dataclass
class State:
    """The state of verification after the first `seq` lines.

    `leaf` is the last line's, `month` its month, `months` all months so far. `edge` is {level: node} of the
    complete subtrees that have no right sibling yet. `begun`: whether the line before is of version 2.
    """

    seq: int = 0
    leaf: bytes = FIRST_PREV
    month: str = ""
    after_cut_off: bool = False
    months: list[str] = field(default_factory=list)
    edge: dict[int, bytes] = field(default_factory=dict)
    begun: bool = False

    def copy(self) -> State:
        return replace(self, months=self.months.copy(), edge=self.edge.copy())

    def goes_on(self, month: str, *, cut_off: bool) -> bool:
        """Takes the next line's month; False where it does not follow from the lines before."""
        if month != self.month or self.after_cut_off or not self.months:
            expected = month_after(self.month) if self.after_cut_off else self.month
            if self.month and month != expected:
                return False
            if month != self.month or not self.months:
                self.months.append(month)
            self.month = month
        self.after_cut_off = cut_off
        return True

    def root(self) -> bytes:
        """The root over all lines so far."""
        made = b""
        for level in sorted(self.edge):
            made = tree.inner(self.edge[level], made) if made else self.edge[level]
        return made or tree.EMPTY_ROOT

    def broken(self, problem: str) -> LedgerBroken:
        """The error for the line that is being checked."""
        return LedgerBroken(seq=self.seq, month=self.month or "-", problem=problem)


class Purged:
    """Knows which sealed values may be missing, because a later `purged` line says so."""

    def __init__(self, db: Tables) -> None:
        self._db = db

    def of(self, seq: int) -> set[str]:
        """The fields of line `seq` whose values may be missing."""
        rows = self._db.execute(
            "SELECT fields.value FROM ledger, json_each(body, '$.facts.fields') AS fields"
            " WHERE about = ? AND kind = 'purged'",
            (seq,),
        )
        found = {str(row[0]) for row in rows}
        return found.union(*(fields for first, last, fields in self._ranges if first <= seq <= last))

    @cached_property
    def _ranges(self) -> list[tuple[int, int, frozenset[str]]]:
        rows = self._db.execute(
            "SELECT body ->> '$.facts.first', body ->> '$.facts.last', body ->> '$.facts.fields' FROM ledger"
            " WHERE month >= '' AND kind = 'purged' AND body ->> '$.facts.last' IS NOT NULL"
        )
        return [(first, last, frozenset(json.loads(fields or "[]"))) for first, last, fields in rows]


class Lines:
    """Checks lines one by one, from a state on."""

    def __init__(self, db: Tables, state: State, purged: Purged, sessions: Sessions) -> None:
        self._db = db
        self._state = state.copy()
        self._purged = purged
        self._sessions = sessions

    def through(self, end: int) -> State:
        """Checks the lines before `end` and returns the state after them; raises LedgerBroken."""
        while self._state.seq < end:
            self._step()
            self._state.seq += 1
        return self._state

    def _step(self) -> None:
        state = self._state
        row = self._db.execute(
            "SELECT CAST(body AS BLOB), prev, leaf FROM ledger WHERE seq = ?", (state.seq,)
        ).fetchone()
        if row is None:
            raise state.broken(mark("the line is missing"))
        body, prev, leaf = row
        if prev != state.leaf:
            raise state.broken(mark("it does not follow from the line before"))
        if leaf_hash(prev, body) != leaf:
            raise state.broken(mark("its text was changed"))
        state.leaf = leaf
        told = parsed(body, state.seq)
        if told is None:
            raise state.broken(mark("it cannot be read"))
        if not state.goes_on(told.month, cut_off=told.kind == LineKind.CUT_OFF):
            raise state.broken(mark("it stands in another month than the lines around it"))
        self._check_writer(told)
        self._check_seals(dict(told.seals))
        self._check_nodes()

    def _check_writer(self, told: Told) -> None:
        state, reader = self._state, node_reader(self._db)
        try:
            self._sessions.take(state.seq, told, state.leaf, lambda size: tree.root(size, reader))
        except WrongWriter as error:
            raise state.broken(error.problem) from None

    def _check_seals(self, marks: dict[str, str]) -> None:
        sealed = self._db.execute(
            "SELECT field, key, CAST(value AS BLOB) FROM sealed WHERE seq = ?", (self._state.seq,)
        ).fetchall()
        for name, key, value in sealed:
            if marks.pop(name, None) != seal(key, name, value.decode("utf-8", "replace")):
                raise self._state.broken(mark("one of its sealed values was changed"))
        if marks and not marks.keys() <= self._purged.of(self._state.seq):
            raise self._state.broken(mark("one of its sealed values is missing"))

    def _check_nodes(self) -> None:
        state = self._state
        level, made = 0, state.leaf
        while level in state.edge:
            made = tree.inner(state.edge.pop(level), made)
            level += 1
            stored = self._db.execute(
                "SELECT hash FROM node WHERE level = ? AND n = ?", (level, state.seq >> level)
            ).fetchone()
            if stored is None or bytes(stored[0]) != made:
                raise state.broken(mark("the tree over the lines was changed"))
        state.edge[level] = made
