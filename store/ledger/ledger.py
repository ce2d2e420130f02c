"""The usage ledger: append-only lines in a hash chain and a Merkle tree; its months never go backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reader.buddhist_date import now as now_in_thailand
from reader.buddhist_date import stamp
from store.base.database import Database, Tables
from store.errors import NotFound
from store.formats import tree
from store.formats.line import (
    FIRST_PREV,
    ClockWord,
    Entry,
    Line,
    LineKind,
    Outcome,
    leaf_hash,
    month_after,
    month_before,
    read_line,
    says_outcome,
    write_body,
)
from store.ledger.errors import AlreadyCutOff, ClockDoubtful, MonthNotOver
from store.ledger.session import Session
from store.ledger.standing import StandingOf
from store.ledger.tree_rows import count_lines, node_reader
from store.ledger.verify import Verified, verify

__all__ = ["Clock", "Entry", "Ledger", "Line", "Verified", "count_lines", "node_reader"]

Clock = Callable[[], datetime]

_LARGEST_NUMBER = 2**63 - 1  # the largest integer that SQLite can store
# After a longer time without lines, a clock that shows a later month may be wrong: nothing is cut off until
# somebody confirms the date.
LONGEST_SILENCE = timedelta(hours=36)
# Time synchronisation sets a clock back by such steps; they are not recorded.
CLOCK_TOLERANCE = timedelta(seconds=2)


@dataclass(frozen=True)
class _End:
    """What the next line depends on of the ledger's last line."""

    seq: int
    leaf: bytes
    at: str
    month: str
    clock: str
    kind: str

    @property
    def run(self) -> str:
        """The month that the next line belongs to."""
        return month_after(self.month) if self.kind == LineKind.CUT_OFF else self.month


