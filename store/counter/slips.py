"""Slips after the visit: for visits that ended today, and slips that were asked for but not written.

Where the folder, the stick or the printer is missing, the visit can end and the citizen still gets a slip:
it waits until it is written or nobody wants it any more.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK, stamp
from store.counter import visit_rows
from store.people.permissions import demand

if TYPE_CHECKING:
    from store.counter.visit import Visit
    from store.office import Office

_ENDED_TODAY = (
    "FROM visit WHERE ended_at >= ? AND EXISTS"
    " (SELECT 1 FROM wanted WHERE wanted.visit = visit.id AND wanted.use IS NOT NULL)"
)


def any_ended_today(office: Office) -> bool:
    """Whether any visit with a use ended today: only such a visit can have a slip."""
    return office.database.value(f"SELECT 1 {_ENDED_TODAY} LIMIT 1", (_today(office),)) is not None


def ended_today(office: Office) -> list[Visit]:
    """The visits with a use that ended today, the last one to end first."""
    rows = office.database.rows(
        f"SELECT id {_ENDED_TODAY} ORDER BY ended_at DESC, n DESC",
        (_today(office),),
    )
    return [visit_rows.read(office.database, row["id"]) for row in rows]


def wait(office: Office, visit_id: str) -> None:
    """Notes that the visit's slip was asked for and could not be written. Raises NotAllowed, DiskFull."""
    demand(office.who, "visit")
    with office.database.write() as db:
        db.execute(
            "UPDATE visit SET slip_due = ? WHERE id = ? AND slip_due IS NULL",
            [stamp(office.clock()), visit_id],
        )


def let_go(office: Office, visit_id: str) -> None:
    """Notes that the slip was written, or that nobody wants it any more. Raises NotAllowed."""
    demand(office.who, "visit")
    if visit_id in waiting(office):
        with office.database.write() as db:
            db.execute("UPDATE visit SET slip_due = NULL WHERE id = ?", [visit_id])


def waiting(office: Office) -> dict[str, str]:
    """{visit: stamp of when its slip was asked for} of the slips that wait, the oldest first."""
    rows = office.database.rows(
        "SELECT id, slip_due FROM visit WHERE slip_due IS NOT NULL ORDER BY slip_due, id"
    )
    return {row["id"]: row["slip_due"] for row in rows}


def _today(office: Office) -> str:
    """The stamp of today's first moment."""
    return stamp(datetime.combine(office.clock().astimezone(BANGKOK).date(), time.min, BANGKOK))
