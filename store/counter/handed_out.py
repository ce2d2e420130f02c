"""Files that leave the books, each with a ledger line about it: either both are written or neither."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from store.base import named_file
from store.base.errors import NoSuchFolder
from store.errors import BadInput
from store.formats.line import Entry

if TYPE_CHECKING:
    from store.office import Office


def free_path(folder: Path, name: str) -> Path:
    """The path of that name in the folder; where it exists, with the first free number after the name.

    Raises NoSuchFolder, FileStalls, and BadInput where a thousand such names are taken.
    """
    if not named_file.is_folder(folder):
        raise NoSuchFolder(folder=str(folder))
    wanted = Path(name)
    for again in range(1000):
        path = folder / (name if not again else f"{wanted.stem}-{again}{wanted.suffix}")
        if not named_file.is_there(path):
            return path
    raise BadInput(what="folder", problem="it is full of files of that name")


def hand_out(office: Office, to: Path, content: bytes, entry: Entry) -> int:
    """Writes a new file that only this user may read, and its ledger line; returns the line's number.

    Raises what named_file.write() raises; then neither file nor line is left.
    """
    home = office.locations.home
    named_file.demand_place(to, home)
    written = False
    try:
        with office.database.write() as db:
            seq = office.ledger.append(db, entry)
            named_file.write(to, content, home)
            written = True
    except BaseException:
        if written:  # the line could not be written
            named_file.take_back(to)
        raise
    return seq
