"""The epochs of a ledger: its checkpoints change their name (origin) when it was restored from a backup.

The lines go on in one chain. The first line of each later epoch is a `restore` line, whose facts say

    {origin, epoch, station_key, old: {origin, size, root}, cosigned: {size, root} or null, asked, lost,
     made_at}

`old` is what the backup of `made_at` held (roots in hex), `cosigned` the largest head of the old epoch that
the centre's witness is known to have signed, `asked` whether it could be asked, `lost` the number of lines
that are known to have followed the backup and are gone. Where it could not be asked, a later `restore` line
without an origin, {epoch, cosigned, lost}, tells what it said at last, and how many more are lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from store import tree
from store.database import Tables
from store.nodes import node_reader


@dataclass(frozen=True)
class Epoch:
    """The lines from number `first` on, up to the next epoch, whose checkpoints have that origin."""

    origin: str
    first: int


@dataclass(frozen=True)
class Unasked:
    """An epoch of which the witness was not yet asked how large the one before it had become."""

    epoch: int
    old_origin: str
    old_size: int
    lost: int


def unasked(db: Tables) -> list[Unasked]:
    """The restores after which the centre's witness could not be asked so far."""
    rows = db.execute(
        "SELECT body ->> '$.facts.epoch', body ->> '$.facts.old.origin', body ->> '$.facts.old.size',"
        " body ->> '$.facts.lost', body ->> '$.facts.origin', body ->> '$.facts.asked' FROM ledger"
        " WHERE month >= '' AND kind = 'restore' ORDER BY seq"
    ).fetchall()
    told = {epoch for epoch, *_, origin, asked in rows if origin is None or asked}
    return [Unasked(n, old, size, lost) for n, old, size, lost, *_ in rows if n not in told]


def epochs(db: Tables) -> list[Epoch]:
    """All epochs, oldest first."""
    rows = db.execute(
        "SELECT seq, body ->> '$.facts.origin' AS origin FROM ledger"
        " WHERE (seq = 0 OR (month >= '' AND kind = 'restore')) AND origin IS NOT NULL ORDER BY seq"
    )
    return [Epoch(str(origin), seq) for seq, origin in rows]


def lost_lines(db: Tables, first: int, last: int) -> int:
    """How many lines the restore lines among these lines know to be lost."""
    return int(
        db.execute(
            "SELECT coalesce(sum(body ->> '$.facts.lost'), 0) FROM ledger"
            " WHERE month >= '' AND kind = 'restore' AND seq BETWEEN ? AND ?",
            (first, last),
        ).fetchone()[0]
    )


def lost_before(db: Tables, n: int) -> int:
    """How many lines the restore that began that epoch is known to have lost."""
    return int(
        db.execute(
            "SELECT coalesce(sum(body ->> '$.facts.lost'), 0) FROM ledger"
            " WHERE month >= '' AND kind = 'restore' AND body ->> '$.facts.epoch' = ?",
            (n,),
        ).fetchone()[0]
    )


def chains(db: Tables, first: int, last: int) -> list[dict[str, Any]]:
    """These lines as a report names them: [{origin, from, to, root (hex)}], a part for each epoch."""
    node_at = node_reader(db)
    found = epochs(db)
    ends = [*(after.first - 1 for _, after in pairwise(found)), last]
    return [
        {
            "origin": epoch.origin,
            "from": max(first, epoch.first),
            "to": min(last, end),
            "root": tree.root(min(last, end) + 1, node_at).hex(),
        }
        for epoch, end in zip(found, ends, strict=True)
        if epoch.first <= last and end >= first
    ]
