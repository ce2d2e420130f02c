"""Who may write which kind of line: the writer is the person of the session, `officer` whom the line names.

The person that a line concerns is another thing: an answer is written by whoever is logged in when it comes,
and the use that it is about names the officer who asked.
"""

from __future__ import annotations

from typing import Any

from store.formats.line import LineKind
from store.formats.roles import SIGNING, Role

NOBODYS = frozenset(
    {
        *(LineKind.EXPIRED, LineKind.QUARANTINE, LineKind.OUTAGE, LineKind.CLOCK, LineKind.CUT_OFF),
        LineKind.RESTORE,
    }
)
"""Kinds that the program writes in whatever session is open: the line may name anybody or nobody. So may a
`login` line that was refused. Every other line names the person of its session."""

_ANY = frozenset(SIGNING)
_HEAD = frozenset({Role.HEAD})
_FREE: frozenset[str] = frozenset()


def is_own(kind: str, officer: str | None, login: str | None, facts: dict[str, Any]) -> bool:
    """Whether a line that names `officer` may be written in a session of `login` (None: the sheet's)."""
    if kind in NOBODYS or (kind == LineKind.LOGIN and "count" in facts):
        return True
    if kind == LineKind.KEYS and "kid" in facts and facts.get("login") != login and login is not None:
        return False  # keys are brought by the person whose they are, or with the sheet
    return officer == login or (login is None and kind == LineKind.KEYS)


def roles_needed(kind: str, facts: dict[str, Any]) -> frozenset[str]:
    """The roles of which the writer holds one at that line; empty where none is asked for.

    Asked for where a line decides something for others; the recovery sheet may do the same.
    """
    if kind == LineKind.PEOPLE:
        return _HEAD
    if kind == LineKind.SETTINGS:
        return _HEAD if "document" in facts else _FREE
    if kind == LineKind.KEYS:
        return _FREE if "kid" in facts or "db_key_id" in facts else _HEAD
    if kind == LineKind.PURGED:
        return _HEAD if "first" in facts else _ANY
    return _FREE
