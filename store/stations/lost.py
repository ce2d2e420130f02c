"""How many lines another PC is known to have lost: what it says, and what stands here and no longer there.

The same line may be told twice: the PC's `restore` line, a later one with what the witness said at last, and
the months that were brought before all know of it. Each is counted once, in the month that told it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from store.base.database import Database
from store.proof.epoch import number_of
from store.stations.epochs import RestoreLine


def newly_lost(database: Database, station: str, lines: Iterable[RestoreLine]) -> int:
    """Lost lines that these lines of that PC tell, beyond what was counted of its parts here before.

    The lines were checked (station_epochs) and do not stand here yet.
    """
    said: dict[int, int] = {}
    begun: dict[int, tuple[int, dict[str, Any]]] = {}
    for line in lines:
        said[line.epoch] = said.get(line.epoch, 0) + line.lost
        if line.begins:
            begun[line.epoch] = line.seq, line.facts
    lost = 0
    for epoch, more in said.items():
        before = _told_before(database, station, epoch)
        first = begun.get(epoch) or next((one for one in before if one[1].get("origin") is not None), None)
        sooner = sum(int(facts["lost"]) for _, facts in before)
        known = _Known(database, station, epoch, first)
        lost += known.lost(sooner + more) - (known.lost(sooner) if before else 0)
    return lost


def _told_before(database: Database, station: str, epoch: int) -> list[tuple[int, dict[str, Any]]]:
    """Number and facts of that epoch's `restore` lines that stand here."""
    rows = database.rows(
        "SELECT DISTINCT seq, body ->> '$.facts' AS facts FROM station_line WHERE station = ?"
        " AND body ->> '$.kind' = 'restore' AND body ->> '$.facts.epoch' = ? ORDER BY seq",
        (station, epoch),
    )
    return [(row["seq"], json.loads(row["facts"])) for row in rows]


class _Known:
    """What is known here of the lines that were gone when an epoch began."""

    def __init__(
        self, database: Database, station: str, epoch: int, begun: tuple[int, dict[str, Any]] | None
    ) -> None:
        self._gone, self._counted = 0, 0
        if begun is None:  # in a month from before this PC was trusted
            return
        seq, facts = begun
        last = database.value(
            "SELECT last_seq FROM station_part WHERE station = ? AND epoch < ?"
            " ORDER BY epoch DESC, last_seq DESC LIMIT 1",
            (station, epoch),
        )
        self._gone = max(0, 0 if last is None else last + 1 - seq)
        # Lives between that backup and this epoch: what they had lost is part of what is said of it.
        self._counted = database.value(
            "SELECT coalesce(sum(lost), 0) FROM station_part WHERE station = ? AND epoch > ? AND epoch < ?",
            (station, number_of(facts["old"]["origin"]), epoch),
        )

    def lost(self, said: int) -> int:
        return max(said - self._counted, self._gone, 0)
