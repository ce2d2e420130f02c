"""Where jobs are sent to, and when one is left alone: it asked for that, or it refuses this unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp

if TYPE_CHECKING:
    from store.base.database import Database

CENTRE = "centre"
"""The endpoint of everything that goes to the ministry; the gateways declare their own."""

LONGEST_PAUSE = timedelta(hours=1)
"""Nothing is left alone longer by a time; what stands further ahead was written while the clock was wrong."""


@dataclass(frozen=True)
class Pause:
    """An endpoint that is left alone until then (None: until someone resumes it)."""

    endpoint: str
    until: str | None
    why: str


class Endpoints:
    """The pauses of one station."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def pause(self, endpoint: str, until: datetime | None, why: str) -> None:
        """Leave an endpoint alone until then (None: until it is resumed)."""
        with self._database.write() as db:
            db.execute(
                "INSERT INTO endpoint(name, paused_until, why) VALUES (?, ?, ?)"
                " ON CONFLICT(name) DO UPDATE SET paused_until = excluded.paused_until, why = excluded.why",
                [endpoint, stamp(until) if until else None, why],
            )

    def resume(self, endpoint: str) -> None:
        """Use an endpoint again."""
        with self._database.write() as db:
            db.execute("DELETE FROM endpoint WHERE name = ?", [endpoint])

    def paused(self) -> list[Pause]:
        """The endpoints that are left alone at this moment."""
        rows = self._database.rows(
            "SELECT name, paused_until, why FROM endpoint WHERE paused_until IS NULL OR paused_until > ?"
            " ORDER BY name",
            (stamp(self._clock()),),
        )
        return [Pause(row["name"], row["paused_until"], row["why"]) for row in rows]
