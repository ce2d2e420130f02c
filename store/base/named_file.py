"""The one door for files that somebody names: an option, an argument, a field of the screen.

It opens regular files alone (no link as the last part of the path, no pipe, device or folder), never one of
the program's own, and reads no more than the caller expects. It never writes over a file, unless the caller
asks for that and the file is recognised as one of the same kind. Nothing is left of a write that failed. What
stands on a disk, stick or network folder that does not answer is given up after SILENT_S seconds.

The program's own files are those of the home folder that the caller names, and of the usual ones of this user
(the books' and practice's). They are recognised by their path and by device and inode, so that hard links and
bind mounts are seen.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from store.base.errors import FileRefused, FileStalls, FolderFails, NoFile
from store.base.hang_guard import GoesOn, apart
from store.base.locations import Locations, find_home, practice_home
from store.base.private_file import replace_private, write_new

MOST_TEXT = 1 << 20
"""Bytes of a form, a sheet, a certificate or a signed note; the largest of them is far smaller."""
SILENT_S = 20.0

Kind = Callable[[bytes], bool]
"""Whether a file that begins with these bytes (up to 4096) is one of the kind that may be replaced."""

_BEGINNING = 4096
_PIECE = 1 << 20
# On Windows some do not exist, and a file is opened as text where O_BINARY is left out.
_READING = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")
)

Result = TypeVar("Result")
_Id = tuple[int, int]  # device and inode


def read(path: Path, most: int, home: Path | None = None) -> bytes:
    """The whole content. Raises FileRefused, also where it has more than `most` bytes; NoFile, FileStalls."""

    def work(goes_on: GoesOn) -> bytes:
        with _opened(path, home) as file:
            return _content(file, path, most, goes_on)

    return in_time(path, work)


def read_text(path: Path, home: Path | None = None) -> str:
    """The text of a small file in UTF-8. Raises what read() raises, and FileRefused where it is no text."""
    try:
        return read(path, MOST_TEXT, home).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(what=str(path), problem="it is not UTF-8 text") from None


def open_backup(path: Path, home: Path | None = None) -> BinaryIO:
    """An open file that may be a backup of the program's own. Raises FileRefused, NoFile, FileStalls."""
    return in_time(path, lambda _goes_on: _open(path, home, backup=True))


def demand_place(path: Path, home: Path | None = None, replaces: Kind | None = None) -> None:
    """Raises what write() would raise because of what stands at the path now; writes nothing."""
    in_time(path, lambda _goes_on: _demand_place(path, home, replaces))


def write(path: Path, content: bytes, home: Path | None = None, replaces: Kind | None = None) -> None:
    """Writes a file that only this user may read, whole or not at all.

    A file that is there is replaced where `replaces` recognises it. Raises FileRefused, DiskFull,
    NoSuchFolder, FolderClosed, FolderFails, FileStalls; then what was there is as it was.
    """

    def work(goes_on: GoesOn) -> None:
        is_there = _demand_place(path, home, replaces)
        try:
            (replace_private if is_there else write_new)(path, content, goes_on)
        except FileExistsError:
            raise _refused_as_there(path) from None
        except OSError as error:  # a stick that was pulled out or is failing gives many error numbers
            raise FolderFails(folder=str(path.parent)) from error

    in_time(path, work)


def delete(path: Path, content: bytes, home: Path | None = None) -> bool:
    """Deletes the file where it still holds `content`; True where nothing of it is left.

    False where it is another one by now, has a further name (a hard link), or cannot be deleted: then it is
    as it was.
    """

    def work(goes_on: GoesOn) -> bool:
        with _opened(path, home) as file:
            if os.fstat(file.fileno()).st_nlink > 1:
                return False
            if _content(file, path, len(content), goes_on) != content:
                return False
        path.unlink()
        return not os.path.lexists(path)

    try:
        return in_time(path, work)
    except (FileRefused, FileStalls, NoFile, OSError):
        return False


def take_back(path: Path) -> None:
    """Deletes a new file that write() has just written; the stick may be gone, and the file with it."""
    with suppress(FileStalls, OSError):
        in_time(path, lambda _goes_on: path.unlink())


def is_folder(folder: Path) -> bool:
    """Whether it is a folder; one that may not be looked into is none. Raises FileStalls."""
    return in_time(folder, lambda _goes_on: os.path.isdir(folder))


def demand_foreign(folder: Path, home: Path | None = None) -> None:
    """Raises FileRefused for a folder of the program itself, whether anything is there or not; FileStalls."""
    if in_time(folder, lambda _goes_on: _is_own(folder / "?", None, home)):
        raise FileRefused(what=str(folder), problem="it is a folder of the program itself")


