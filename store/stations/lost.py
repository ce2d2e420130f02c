"""Counts the lines that another PC has lost: those that it names, and imported ones that it no longer has.

Several sources may show the same lost line: the PC's `restore` line, a later one with the witness's answer,
and the months imported before. Each lost line is counted once, in the month that shows it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from store.base.database import Database
from store.proof.epoch import number_of
from store.stations.epochs import RestoreLine


def newly_lost(database: Database, station: str, lines: Iterable[RestoreLine]) -> int:
    """The number of lost lines that these `restore` lines show, beyond those counted in earlier parts.

    The lines must have been checked (store/stations/epochs.py) and not be stored yet.
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
    """(number, facts) of that epoch's `restore` lines that are stored already."""
    rows = database.rows(
        "SELECT DISTINCT seq, body ->> '$.facts' AS facts FROM station_line WHERE station = ?"
        " AND body ->> '$.kind' = 'restore' AND body ->> '$.facts.epoch' = ? ORDER BY seq",
        (station, epoch),
    )
    return [(row["seq"], json.loads(row["facts"])) for row in rows]


class _Known:
    """What is known here of the lines that were lost when an epoch began."""

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
        # Lines lost by epochs between that backup and this one: they are part of the number in its facts.
        self._counted = database.value(
            "SELECT coalesce(sum(lost), 0) FROM station_part WHERE station = ? AND epoch > ? AND epoch < ?",
            (station, number_of(facts["old"]["origin"]), epoch),
        )

    def lost(self, said: int) -> int:
        return max(said - self._counted, self._gone, 0)
