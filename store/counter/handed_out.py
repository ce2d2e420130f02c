"""A file for people outside the books, and the ledger line that tells of it: both, or neither."""

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
    """Nothing is overwritten. BadInput."""
    if os.path.exists(to):
        raise BadInput(what="file", problem="it is there already, and is not overwritten")


def free_path(folder: Path, name: str) -> Path:
    """That name in the folder, or with a number the first that is free. NoSuchFolder, BadInput."""
    # Not by Path: a folder behind one that nobody may look into is none, and no failure of the program.
    if not os.path.isdir(folder):
        raise NoSuchFolder(folder=str(folder))
    wanted = Path(name)
    for again in range(1000):
        path = folder / (name if not again else f"{wanted.stem}-{again}{wanted.suffix}")
        if not os.path.exists(path):
            return path
    raise BadInput(what="folder", problem="it is full of files of that name")


def hand_out(office: Office, to: Path, content: bytes, entry: Entry) -> int:
    """Writes a new file that its owner alone may read; the number of the line about it.

    Raises BadInput, DiskFull, NoSuchFolder, FolderClosed, FolderFails; then there is neither file nor line.
    """
    must_be_new(to)
    try:
        with office.database.write() as db:
            seq = office.ledger.append(db, entry)
            write_private(to, content)
    except BaseException as error:
        with suppress(OSError):  # nor where its folder is none
            to.unlink(missing_ok=True)
        if isinstance(error, OSError):  # a stick that is pulled out, or worn out, says so in many ways
            raise FolderFails(folder=str(to.parent)) from error
        raise
    return seq