def is_there(path: Path) -> bool:
    """Whether anything has that name. Raises FileStalls."""
    return in_time(path, lambda _goes_on: os.path.lexists(path))


def in_time(path: Path, work: Callable[[GoesOn], Result]) -> Result:
    """What `work(goes_on)` returns or raises; FileStalls where it does not go on for SILENT_S seconds."""
    return apart(work, SILENT_S, FileStalls(file=str(path)))


@contextmanager
def _opened(path: Path, home: Path | None) -> Iterator[BinaryIO]:
    with _open(path, home) as file:
        yield file


def _open(path: Path, home: Path | None, *, backup: bool = False) -> BinaryIO:
    try:
        # Looked at before it is opened, because opening a device may already do something.
        _demand_file(path, os.lstat(path), home, backup)
        file = os.fdopen(os.open(path, _READING), "rb")
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        if getattr(error, "errno", None) == errno.ELOOP:
            raise FileRefused(what=str(path), problem="it is a link, not a file") from None
        raise NoFile(file=str(path), why=getattr(error, "strerror", None) or "?") from None
    try:
        _demand_file(path, os.fstat(file.fileno()), home, backup)  # another may have come in between
    except BaseException:
        file.close()
        raise
    return file


def _content(file: BinaryIO, path: Path, most: int, goes_on: GoesOn) -> bytes:
    found = bytearray()
    try:
        while len(found) <= most and (piece := file.read(min(_PIECE, most + 1 - len(found)))):
            found += piece
            goes_on()
    except OSError as error:
        raise NoFile(file=str(path), why=error.strerror or "?") from None
    if len(found) > most:
        raise FileRefused(what=str(path), problem="it is larger than any true one")
    return bytes(found)


def _demand_place(path: Path, home: Path | None, replaces: Kind | None) -> bool:
    """Whether a file of the right kind is there, to be replaced; False where nothing is."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):  # write() says what is wrong with the folder
        _demand_not_own(path, None, home)
        return False
    _demand_file(path, found, home)
    if replaces is None:
        raise _refused_as_there(path)
    with _opened(path, home) as file:
        if not replaces(file.read(_BEGINNING)):
            raise FileRefused(
                what=str(path), problem="it is there already and of another kind, and is not overwritten"
            )
    return True


def _refused_as_there(path: Path) -> FileRefused:
    return FileRefused(what=str(path), problem="it is there already, and is not overwritten")


def _demand_file(path: Path, found: os.stat_result, home: Path | None, backup: bool = False) -> None:
    """Raises FileRefused for what is no regular file, or the program's own."""
    if stat.S_ISLNK(found.st_mode):
        raise FileRefused(what=str(path), problem="it is a link, not a file")
    if stat.S_ISDIR(found.st_mode):
        raise FileRefused(what=str(path), problem="it is a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused(what=str(path), problem="it is a pipe or a device, not a file")
    _demand_not_own(path, found, home, backup)


def _demand_not_own(
    path: Path, found: os.stat_result | None, home: Path | None, backup: bool = False
) -> None:
    if _is_own(path, found, home, backup):
        raise FileRefused(what=str(path), problem="it is a file of the program itself")


def _is_own(path: Path, found: os.stat_result | None, home: Path | None, backup: bool = False) -> bool:
    paths, above = _above(path)
    for one in {find_home(), practice_home(), *([home.absolute()] if home else [])}:
        locations = Locations(one)
        if not backup and one.resolve() in paths:  # also where nothing is there yet
            return True
        with suppress(OSError):  # a home that is not there, or not for this user
            backups = _id(os.stat(locations.backups)) if backup and locations.backups.is_dir() else None
            folders = {_id(os.stat(folder)): folder for folder in locations.folders}
            if backups is not None and above[:1] == [backups]:
                continue
            if not folders.keys().isdisjoint(above):
                return True
            if found is not None and _id(found) in _files(folders, but=backups):
                return True
    return False


def _above(path: Path) -> tuple[list[Path], list[_Id]]:
    """The folder of the path and each above it, links followed; and device and inode of those that exist."""
    try:
        folder = path.absolute().parent.resolve()
    except (OSError, ValueError, RuntimeError):  # a loop of links, or a null character
        return [], []
    paths, found = [folder, *folder.parents], []
    for one in paths:
        with suppress(OSError):  # a folder that is not there yet is nobody's
            found.append(_id(os.stat(one)))
    return paths, found


def _files(folders: dict[_Id, Path], but: _Id | None) -> Iterator[_Id]:
    """Device and inode of each file in the folders."""
    for id, folder in folders.items():
        if id != but:
            for name in os.listdir(folder):
                with suppress(OSError):  # deleted in between
                    yield _id(os.lstat(folder / name))


def _id(found: os.stat_result) -> _Id:
    return found.st_dev, found.st_ino
