"""Files that their owner alone may read, written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from store.base.errors import DiskFull, FolderClosed, NoSuchFolder


def private(path: str, flags: int) -> int:
    """Opens a new file that its owner alone may read; an opener for open()."""
    return os.open(path, flags, 0o600)


def write_private(path: Path, content: bytes) -> None:
    """Puts a whole new file in the place of an old one, readable by its owner alone.

    After a power cut there is the old file or the new one, never half of one. Raises DiskFull, NoSuchFolder,
    FolderClosed.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "xb", opener=private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise meant(error, path.parent) from error
        raise
    sync_folder(path.parent)


def meant(error: OSError, folder: Path) -> Exception:
    """What such an error means for who writes in that folder; itself where it means nothing of ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(home=str(folder))
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return NoSuchFolder(folder=str(folder))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FolderClosed(path=str(folder))
    return error


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk."""
    if os.name == "posix":  # Windows cannot open a folder, and needs it not
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
