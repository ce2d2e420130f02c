"""Files that leave the books, each with a ledger line about it: either both are written or neither."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from store.base.errors import NoSuchFolder
from store.base.private_file import write_private
from store.counter.errors import FolderFails
from store.errors import BadInput
from store.formats.line import Entry

if TYPE_CHECKING:
    from store.office import Office


def must_be_new(to: Path) -> None:
    """Raises BadInput where the file exists, because nothing is overwritten."""
    if os.path.exists(to):
        raise BadInput(what="file", problem="it is there already, and is not overwritten")


def free_path(folder: Path, name: str) -> Path:
    """The path of that name in the folder; where it exists, with the first free number after the name.

    Raises NoSuchFolder, and BadInput where a thousand such names are taken.
    """
    # os.path, because Path.is_dir() raises PermissionError below a folder that this user may not enter.
    if not os.path.isdir(folder):
        raise NoSuchFolder(folder=str(folder))
    wanted = Path(name)
    for again in range(1000):
        path = folder / (name if not again else f"{wanted.stem}-{again}{wanted.suffix}")
        if not os.path.exists(path):
            return path
    raise BadInput(what="folder", problem="it is full of files of that name")


def hand_out(office: Office, to: Path, content: bytes, entry: Entry) -> int:
    """Writes a new file that only this user may read, and its ledger line; returns the line's number.

    Raises BadInput, DiskFull, NoSuchFolder, FolderClosed, FolderFails; then neither file nor line is left.
    """
    must_be_new(to)
    try:
        with office.database.write() as db:
            seq = office.ledger.append(db, entry)
            write_private(to, content)
    except BaseException as error:
        with suppress(OSError):  # the folder may be gone, and the file with it
            to.unlink(missing_ok=True)
        if isinstance(error, OSError):  # a stick that was pulled out or is failing gives many error numbers
            raise FolderFails(folder=str(to.parent)) from error
        raise
    return seq
