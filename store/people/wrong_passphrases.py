"""Wrong passphrases: each is stored until the ledger has it; after several the next try must wait longer.

The books cannot be written before they are opened. So each try is a small private file beside them, created
before the passphrase is checked and named after its result:

    ID.trying    being checked; one that stays was interrupted, and counts as refused
    ID.refused   wrong, with no right passphrase after it: the person must wait
    ID.over      wrong, but the right passphrase came later

Only one try at a time is checked, over all processes, so that none sees another's unfinished try as wrong.

Each file holds {"at": stamp, "from": stamp, "login": login}: when it was, since when the wait counts, and
whose login was typed. An unknown login is stored as null, because it may be a passphrase in the wrong field.
"""

from __future__ import annotations

import json
import math
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.base.errors import BooksBusy
from store.base.folder_claim import FolderClaim
from store.base.private_file import private
from store.formats.canonical import canonical
from store.formats.line import Entry, LineKind, Outcome
from store.people.errors import TooSoon, WrongAgain, WrongPassphrase

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.ledger.ledger import Ledger

FREE = 3
"""The number of wrong passphrases after which the next try must wait."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5, 300
_LONGEST_TRY = timedelta(seconds=60)
_LONGEST_TURN_S = 30
_KEPT = timedelta(days=1)
_TIMES = 50  # the most stamps in one ledger line; its count is of all tries


def wait_after(wrong: int) -> int:
    """The number of seconds that the next try must wait after so many wrong ones."""
    return 0 if wrong < FREE else min(FIRST_WAIT_S * 2 ** min(wrong - FREE, 20), LONGEST_WAIT_S)


@dataclass(frozen=True)
class _Try:
    path: Path
    login: str | None
    at: datetime
    since: datetime

    @property
    def id(self) -> str:
        return self.path.stem


class Tries:
    """The tries to open one office's books."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock

    @contextmanager
    def one(self, login: str, known: bool) -> Iterator[None]:
        """One try. The block checks the passphrase, and raises WrongPassphrase where it is wrong.

        Raises TooSoon without entering the block while the person must wait, WrongAgain instead of
        WrongPassphrase where the next try must wait, and BooksBusy where another process tries too long.
        """
        claim = FolderClaim(self._folder)
        try:
            with suppress(OSError, sqlite3.OperationalError):  # a full disk must not lock everybody out
                if not claim.take(_LONGEST_TURN_S):
                    raise BooksBusy
            with self._alone(login, known):
                yield
        finally:
            claim.release()

    @contextmanager
    def _alone(self, login: str, known: bool) -> Iterator[None]:
        name = login if known else None
        earlier = [one for one in self._all("refused", "trying") if one.login == name]
        left = self._left(earlier)
        if left:
            raise TooSoon(login=login, seconds=left)
        mine = self._begin(name)
        try:
            yield
        except WrongPassphrase:
            self._rename(mine, "refused")
            wait = wait_after(len(earlier) + 1)
            if wait:
                raise WrongAgain(seconds=wait) from None
            raise
        except BaseException:
            mine.unlink(missing_ok=True)
            raise
        mine.unlink(missing_ok=True)
        for one in earlier:
            self._rename(one.path, "over")

    def write_down(self, db: Tables, ledger: Ledger) -> Callable[[], None]:
        """Writes a `login` line with the outcome `refused` for each login that was tried.

        Runs inside the caller's transaction. The caller must call the returned function after the commit: it
        deletes the files that are no longer needed.
        """
        row = db.execute("SELECT value FROM book WHERE name = 'tries_written'").fetchone()
        written = set(json.loads(row[0])) if row else set()
        there = self._refused()
        found: dict[str | None, list[_Try]] = defaultdict(list)
        for one in there:
            if one.id not in written:
                found[one.login].append(one)
        for login, tries in found.items():
            facts = {"count": len(tries), "at": [stamp(one.at) for one in tries[:_TIMES]]}
            ledger.append(db, Entry(LineKind.LOGIN, login, outcome=Outcome.REFUSED, facts=facts))
        if there or row:
            db.execute(
                "INSERT INTO book(name, value) VALUES ('tries_written', ?)"
                " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                [canonical(sorted(one.id for one in there)).decode()],
            )
        return lambda: self._throw_away(there)

    def _throw_away(self, written: list[_Try]) -> None:
        old = self._clock() - _KEPT
        for one in written:
            if one.path.suffix == ".over" or one.since < old:
                one.path.unlink(missing_ok=True)

    def _refused(self) -> list[_Try]:
        now = self._clock()
        lost = [one for one in self._all("trying") if abs(now - one.at) > _LONGEST_TRY]
        return [*self._all("refused", "over"), *lost]

    def _left(self, earlier: list[_Try]) -> int:
        if not earlier:
            return 0
        now = self._clock()
        last = max(earlier, key=lambda one: one.since)
        if last.since > now:  # the clock was set back: the wait starts now, otherwise it could last for years
            for one in earlier:
                self._write(one.path, one.login, one.at, now)
            return wait_after(len(earlier))
        return max(0, math.ceil(wait_after(len(earlier)) - (now - last.since).total_seconds()))

    def _begin(self, login: str | None) -> Path:
        path = self._folder / f"{secrets.token_hex(8)}.trying"
        now = self._clock()
        with suppress(OSError):  # a full disk must not lock everybody out
            self._folder.mkdir(mode=0o700, exist_ok=True)
        self._write(path, login, now, now)
        return path

    def _write(self, path: Path, login: str | None, at: datetime, since: datetime) -> None:
        with suppress(OSError), open(path, "wb", opener=private) as file:  # suppress: as in _begin()
            file.write(canonical({"at": stamp(at), "from": stamp(since), "login": login}))

    def _rename(self, path: Path, ending: str) -> None:
        with suppress(OSError):  # as in _begin(): then there is no file to rename
            path.rename(path.with_suffix(f".{ending}"))

    def _all(self, *endings: str) -> list[_Try]:
        found = []
        for path in sorted(self._folder.glob("*")) if self._folder.is_dir() else ():
            if path.suffix[1:] not in endings:
                continue
            # A file that another process has just deleted, or that a power cut left incomplete, is left out.
            with suppress(OSError, ValueError, KeyError, TypeError):
                told = json.loads(path.read_bytes())
                at, since = (datetime.fromisoformat(told[name]) for name in ("at", "from"))
                found.append(_Try(path, told["login"], at, since))
        return sorted(found, key=lambda one: one.at)
