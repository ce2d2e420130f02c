"""What the `restore` lines of another PC may say: each begins its next epoch, on the ledger that was there.

A PC that was restored goes on in one chain under another name (store/proof/epoch.py). Whoever holds its key
could say so of anything: the old name, size and root must be those of the lines before, and the new name
a later one of that PC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.formats import tree
from store.proof.epoch import EPOCH
from store.stations.errors import (
    StationForged,
    StationLostFalse,
    StationRestoreContradicts,
    StationRestoreForged,
    StationRestoreUnsaid,
)
from store.stations.peers import Peer


@dataclass(frozen=True)
class RestoreLine:
    """A `restore` line, and the lines before it: their last leaf, the tree's complete parts, its root."""

    seq: int
    prev: bytes
    edge: tree.Edge
    root: bytes
    facts: dict[str, Any]

    @property
    def begins(self) -> bool:
        """False where it only tells later what the witness said."""
        return self.facts.get("origin") is not None

    @property
    def epoch(self) -> int:
        """The number that it says; 0 where that is none."""
        number = self.facts.get("epoch")
        return number if type(number) is int else 0

    @property
    def lost(self) -> int:
        """How many lines it says are lost; -1 where it says nothing that could be."""
        lost = self.facts.get("lost")
        return lost if type(lost) is int else -1


def epoch_of(peer: Peer, origin: str) -> int:
    """The number of the epoch with that name; StationForged where it is not one of that PC."""
    found = re.fullmatch(EPOCH, origin.removeprefix(peer.origin))
    if found is None:
        raise StationForged(station=peer.station)
    return int(found[1])


def check_restores(peer: Peer, lines: Sequence[RestoreLine], begin: int, end: int) -> None:
    """From epoch `begin` these lines lead to epoch `end`, which the checkpoint is of.

    Raises StationRestoreForged, StationRestoreContradicts, StationLostFalse, StationRestoreUnsaid,
    StationForged.
    """
    epoch = begin
    for line in lines:
        if line.begins:
            _check_begin(peer, line, epoch)
            epoch = line.epoch
        _check_lost(peer, line)
    if epoch > end:
        raise StationForged(station=peer.station)
    if epoch < end:
        raise StationRestoreUnsaid(station=peer.station)


def _check_begin(peer: Peer, line: RestoreLine, before: int) -> None:
    """A later epoch than `before`, on the lines of that one."""
    name = {"origin": f"{peer.origin}/e{line.epoch}", "station_key": peer.signing_key}
    if line.epoch <= before or {part: line.facts.get(part) for part in name} != name:
        raise StationRestoreForged(station=peer.station, seq=line.seq)
    old = {"origin": f"{peer.origin}/e{before}", "size": line.seq, "root": line.root.hex()}
    if line.facts.get("old") != old:
        raise StationRestoreContradicts(station=peer.station, seq=line.seq)


def _check_lost(peer: Peer, line: RestoreLine) -> None:
    """Not fewer lines than the witness had signed beyond the backup."""
    least = 0
    for name in ("cosigned", "between") if line.begins else ():
        head = line.facts.get(name) or {"size": 0}
        size = head.get("size") if isinstance(head, dict) else None
        same = name == "cosigned" and size == line.seq
        if type(size) is not int or (same and head.get("root") != line.root.hex()):
            raise StationRestoreContradicts(station=peer.station, seq=line.seq)
        least += max(0, size - line.seq)
    if line.lost < least:
        raise StationLostFalse(station=peer.station, seq=line.seq, lost=str(line.facts.get("lost")))
