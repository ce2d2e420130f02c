"""Checks the `restore` lines of another PC: each must begin a later epoch, on exactly the lines before it.

A restored PC continues one chain under a new origin (store/proof/epoch.py). Whoever holds its key could write
any `restore` line, so the old origin, size and root must be those of the lines before, and the new origin
must be a later one of that PC.
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
    """A `restore` line, with the last leaf, the tree's complete parts and the root of the lines before it."""

    seq: int
    prev: bytes
    edge: tree.Edge
    root: bytes
    facts: dict[str, Any]

    @property
    def begins(self) -> bool:
        """Whether it begins an epoch; False where it only records a later answer of the witness."""
        return self.facts.get("origin") is not None

    @property
    def epoch(self) -> int:
        """The epoch number in its facts; 0 where that is not an integer."""
        number = self.facts.get("epoch")
        return number if type(number) is int else 0

    @property
    def lost(self) -> int:
        """The number of lost lines in its facts; -1 where that is not an integer."""
        lost = self.facts.get("lost")
        return lost if type(lost) is int else -1


def epoch_of(peer: Peer, origin: str) -> int:
    """The number in an epoch's origin; raises StationForged where it is not an origin of that PC."""
    found = re.fullmatch(EPOCH, origin.removeprefix(peer.origin))
    if found is None:
        raise StationForged(station=peer.station)
    return int(found[1])


def check_restores(peer: Peer, lines: Sequence[RestoreLine], begin: int, end: int) -> None:
    """Checks that these `restore` lines lead from epoch `begin` to epoch `end`, that of the checkpoint.

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
    """The line must begin a later epoch than `before`, on the lines of that one."""
    name = {"origin": f"{peer.origin}/e{line.epoch}", "station_key": peer.signing_key}
    if line.epoch <= before or {part: line.facts.get(part) for part in name} != name:
        raise StationRestoreForged(station=peer.station, seq=line.seq)
    old = {"origin": f"{peer.origin}/e{before}", "size": line.seq, "root": line.root.hex()}
    if line.facts.get("old") != old:
        raise StationRestoreContradicts(station=peer.station, seq=line.seq)


def _check_lost(peer: Peer, line: RestoreLine) -> None:
    """The line must not name fewer lost lines than the witness had signed beyond the backup."""
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
