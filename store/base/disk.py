"""The free space on the disk of the books: below one limit a warning, below a lower one no new visits.

The lower limit leaves room for open visits, sending, export and backup. The space is measured each time, so
visits can begin again as soon as somebody frees some.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from store.base.errors import DiskShort

OK, IS_SHORT, VERY_SHORT = "ok", "short", "very_short"
SHORT, STOP = "disk.short_mb", "disk.stop_mb"
"""The settings of the limits in MiB: of the warning, and of the stop for new visits."""

# The defaults, in MiB. A year of a large unit's books needs about 100, with one backup.
SHORT_MB = 500
STOP_MB = 100
_MB = 1 << 20


@dataclass(frozen=True)
class Room:
    """The free space in MiB, and its `state`: ok, short or very_short."""

    free_mb: int
    state: str


def free_bytes(folder: Path) -> int:
    """The free bytes on the folder's disk."""
    return shutil.disk_usage(folder).free


class Disk:
    """The disk of one set of books. `setting` reads a setting, None for its default."""

    def __init__(
        self,
        folder: Path,
        setting: Callable[[str], str | None],
    ) -> None:
        self._folder = folder
        self._setting = setting

    def room(self) -> Room:
        """The free space now."""
        free = free_bytes(self._folder)
        if free < int(self._setting(STOP) or STOP_MB) * _MB:
            return Room(free // _MB, VERY_SHORT)
        short = free < int(self._setting(SHORT) or SHORT_MB) * _MB
        return Room(free // _MB, IS_SHORT if short else OK)

    def demand_room(self) -> None:
        """Raises DiskShort where no new visit may begin."""
        room = self.room()
        if room.state == VERY_SHORT:
            raise DiskShort(mb=room.free_mb, home=str(self._folder))
