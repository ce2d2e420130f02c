"""The encrypted database file: opening, reading and writing it. No other file uses SQLCipher.

Only Database.write() writes to the tables. It takes the write lock at the start (BEGIN IMMEDIATE), because a
transaction that reads first and asks for the lock later fails at once if another process wrote in between.
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
from typing import Any, Protocol

import sqlcipher3
import sqlcipher3.dbapi2 as driver

# sqlite-utils catches the errors of the driver that it imports under these names.
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
from store.base.private_file import private  # noqa: E402
from store.errors import StoreError  # noqa: E402

# Other files import Migrations and Tables from here, so that none loads sqlite-utils before those two lines.
__all__ = ["BUSY_MS", "PAGE", "AtEnd", "Database", "Migrations", "Tables"]
Tables = sqlite_utils.Database

BUSY_MS = 10_000
PAGE = 4096  # bytes, SQLCipher's default

# KiB for each thread. A reader's is a quarter of SQLCipher's default, because the PCs have little memory. A
# writer's is double: in a ledger of a million lines the pages for a new line need that (bench/ledger.py).
_CACHE, _WRITERS_CACHE = "PRAGMA cache_size = -2000", "PRAGMA cache_size = -4000"
# Executed in this order. temp_store keeps temporary data in memory, because on the disk it is unencrypted.
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
# For exclusive use. The timeout is short, because another program may have the books open all day.
_ALONE = ("PRAGMA busy_timeout = 500", "PRAGMA locking_mode = EXCLUSIVE")


class AtEnd(Protocol):
    """Is told of the end of the transaction in which it was registered (Database.at_end)."""

    def ended(self) -> None:
        """Called once the transaction is over, whether it was committed or not."""


class _Open:
    """One thread's connection; it is closed when nothing refers to it any more, so also when its thread ends.

    `lock` is held during use, because closing a connection that another thread uses crashes the process.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.is_closed = False
        self.is_stale = False  # True once it was closed because the key changed
        self.writes = False  # True once something was written with it
        self.at_end: list[AtEnd] = []  # of the transaction that is open
        self.lock = threading.RLock()
        self.tables = sqlite_utils.Database(connection, recursive_triggers=False, execute_plugins=False)

    def close(self) -> None:
        """Closes it only once: two threads that close it together would crash the process."""
        with self.lock:
            if not self.is_closed:
                self.is_closed = True
                self.connection.close()

    def __del__(self) -> None:
        self.close()


def _open(path: Path, key: bytes, *, alone: bool = False, finished: bool = False) -> _Open:
    # A finished file (a backup) is opened as immutable: no files are created beside it, and a trailer after
    # its pages is ignored.
    uri = path.absolute().as_uri() + ("?mode=ro&immutable=1" if finished else "?mode=rw")
    connection = driver.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # otherwise it writes to stderr, over the screen
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        # Before the first access to the file, because in WAL mode the locking mode cannot be set later.
        for setting in (*_ALONE, *_SETTINGS[1:]) if alone else _SETTINGS:
            if not finished or "journal_mode" not in setting:
                connection.execute(setting)
        return _Open(connection)
    except BaseException:
        connection.close()
        raise


