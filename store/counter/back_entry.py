"""Back entry: a visit that was served on paper while the PC could not be used, entered afterwards.

It records when that was and why. Only the officer's own work with originals can be entered: a lookup is
never back-dated.
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
"""The mark on a use line that was entered afterwards."""


@dataclass(frozen=True)
class BackEntry:
    """When the citizen was served (a stamp), and why the visit was not entered then."""

    served_at: str
    why: str

    @property
    def reference(self) -> str:
        """The text in the sealed field `reference` of a use line: the time, a space, the reason."""
        return f"{self.served_at} {self.why}"

    @classmethod
    def of_reference(cls, reference: str) -> BackEntry:
        """The back entry that `reference` of a use line describes."""
        served_at, _, why = reference.partition(" ")
        return cls(served_at, why)


def checked_time(office: Office, served: datetime) -> datetime:
    """The time, where it lies between the beginning of these books and now; otherwise raises BadInput."""
    if served > office.clock():
        raise BadInput(what="time", problem="it is still to come")
    if served < datetime.fromisoformat(office.ledger.line(0).at):
        raise BadInput(what="time", problem="these books did not exist then")
    return served


def checked_back_entry(office: Office, entry: BackEntry) -> BackEntry:
    """The entry with its reason trimmed; raises BadInput for a bad time, or a reason empty or too long."""
    served = checked_time(office, datetime.fromisoformat(entry.served_at))
    why = checked_text("reason", entry.why.strip(), WORDS)
    if not why:
        raise BadInput(what="reason", problem="it is empty")
    return BackEntry(stamp(served), why)
