"""The encrypted database file: how it is opened, read and written. The only file that knows SQLCipher.

One function writes. It begins with the write lock (BEGIN IMMEDIATE): a transaction that begins by reading
and asks for the lock later fails at once when another process wrote in between.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlcipher3
import sqlcipher3.dbapi2 as driver

# sqlite-utils catches the errors of the driver that it finds under these names.
sys.modules["pysqlite3"] = sqlcipher3
sys.modules["pysqlite3.dbapi2"] = driver

import sqlite_utils  # noqa: E402  (after the two lines above)
from sqlite_utils import Migrations  # noqa: E402

from store.base.errors import (  # noqa: E402
    BooksBusy,
    BooksDamaged,
    BooksReadAlone,
    DiskFull,
    FolderClosed,
    NoBooks,
    NoFolder,
    RuleBroken,
    WrongKey,
)
from store.errors import StoreError  # noqa: E402

# The other files of this floor take these two from here, so that none of them loads sqlite-utils too early.
__all__ = ["BUSY_MS", "PAGE", "Database", "Migrations", "Tables"]
Tables = sqlite_utils.Database

BUSY_MS = 10_000
PAGE = 4096  # bytes, SQLCipher's own choice

# A quarter of SQLCipher's usual size, for each thread that reads, on a PC with little memory. One that writes
# needs the double: in a ledger of a million lines the pages for a new one would not all stay (bench.ledger).
_CACHE, _WRITERS_CACHE = "PRAGMA cache_size = -2000", "PRAGMA cache_size = -4000"
# In order. temp_store keeps what SQLite would spill outside the encryption in memory.
_SETTINGS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA temp_store = MEMORY",
    _CACHE,
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA secure_delete = ON",
)
# Nobody else has the file open, and nobody can. Waiting long would not help: a screen stays open all day.
_ALONE = ("PRAGMA busy_timeout = 500", "PRAGMA locking_mode = EXCLUSIVE")


class _Open:
    """One thread's connection, closed when nobody holds it any more: also when its thread has ended.

    `lock` is held while it is used: a connection that another thread closes in mid-use ends the process.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.is_closed = False
        self.is_stale = False  # True once it was closed because the key changed
        self.writes = False  # True once something was written with it
        self.lock = threading.RLock()
        self.tables = sqlite_utils.Database(connection, recursive_triggers=False, execute_plugins=False)

    def close(self) -> None:
        """Once: two threads at it together, this one's end and Database.close(), would end the process."""
        with self.lock:
            if not self.is_closed:
                self.is_closed = True
                self.connection.close()

    def __del__(self) -> None:
        self.close()


def _open(path: Path, key: bytes, *, alone: bool = False, finished: bool = False) -> _Open:
    # A finished file is never written again: nothing is put beside it, and what follows its pages is ignored.
    uri = path.absolute().as_uri() + ("?mode=ro&immutable=1" if finished else "?mode=rw")
    connection = driver.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # else it writes on stderr, across the screen
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        # Before the first look at the file: in WAL mode it has no effect later.
        for setting in (*_ALONE, *_SETTINGS[1:]) if alone else _SETTINGS:
            if not finished or "journal_mode" not in setting:
                connection.execute(setting)
        return _Open(connection)
    except BaseException:
        connection.close()
        raise


