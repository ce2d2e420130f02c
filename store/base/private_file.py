"""Files that only their owner may read, written as a whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from store.base.errors import DiskFull, FolderClosed, NoSuchFolder


def private(path: str, flags: int) -> int:
    """An opener for open(): the new file may be read only by its owner."""
    return os.open(path, flags, 0o600)


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner may read, or replaces an old one.

    After a power cut there is the whole old file or the whole new one. Raises DiskFull, NoSuchFolder,
    FolderClosed, or any other OSError.
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
    """The error of this program that means the same for a write in `folder`; else the OSError itself."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(home=str(folder))
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return NoSuchFolder(folder=str(folder))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FolderClosed(path=str(folder))
    return error


def sync_folder(folder: Path) -> None:
    """Flushes a folder's names to the disk, so that a renamed file survives a power cut."""
    if os.name == "posix":  # Windows cannot open a folder, and does not need this
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
