"""What the verifier must know of people: whose key is in force at which line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from store.base.database import Tables
from store.formats.jws import key_bytes, thumbprint
from store.formats.line import LineKind


@dataclass(frozen=True)
class _Event:
    """From line `seq` on the login (None: the sheet) has that key, or none (a reset)."""

    seq: int
    login: str | None
    kid: str | None
    key: str


_OF_KIND = "SELECT seq, body FROM ledger WHERE month >= '' AND kind = ?"


class Standing:
    """The keys by the position of a line, as the ledger's own `keys` lines name them."""

    def __init__(self, db: Tables) -> None:
        self._events = _read(db)

    def key(self, kid: str, seq: int) -> tuple[str | None, str] | None:
        """(login, public key in b64) of a key in force at line `seq`; the login is None for the sheet's."""
        mine = next((one for one in self._events if one.kid == kid), None)
        if mine is None:
            return None
        # A session that brings a key begins with the line that names it.
        newest = [one for one in self._events if one.login == mine.login and one.seq <= seq][-1:]
        return (mine.login, mine.key) if newest and newest[0].kid == kid else None


def _read(db: Tables) -> list[_Event]:
    # One kind in each query, because only then it is answered from the index.
    rows = db.execute("SELECT seq, body FROM ledger WHERE seq = 0").fetchall()
    for kind in (LineKind.KEYS, LineKind.RESTORE):
        rows += db.execute(_OF_KIND, (kind,)).fetchall()
    found: list[_Event] = []
    for seq, body in sorted(set(rows)):
        told = json.loads(body)
        if told["kind"] in (LineKind.KEYS, LineKind.RESTORE):
            has_sheet = any(one.login is None for one in found)
            found += _events(seq, told.get("facts") or {}, has_sheet)
    return found


def _events(self) -> list[_Event]:
    # One kind in each query, because only then it is answered from the index.
    rows = self._db.execute("SELECT seq, body FROM ledger WHERE seq = 0").fetchall()
    for kind in (LineKind.KEYS, LineKind.RESTORE):
        rows += self._db.execute(_OF_KIND, (kind,)).fetchall()
    found: list[_Event] = []
    for seq, body in sorted(set(rows)):
        told = json.loads(body)
        if told["kind"] in (LineKind.KEYS, LineKind.RESTORE):
            has_sheet = any(one.login is None for one in found)
            found += _events(seq, told.get("facts") or {}, has_sheet)
    return found


def _events(seq: int, facts: dict[str, Any], has_sheet: bool) -> list[_Event]:
    found = []
    if "sheet_key" in facts and not has_sheet:
        key = str(facts["sheet_key"])
        found.append(_Event(seq, None, thumbprint(key_bytes(key)), key))
    if "kid" in facts:
        found.append(_Event(seq, facts["login"], facts["kid"], facts["key"]))
    elif "first_until" in facts:
        found.append(_Event(seq, facts["login"], None, ""))
    return found
