"""A citizen's data outside the ledger: the card's text, its photo, and the gateways' answers.

All of it is erased when the visit ends, or at the latest at the end of the next working day. A `purged` line
records that.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, stamp
from store.counter.allow_list import Answer
from store.formats.line import Entry, LineKind
from store.settings.office_hours import end_of_day, next_working_day

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.counter.visit import Visit
    from store.office import Office


class Keeping:
    """Stores and erases this data. Whatever writes runs inside the caller's transaction."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def keep(self, db: Tables, use: int, visit_id: str, fields: dict[str, Any]) -> None:
        """Stores the allowed fields of the answer to use line `use`, until the next working day ends."""
        now = self._office.clock()
        db.table("answer").insert(
            {
                "use": use,
                "visit": visit_id,
                "fields": json.dumps(fields, ensure_ascii=False),
                "got_at": stamp(now),
                "purge_at": _purge_at(now),
            }
        )

    def answer(self, visit_id: str, n: int) -> Answer | None:
        """The stored answer to document number `n` of a visit; None where there is none."""
        row = self._database.row(
            "SELECT fields, got_at FROM answer JOIN wanted USING (use)"
            " WHERE wanted.visit = ? AND wanted.n = ?",
            (visit_id, n),
        )
        return None if row is None else Answer(json.loads(row["fields"]), row["got_at"])

    def purge(self, db: Tables, visit: Visit) -> None:
        """Erases a visit's data, with a `purged` line if there was any and the ledger has the visit."""
        answers = db.execute("DELETE FROM answer WHERE visit = ?", [visit.id]).rowcount
        card = visit.card is not None or visit.photo is not None
        if not answers and not card:
            return
        db.execute("UPDATE visit SET card = NULL, photo = NULL WHERE id = ?", [visit.id])
        if self.has_lines(visit.id):
            entry = Entry(
                kind=LineKind.PURGED,
                officer=self._office.who.login,
                visit=visit.id,
                service=visit.service,
                facts={"answers": answers, "card": card},
            )
            self._office.ledger.append(db, entry)

    def erase(self, db: Tables, use: int) -> None:
        """Erases the answer to a use line, with a `purged` line; does nothing where there is none."""
        visit = db.execute("DELETE FROM answer WHERE use = ? RETURNING visit", [use]).fetchone()
        if visit is not None:
            entry = Entry(
                kind=LineKind.PURGED,
                officer=self._office.who.login,
                visit=visit[0],
                about=use,
                facts={"answers": 1, "card": False},
            )
            self._office.ledger.append(db, entry)

    def due(self) -> list[str]:
        """The visits whose data should have been erased by now."""
        now = stamp(self._office.clock())
        answers = self._database.rows("SELECT DISTINCT visit FROM answer WHERE purge_at <= ?", (now,))
        cards = self._database.rows(
            "SELECT id, deadline FROM visit WHERE card IS NOT NULL OR photo IS NOT NULL"
        )
        old = [row["id"] for row in cards if _purge_at(datetime.fromisoformat(row["deadline"])) <= now]
        return list(dict.fromkeys([*(row["visit"] for row in answers), *old]))

    def has_lines(self, visit_id: str) -> bool:
        """Whether the ledger has a line of the visit."""
        return self._database.value("SELECT 1 FROM ledger WHERE visit = ? LIMIT 1", (visit_id,)) is not None


def _purge_at(moment: datetime) -> str:
    """The stamp of the end of the working day after that moment."""
    return stamp(end_of_day(next_working_day(moment.astimezone(BANGKOK).date())))
