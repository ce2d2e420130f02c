"""Verifies who wrote which line: each line's session, the session's certificate, and where its lines end.

The lines are given in order, many at once or one by one; at the end finish() looks at the rows. The lines
before version 2 have no session; after the first line of version 2 none may be of version 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from reader.sentences import mark
from store.base.database import Tables
from store.formats import session as form
from store.formats.errors import BadSignature
from store.formats.line import LineKind
from store.formats.session import Certificate, Tail
from store.ledger.errors import LedgerBroken
from store.ledger.standing import Standing
from store.ledger.writers import is_own

RootAt = Callable[[int], bytes]
"""A function from a size to the root (32 bytes) of the tree over the first `size` lines."""

_BEGINS = frozenset({LineKind.LOGIN, LineKind.KEYS, LineKind.RESTORE})
# Kinds whose writer depends on what the line says; the others are judged by (session, officer, kind) alone.
_BY_FACTS = frozenset(
    {LineKind.LOGIN, LineKind.KEYS, LineKind.PEOPLE, LineKind.SETTINGS, LineKind.PURGED, LineKind.RESTORE}
)


@dataclass(frozen=True)
class Wrote:
    """What is checked of a line of version 2."""

    seq: int
    session: int
    officer: str | None
    kind: str


class WrongWriter(Exception):
    """A line, by number, that its session may not have written; `problem` is a message id."""

    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(seq, problem)
        self.seq = seq
        self.problem = problem


@dataclass
class _Known:
    """A session whose certificate was verified, and the last of its lines so far."""

    certificate: Certificate
    last: int = -1
    leaf: bytes = b""
    count: int = 0


@dataclass
class Sessions:
    """The sessions of the lines from number `from_line` on, so far.

    `begun`: whether a line of version 2 was seen, or stands before `from_line`.
    """

    db: Tables
    standing: Standing
    from_line: int
    begun: bool
    known: dict[int, _Known] = field(default_factory=dict)
    allowed: set[tuple[int, str | None, str]] = field(default_factory=set)

    def take(
        self,
        lines: Sequence[Wrote | None],
        first: int,
        leaves: Sequence[bytes],
        bodies: Sequence[bytes],
        root_at: RootAt,
    ) -> None:
        """Takes lines that follow each other from number `first` on, with their leaves and bodies.

        None stands for a line of version 1. Raises WrongWriter with the first line that is wrong.
        """
        met = set()
        for seq, line in enumerate(lines, first):
            if line is None:
                if self.begun:
                    raise WrongWriter(seq, mark("it names no session, and stands behind lines that do"))
                continue
            self.begun = True
            known = self.known.get(line.session) or self._begin(line, root_at)
            known.last, known.count = seq, known.count + 1
            met.add(line.session)
            combination = (line.session, line.officer, line.kind)
            if combination not in self.allowed:
                self._judge(line, bodies[seq - first])
                if line.kind not in _BY_FACTS:
                    self.allowed.add(combination)
        for session in met:
            known = self.known[session]
            known.leaf = leaves[known.last - first]

    def _begin(self, line: Wrote, root_at: RootAt) -> _Known:
        """Verifies the certificate of a session that is met for the first time, at that line.

        Where the earlier lines are not looked at, they are covered by the root that the caller trusts.
        """
        number = line.session
        row = self.db.execute("SELECT certificate FROM session WHERE session = ?", (number,)).fetchone()
        if row is None or number > line.seq:
            raise WrongWriter(line.seq, mark("its session is not one that was opened here"))
        try:
            found = form.read_certificate(row[0], lambda kid: self._key_of(kid, number))
        except BadSignature:
            raise WrongWriter(line.seq, mark("nobody's key vouches for its session")) from None
        owner = self.standing.key(found.kid, number)
        is_its = owner is not None and (found.session, found.login) == (number, owner[0])
        if not is_its or found.root != root_at(number):
            raise WrongWriter(line.seq, mark("the certificate of its session is another one's"))
        opens = line.seq == number and line.kind in _BEGINS
        if not opens and (self.from_line <= number or line.seq == number):
            raise WrongWriter(line.seq, mark("its session does not begin with a log-in"))
        return self.known.setdefault(number, _Known(found))

    def _key_of(self, kid: str, seq: int) -> str | None:
        found = self.standing.key(kid, seq)
        return None if found is None else found[1]

    def _judge(self, line: Wrote, body: bytes) -> None:
        login = self.known[line.session].certificate.login
        facts = json.loads(body).get("facts") or {} if line.kind in _BY_FACTS else {}
        if not is_own(line.kind, line.officer, login, facts):
            raise WrongWriter(line.seq, mark("it names another person than the one who wrote it"))
        if line.session == line.seq and line.kind == LineKind.LOGIN and "count" in facts:
            raise WrongWriter(line.seq, mark("its session does not begin with a log-in"))

    def finish(self, whole: bool) -> None:
        """Compares the rows with the lines that were taken; `whole`: all lines were. Raises LedgerBroken."""
        rows = {
            int(number): str(token)
            for number, token in self.db.execute("SELECT session, row FROM session").fetchall()
        }
        bound = [one.certificate.previous for one in self.known.values() if one.certificate.previous]
        vouched = {(one["session"], one["last"], one["leaf"]) for one in bound}
        for number, known in sorted(self.known.items()):
            tail = self._tail(rows.get(number, ""), known, vouched)
            found = Tail(number, known.count if whole or tail is None else tail.count, known.last, known.leaf)
            if tail is not None and tail.last > known.last:
                raise LedgerBroken(seq=known.last + 1, month="-", problem=mark("the line is missing"))
            if tail != found:
                problem = mark("the lines of its session do not end where they should")
                raise LedgerBroken(seq=known.last, month="-", problem=problem)
        strange = rows.keys() - self.known.keys() if whole else set()
        if strange:
            raise LedgerBroken(
                seq=min(strange), month="-", problem=mark("there is a session that wrote no line")
            )

    def _tail(self, token: str, known: _Known, vouched: Container[tuple[int, int, str]]) -> Tail | None:
        """Where a session's row says that it ends; None where nothing vouches for the row.

        A row that a later certificate binds needs no signature of its own.
        """
        try:
            tail = form.claimed_row(token)
            if (tail.session, tail.last, tail.leaf.hex()) not in vouched:
                tail = form.read_row(token, known.certificate.key)
        except BadSignature:
            return None
        return tail
