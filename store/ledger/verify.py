"""Recomputes the ledger from its stored bodies; stored hashes are only compared, never trusted.

Lines are checked in bulk, 1,024 at once, while the next ones are read. The bulk check relies on the exact
form in which this program writes a body: it builds the end of each line from the sealed values and looks for
it in the body. Where anything differs, the same lines are checked again one by one
(store/ledger/verify_lines.py); that check decides, and names the first bad line.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from reader.sentences import mark
from store.base.database import Database, Tables
from store.formats import tree
from store.formats.line import SEALED, LineKind
from store.ledger.accepted import state_beyond
from store.ledger.errors import LedgerBroken
from store.ledger.standing import Standing, StandingOf
from store.ledger.tree_rows import count_lines, node_reader
from store.ledger.verify_lines import Lines, Purged, State, last_month, parsed
from store.ledger.verify_sessions import Sessions, WrongWriter
from store.ledger.written_by import take_lines

# A power of two, so that a chunk of lines completes a node of level 10.
_AT_ONCE = 1024
Progress = Callable[[int], object]
"""Called now and then with the number of lines verified so far; what it raises ends the verification."""

_FIELDS = tuple(sorted(SEALED))
_PREFIX = {name.encode(): name.encode() + b"\x00" for name in SEALED}
_TAIL = b',"sealed":{' + b",".join(b'"%s":%%s' % name.encode() for name in _FIELDS) + b'},"seq":%%d,'
_UNSEALED = _TAIL.replace(b"%s", b"null") % ()
_CUT_OFF = b'"kind":"cut_off"'
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# HMAC's inner and outer pad (RFC 2104), as tables for bytes.translate(), which pads all keys in one call.
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_INNER_REST, _OUTER_REST = b"\x36" * 32, b"\x5c" * 32

# All values in one row, so that one call reads and decrypts them while other lines are hashed. A body that
# this program wrote has no line feed; with one, the number of bodies is wrong and the bulk check gives up.
_LINES = """
    SELECT count(*), CAST(group_concat(body, x'0a') AS BLOB),
      CAST(group_concat(prev, '') AS BLOB), CAST(group_concat(leaf, '') AS BLOB)
    FROM (SELECT body, prev, leaf FROM ledger WHERE seq >= ? AND seq < ? ORDER BY seq)
"""
_SEALED = """
    SELECT CAST(group_concat(seq, ' ') AS BLOB), CAST(group_concat(field, ' ') AS BLOB),
      CAST(group_concat(key, '') AS BLOB), CAST(group_concat(value, x'0a') AS BLOB)
    FROM (SELECT seq, field, key, value FROM sealed WHERE seq >= ? AND seq < ? ORDER BY seq, field)
"""
_CERTIFICATES = "SELECT session, certificate FROM session WHERE session >= ? AND session < ?"
_NODES = """
    SELECT CAST(group_concat(hash, '') AS BLOB), min(n), max(n)
    FROM (SELECT n, hash FROM node WHERE level = ? AND n >= ? AND n < ? ORDER BY n)
"""


@dataclass(frozen=True)
class Verified:
    """A ledger that verified: its number of lines, their root, and the months of the checked lines."""

    size: int
    root: bytes
    months: tuple[str, ...]


def verify(database: Database, standing_of: StandingOf, progress: Progress | None = None) -> Verified:
    """Recomputes chain, tree, months, seals and sessions; raises LedgerBroken with the first bad line."""
    with database.reading() as db:
        return verify_in(db, standing_of, progress)


def verify_in(db: Tables, standing_of: StandingOf, progress: Progress | None = None) -> Verified:
    """As verify(), inside the caller's transaction."""
    return _walk(db, State(), standing_of(db), progress)


def verify_new(db: Tables, size: int, root: bytes, standing_of: StandingOf) -> Verified:
    """As verify_in(), but only for the lines after the first `size`, whose `root` the caller trusts.

    The time depends on the new lines only: the earlier ones are covered by `root`, which the stored nodes
    must give. Raises LedgerBroken also where they do not.
    """
    return _walk(db, _state_at(db, size, root) if size else State(), standing_of(db))


# --- in bulk ---


