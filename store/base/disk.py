"""How much room the disk of the books has: a warning when it is short, no new visits when it is very short.

The books are small; what fills a disk is something else. So the program stops early enough that open visits,
sending, export and backup still have room, and asks anew each time: freeing space is all it takes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from store.base.errors import DiskShort

OK, IS_SHORT, VERY_SHORT = "ok", "short", "very_short"
SHORT, STOP = "disk.short_mb", "disk.stop_mb"
"""The settings that say when: the warning, and the stop for new visits."""

# MiB. A year of a large unit's books, with a backup beside them, needs about 100.
SHORT_MB = 500
STOP_MB = 100
_MB = 1 << 20


@dataclass(frozen=True)
class Room:
    """What is free for the books, in MiB, and what that means: ok, short or very_short."""

    free_mb: int
    state: str


def free_bytes(folder: Path) -> int:
    """What the disk of that folder still has for this user."""
    return shutil.disk_usage(folder).free


class Disk:
    """The disk of one set of books. `setting` reads a setting, as the head has changed it."""

    def __init__(
        self,
        folder: Path,
        setting: Callable[[str], str | None],
    ) -> None:
        self._folder = folder
        self._setting = setting

    def room(self) -> Room:
        """As it is now."""
        free = free_bytes(self._folder)
        if free < int(self._setting(STOP) or STOP_MB) * _MB:
            return Room(free // _MB, VERY_SHORT)
        short = free < int(self._setting(SHORT) or SHORT_MB) * _MB
        return Room(free // _MB, IS_SHORT if short else OK)

    def demand_room(self) -> None:
        """DiskShort where no new visit may begin."""
        room = self.room()
        if room.state == VERY_SHORT:
            raise DiskShort(mb=room.free_mb, home=str(self._folder))