class Database:
    """The books' file, open with its key (32 bytes). Every thread gets its own connection.

    All methods raise NoBooks where there is no file, WrongKey where the key does not open it, BooksBusy where
    another program locks it for more than 10 s, DiskFull, FolderClosed, BooksDamaged, and RuleBroken where a
    constraint of the tables refuses a change.
    """

    def __init__(self, path: Path, key: bytes, *, finished: bool = False) -> None:
        self.path = path
        self._key = key
        self._finished = finished
        self._thread = threading.local()
        self._opened: weakref.WeakSet[_Open] = weakref.WeakSet()
        self._lock = threading.Lock()  # guards the set of connections
        self._closed = False
        self._read_alone = False
        self.value("SELECT count(*) FROM sqlite_master")

    @classmethod
    def create(cls, path: Path, key: bytes) -> Database:
        """Creates an empty file that only its owner may read; FileExistsError where it exists."""
        os.close(private(str(path), os.O_CREAT | os.O_EXCL | os.O_RDWR))
        return cls(path, key)

    @contextmanager
    def write(self) -> Iterator[sqlite_utils.Database]:
        """One transaction: its writes are on the disk when the block ends, or not at all where it raises.

        It cannot be nested (RuntimeError), because an inner block could not guarantee its writes. Raises
        BooksReadAlone after read_alone().
        """
        if self._read_alone:
            raise BooksReadAlone
        with self._transaction("BEGIN IMMEDIATE") as tables:
            mine = self._mine()
            if not mine.writes:
                mine.writes = True
                mine.connection.execute(_WRITERS_CACHE)
            yield tables

    def at_end(self, one: AtEnd) -> None:
        """Registers `one` for the end of this thread's write(), once for each."""
        registered = self._mine().at_end
        if one not in registered:
            registered.append(one)

    @contextmanager
    def reading(self) -> Iterator[sqlite_utils.Database]:
        """Several reads of the same state of the books; inside write() they see its writes too."""
        mine = self._mine()
        if mine.connection.in_transaction:
            yield mine.tables
            return
        with self._transaction("BEGIN") as tables:
            yield tables

    def read_alone(self) -> None:
        """Makes write() raise BooksReadAlone from now on."""
        self._read_alone = True

    @property
    def is_read_alone(self) -> bool:
        """Whether read_alone() was called."""
        return self._read_alone

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows of a query, each as {column: value}."""
        with self._using() as mine:
            cursor = mine.connection.execute(sql, tuple(params))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, params: Sequence[Any] = ()) -> dict[str, Any] | None:
        """The first row of a query as {column: value}, or None."""
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
        """Copies the books' present state to a new file with the same key; others can write meanwhile.

        The `statements` are executed in the copy. `progress` is called with the fraction that is done (0 to
        1); what it raises ends the copying. Raises DiskFull or NoFolder for the copy's folder. An unfinished
        copy is left for the caller to delete. Must not be called inside write().
        """
        os.close(private(str(path), os.O_CREAT | os.O_EXCL | os.O_RDWR))
        with self.reading() as tables:
            tables.execute("SELECT count(*) FROM sqlite_master").fetchone()  # fixes the state that is copied
            try:
                self._copy(tables, path, statements, progress)
            except driver.Error as error:
                # The driver gives no error code here. The books were just read, so the copy is the cause.
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
            # Not WAL, which creates files beside the copy. The journal is in memory, because an unfinished
            # copy is deleted anyway.
            for statement in (
                *("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = MEMORY"),
                *("PRAGMA secure_delete = ON", "PRAGMA synchronous = FULL"),
                *statements,
            ):
                copy.execute(statement)
        finally:
            copy.close()

    def damaged_pages(self) -> list[str]:
        """SQLCipher's messages about pages of the file with a wrong MAC; empty where all are right."""
        found = self._check_pages()
        if found and not self._finished:
            # Checked again under the write lock: a checkpoint of the WAL may have changed pages meanwhile.
            with self._transaction("BEGIN IMMEDIATE"):
                found = self._check_pages()
        return found

    def _check_pages(self) -> list[str]:
        with self._using() as mine:
            return [str(row[0]) for row in mine.connection.execute("PRAGMA cipher_integrity_check")]

    @property
    def key(self) -> bytes:
        """The key (32 bytes) of the file, to be sealed to another person."""
        return self._key

    def rekey(self, new: bytes, prepared: Callable[[], None]) -> None:
        """Encrypts the whole file with another key, while no other program has it open.

        `prepared` is called before anything is changed, when no other program can open the file any more. If
        the process is killed, the file opens with one of the two keys. Raises DiskFull, and BooksBusy where
        another program has it open; then the old key still opens it. Must not be called inside write() or
        reading().
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
                alone.connection.execute(
                    "SELECT count(*) FROM sqlite_master"
                )  # from here on nobody else can open it
                prepared()
                alone.connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
                # Otherwise the file itself would keep pages encrypted with the old key for a while.
                alone.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._key = new
            finally:
                alone.close()

    @property
    def is_closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def close(self) -> None:
        """Closes the connections of all threads for good; waits for statements that are running."""
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
        """This thread's connection, locked so that no other thread closes it."""
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
            except BaseException:  # also Ctrl+C and a closing thread: no transaction may stay open
                # SQLite may have rolled back already, for instance where the disk is full.
                with suppress(driver.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                over, mine.at_end = mine.at_end, []
                for one in over:
                    one.ended()


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
    """Translates the driver's errors into this program's; any other error passes, because it is a bug."""
    try:
        yield
    except driver.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code == driver.SQLITE_CONSTRAINT:
            raise RuleBroken(rule=str(error)) from error  # names tables and columns, never values
        meaning = _MEANINGS.get(code & 0xFF) if code is not None else None
        if meaning in (BooksDamaged, NoBooks) and _is_full(path.parent):
            meaning = DiskFull  # SQLite gives these codes too where the files beside the books cannot grow
        if meaning is NoBooks and path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise FolderClosed(path=str(path)) from error
        if code is not None and code & 0xFF == driver.SQLITE_READONLY:
            raise FolderClosed(path=str(path.parent)) from error
        if meaning is None:
            raise
        raise meaning(home=str(path.parent)) from error


def _is_full(folder: Path) -> bool:
    """Whether there is less room than for the smallest file that SQLite creates beside the books."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_BYTES
    except OSError:
        return False
