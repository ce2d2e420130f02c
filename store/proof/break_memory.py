"""A break of the ledger that was found once is remembered: in a file beside the books, and in log-in lines.

    broken.json   {v, kind, facts, found_at}: the error's class (store/proof/errors.py), its facts, a stamp

Whoever mends the place afterwards does not make it unfound. The file cannot be protected from somebody who
may delete it; so the next `login` line tells of the break too, in its facts {broken: {kind, seq, month,
found_at}}. It is forgotten by a restore, or by a line that accepts it (store/proof/accept.py).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from reader.sentences import mark
from store.base.locations import Locations
from store.base.private_file import sync_folder, write_private
from store.formats.canonical import canonical
from store.formats.line import LineKind
from store.ledger.accepted import newest_accepted
from store.ledger.errors import LedgerBroken
from store.people.standing import Standing
from store.proof.errors import EvidenceContradicts, EvidenceForged, LinesGone, OtherBooks

if TYPE_CHECKING:
    from store.base.database import Tables

VERSION = 1
_KINDS = {
    one.__name__: one for one in (LedgerBroken, EvidenceContradicts, EvidenceForged, LinesGone, OtherBooks)
}
# Of so many lines at the end of the ledger a log-in looks for one that tells of a break.
_LOOKED_AT = 2000


class Remembered(LedgerBroken):
    """A break that log-in lines tell of, and nothing else any more."""

    says = "The ledger was found broken at line {seq} ({month}), {found_at}; nobody has settled that since."


def remember(locations: Locations, error: LedgerBroken, now: datetime) -> None:
    """Writes the break down, unless one is remembered already: the first that was found counts."""
    if remembered(locations) is None:
        content = {"v": VERSION, "kind": type(error).__name__, "facts": error.facts, "found_at": stamp(now)}
        write_private(locations.broken, canonical(content) + b"\n")


def remembered(locations: Locations) -> LedgerBroken | None:
    """The break that is remembered beside the books; `found_at` is one of its facts."""
    try:
        found = json.loads(locations.broken.read_bytes())
        error = _KINDS.get(found["kind"], Remembered)(**found["facts"])
        found_at = datetime.fromisoformat(found["found_at"])
        if found_at.tzinfo is None or int(error.facts["seq"]) < 0:
            raise ValueError("not what remember() writes")
        error.facts["found_at"] = stamp(found_at)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return LedgerBroken(seq=0, month="-", problem=mark("what was remembered of it cannot be read"))
    return error


def told_by_lines(db: Tables) -> LedgerBroken | None:
    """The break that a recent `login` line tells of, where none was accepted and no restore began since."""
    rows = db.execute(
        "SELECT seq, body ->> '$.kind', body ->> '$.facts.broken', body ->> '$.facts.origin'"
        " FROM (SELECT seq, body FROM ledger ORDER BY seq DESC LIMIT ?)"
        " WHERE body ->> '$.kind' IN ('login', 'restore')",
        [_LOOKED_AT],
    ).fetchall()
    for seq, kind, said, origin in rows:
        if kind == LineKind.RESTORE and origin is not None:
            return None
        if said is not None:
            facts, settled = json.loads(said), newest_accepted(db, Standing(db))
            if settled is not None and seq < settled:
                return None
            return Remembered(**{name: facts[name] for name in ("seq", "month", "found_at")})
    return None


def told(error: LedgerBroken, now: datetime) -> dict[str, Any]:
    """What a `login` line, and the centre, are told of a break."""
    return {
        "kind": type(error).__name__,
        "seq": int(error.facts["seq"]),
        "month": str(error.facts["month"]),
        "found_at": str(error.facts.get("found_at") or stamp(now)),
    }


def forget(locations: Locations) -> None:
    """Deletes what is remembered beside the books."""
    locations.broken.unlink(missing_ok=True)
    sync_folder(locations.home)