class Database:
    """The books' file, open under its key (32 bytes). Every thread gets a connection of its own.

    Raises NoBooks where there is no file, WrongKey where the key does not open it, BooksBusy where another
    program holds it for more than 10 s, DiskFull, FolderClosed, BooksDamaged, and RuleBroken where a rule of
    the tables says no.
    """

    def __init__(self, path: Path, key: bytes, *, finished: bool = False) -> None:
        self.path = path
        self._key = key
        self._finished = finished
        self._thread = threading.local()
        self._opened: weakref.WeakSet[_Open] = weakref.WeakSet()
        self._lock = threading.Lock()  # over the set of connections
        self._closed = False
        self._read_alone = False
        self.value("SELECT count(*) FROM sqlite_master")

    @classmethod
    def create(cls, path: Path, key: bytes) -> Database:
        """A new empty file, readable by its owner alone; FileExistsError where there is one."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        return cls(path, key)

    @contextmanager
    def write(self) -> Iterator[sqlite_utils.Database]:
        """All or nothing: what is written inside is on the disk when the block is left, or not at all.

        Not to be nested (RuntimeError): an inner block could not promise that its writes last.
        """
        if self._read_alone:
            raise BooksReadAlone
        with self._transaction("BEGIN IMMEDIATE") as tables:
            mine = self._mine()
            if not mine.writes:
                mine.writes = True
                mine.connection.execute(_WRITERS_CACHE)
            yield tables

    @contextmanager
    def reading(self) -> Iterator[sqlite_utils.Database]:
        """Several reads that see the books as they were at the first; inside write(), its writes too."""
        mine = self._mine()
        if mine.connection.in_transaction:
            yield mine.tables
            return
        with self._transaction("BEGIN") as tables:
            yield tables

    def read_alone(self) -> None:
        """From now on write() is refused with BooksReadAlone."""
        self._read_alone = True

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows of a query, each by its columns' names."""
        with self._using() as mine:
            cursor = mine.connection.execute(sql, tuple(params))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, params: Sequence[Any] = ()) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        with self._using() as mine:
            cursor = mine.connection.execute(sql, tuple(params))
            row = cursor.fetchone()
            return None if row is None else dict(zip((c[0] for c in cursor.description), row, strict=True))

    def value(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        with self._using() as mine:
            row = mine.connection.execute(sql, tuple(params)).fetchone()
            return None if row is None else row[0]

    def copy_to(self, path: Path, statements: Sequence[str], progress: Callable[[float], object]) -> None:
        """A whole copy under the same key, in one new file, as the books are now; others go on meanwhile.

        The statements are done in the copy before it is finished. `progress` is called with the part that is
        done (0 to 1); what it raises ends the copying. Raises DiskFull or NoFolder for where the copy is
        written; what there is of it then stays for the caller to delete. Not inside write().
        """
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with self.reading() as tables:
            tables.execute(
                "SELECT count(*) FROM sqlite_master"
            ).fetchone()  # nothing newer is seen from here on
            try:
                self._copy(tables, path, statements, progress)
            except driver.Error as error:
                # The driver gives no code here. What is wrong is the copy: the books were just read.
                full = "full" in str(error) or _is_full(path.parent)
                raise (
                    DiskFull(home=str(path.parent)) if full else NoFolder(folder=str(path.parent))
                ) from error

    def _copy(
        self, tables: Tables, path: Path, statements: Sequence[str], progress: Callable[[float], object]
    ) -> None:
        copy = driver.connect(str(path), isolation_level=None)
        try:
            copy.execute("PRAGMA cipher_log_level = NONE")
            copy.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
            copy.execute(_CACHE)
            tables.conn.backup(
                copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, whole: progress(1 - left / max(whole, 1))
            )
            # Not WAL, which would put files beside it; no journal either: a half copy is thrown away.
            for statement in (
                *("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = MEMORY"),
                *("PRAGMA secure_delete = ON", "PRAGMA synchronous = FULL"),
                *statements,
            ):
                copy.execute(statement)
        finally:
            copy.close()

    def damaged_pages(self) -> list[str]:
        """What SQLCipher finds wrong with the pages of the file, by their own seals; empty is good."""
        found = self._check_pages()
        if found and not self._finished:
            # Another connection may have been moving pages from the WAL into the file while they were read.
            with self._transaction("BEGIN IMMEDIATE"):
                found = self._check_pages()
        return found

    def _check_pages(self) -> list[str]:
        with self._using() as mine:
            return [str(row[0]) for row in mine.connection.execute("PRAGMA cipher_integrity_check")]

    @property
    def key(self) -> bytes:
        """The key (32 bytes) under which the file is open, to be sealed to one more person."""
        return self._key

    def rekey(self, new: bytes, prepared: Callable[[], None]) -> None:
        """Encrypts the whole file anew under another key, while nobody else has it open.

        `prepared` is called when nobody else can open it any more, before anything is changed. After a kill
        at any moment the file opens under one of the two keys. Raises BooksBusy where another program has it
        open, DiskFull; then the old key still holds. Not inside write() or reading().
        """
        with _told(self.path), self._lock:
            for one in list(self._opened):
                with one.lock:
                    if one.connection.in_transaction:
                        raise RuntimeError("a new key inside a transaction")
                    one.is_stale = True
                    one.close()
            alone = _open(self.path, self._key, alone=True)
            try:
                alone.connection.execute("SELECT count(*) FROM sqlite_master")  # now nobody else can open it
                prepared()
                alone.connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
                # Else the file itself would keep pages under the old key for a while.
                alone.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._key = new
            finally:
                alone.close()

    def close(self) -> None:
        """Closes the connections of all threads, for good; waits for what they are doing just now."""
        self._closed = True
        with self._lock:
            opened = list(self._opened)
        for one in opened:
            one.close()

    def _mine(self) -> _Open:
        mine: _Open | None = getattr(self._thread, "open", None)
        if mine is None or mine.is_stale:
            with self._lock:
                mine = self._thread.open = _open(self.path, self._key, finished=self._finished)
                self._opened.add(mine)
        return mine

    @contextmanager
    def _using(self) -> Iterator[_Open]:
        """This thread's connection, which nobody closes meanwhile."""
        with _told(self.path):
            mine = self._mine()
            mine.lock.acquire()
            while mine.is_stale:
                mine.lock.release()
                mine = self._mine()
                mine.lock.acquire()
            try:
                if self._closed:
                    raise RuntimeError("these books were closed")
                yield mine
            finally:
                mine.lock.release()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite_utils.Database]:
        with self._using() as mine:
            connection = mine.connection
            if connection.in_transaction:
                raise RuntimeError("a transaction inside a transaction")
            try:
                connection.execute(begin)
                yield mine.tables
                connection.execute("COMMIT")
            except BaseException:  # also Ctrl+C and a closing thread: nothing half-written may stay open
                # SQLite may have rolled back already, as it does when the disk is full.
                with suppress(driver.Error):
                    connection.execute("ROLLBACK")
                raise


