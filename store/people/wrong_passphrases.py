"""Wrong passphrases: each is stored until the ledger has it; after several the next try is checked later.

The books cannot be written before they are opened. So each try is a small private file beside them, created
before the passphrase is checked and named after its result:

    ID.trying    being checked; one that stays was interrupted, and counts as refused
    ID.refused   wrong, with no right passphrase after it: the next try has to pause
    ID.over      wrong, but the right passphrase came later

Each file holds {"at": stamp, "login": login}: when it was, and whose login was typed. An unknown login is
stored as null, because it may be a passphrase in the wrong field. A deleted file is missed at that person's
next log-in (store/people/tries_count.py).

Only one try at a time is checked, over all processes, so that none sees another's unfinished try as wrong. A
try is never turned away: it pauses, and no try that comes later makes its pause longer. So whoever types
wrong passphrases under another's login cannot keep that person out for longer than a pause.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.base.errors import BooksBusy
from store.base.folder_claim import FolderClaim
from store.base.private_file import private
from store.formats.canonical import canonical
from store.formats.line import Entry, LineKind, Outcome
from store.ledger.tree_rows import count_lines
from store.people.errors import WrongAgain, WrongPassphrase
from store.people.tries_count import TriesCount

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.ledger.ledger import Ledger
    from store.people.vault import Unlocked

FREE = 3
"""The number of wrong passphrases after which the next try pauses."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 30
_LONGEST_TRY = timedelta(seconds=60)
_LONGEST_TURN_S = 30
_KEPT = timedelta(days=1)
_TIMES = 50  # the most stamps in one ledger line; its count is of all tries


def pause_after(wrong: int) -> int:
    """The number of seconds that the next try pauses after so many wrong ones."""
    return 0 if wrong < FREE else min(FIRST_PAUSE_S * 2 ** min(wrong - FREE, 20), LONGEST_PAUSE_S)


@dataclass(frozen=True)
class _Try:
    path: Path
    login: str | None
    at: datetime

    @property
    def id(self) -> str:
        return self.path.stem


@dataclass(frozen=True)
class Counted:
    """What a log-in found of the refused tries under that login since the one before.

    `facts` stand in the `login` line. `refused` is their number, None where the count was taken away or
    changed; `missed` of them have neither a line nor a file.
    """

    login: str
    facts: dict[str, Any]
    refused: int | None
    missed: int


