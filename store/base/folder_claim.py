"""A claim to a folder that only one process at a time can have."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from store.base.private_file import make_private


class FolderClaim:
    """This process's claim to a folder; it ends with the process, however that ends.

    It is SQLite's lock on a file beside the folder, which works the same on Linux and Windows.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder.with_name(f"{folder.name}.lock")
        self._held: sqlite3.Connection | None = None

    def take(self, wait_s: float = 0) -> bool:
        """Takes the claim, waiting up to `wait_s` seconds; True also where this process has it already.

        False where another process has it. Raises OSError where the disk is full, and
        sqlite3.OperationalError where the lock file cannot be used.
        """
        if self._held is not None:
            return True
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # SQLite says what is wrong
            make_private(self._file)
        connection = sqlite3.connect(
            self._file, timeout=wait_s, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        self._held = connection
        return True

    def release(self) -> None:
        """Ends the claim, if it was taken."""
        if self._held is not None:
            self._held.close()
            self._held = None
