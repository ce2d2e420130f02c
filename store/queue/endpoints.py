"""Pauses of endpoints (the gateways and the centre): one asked for a pause, or it refuses this unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp

if TYPE_CHECKING:
    from store.base.database import Database

CENTRE = "centre"
"""The endpoint of everything that is sent to the ministry; the gateways declare their own."""

LONGEST_PAUSE = timedelta(hours=1)
"""The longest pause that ends by itself; a later end was written while the clock was wrong."""


@dataclass(frozen=True)
class Pause:
    """A pause of an endpoint; `until` is a stamp, None where it lasts until somebody resumes it."""

    endpoint: str
    until: str | None
    why: str


class Endpoints:
    """The pauses of one station."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def pause(self, endpoint: str, until: datetime | None, why: str) -> None:
        """Pauses an endpoint until then (None: until it is resumed)."""
        with self._database.write() as db:
            db.execute(
                "INSERT INTO endpoint(name, paused_until, why) VALUES (?, ?, ?)"
                " ON CONFLICT(name) DO UPDATE SET paused_until = excluded.paused_until, why = excluded.why",
                [endpoint, stamp(until) if until else None, why],
            )

    def resume(self, endpoint: str) -> None:
        """Ends the pause of an endpoint."""
        with self._database.write() as db:
            db.execute("DELETE FROM endpoint WHERE name = ?", [endpoint])

    def paused(self) -> list[Pause]:
        """The pauses at the present time."""
        rows = self._database.rows(
            "SELECT name, paused_until, why FROM endpoint WHERE paused_until IS NULL OR paused_until > ?"
            " ORDER BY name",
            (stamp(self._clock()),),
        )
        return [Pause(row["name"], row["paused_until"], row["why"]) for row in rows]