class Tries:
    """The tries to open one office's books."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock

    @contextmanager
    def one(self, login: str, known: bool) -> Iterator[None]:
        """One try. The block checks the passphrase, and raises WrongPassphrase where it is wrong.

        Pauses first where there were several wrong ones. Raises WrongAgain instead of WrongPassphrase where
        the next try will pause, and BooksBusy where another process tries too long.
        """
        name = login if known else None
        pause = self._pause(name)
        if pause:
            sleep(pause)
        with self.alone(), self._checked(name):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The block in which no other process tries a passphrase. Raises BooksBusy."""
        claim = FolderClaim(self._folder)
        try:
            with suppress(OSError, sqlite3.OperationalError):  # a full disk must not lock everybody out
                if not claim.take(_LONGEST_TURN_S):
                    raise BooksBusy
            yield
        finally:
            claim.release()

    @contextmanager
    def _checked(self, name: str | None) -> Iterator[None]:
        earlier = self._earlier(name)
        mine = self._begin(name)
        try:
            yield
        except WrongPassphrase:
            self._rename(mine, "refused")
            if name is not None:
                TriesCount(self._folder, name).one_more()
            pause = pause_after(len(earlier) + 1)
            if pause:
                raise WrongAgain(seconds=pause) from None
            raise
        except BaseException:
            mine.unlink(missing_ok=True)
            raise
        mine.unlink(missing_ok=True)
        for one in earlier:
            self._rename(one.path, "over")

    def _earlier(self, name: str | None) -> list[_Try]:
        return [one for one in self._all("refused", "trying") if one.login == name]

    def _pause(self, name: str | None) -> float:
        earlier = self._earlier(name)
        if not earlier:
            return 0
        gone = (self._clock() - earlier[-1].at).total_seconds()
        # Where this PC's clock was set back, nothing is known of the time that has gone.
        return max(0.0, pause_after(len(earlier)) - max(0.0, gone))

    def counted(self, db: Tables, unlocked: Unlocked, kid: str | None) -> Counted:
        """What the count of refused tries says at a log-in; a new count begins.

        Runs inside the caller's transaction and alone(), before any line of the log-in.
        """
        login, count = unlocked.login, TriesCount(self._folder, unlocked.login)
        last, facts = _last_log_in(db, login)
        known = _known(db, login, last) + sum(one.login == login for one in self._unwritten(db))
        # New keys begin anew; so do books of a version that did not count.
        is_counted = "tries" in facts and facts.get("kid") == kid
        refused = count.since(unlocked, facts["count_from"]) if is_counted else known
        told: dict[str, Any] = {}
        # Before the commit: if it fails, the count is of a later size than the last, and good all the same.
        size = count_lines(db)
        if count.begin(unlocked, size):
            told = {"tries": "lost" if refused is None else refused, "kid": kid, "count_from": size}
        missed = 0 if refused is None else max(0, refused - known)
        return Counted(login, told, None if refused is None else max(refused, known), missed)

    def write_down(self, db: Tables, ledger: Ledger, counted: Counted) -> Callable[[], None]:
        """Writes a `login` line with the outcome `refused` for each login that was tried.

        Those of which the ledger did not know are a line of their own: their files were deleted. Runs inside
        the caller's transaction, behind the `login` line. The caller must call the returned function after
        the commit: it deletes the files that are no longer needed.
        """
        there, row = self._refused(), _written(db)
        found: dict[str | None, list[_Try]] = defaultdict(list)
        for one in self._unwritten(db):
            found[one.login].append(one)
        refusals = [
            (login, {"count": len(tries), "at": [stamp(one.at) for one in tries[:_TIMES]]})
            for login, tries in found.items()
        ]
        if counted.missed:
            refusals.append((counted.login, {"count": counted.missed, "at": []}))
        for login, facts in refusals:
            ledger.append(db, Entry(LineKind.LOGIN, login, outcome=Outcome.REFUSED, facts=facts))
        if there or row is not None:
            db.execute(
                "INSERT INTO book(name, value) VALUES ('tries_written', ?)"
                " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                [canonical(sorted(one.id for one in there)).decode()],
            )
        return lambda: self._throw_away(there)

    def _unwritten(self, db: Tables) -> list[_Try]:
        """The refused tries that have no line yet."""
        written = _written(db) or set()
        return [one for one in self._refused() if one.id not in written]

    def _throw_away(self, written: list[_Try]) -> None:
        old = self._clock() - _KEPT
        for one in written:
            if one.path.suffix == ".over" or one.at < old:
                one.path.unlink(missing_ok=True)

    def _refused(self) -> list[_Try]:
        now = self._clock()
        lost = [one for one in self._all("trying") if abs(now - one.at) > _LONGEST_TRY]
        return [*self._all("refused", "over"), *lost]

    def _begin(self, login: str | None) -> Path:
        path = self._folder / f"{secrets.token_hex(8)}.trying"
        with suppress(OSError):  # a full disk must not lock everybody out
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with open(path, "wb", opener=private) as file:
                file.write(canonical({"at": stamp(self._clock()), "login": login}))
        return path

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
                found.append(_Try(path, told["login"], datetime.fromisoformat(told["at"])))
        return sorted(found, key=lambda one: one.at)


def _written(db: Tables) -> set[str] | None:
    """The ids of the tries that have a line already; None where there never were any."""
    row = db.execute("SELECT value FROM book WHERE name = 'tries_written'").fetchone()
    return None if row is None else set(json.loads(row[0]))


def _last_log_in(db: Tables, login: str) -> tuple[int, dict[str, Any]]:
    """The number and the facts of the person's last `login` line; -1 where there is none."""
    row = db.execute(
        "SELECT seq, coalesce(body -> '$.facts', '{}') FROM ledger"
        " WHERE kind = 'login' AND outcome IS NULL AND officer = ? ORDER BY seq DESC LIMIT 1",
        [login],
    ).fetchone()
    return (-1, {}) if row is None else (row[0], json.loads(row[1]) or {})


def _known(db: Tables, login: str, last: int) -> int:
    """The refused tries under that login in the lines after `last`, but for those of that log-in itself."""
    return int(
        db.execute(
            "SELECT coalesce(sum(body ->> '$.facts.count'), 0) FROM ledger"
            " WHERE seq > ? AND kind = 'login' AND outcome = 'refused' AND officer = ?"
            " AND coalesce(body ->> '$.session', -1) <> ?",
            [last, login, last],
        ).fetchone()[0]
    )
