"""Breaks of the ledger that head and recovery sheet have accepted: from where verification goes on then.

An accepting line has the facts {name: "break", seq, accepted}: `accepted` is a general JWS (nocopy-break+jws)
by a head's key and by the sheet's, over

    {v, unit, station, kind, seq, found_at, size, leaf, month, cut_off, edge: [[level, hash]], lines,
     heads: [[size, root]], of: [login], sheet: {age, key}, at}

`seq` is the first bad line, `size` the number of lines then. The lines between stay as they were then:
`lines` is the SHA-256 with which they are compared. Their sealed values are no longer vouched for.
Hashes are hex; `heads` and `of` are the evidence that contradicted (store/proof/accept.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from store.formats import jws
from store.formats.errors import BadSignature
from store.formats.roles import Role
from store.ledger.standing import Standing
from store.ledger.verify_lines import State

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.ledger.errors import LedgerBroken

BREAK, ACCEPTED = "break", "nocopy-break+jws"
SHEET = "sheet"
"""The role of the recovery sheet's signature."""


@dataclass(frozen=True)
class Accepted:
    """An accepting line whose two signatures verify: its number, and what was signed."""

    line: int
    value: dict[str, Any]


def newest_accepted(db: Tables, standing: Standing) -> int | None:
    """The number of the newest accepting line."""
    found = accepted(db, standing)
    return found[-1].line if found else None


def accepted(db: Tables, standing: Standing) -> list[Accepted]:
    """All accepting lines, the oldest first; those whose signatures do not verify count for nothing."""
    token = "CASE WHEN json_valid(body) THEN body ->> '$.facts.accepted' END"  # noqa: S105 - SQL
    # +seq: otherwise SQLite reads the whole table in the order of seq, rather than a part of the index.
    rows = db.execute(
        f"SELECT seq, {token} AS token FROM ledger"  # noqa: S608
        " WHERE month >= '' AND kind = 'settings' AND token IS NOT NULL ORDER BY +seq"
    ).fetchall()
    found = [(seq, _read(seq, token, standing)) for seq, token in rows]
    return [Accepted(seq, value) for seq, value in found if value is not None and value["size"] <= seq]


def state_beyond(db: Tables, error: LedgerBroken, standing: Standing) -> State | None:
    """The state of verification after a break that was accepted; None where this one was not, or where the
    lines are no longer those that were there when it was."""
    for one in reversed(accepted(db, standing)):
        value = one.value
        if value["seq"] != error.facts["seq"] or digest_of(db, value["seq"], value["size"]) != value["lines"]:
            continue
        return State(
            seq=value["size"],
            leaf=bytes.fromhex(value["leaf"]),
            month=value["month"],
            after_cut_off=value["cut_off"],
            months=[value["month"]],
            edge={level: bytes.fromhex(half) for level, half in value["edge"]},
        )
    return None


def digest_of(db: Tables, first: int, size: int) -> str:
    """SHA-256 (hex) over number, leaf and body of the lines that are there from `first` to before `size`."""
    made = sha256()
    there = "SELECT seq, leaf, CAST(body AS BLOB) FROM ledger WHERE seq >= ? AND seq < ? ORDER BY seq"
    for seq, leaf, body in db.execute(there, (first, size)):
        made.update(b"%d|%d|" % (seq, len(body)) + bytes(leaf) + body)
    return made.hexdigest()


def _read(seq: int, token: str, standing: Standing) -> dict[str, Any] | None:
    """What a head and the sheet signed in line `seq`; None where one of them did not."""
    try:
        _, claimed = jws.claims(token.encode())
        sheet = str(claimed["sheet"]["key"])
        of_sheet = jws.thumbprint(jws.key_bytes(sheet))
        signed = jws.read_general(
            token.encode(), typ=ACCEPTED, key_of=lambda kid: _key_of(kid, seq, standing, {of_sheet: sheet})
        )
    except (BadSignature, KeyError, TypeError, ValueError):
        return None
    roles = {header.get("role"): header["kid"] for header in signed.headers}
    return signed.value if set(roles) == {Role.HEAD, SHEET} and roles[SHEET] == of_sheet else None


def _key_of(kid: str, seq: int, standing: Standing, claimed: Mapping[str, str]) -> str | None:
    """A head's key or the sheet's at line `seq`. Books of an earlier version do not know the sheet's key."""
    found = standing.key(kid, seq)
    if found is None:
        return None if standing.knows_sheet else claimed.get(kid)
    login, key = found
    held = None if login is None else standing.roles(login, seq)
    return key if held is None or Role.HEAD in held else None


def facts_of(value: dict[str, Any], token: bytes) -> dict[str, Any]:
    """The facts of an accepting line, which is of the kind `settings`."""
    return {"name": BREAK, "seq": value["seq"], "accepted": token.decode("ascii")}
