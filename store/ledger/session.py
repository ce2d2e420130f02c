"""The session in which this process writes lines, and its row in the books (store/formats/session.py).

A session is begun with its first line and stays with the process: a locked window keeps it. Each line
replaces the row. Before a session writes, it looks whether its last line still stands as it was written.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import Protocol

from reader.sentences import mark
from store.base.database import Database, Tables
from store.formats import session as form
from store.formats import tree
from store.formats.errors import BadSignature
from store.formats.session import Certificate, RowKey, Tail
from store.ledger.errors import LedgerBroken
from store.ledger.tree_rows import count_lines, node_reader


class Signer(Protocol):
    """Whose key vouches for a session; the login is empty for the recovery sheet's."""

    @property
    def login(self) -> str: ...
    @property
    def kid(self) -> str: ...
    @property
    def seed(self) -> bytes: ...


class Session:
    """One session of this process. `number` is None until it has begun.

    `roles` and `settings` are the numbers of the documents in force, None where there are none yet.
    """

    def __init__(
        self, database: Database, signer: Signer, roles: int | None = None, settings: int | None = None
    ) -> None:
        self.login: str | None = signer.login or None
        self.number: int | None = None
        self._database = database
        self._kid = signer.kid
        self._documents = (roles, settings)
        self._signer: Signer | None = signer  # let go once the certificate is signed
        self._key = RowKey(secrets.token_bytes(32))
        self._state = _State()
        self._lock = threading.Lock()

    def begin(self, db: Tables, seq: int) -> None:
        """Writes the certificate of a session whose first line will be number `seq`.

        Must be called in the same transaction, before that line.
        """
        assert self._signer is not None
        assert self.number is None
        certificate = Certificate(
            session=seq,
            login=self.login,
            kid=self._kid,
            key=self._key.public,
            origin=_origin(db),
            root=tree.root(seq, node_reader(db)),
            roles=self._documents[0],
            settings=self._documents[1],
            previous=_previous(db, self.login),
        )
        self._take(db)
        self.number = seq
        # A number is there already only where its line was cut off the ledger's end, which is told elsewhere.
        db.execute(
            "INSERT OR REPLACE INTO session(session, login, certificate, row) VALUES (?, ?, ?, '')",
            [seq, self.login, form.sign_certificate(certificate, self._signer.seed)],
        )
        self._signer = None

    def wrote(self, db: Tables, seq: int, leaf: bytes) -> None:
        """Replaces the row for a line of this session that was just written."""
        assert self.number is not None
        before = self._state.now
        now = self._state.now = Tail(self.number, before.count + 1 if before else 1, seq, leaf)
        written = self._state.attempted = _Row(now, self._key.sign(now))
        db.execute("UPDATE session SET row = ? WHERE session = ?", [written.token, self.number])

    def ready(self, db: Tables) -> None:
        """Prepares for a line; raises LedgerBroken where this session's last line was changed."""
        self._take(db)

    def _take(self, db: Tables) -> None:
        """Once in each transaction; the lock is kept until its end, so that no thread sees half of it."""
        if self._state.is_taken and self._state.thread == threading.get_ident():
            return
        self._lock.acquire()
        self._state.is_taken, self._state.thread = True, threading.get_ident()
        self._database.at_end(self)
        if self.number is None:
            return
        row = db.execute("SELECT row FROM session WHERE session = ?", [self.number]).fetchone()
        tail = next((one for one in self._state.possible() if row and one.token == row[0]), None)
        if tail is None:
            raise self._broken(mark("the row of the session that writes was changed"))
        leaf = db.execute("SELECT leaf FROM ledger WHERE seq = ?", [tail.tail.last]).fetchone()
        if leaf is None or bytes(leaf[0]) != tail.tail.leaf:
            raise self._broken(mark("a line was changed after it was written"))
        self._state.committed, self._state.now = tail, tail.tail

    def ended(self) -> None:
        """Lets other threads go on. Whether the transaction was committed is seen at the next line."""
        self._state.is_taken = False
        self._lock.release()

    def _broken(self, problem: str) -> LedgerBroken:
        known = self._state.committed or self._state.attempted
        seq = known.tail.last if known else self.number or 0
        return LedgerBroken(seq=seq, month="-", problem=problem)


@dataclass(frozen=True)
class _Row:
    tail: Tail
    token: str


@dataclass
class _State:
    """What this process knows of its own lines.

    `committed` is the newest row that was seen in the books, `attempted` the one that the last transaction
    tried to write: whether it is there is seen at the next line. `now` counts within a transaction.
    """

    committed: _Row | None = None
    attempted: _Row | None = None
    now: Tail | None = None
    is_taken: bool = False
    thread: int = field(default=0)

    def possible(self) -> list[_Row]:
        return [one for one in (self.attempted, self.committed) if one is not None]


def _origin(db: Tables) -> str:
    row = db.execute("SELECT value FROM book WHERE name = 'origin'").fetchone()
    return "" if row is None else str(row[0])


def _previous(db: Tables, login: str | None) -> dict[str, object] | None:
    """What the certificate binds of the same person's session before; nothing where that one is broken."""
    row = _newest(db, login)
    if row is None or wrong_end(db, login) is not None:
        return None
    return form.claimed_row(row[1]).names()


def wrong_end(db: Tables, login: str | None) -> LedgerBroken | None:
    """What is wrong with the end of that person's newest session; None where its row is of its last line."""
    row = _newest(db, login)
    if row is None:
        return None
    number = int(row[0])
    try:
        tail = form.claimed_row(row[1])
    except BadSignature:
        return LedgerBroken(seq=number, month="-", problem=mark("the row of a session cannot be read"))
    leaf = db.execute("SELECT leaf FROM ledger WHERE seq = ?", [tail.last]).fetchone()
    if leaf is None:
        return LedgerBroken(seq=count_lines(db), month="-", problem=mark("the line is missing"))
    if tail.session != number or bytes(leaf[0]) != tail.leaf:
        problem = mark("the lines of a session do not end where its row says")
        return LedgerBroken(seq=tail.last, month="-", problem=problem)
    return None


def _newest(db: Tables, login: str | None) -> tuple[int, str] | None:
    row: tuple[int, str] | None = db.execute(
        "SELECT session, row FROM session WHERE login IS ? ORDER BY session DESC LIMIT 1", [login]
    ).fetchone()
    return row
