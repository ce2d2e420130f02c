"""Verifies who wrote which line: each line's session, the session's certificate, and where its lines end.

The lines are given in order, and at the end finish() looks at the rows. The lines before version 2 have no
session; after the first line of version 2 none may be of version 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from reader.sentences import mark
from store.base.database import Tables
from store.formats import session as form
from store.formats.errors import BadSignature
from store.formats.line import LineKind
from store.formats.session import Certificate, Tail
from store.ledger.errors import LedgerBroken
from store.ledger.standing import Standing
from store.ledger.writers import is_own, roles_needed

RootAt = Callable[[int], bytes]
"""A function from a size to the root (32 bytes) of the tree over the first `size` lines."""

_BEGINS = frozenset({LineKind.LOGIN, LineKind.KEYS, LineKind.RESTORE, LineKind.PEOPLE})


class Told(Protocol):
    """What is checked of a line: `session` is None in version 1."""

    @property
    def session(self) -> int | None: ...
    @property
    def officer(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...


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

    `begun`: whether a line of version 2 was seen, or stands before `from_line`. `certificates` are some that
    were read already, by session.
    """

    db: Tables
    standing: Standing
    from_line: int
    begun: bool
    known: dict[int, _Known] = field(default_factory=dict)
    certificates: Mapping[int, str] = field(default_factory=dict)

    def name(self, session: int) -> bytes:
        """The login of a session's person as it stands in a body; `null` for the recovery sheet."""
        return json.dumps(self.known[session].certificate.login).encode()

    def take_old(self, seq: int) -> None:
        """Takes lines of version 1 from number `seq` on. Raises WrongWriter behind lines of version 2."""
        if self.begun:
            raise WrongWriter(seq, mark("it names no session, and stands behind lines that do"))

    def take_own(self, session: int, count: int, last: int, leaf: bytes) -> None:
        """Takes `count` lines of a session that is known, which name its own person, up to line `last`."""
        known = self.known[session]
        known.count, known.last, known.leaf = known.count + count, last, leaf

    def take(self, seq: int, told: Told, leaf: bytes, root_at: RootAt) -> None:
        """Takes one line. Raises WrongWriter."""
        if told.session is None:
            self.take_old(seq)
            return
        self.begun = True
        known = self.known.get(told.session) or self._begin(told.session, seq, told.kind, root_at)
        if not is_own(told.kind, told.officer, known.certificate.login, told.facts):
            raise WrongWriter(seq, mark("it names another person than the one who wrote it"))
        self._check_role(seq, told, known.certificate.login)
        self.take_own(told.session, 1, seq, leaf)

    def _begin(self, number: int, seq: int, kind: str, root_at: RootAt) -> _Known:
        """Verifies the certificate of a session that is met for the first time, at line `seq`.

        Where the earlier lines are not looked at, they are covered by the root that the caller trusts.
        """
        token = self._certificate(number)
        if token is None or number > seq:
            raise WrongWriter(seq, mark("its session is not one that was opened here"))
        try:
            found = form.read_certificate(token, lambda kid: self._key_of(kid, number))
        except BadSignature:
            raise WrongWriter(seq, mark("nobody's key vouches for its session")) from None
        owner = self.standing.key(found.kid, number)
        is_its = owner is not None and (found.session, found.login) == (number, owner[0])
        if not is_its or found.root != root_at(number):
            raise WrongWriter(seq, mark("the certificate of its session is another one's"))
        opens = seq == number and kind in _BEGINS
        if not opens and (self.from_line <= number or seq == number):
            raise WrongWriter(seq, mark("its session does not begin with a log-in"))
        return self.known.setdefault(number, _Known(found))

    def _check_role(self, seq: int, told: Told, login: str | None) -> None:
        """Raises WrongWriter for a line that decides something for others, by somebody who may not."""
        needed = roles_needed(told.kind, told.facts)
        held = self.standing.roles(login, seq) if needed and login is not None else None
        if held is not None and not any(role in held for role in needed):
            raise WrongWriter(seq, mark("who wrote it did not have the role for it"))

    def _certificate(self, number: int) -> str | None:
        if number in self.certificates:
            return self.certificates[number]
        row = self.db.execute("SELECT certificate FROM session WHERE session = ?", (number,)).fetchone()
        return None if row is None else str(row[0])

    def _key_of(self, kid: str, seq: int) -> str | None:
        found = self.standing.key(kid, seq)
        return None if found is None else found[1]

    def finish(self, whole: bool, is_accepted: Callable[[LedgerBroken], bool]) -> None:
        """Compares the rows with the lines that were taken; `whole`: all lines were.

        Raises LedgerBroken with the first break that was not accepted.
        """
        rows = {
            int(number): str(token)
            for number, token in self.db.execute("SELECT session, row FROM session").fetchall()
        }
        bound = [one.certificate.previous for one in self.known.values() if one.certificate.previous]
        vouched = {(one["session"], one["last"], one["leaf"]) for one in bound}
        for number, known in sorted(self.known.items()):
            problem = self._end_of(number, known, rows.get(number, ""), vouched, whole)
            if problem is not None and not is_accepted(problem):
                raise problem
        strange = rows.keys() - self.known.keys() if whole else set()
        if strange:
            raise LedgerBroken(
                seq=min(strange), month="-", problem=mark("there is a session that wrote no line")
            )

    def _end_of(
        self, number: int, known: _Known, token: str, vouched: Container[tuple[int, int, str]], whole: bool
    ) -> LedgerBroken | None:
        """What is wrong with the end of a session; None where its lines end as its row says."""
        if self.standing.key(known.certificate.kid, max(number, known.last - 1)) is None:
            problem = mark("its session's key was not in force any more")
            return LedgerBroken(seq=known.last, month="-", problem=problem)
        tail = self._tail(token, known, vouched)
        found = Tail(number, known.count if whole or tail is None else tail.count, known.last, known.leaf)
        if tail == found:
            return None
        if tail is not None and tail.last > known.last:
            return LedgerBroken(seq=known.last + 1, month="-", problem=mark("the line is missing"))
        problem = mark("the lines of its session do not end where they should")
        return LedgerBroken(seq=known.last, month="-", problem=problem)

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