@dataclass(frozen=True)
class _Chunk:
    """The stored rows of the lines from `begin` to before `end`, as the queries above give them."""

    begin: int
    end: int
    lines: tuple[int, bytes, bytes, bytes]
    sealed: tuple[bytes | None, bytes, bytes, bytes]
    nodes: list[tuple[bytes | None, int, int]]
    certificates: dict[int, str]

    @cached_property
    def bodies(self) -> list[bytes]:
        """The text of each line."""
        return self.lines[1].split(b"\n") if self.lines[1] else []

    @cached_property
    def leaves(self) -> list[bytes]:
        """The stored leaf of each line."""
        stored = self.lines[3]
        return [stored[n : n + 32] for n in range(0, len(stored), 32)]

    def node(self, level: int, n: int) -> bytes | None:
        """A stored node over lines of this chunk alone; None for any other."""
        if level == 0:
            return self.leaves[n - self.begin] if n >= self.begin else None
        stored, first, _ = self.nodes[level - 1] if level <= len(self.nodes) else (None, 0, 0)
        at = 32 * (n - first)
        return stored[at : at + 32] if stored is not None and at >= 0 else None


def _read(db: Tables, begin: int, size: int) -> _Chunk:
    end = min(size, (begin // _AT_ONCE + 1) * _AT_ONCE)
    nodes, level = [], 1
    while end >> level > begin >> level:
        nodes.append(db.execute(_NODES, (level, begin >> level, end >> level)).fetchone())
        level += 1
    lines = db.execute(_LINES, (begin, end)).fetchone()
    sealed = db.execute(_SEALED, (begin, end)).fetchone()
    return _Chunk(begin, end, lines, sealed, nodes, dict(db.execute(_CERTIFICATES, (begin, end)).fetchall()))


def _walk(db: Tables, state: State, standing: Standing, progress: Progress | None = None) -> Verified:
    size = count_lines(db)
    if db.execute("SELECT 1 FROM ledger WHERE seq < 0").fetchone() is not None:
        raise LedgerBroken(seq=0, month="-", problem="there are lines before the first")
    purged, sessions = Purged(db), Sessions(db, standing, state.seq, state.begun)
    stored = node_reader(db)
    # Both threads use one connection, in turn, so that they see the same state of the database.
    with ThreadPoolExecutor(1, thread_name_prefix="verify") as ahead:

        def nodes(level: int, n: int) -> bytes:
            return ahead.submit(stored, level, n).result()

        coming = ahead.submit(_read, db, state.seq, size)
        while state.seq < size:
            chunk = coming.result()
            if chunk.end < size:
                coming = ahead.submit(_read, db, chunk.end, size)
            after = _in_bulk(state, chunk)
            if after is None:
                if chunk.end < size:
                    coming.result()
                state, sessions = _one_by_one(db, state, purged, sessions, chunk.end)
                if chunk.end < state.seq < size:
                    coming = ahead.submit(_read, db, state.seq, size)
            else:
                state, sessions = _take(db, sessions, state, after, chunk, nodes)
                if chunk.end < state.seq < size:
                    coming.result()
                    coming = ahead.submit(_read, db, state.seq, size)
            if progress is not None:
                progress(state.seq)
    if standing.broken is not None:
        raise standing.broken
    sessions.finish(
        sessions.from_line == 0, lambda error: state_beyond(db, error, sessions.standing) is not None
    )
    _nothing_beyond(db, state)
    return Verified(state.seq, state.root(), tuple(state.months))


def _one_by_one(
    db: Tables, state: State, purged: Purged, sessions: Sessions, end: int
) -> tuple[State, Sessions]:
    """The state after these lines; where one is bad and that was accepted, the state at the acceptance."""
    try:
        return Lines(db, state, purged, sessions).through(end), sessions
    except LedgerBroken as error:
        return _beyond(db, state, sessions, error)


def _beyond(db: Tables, state: State, sessions: Sessions, error: LedgerBroken) -> tuple[State, Sessions]:
    """The state at the acceptance of that break, from which on sessions are judged anew; raises it else."""
    beyond = state_beyond(db, error, sessions.standing)
    if beyond is None:
        raise error
    beyond.months = list(dict.fromkeys([*state.months, *beyond.months]))
    return beyond, Sessions(db, sessions.standing, beyond.seq, begun=sessions.begun)


def _in_bulk(state: State, chunk: _Chunk) -> State | None:
    """The state after these lines, where all are right; None where they must be checked one by one."""
    count, text, prevs, stored = chunk.lines
    bodies = chunk.bodies
    if not count == len(bodies) == chunk.end - chunk.begin or len(stored) != 32 * count:
        return None
    if prevs != state.leaf + stored[:-32]:
        return None
    leaves = [sha256(b"\x00" + prevs[32 * n : 32 * n + 32] + body).digest() for n, body in enumerate(bodies)]
    after = state.copy()
    after.seq, after.leaf = chunk.end, leaves[-1]
    if b"".join(leaves) != stored or not _months_fit(after, bodies, chunk.begin, _CUT_OFF in text):
        return None
    if not _seals_fit(bodies, chunk) or not _nodes_fit(after, leaves, chunk):
        return None
    return after


def _take(
    db: Tables, sessions: Sessions, before: State, after: State, chunk: _Chunk, nodes: tree.NodeAt
) -> tuple[State, Sessions]:
    """Checks who wrote the lines of a chunk whose hashes are right. Raises LedgerBroken.

    `nodes` are the stored ones, for the sessions that began before the first line that is checked.
    """

    def node_at(level: int, n: int) -> bytes:
        is_edge = n + 1 == chunk.begin >> level and level in before.edge
        return chunk.node(level, n) or (before.edge[level] if is_edge else nodes(level, n))

    def root_at(size: int) -> bytes:
        return tree.root(size, node_at)

    sessions.certificates = chunk.certificates
    try:
        take_lines(sessions, chunk.bodies, chunk.leaves, chunk.begin, root_at)
    except WrongWriter as error:
        found = LedgerBroken(seq=error.seq, month=after.month, problem=error.problem)
        return _beyond(db, before, sessions, found)
    except ValueError as error:
        found = LedgerBroken(seq=error.args[0], month=after.month, problem=mark("it cannot be read"))
        return _beyond(db, before, sessions, found)
    return after, sessions


def _months_fit(after: State, bodies: Sequence[bytes], first: int, has_cut_off: bool) -> bool:
    """Whether each line has the month that follows from the line before."""
    usual = b',"month":"%s","ms":' % after.month.encode()
    if not has_cut_off and not after.after_cut_off and all([usual in body for body in bodies]):
        return True
    for seq, body in enumerate(bodies, first):
        if not after.after_cut_off and usual in body and _CUT_OFF not in body:
            continue
        said = parsed(body, seq)
        if said is None or not after.goes_on(said.month, cut_off=said.kind == LineKind.CUT_OFF):
            return False
        usual = b',"month":"%s","ms":' % after.month.encode()
    return True


def _seals_fit(bodies: Sequence[bytes], chunk: _Chunk) -> bool:
    """Whether each body has its number, and under `sealed` exactly the marks of the stored values."""
    ends = [_UNSEALED % seq for seq in range(chunk.begin, chunk.end)]
    if chunk.sealed[0] is not None:
        seqs, fields, values = (
            [int(n) for n in chunk.sealed[0].split()],
            chunk.sealed[1].split(),
            chunk.sealed[3],
        )
        marks = _marks(fields, chunk.sealed[2], values.split(b"\n"))
        if len(marks) != len(seqs):
            return False
        forms: dict[tuple[bytes, ...], bytes] = {}
        here = 0
        while here < len(seqs):
            seq, beyond = seqs[here], here + 1
            while beyond < len(seqs) and seqs[beyond] == seq:
                beyond += 1
            names = tuple(fields[here:beyond])
            form = forms.get(names) or forms.setdefault(names, _form(names))
            ends[seq - chunk.begin] = form % (*marks[here:beyond], seq)
            here = beyond
    return all([end in body for end, body in zip(ends, bodies, strict=True)])


def _form(names: Collection[bytes]) -> bytes:
    """The end of a line with exactly these fields sealed, with places for their marks and its number."""
    return _TAIL % tuple(b'"%s"' if name.encode() in names else b"null" for name in _FIELDS)


def _marks(fields: Sequence[bytes], keys: bytes, values: Sequence[bytes]) -> list[bytes]:
    """The mark of each stored value; an empty list where the number of keys or values is wrong.

    HMAC-SHA-256 is computed here from SHA-256, because the library looks the hash up in every call.
    """
    if not len(fields) == len(values) == len(keys) / 32 or not _PREFIX.keys() >= set(fields):
        return []
    inner, outer, at = keys.translate(_INNER), keys.translate(_OUTER), range(0, len(keys), 32)
    first = [
        sha256(inner[n : n + 32] + _INNER_REST + _PREFIX[name] + value).digest()
        for n, name, value in zip(at, fields, values, strict=True)
    ]
    made = [sha256(outer[n : n + 32] + _OUTER_REST + one).digest() for n, one in zip(at, first, strict=True)]
    # 33 bytes give exactly 44 base64 characters: with a zero byte after each mark, one call encodes all of
    # them, and the last character of each is dropped.
    text = b2a_base64(b"\x00".join([*made, b""]), newline=False).translate(_URL_SAFE)
    return [text[n : n + 43] for n in range(0, len(text), 44)]


def _nodes_fit(after: State, leaves: Sequence[bytes], chunk: _Chunk) -> bool:
    """Whether the stored nodes over these leaves are right, level by level; updates the edge of `after`."""
    level, begin, row = 0, chunk.begin, list(leaves)
    while row:
        if begin & 1:  # its left sibling is in the edge
            row.insert(0, after.edge.pop(level))
            begin -= 1
        if len(row) & 1:
            after.edge[level] = row.pop()
        pairs = iter(row)
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
        level, begin = level + 1, begin >> 1
        if row and chunk.nodes[level - 1] != (b"".join(row), begin, begin + len(row) - 1):
            return False
    return True


# --- before the first line to check, and after the last ---


_SEALED_BEYOND = ("SELECT 1 FROM sealed WHERE seq < ? LIMIT 1", "SELECT 1 FROM sealed WHERE seq >= ? LIMIT 1")
_ENDS = ("SELECT min(n) FROM node WHERE level = ?", "SELECT max(n) FROM node WHERE level = ?")


def _nothing_beyond(db: Tables, state: State) -> None:
    """Raises LedgerBroken for sealed values or nodes of lines that do not exist."""
    # One bound in each query: SQLite then uses the index; with both in one it would read the whole table.
    if any(db.execute(_SEALED_BEYOND[n], (bound,)).fetchone() for n, bound in enumerate((0, state.seq))):
        raise state.broken(mark("there are sealed values of lines that are missing"))
    level = db.execute("SELECT min(level) FROM node").fetchone()[0]
    while level is not None:
        first, last = (db.execute(sql, (level,)).fetchone()[0] for sql in _ENDS)
        if level < 1 or first < 0 or last >= state.seq >> level:
            raise state.broken(mark("the tree covers lines that are missing"))
        level = db.execute("SELECT min(level) FROM node WHERE level > ?", (level,)).fetchone()[0]


def _state_at(db: Tables, size: int, root: bytes) -> State:
    """The state after the first `size` lines, which are checked only against their root."""
    count, last = count_lines(db), size - 1
    if count < size:
        raise LedgerBroken(seq=count, month=last_month(db), problem="the lines from here on are gone")
    node_at = node_reader(db)
    body, prev, leaf = db.execute(
        "SELECT CAST(body AS BLOB), prev, leaf FROM ledger WHERE seq = ?", (last,)
    ).fetchone() or (b"", b"", b"")
    said = parsed(body, last)
    proved = tree.proves_inclusion(leaf, last, size, root, tree.inclusion(last, size, node_at))
    if said is None or not proved or sha256(b"\x00" + prev + body).digest() != leaf:
        raise LedgerBroken(
            seq=last,
            month=said.month if said else "-",
            problem="the lines up to here are not those of before",
        )
    state = State(seq=size, leaf=leaf, begun=said.session is not None)
    state.goes_on(said.month, cut_off=said.kind == LineKind.CUT_OFF)
    state.months.clear()
    levels = [level for level in range(size.bit_length()) if size >> level & 1]
    state.edge = {level: node_at(level, (size >> level) - 1) for level in levels}
    if state.root() != root:
        raise LedgerBroken(seq=last, month=said.month, problem="the tree over the lines was changed")
    return state
