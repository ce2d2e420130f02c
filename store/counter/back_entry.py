"""Back entry: what was served on paper while the PC was away, written down afterwards.

It says when that was and why, and only what the officer did with the originals: a lookup is never back-dated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.errors import BadInput
from store.formats.free_text import WORDS, checked_text

if TYPE_CHECKING:
    from store.office import Office

BACK_ENTRY = "back_entry"
"""The mark on a use line that it was written down afterwards."""


@dataclass(frozen=True)
class BackEntry:
    """When the citizen was served (a stamp), and why it was not written down then."""

    served_at: str
    why: str

    @property
    def reference(self) -> str:
        """What a use line says of it, sealed: the time, a space, the reason."""
        return f"{self.served_at} {self.why}"

    @classmethod
    def of_reference(cls, reference: str) -> BackEntry:
        """From what such a line says."""
        served_at, _, why = reference.partition(" ")
        return cls(served_at, why)


def checked_time(office: Office, served: datetime) -> datetime:
    """A time that is over, since these books began; BadInput."""
    if served > office.clock():
        raise BadInput(what="time", problem="it is still to come")
    if served < datetime.fromisoformat(office.ledger.line(0).at):
        raise BadInput(what="time", problem="these books did not exist then")
    return served


def checked_back_entry(office: Office, entry: BackEntry) -> BackEntry:
    """As it may be kept; BadInput."""
    served = checked_time(office, datetime.fromisoformat(entry.served_at))
    why = checked_text("reason", entry.why.strip(), WORDS)
    if not why:
        raise BadInput(what="reason", problem="it is empty")
    return BackEntry(stamp(served), why)
