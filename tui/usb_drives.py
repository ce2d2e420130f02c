"""The USB sticks of this PC."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase

# Where a desktop puts a stick that was plugged in.
_MOUNTS = ("/media/*/*", "/run/media/*/*", "/Volumes/*")


def sticks() -> Iterator[Path]:
    """The folders that look like sticks on this PC."""
    if sys.platform == "win32":
        # A:, B: and C: are never sticks: floppy drives and the system's disk.
        yield from (Path(f"{letter}:\\") for letter in ascii_uppercase[3:] if Path(f"{letter}:\\").exists())
        return
    for pattern in _MOUNTS:
        yield from sorted(Path("/").glob(pattern[1:]))
