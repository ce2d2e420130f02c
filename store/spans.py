"""Which ledger lines belong to a month, and the rows that hold a month's state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from store.errors import NotFound, WrongStep
from store.formats import required_signers
from store.formats.line import Entry, LineKind, month_after

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office


class MonthState(StrEnum):
    """The state of a month. OPEN is never stored: a month gets its row after its cut-off."""

    OPEN = "open"
    CUT_OFF = "cut_off"
    SUMMARISED = "summarised"
    CHECKED = "checked"
    APPROVED = required_signers.APPROVED
    FLAGGED = required_signers.FLAGGED
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


UNSIGNED = (MonthState.OPEN, MonthState.CUT_OFF)
"""The states of a month that nobody has signed yet."""


@dataclass(frozen=True)
class Span:
    """Lines `first` to `last` of one ledger: this PC's own, or one imported from another PC.

    `station` is None for this PC's ledger; otherwise it names the imported one: 02, or 02/e2 after that
    PC's first restore.
    """

    first: int
    last: int
    station: str | None = None

    @property
    def lines(self) -> str:
        """The name of the table that holds the lines."""
        return "ledger" if self.station is None else "station_line"

    @property
    def sealed(self) -> str:
        return "sealed" if self.station is None else "station_sealed"

    @property
    def where(self) -> str:
        """The condition on the tables `lines` and `sealed`; its values are `params`."""
        return "seq BETWEEN ? AND ?" + ("" if self.station is None else " AND station = ? AND epoch = ?")

    @property
    def params(self) -> tuple[Any, ...]:
        bounds = (self.first, self.last)
        return bounds if self.station is None else (*bounds, *ledger_of(self.station))


def ledger_name(station: str, epoch: int) -> str:
    """The name of another PC's ledger in spans and findings: 02, or 02/e2 from the second epoch on."""
    return station if epoch == 1 else f"{station}/e{epoch}"


def ledger_of(name: str) -> tuple[str, int]:
    """(station, epoch) of a name that ledger_name() made."""
    station, _, epoch = name.partition("/e")
    return station, int(epoch or 1)


@dataclass(frozen=True)
class MonthSpan:
    """The lines of a month. Where `is_cut`, `last` is the cut-off line itself."""

    first: int
    last: int
    is_cut: bool

    @property
    def own(self) -> Span:
        """This PC's own lines."""
        return Span(self.first, self.last)


class MonthRows:
    """The rows of a station's months. Whatever writes runs inside the caller's transaction."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def current(self) -> str:
        """The month that the next line belongs to, YYYY-MM."""
        row = self._database.row("SELECT month, kind FROM ledger ORDER BY seq DESC LIMIT 1")
        assert row is not None  # line 0 is written with the books
        return month_after(row["month"]) if row["kind"] == LineKind.CUT_OFF else str(row["month"])

    def all(self) -> list[str]:
        """Every month of the ledger, the newest first."""
        # month >= '' is always true: it lets SQLite use the index, whose first column is the month.
        cut = self._database.rows(
            "SELECT month FROM ledger WHERE month >= '' AND kind = 'cut_off' ORDER BY month DESC"
        )
        return [self.current(), *(row["month"] for row in cut)]

    def span(self, month: str) -> MonthSpan:
        """The lines of a month; raises NotFound."""
        row = self._database.row(
            "SELECT seq, body ->> '$.facts.first' AS first FROM ledger WHERE kind = 'cut_off' AND month = ?",
            (month,),
        )
        if row is not None:
            return MonthSpan(row["first"], row["seq"], is_cut=True)
        if month != self.current():
            raise NotFound(what="month", name=month)
        last_cut = self._database.value(
            "SELECT coalesce(max(seq), -1) FROM ledger WHERE month >= '' AND kind = 'cut_off'"
        )
        last = self._database.value("SELECT max(seq) FROM ledger")
        return MonthSpan(last_cut + 1, last, is_cut=False)

    def get(self, month: str) -> dict[str, Any] | None:
        """The newest revision of a month; None where begin() was not called for it yet."""
        return self._database.row(
            "SELECT * FROM month WHERE month = ? ORDER BY revision DESC LIMIT 1", (month,)
        )

    def must(self, month: str, *states: str) -> dict[str, Any]:
        """The row of a month; raises WrongStep where it is in none of the states, NotFound."""
        row = self.get(month)
        if row is None:
            raise WrongStep(
                month=month, state=MonthState.CUT_OFF if self.span(month).is_cut else MonthState.OPEN
            )
        if row["state"] not in states:
            raise WrongStep(month=row["month"], state=row["state"])
        return row

    def begin(self, db: Tables, month: str, span: MonthSpan) -> dict[str, Any]:
        """Inserts the row of a month that was just cut off, and returns it."""
        db.execute(
            "INSERT INTO month(month, revision, state, first_seq, cut_off_seq) VALUES (?, 1, 'cut_off', ?, ?)"
            " ON CONFLICT DO NOTHING",
            [month, span.first, span.last],
        )
        row = self.get(month)
        assert row is not None
        return row

    def begin_again(self, db: Tables, row: dict[str, Any], reason: str) -> dict[str, Any]:
        """Inserts the next revision of a month that the ministry returned for that reason."""
        db.execute(
            "INSERT INTO month(month, revision, state, first_seq, cut_off_seq, reason)"
            " VALUES (?, ?, 'cut_off', ?, ?, ?)",
            [row["month"], row["revision"] + 1, row["first_seq"], row["cut_off_seq"], reason],
        )
        begun = self.get(row["month"])
        assert begun is not None
        return begun

    def move(self, db: Tables, row: dict[str, Any], state: str, **facts: str) -> None:
        """Moves a month to another state, with a `month` line in the ledger that holds the `facts`."""
        db.execute(
            "UPDATE month SET state = ? WHERE month = ? AND revision = ?",
            [state, row["month"], row["revision"]],
        )
        told: dict[str, Any] = {"month": row["month"], "revision": row["revision"], "state": state, **facts}
        self._office.ledger.append(db, Entry(kind=LineKind.MONTH, officer=self._office.who.login, facts=told))


def month_begins(month: str) -> str:
    """The stamp of a month's first moment."""
    return f"{month}-01T00:00:00+07:00"