class Ledger:
    """Writes and reads the lines of one station's chain.

    `at_cut_off(db)` is called after a month was cut off, in the same transaction.
    """

    def __init__(
        self, database: Database, station: str, standing_of: StandingOf, clock: Clock = now_in_thailand
    ) -> None:
        self._database = database
        self._station = station
        self._standing_of = standing_of
        self._clock = clock
        self.at_cut_off: Callable[[Tables], object] = lambda _db: None
        self._session: Session | None = None

    # --- writing: all of it inside `with database.write() as db` ---

    @property
    def writer(self) -> str | None:
        """Whose session is open; None for the recovery sheet's, and where none is."""
        return None if self._session is None else self._session.login

    def begin(self, db: Tables, session: Session, entry: Entry) -> int:
        """Writes the first line of a session, in which this ledger writes from now on; returns its number.

        What append() writes before a line (cut-off lines, a `clock` line) stands behind this one, because a
        line before it would belong to no session.
        """
        now, end = self._clock(), _end(db)
        clock = ClockWord.OK if end is None else _clock_word(end, now)
        session.begin(db, 0 if end is None else end.seq + 1)
        self._session = session
        month = stamp(now)[:7] if end is None else end.run
        seq = self._write(db, entry, end, month, clock, now)
        if end is not None:
            self._before_line(db, end, _must_end(db), entry.officer, now)
        return seq

    def append(self, db: Tables, entry: Entry) -> int:
        """Writes one line and returns its number. If the clock is sure, cuts off months that are over first.

        Where this PC's clock went back or just became doubtful, a `clock` line is written before it. Raises
        LedgerBroken where this session's last line is not as it was written.
        """
        now, end = self._clock(), _must_end(db)
        clock, end = self._before_line(db, end, end, entry.officer, now)
        return self._write(db, entry, end, end.run, clock, now)

    def _before_line(
        self, db: Tables, since: _End, end: _End, officer: str | None, now: datetime
    ) -> tuple[str, _End]:
        """Cuts off what is over, and says how the clock went since the line `since`; (ClockWord, new end)."""
        clock = _clock_word(since, now)
        if clock == ClockWord.OK and end.run < stamp(now)[:7]:
            end = self._cut_off_until(db, end, stamp(now)[:7], officer, now)
            self.at_cut_off(db)
        if clock == ClockWord.BACK or (clock == ClockWord.DOUBTFUL and since.clock != clock):
            facts = {"was": since.at, "is": clock}
            self._write(db, Entry(LineKind.CLOCK, officer, facts=facts), end, end.run, clock, now)
            end = _must_end(db)
        return clock, end

    def cut_off(self, db: Tables, officer: str, upto_month: str, confirmed: bool = False) -> list[int]:
        """Cuts off every month up to `upto_month` (YYYY-MM); returns the numbers of the lines written.

        `confirmed`: a controller or head has said that this PC's date is right. Raises MonthNotOver,
        AlreadyCutOff, and ClockDoubtful where the clock is doubtful and nobody confirmed it.
        """
        now = self._clock()
        end = _end(db)
        if end is None or stamp(now)[:7] <= upto_month:
            raise MonthNotOver(month=upto_month)
        if upto_month < end.run:
            raise AlreadyCutOff(month=upto_month)
        if _clock_word(end, now) == ClockWord.DOUBTFUL and not confirmed:
            raise ClockDoubtful
        before = end.seq
        end = self._cut_off_until(db, end, month_after(upto_month), officer, now)
        self.at_cut_off(db)
        return list(range(before + 1, end.seq + 1))

    def begin_epoch(self, db: Tables, session: Session, entry: Entry) -> int:
        """Writes the first line after a restore. It cuts nothing off: the backup's last month continues."""
        now, end = self._clock(), _must_end(db)
        session.begin(db, end.seq + 1)
        self._session = session
        return self._write(db, entry, end, end.run, _clock_word(end, now), now)

    def clock_word(self) -> str:
        """The ClockWord that the next line would have: ok, back or doubtful."""
        with self._database.reading() as db:
            end = _end(db)
        return ClockWord.OK if end is None else _clock_word(end, self._clock())

    def month_now(self) -> str:
        """The current month by this PC's clock, or by the ledger where the clock is behind or doubtful."""
        with self._database.reading() as db:
            end = _end(db)
        month = stamp(self._clock())[:7]
        if end is None or (month >= end.run and _clock_word(end, self._clock()) != ClockWord.DOUBTFUL):
            return month
        return end.run

    def _cut_off_until(self, db: Tables, end: _End, month: str, officer: str | None, now: datetime) -> _End:
        """Writes cut-off lines until the next line belongs to `month`; returns the new end."""
        while end.run < month:
            first = db.execute(
                "SELECT coalesce(max(seq), -1) + 1 FROM ledger WHERE kind = 'cut_off' AND month = ?",
                (month_before(end.run),),
            ).fetchone()[0]
            facts = {"month": end.run, "first": first, "last": end.seq}
            self._write(db, Entry(LineKind.CUT_OFF, officer, facts=facts), end, end.run, ClockWord.OK, now)
            end = _must_end(db)
        return end

    def _write(
        self, db: Tables, entry: Entry, end: _End | None, month: str, clock: str, now: datetime
    ) -> int:
        session = self._session
        if session is None:
            raise RuntimeError("a line is written in a session: Ledger.begin() comes first")
        session.ready(db)
        seq, prev = (0, FIRST_PREV) if end is None else (end.seq + 1, end.leaf)
        place = {
            **{"seq": seq, "at": stamp(now), "month": month, "clock": clock},
            **{"station": self._station, "session": session.number},
        }
        text, sealed = write_body(entry, place)
        leaf = leaf_hash(prev, text)
        db.execute(
            "INSERT INTO ledger(seq, body, prev, leaf) VALUES (?, ?, ?, ?)", (seq, text.decode(), prev, leaf)
        )
        if sealed:
            rows = [(seq, *one) for one in sealed]
            db.conn.executemany("INSERT INTO sealed(seq, field, key, value) VALUES (?, ?, ?, ?)", rows)
        nodes = tree.completed(seq, leaf, _nodes_before(db, seq, prev))
        if nodes:
            db.conn.executemany("INSERT INTO node(level, n, hash) VALUES (?, ?, ?)", nodes)
        session.wrote(db, seq, leaf)
        return seq

    # --- reading ---

    def verify(self) -> Verified:
        """Recomputes the whole ledger; raises LedgerBroken with the first bad line and its month."""
        return verify(self._database, self._standing_of)

    def count(self) -> int:
        """The number of lines."""
        return int(self._database.value("SELECT coalesce(max(seq), -1) + 1 FROM ledger"))

    def line(self, seq: int) -> Line:
        """One line; raises NotFound."""
        found = self._select("seq = ?", (seq,), newest_first=False, limit=1) if seq <= _LARGEST_NUMBER else []
        if not found:
            raise NotFound(what="ledger line", name=str(seq))
        return found[0]

    def lines(
        self,
        *,
        newest_first: bool = True,
        limit: int = 200,
        visit: str | None = None,
        month: str | None = None,
        kind: str | None = None,
        about: int | None = None,
    ) -> list[Line]:
        """Up to `limit` lines that match all the given values; a `limit` of -1 is none."""
        wanted = {"visit": visit, "month": month, "kind": kind, "about": about}
        given = [(f"{name} = ?", value) for name, value in wanted.items() if value is not None]
        where = " AND ".join(clause for clause, _ in given) or "TRUE"
        return self._select(where, tuple(value for _, value in given), newest_first, limit)

    def uses_by_month(self) -> dict[str, int]:
        """{month: number of uses}, the newest month first."""
        rows = self._database.rows(
            "SELECT month, count(*) AS n FROM ledger WHERE month >= '' AND kind = 'use'"
            " GROUP BY month ORDER BY month DESC"
        )
        return {row["month"]: int(row["n"]) for row in rows}

    def uses(self, month: str, *, skip: int, limit: int, before: int) -> list[Line]:
        """Up to `limit` uses of a month below line `before`, the newest first, without the first `skip`."""
        where = "seq IN (SELECT seq FROM ledger WHERE month = ? AND kind = 'use' AND seq < ?"
        where += " ORDER BY seq DESC LIMIT ? OFFSET ?)"
        return self._select(where, (month, before, limit, skip), newest_first=True, limit=-1)

    def story(self, seq: int) -> list[Line]:
        """A line and all lines about it, directly or through others, the oldest first; raises NotFound."""
        self.line(seq)
        return self._select(
            "seq IN (WITH RECURSIVE story(n) AS"
            " (SELECT ? UNION SELECT seq FROM ledger JOIN story ON about = n) SELECT n FROM story)",
            (seq,),
            newest_first=False,
            limit=-1,
        )

    def root(self, size: int | None = None) -> bytes:
        """The tree's root (32 bytes) over the first `size` lines, None for all, from the stored nodes."""
        with self._database.reading() as db:
            return tree.root(count_lines(db) if size is None else size, node_reader(db))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof (RFC 6962) that the first `new` lines extend the first `old` ones."""
        with self._database.reading() as db:
            return tree.consistency(old, new, node_reader(db))

    def _select(self, where: str, params: tuple[Any, ...], newest_first: bool, limit: int) -> list[Line]:
        order = "DESC" if newest_first else "ASC"
        rows = self._database.rows(
            f"SELECT ledger.seq, body, leaf, value, {_STANDS}, {_WHOM} FROM ledger"  # noqa: S608  (only clauses written in this file)
            " LEFT JOIN sealed ON sealed.seq = ledger.seq AND field = 'subject'"
            f" WHERE ledger.seq IN (SELECT seq FROM ledger WHERE {where} ORDER BY seq {order} LIMIT ?)"
            f" ORDER BY ledger.seq {order}",
            (*params, limit),
        )
        return [read_line(row) for row in rows]


# The last outcome of a line, and the citizen of the use that a line is about. Each is one index look-up.
_STANDS = (
    f"(SELECT coalesce(said.outcome, '{Outcome.CORRECTED}') FROM ledger AS said"  # noqa: S608
    f" WHERE said.about = ledger.seq AND {says_outcome('said')} ORDER BY said.seq DESC LIMIT 1) AS stands"
)
_WHOM = (
    "(SELECT asked.value FROM sealed AS asked"
    " WHERE asked.seq = ledger.about AND asked.field = 'subject') AS whom"
)


def _nodes_before(db: Tables, seq: int, prev: bytes) -> tree.NodeAt:
    """As node_reader(), but the leaf before is given: for half of all lines nothing else must be read."""
    stored = node_reader(db)
    return lambda level, n: prev if (level, n) == (0, seq - 1) else stored(level, n)


def _end(db: Tables) -> _End | None:
    row = db.execute(
        "SELECT seq, leaf, at, month, body ->> '$.clock', kind FROM ledger ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return None if row is None else _End(*row)


def _must_end(db: Tables) -> _End:
    end = _end(db)
    assert end is not None  # a line was just written
    return end


def _clock_word(end: _End, now: datetime) -> str:
    """The ClockWord of a line that is written now.

    A doubt lasts until somebody confirms the date or the clock is back in the ledger's month. Otherwise the
    second line after a jump would follow the first one closely, and the clock would look right again.
    """
    ahead = stamp(now)[:7] > end.run
    silent = now - datetime.fromisoformat(end.at) > LONGEST_SILENCE
    if ahead and (silent or end.clock == ClockWord.DOUBTFUL):
        return ClockWord.DOUBTFUL
    return ClockWord.BACK if stamp(now + CLOCK_TOLERANCE) < end.at else ClockWord.OK