_LEAST_BYTES = 1 << 16
_PAGES_AT_ONCE = 2000
_MEANINGS: dict[int, type[StoreError]] = {
    driver.SQLITE_BUSY: BooksBusy,
    driver.SQLITE_LOCKED: BooksBusy,
    driver.SQLITE_FULL: DiskFull,
    driver.SQLITE_NOTADB: WrongKey,
    driver.SQLITE_CANTOPEN: NoBooks,
    driver.SQLITE_CORRUPT: BooksDamaged,
    driver.SQLITE_IOERR: BooksDamaged,
}


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tells the driver's errors in this program's words; what it has no word for is a mistake in it."""
    try:
        yield
    except driver.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code == driver.SQLITE_CONSTRAINT:
            raise RuleBroken(rule=str(error)) from error  # names tables and columns, never values
        meaning = _MEANINGS.get(code & 0xFF) if code is not None else None
        if meaning in (BooksDamaged, NoBooks) and _is_full(path.parent):
            meaning = DiskFull  # where the files beside the books cannot grow, SQLite says no more than this
        if meaning is NoBooks and path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise FolderClosed(path=str(path)) from error
        if code is not None and code & 0xFF == driver.SQLITE_READONLY:
            raise FolderClosed(path=str(path.parent)) from error
        if meaning is None:
            raise
        raise meaning(home=str(path.parent)) from error


def _is_full(folder: Path) -> bool:
    """Less room than the smallest file that SQLite puts beside the books."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_BYTES
    except OSError:
        return False
