"""The epochs of a ledger: after a restore from a backup its checkpoints get a new name (origin).

The lines stay one chain. The first line of each later epoch is a `restore` line with the facts

    {origin, epoch, station_key, old: {origin, size, root}, cosigned: {size, root} or null, asked, lost,
     made_at, between: {origin, size, root}}

`old` is what the backup of `made_at` held (roots in hex), `cosigned` the largest head of the old epoch that
the centre's witness is known to have signed, `asked` whether the witness could be asked, `lost` the number of
lines that are known to have followed the backup and are lost. `between` is present only where the same
backup, or one as old, had been restored before: it is the witness's largest head of the newest epoch since
then, which is lost too. Where the witness could not be asked, a later `restore` line without an origin,
{epoch, cosigned, lost, between}, records its answer and the number of further lost lines.

No two epochs of a PC may have the same number, even where nobody can be asked about earlier ones. So the
first is 1, and a later one is the time of its restore in whole seconds of Unix time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from store.base.database import Tables
from store.formats import tree
from store.ledger.tree_rows import node_reader
from store.proof.evidence import Evidence

EPOCH = "/e([1-9][0-9]{0,11})"
"""A regular expression for the end of an origin; its group is the epoch's number."""


@dataclass(frozen=True)
class Epoch:
    """The lines from number `first` to the next epoch; their checkpoints have that origin."""

    origin: str
    first: int

    @property
    def number(self) -> int:
        """The number at the end of the origin."""
        return number_of(self.origin)


@dataclass(frozen=True)
class Witnessed:
    """What the centre's witness knows of the lines after a backup.

    `old` is its largest head of the backup's epoch, `newest` that of the PC's newest epoch. They are the same
    unless the PC has been restored since that backup. Each is None where the witness knows none.
    """

    old: Evidence | None
    newest: Evidence | None

    def lost(self, origin: str, size: int) -> int:
        """The number of lines beyond the first `size` of epoch `origin` that the witness knows of."""
        between = self.between(origin)
        return sum(max(0, head.size - size) for head in (self.old, between) if head is not None)

    def between(self, origin: str) -> Evidence | None:
        """The head of the newest epoch; None where that is the epoch `origin` itself."""
        return None if self.newest is None or self.newest.origin == origin else self.newest

    def facts(self, origin: str) -> dict[str, Any]:
        """The facts `cosigned` and `between` of a `restore` line whose old epoch is `origin`."""
        old, between = self.old, self.between(origin)
        cosigned = None if old is None else {"size": old.size, "root": old.root.hex()}
        facts: dict[str, Any] = {"cosigned": cosigned}
        if between is not None:
            facts["between"] = {"origin": between.origin, "size": between.size, "root": between.root.hex()}
        return facts


@dataclass(frozen=True)
class Unasked:
    """A restore for which the witness could not be asked yet: the new epoch, and the old one's end."""

    epoch: int
    origin: str
    old_origin: str
    old_size: int
    lost: int


def number_of(origin: str) -> int:
    """The number at the end of an origin; ValueError where it has none."""
    return int(origin.rpartition("/e")[2])


def number_after(number: int, *moments: datetime) -> int:
    """The number of the epoch after `number`: the latest of these moments in Unix time, or one more."""
    return max(number + 1, *(int(moment.timestamp()) for moment in moments))


def unasked(db: Tables) -> list[Unasked]:
    """The restores for which the centre's witness could not be asked yet."""
    rows = db.execute(
        "SELECT body ->> '$.facts.epoch', body ->> '$.facts.old.origin', body ->> '$.facts.old.size',"
        " body ->> '$.facts.lost', body ->> '$.facts.origin', body ->> '$.facts.asked' FROM ledger"
        " WHERE month >= '' AND kind = 'restore' ORDER BY seq"
    ).fetchall()
    told = {epoch for epoch, *_, origin, asked in rows if origin is None or asked}
    return [Unasked(n, origin, old, size, lost) for n, old, size, lost, origin, _ in rows if n not in told]


def epochs(db: Tables) -> list[Epoch]:
    """All epochs, the oldest first."""
    rows = db.execute(
        "SELECT seq, body ->> '$.facts.origin' AS origin FROM ledger"
        " WHERE (seq = 0 OR (month >= '' AND kind = 'restore')) AND origin IS NOT NULL ORDER BY seq"
    )
    return [Epoch(str(origin), seq) for seq, origin in rows]


def lost_lines(db: Tables, first: int, last: int) -> int:
    """The sum of the lost lines in the `restore` lines from `first` to `last`."""
    return int(
        db.execute(
            "SELECT coalesce(sum(body ->> '$.facts.lost'), 0) FROM ledger"
            " WHERE month >= '' AND kind = 'restore' AND seq BETWEEN ? AND ?",
            (first, last),
        ).fetchone()[0]
    )


def lost_before(db: Tables, n: int) -> int:
    """The number of lines that are known to be lost by the restore that began epoch `n`."""
    return int(
        db.execute(
            "SELECT coalesce(sum(body ->> '$.facts.lost'), 0) FROM ledger"
            " WHERE month >= '' AND kind = 'restore' AND body ->> '$.facts.epoch' = ?",
            (n,),
        ).fetchone()[0]
    )


def chains(db: Tables, found: Sequence[Epoch], first: int, last: int) -> list[dict[str, Any]]:
    """The lines `first` to `last` as a report names them: [{origin, from, to, root (hex)}], by epoch.

    `found` are all epochs of the ledger.
    """
    node_at = node_reader(db)
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
