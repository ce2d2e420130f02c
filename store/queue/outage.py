"""Outages of the network as this PC measured them: from the first failed check to the next successful one.

Time in which the program did not run is not counted, because nothing was checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.formats.line import Entry, LineKind

if TYPE_CHECKING:
    from store.base.database import Database, Tables
    from store.ledger.ledger import Ledger

# Two checks further apart than this do not belong to one outage: the program did not run between them.
_LONGEST_GAP = timedelta(minutes=10)


@dataclass(frozen=True)
class Outage:
    """One outage; times are stamps. `seen_at` is the last failed check, `until_at` None while it lasts."""

    from_at: str
    seen_at: str
    until_at: str | None
    cause: str


class Outages:
    """The measured outages of one station."""

    def __init__(self, database: Database, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    def down(self, cause: str) -> None:
        """Records a failed check with its cause (a NetworkState in lower case)."""
        now = stamp(self._clock())
        with self._database.write() as db:
            current = self._current()
            if current is not None and _too_long(current.seen_at, now):
                self._close(db, current, current.seen_at)
                current = None
            if current is None:
                db.execute(
                    "INSERT OR IGNORE INTO outage(from_at, seen_at, cause) VALUES (?, ?, ?)",
                    [now, now, cause],
                )
            else:
                db.execute("UPDATE outage SET seen_at = ? WHERE from_at = ?", [now, current.from_at])

    def up(self) -> None:
        """Records a successful check: an outage that lasts ends, with its ledger line."""
        if self._current() is None:
            return
        now = stamp(self._clock())
        with self._database.write() as db:
            current = self._current()
            if current is not None:
                self._close(db, current, current.seen_at if _too_long(current.seen_at, now) else now)

    def _current(self) -> Outage | None:
        row = self._database.row("SELECT * FROM outage WHERE until_at IS NULL ORDER BY from_at DESC LIMIT 1")
        return None if row is None else Outage(**row)

    def _close(self, db: Tables, outage: Outage, until_at: str) -> None:
        db.execute("UPDATE outage SET until_at = ? WHERE from_at = ?", [until_at, outage.from_at])
        facts: dict[str, Any] = {"from": outage.from_at, "until": until_at, "cause": outage.cause}
        self._ledger.append(db, Entry(kind=LineKind.OUTAGE, officer=None, facts=facts))


def _seconds(from_at: str, until_at: str) -> int:
    return int((datetime.fromisoformat(until_at) - datetime.fromisoformat(from_at)).total_seconds())


def _too_long(seen_at: str, now: str) -> bool:
    # A clock that was set back counts as a gap too, because no time can be measured across it.
    return not 0 <= _seconds(seen_at, now) <= _LONGEST_GAP.total_seconds()
