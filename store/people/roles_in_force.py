"""Reads from the books which roles, keys and sheet are in force; roles_steps.py says by which rules.

What was verified is remembered in this process by the leaf of the last line, which commits to all lines
before it: a line or a document that is changed afterwards gives nobody anything. forget() is called where
books are opened, so each log-in reads and verifies everything anew.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reader.sentences import mark
from store.base.database import Tables
from store.formats import tree
from store.formats.line import ClockWord, leaf_hash, sql_words
from store.ledger.tree_rows import count_lines, node_reader
from store.people.errors import RolesBroken
from store.people.roles_steps import KINDS, RoleLine, Roles, SheetKey, role_line, step

__all__ = ["KINDS", "RoleLine", "Roles", "SheetKey", "at_line", "now", "role_line", "step"]


@dataclass(frozen=True)
class _History:
    """What was in force from which line on (Roles.seq), by the lines before `end`."""

    end: int
    states: tuple[Roles, ...] = (Roles(),)

    def at(self, seq: int) -> Roles:
        return self.states[bisect_right(self.states, seq, key=lambda one: one.seq) - 1]


_known: OrderedDict[bytes, _History] = OrderedDict()
_lock = threading.Lock()
_MOST_KNOWN = 16
# Of more new lines than these, only the wanted kinds are read, month by month through an index.
_FEW = 2000


def now(db: Tables) -> Roles:
    """What is in force for the next line. Raises RolesBroken."""
    return at_line(db, count_lines(db))


def at_line(db: Tables, seq: int) -> Roles:
    """What is in force at line `seq`, by the lines before it. Raises RolesBroken."""
    known = _best_known(db)
    if known.end < seq:
        known = _read(db, known, seq)
        with _lock:
            _known[_leaf(db, seq - 1) or b""] = known
            while len(_known) > _MOST_KNOWN:
                _known.popitem(last=False)
    roles = known.at(seq)
    return replace(roles, seq=seq, sure=max(roles.sure, sure_at(db, seq - 1)))


def proved(db: Tables) -> Roles:
    """As now(); and every line that says so is proved to be in the tree, which a log-in verified."""
    roles, size, node_at = now(db), count_lines(db), node_reader(db)
    root = tree.root(size, node_at)
    for seq, _, _, leaf in _lines(db, 0, size):
        if not tree.proves_inclusion(leaf, seq, size, root, tree.inclusion(seq, size, node_at)):
            raise RolesBroken(roles, seq=seq, month="-", problem=mark("its text was changed"))
    return roles


def history(db: Tables) -> Iterator[Roles]:
    """What is in force after each line that may change it, read anew from line 0 on. Raises RolesBroken.

    Bodies are read as they stand: whoever asks verifies the ledger.
    """
    roles = Roles()
    for seq, body, _, _ in _lines(db, 0, count_lines(db)):
        roles = step(roles, role_line(seq, body.decode("utf-8"), _at(db, seq - 1)), lambda n: document(db, n))
        yield roles


def forget() -> None:
    """Forgets what this process verified, so that a log-in finds what is in the books now."""
    with _lock:
        _known.clear()


def document(db: Tables, n: int) -> str | None:
    """The signed document with that number, unverified."""
    row = db.execute("SELECT token FROM roles_document WHERE n = ?", (n,)).fetchone()
    return None if row is None else str(row[0])


def _best_known(db: Tables) -> _History:
    """The longest history that this process verified of these very lines."""
    with _lock:
        known = list(_known.items())
    for leaf, history in sorted(known, key=lambda one: -one[1].end):
        if _leaf(db, history.end - 1) == leaf:
            return history
    return _History(0)


def _read(db: Tables, known: _History, end: int) -> _History:
    """The history of the lines before `end`."""
    states = list(known.states)
    for seq, body, prev, leaf in _lines(db, known.end, end):
        if leaf_hash(prev, body) != leaf:
            raise RolesBroken(states[-1], seq=seq, month="-", problem=mark("its text was changed"))
        try:
            line = role_line(seq, body.decode("utf-8"), _at(db, seq - 1))
        except (KeyError, TypeError, ValueError):
            problem = mark("it cannot be read")
            raise RolesBroken(states[-1], seq=seq, month="-", problem=problem) from None
        states.append(step(states[-1], line, lambda n: document(db, n)))
    return _History(end, tuple(states))


def sure_at(db: Tables, seq: int) -> str:
    """The stamp of line `seq`; "" where the clock was not sure."""
    found = _at(db, seq)
    return str(found[0]) if found is not None and found[1] == ClockWord.OK else ""


def _at(db: Tables, seq: int) -> tuple[str, str] | None:
    """(at, clock) of line `seq`."""
    found = db.execute("SELECT at, body ->> '$.clock' FROM ledger WHERE seq = ?", (seq,)).fetchone()
    return None if found is None else (found[0], found[1])


def _lines(db: Tables, start: int, end: int) -> list[tuple[int, bytes, bytes, bytes]]:
    kinds = f"kind IN ({sql_words(KINDS)})"
    columns = "seq, CAST(body AS BLOB), prev, leaf"
    if end - start <= _FEW:
        sql = f"SELECT {columns} FROM ledger WHERE seq >= ? AND seq < ? AND +{kinds} ORDER BY seq"  # noqa: S608
    else:
        sql = (
            "WITH RECURSIVE months(x) AS (SELECT min(month) FROM ledger UNION ALL"  # noqa: S608
            " SELECT (SELECT min(month) FROM ledger WHERE month > x) FROM months WHERE x IS NOT NULL)"
            f" SELECT {columns} FROM ledger WHERE month IN (SELECT x FROM months) AND {kinds}"
            " AND seq >= ? AND seq < ? ORDER BY seq"
        )
    return [(row[0], *(bytes(one) for one in row[1:])) for row in db.execute(sql, (start, end))]


def _leaf(db: Tables, seq: int) -> bytes | None:
    row = db.execute("SELECT leaf FROM ledger WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else bytes(row[0])
