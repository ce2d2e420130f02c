"""A disk so small that a test can fill it: a file system of its own in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

_MB = 1 << 20
_SMALL = 128 * _MB
_SHARED = Path("/dev/shm")


class SmallDisk:
    """`folder` is on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def leave(self, megabytes: float) -> None:
        """Fill it until no more than that is free."""
        self._filler.unlink(missing_ok=True)
        size = shutil.disk_usage(self.folder).free - int(megabytes * _MB)
        with open(self._filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def free(self) -> None:
        """Take out what filled it."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk of that size, mounted at the folder; where that is not allowed, a small shared memory serves."""
    folder.mkdir()
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size={megabytes}m,uid={os.geteuid()},mode=700"
    mount = [*root, "mount", "-t", "tmpfs", "-o", options, "nocopy-test", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        try:
            yield SmallDisk(folder)
        finally:
            # Lazily: books that a failed test left open must not keep the disk mounted.
            subprocess.run([*root, "umount", "--lazy", str(folder)], check=True)
        return
    assert shutil.disk_usage(_SHARED).total <= _SMALL, "a small disk needs the right to mount one"
    inside = Path(mkdtemp(dir=_SHARED))
    try:
        yield SmallDisk(inside)
    finally:
        shutil.rmtree(inside)
