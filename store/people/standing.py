"""Whose key and which roles are in force at which line, for the verification of the ledger.

From the roles documents, along the chain from line 0. In books of an earlier version whose head has not
signed the first document yet, the `keys` lines themselves say whose key it is.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Container
from dataclasses import dataclass

from store.base.database import Tables
from store.formats.errors import DamagedJws
from store.formats.jws import key_bytes, thumbprint
from store.formats.line import LineKind
from store.ledger.errors import LedgerBroken
from store.people import roles_in_force
from store.people.errors import RolesBroken
from store.people.roles_in_force import Roles

_OF_KIND = "SELECT seq, body FROM ledger WHERE month >= '' AND kind = ?"


@dataclass(frozen=True)
class _Named:
    """From line `seq` on the login (None: the sheet) has that key, or none (a reset)."""

    seq: int
    login: str | None
    kid: str | None
    key: str


class Standing:
    """Implements store.ledger.standing.Standing."""

    def __init__(self, db: Tables) -> None:
        self._db = db
        self.broken: LedgerBroken | None = None
        self._history: list[Roles] = []
        try:
            for roles in roles_in_force.history(db):
                self._history.append(roles)
        except RolesBroken as error:
            self.broken = error
        self._named = _named(db)
        self._keys: dict[tuple[str, int], tuple[str | None, str] | None] = {}
        self.knows_sheet = any(one.sheet is not None for one in self._history)

    def key(self, kid: str, seq: int) -> tuple[str | None, str] | None:
        """(login, public key in b64) of a key in force behind line `seq`; no login for the sheet's."""
        roles = self._after(seq)
        if roles is None or roles.n is None:
            return self._named_key(kid, seq)
        # The same few keys are asked for thousands of sessions.
        known = (kid, roles.seq)
        if known not in self._keys:
            self._keys[known] = self._signed_key(kid, roles)
        return self._keys[known]

    def _signed_key(self, kid: str, roles: Roles) -> tuple[str | None, str] | None:
        if roles.sheet is not None and roles.sheet.kid == kid:
            return None, roles.sheet.key
        return roles.key(kid)

    def roles(self, login: str, seq: int) -> Container[str] | None:
        """The roles that the person holds at line `seq`; None where nothing that is signed says so."""
        roles = self._after(seq - 1)
        if roles is None or roles.n is None:
            return None
        at = self._db.execute(
            "SELECT max(at) FROM (SELECT at FROM ledger WHERE seq <= ? AND seq > ?)", (seq, seq - 2)
        )
        return roles.roles_of(login, max(roles.sure, str(at.fetchone()[0])))

    def _after(self, seq: int) -> Roles | None:
        """What was in force behind that line."""
        n = bisect_right(self._history, seq + 1, key=lambda one: one.seq)
        return self._history[n - 1] if n else None

    def _named_key(self, kid: str, seq: int) -> tuple[str | None, str] | None:
        mine = next((one for one in self._named if one.kid == kid), None)
        if mine is None:
            return None
        newest = [one for one in self._named if one.login == mine.login and one.seq <= seq][-1:]
        return (mine.login, mine.key) if newest and newest[0].kid == kid else None


def _named(db: Tables) -> list[_Named]:
    # One kind in each query, because only then it is answered from the index.
    rows = [row for kind in (LineKind.KEYS, LineKind.RESTORE) for row in db.execute(_OF_KIND, (kind,))]
    found: list[_Named] = []
    for seq, body in sorted(rows):
        told = json.loads(body)
        facts = told.get("facts") or {}
        if "sheet_key" in facts and not any(one.login is None for one in found):
            key = str(facts["sheet_key"])
            found.append(_Named(seq, None, _kid(key), key))
        if "kid" in facts:
            found.append(_Named(seq, facts["login"], facts["kid"], str(facts["key"])))
        elif "first_until" in facts:
            found.append(_Named(seq, facts["login"], None, ""))
    return found


def _kid(key: str) -> str | None:
    try:
        return thumbprint(key_bytes(key))
    except DamagedJws:
        return None
