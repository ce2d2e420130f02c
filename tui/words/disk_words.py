"""The warning about room on the disk, for Home and the command line."""

from __future__ import annotations

from store.base.disk import IS_SHORT, OK, Room
from tui.words.translate import _


def disk_warning(room: Room) -> str:
    """The warning, or nothing where there is room."""
    if room.state == OK:
        return ""
    if room.state == IS_SHORT:
        return _("The disk of this PC is getting full: {mb} MB left. Free some space.").format(
            mb=room.free_mb
        )
    return _("Only {mb} MB left on this PC's disk: no new visit until space is freed.").format(
        mb=room.free_mb
    )
