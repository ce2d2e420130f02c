"""Files that only their owner may read, written as a whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from store.base.errors import DiskFull, FolderClosed, NoSuchFolder

_PIECE = 1 << 20  # bytes; each is flushed to the disk, so that a slow stick shows that it goes on
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK)


def private(path: str, flags: int) -> int:
    """An opener for open(): a new file may be read only by its owner, whatever the umask."""
    opened = os.open(path, flags, 0o600)
    if flags & os.O_CREAT and os.name == "posix":
        with suppress(OSError):  # a FAT stick has no modes of its own
            os.fchmod(opened, 0o600)
    return opened


def make_private(path: Path) -> None:
    """Makes an empty file where none is; one that is there gets the modes of a private one, too."""
    os.close(private(str(path), os.O_CREAT | os.O_RDWR))


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner may read, or replaces an old one.

    After a power cut there is the whole old file or the whole new one. Raises DiskFull, NoSuchFolder,
    FolderClosed, or any other OSError.
    """
    replace_private(path, content, lambda: None)


def write_new(path: Path, content: bytes, goes_on: Callable[[], None]) -> None:
    """Writes a file that only its owner may read, under a name that nobody has; goes_on() after each MiB.

    Raises FileExistsError, and what write_private() raises; then nothing is left.
    """
    _write(path, content, _put_new, goes_on)


def replace_private(path: Path, content: bytes, goes_on: Callable[[], None]) -> None:
    """As write_private(), with goes_on() after each MiB."""
    _write(path, content, _put_over, goes_on)


def _write(
    path: Path, content: bytes, put: Callable[[Path, Path], None], goes_on: Callable[[], None]
) -> None:
    temporary = path.with_name(f".nocopy-{secrets.token_hex(8)}.part")
    try:
        try:
            with open(temporary, "xb", buffering=0, opener=private) as file:
                rest = memoryview(content)
                while rest:
                    rest = rest[file.write(rest[:_PIECE]) :]
                    os.fsync(file.fileno())
                    goes_on()
                os.fsync(file.fileno())
            goes_on()
            put(temporary, path)
        finally:
            with suppress(OSError):  # the stick may be gone
                temporary.unlink(missing_ok=True)
    except FileExistsError:
        raise
    except OSError as error:
        raise meant(error, path.parent) from error


def _put_over(temporary: Path, path: Path) -> None:
    os.replace(temporary, path)
    sync_folder(path.parent)


def _put_new(temporary: Path, path: Path) -> None:
    """Gives the file its name. Unlike a rename, this never replaces a file that has just come there."""
    linked = _linked(temporary, path)
    try:
        if not linked:
            os.replace(temporary, path)
        sync_folder(path.parent)
    except BaseException:
        path.unlink()
        raise


def _linked(temporary: Path, path: Path) -> bool:
    """Links the file to its name. FAT has no hard links: there an empty file takes the name, and False."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return False
    return True


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
        except OSError as error:
            if error.errno != errno.EINVAL:  # some file systems of sticks do not flush folders
                raise
        finally:
            os.close(opened)
