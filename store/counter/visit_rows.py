"""The rows of visits: reading them as values, adding documents, ending a visit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from reader.card_record import CardRecord
from store.counter.back_entry import BackEntry
from store.counter.visit import UNFINISHED, Visit, Wanted
from store.errors import NotFound
from store.formats.line import sql_words
from store.queue.job import NOT_ENDED

if TYPE_CHECKING:
    from store.base.database import Database, Tables
    from store.settings.catalogue import Document

_COLUMNS = (
    "id, state, service, officer, opened_at, ended_at, deadline, subject_kind, subject, comer, comer_id,"
    " basis, identity, card_seen_at, purpose, reference, closes_itself, served_at,"
    " served_why, parked_at, reason, card, photo"
)


CONTINUES = timedelta(days=30)
"""How long after a finished visit another one of the same citizen and service may continue it."""


@dataclass(frozen=True)
class Today:
    """Visits begun today, documents obtained today, lookups not yet ended, visits open or waiting."""

    visits: int
    documents: int
    waiting: int
    unfinished: int


def read(database: Database, id: str) -> Visit:
    """One visit; raises NotFound."""
    row = database.row(f"SELECT {_COLUMNS} FROM visit WHERE id = ?", (id,))  # noqa: S608
    if row is None:
        raise NotFound(what="visit", name=id)
    return _visit(database, row)


def unfinished(database: Database) -> list[Visit]:
    """The visits that are open or waiting, the oldest first."""
    rows = database.rows(
        f"SELECT {_COLUMNS} FROM visit WHERE state IN ({sql_words(UNFINISHED)}) ORDER BY opened_at, id"  # noqa: S608
    )
    return [_visit(database, row) for row in rows]


def finished(database: Database, subject_kind: str, subject: str, at: datetime) -> list[Visit]:
    """The visits of a subject that were finished in the 30 days before `at`, the newest first."""
    rows = database.rows(
        f"SELECT {_COLUMNS} FROM visit WHERE subject = ? AND subject_kind = ? AND state = 'closed'"  # noqa: S608
        " AND ended_at BETWEEN ? AND ? ORDER BY ended_at DESC, id DESC",
        (subject, subject_kind, stamp(at - CONTINUES), stamp(at)),
    )
    return [_visit(database, row) for row in rows]


def today(database: Database, day: date) -> Today:
    """The counts of `day`, which must be in the newest month of the ledger."""
    found = database.row(
        "SELECT count(DISTINCT visit) FILTER (WHERE kind = 'use') AS visits,"
        " count(*) FILTER (WHERE outcome = 'obtained') AS documents"
        " FROM ledger WHERE month IN (SELECT month FROM ledger ORDER BY seq DESC LIMIT 1)"
        " AND kind IN ('use', 'answer') AND at >= ?",
        (day.isoformat(),),
    )
    assert found is not None
    waiting = database.value(
        f"SELECT count(*) FROM job WHERE kind = 'lookup' AND state IN ({sql_words(NOT_ENDED)})"  # noqa: S608
    )
    open_ones = database.value(
        f"SELECT count(*) FROM visit WHERE state IN ({sql_words(UNFINISHED)})"  # noqa: S608
    )
    return Today(found["visits"], found["documents"], waiting, open_ones)


def add_wanted(db: Tables, visit: Visit, document: Document, whose: str, need: str, state: str) -> None:
    """Adds a document after the visit's others, inside the caller's transaction."""
    db.execute(
        "INSERT INTO wanted(visit, n, document, whose, need, channel, state)"
        " VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM wanted WHERE visit = ?1), ?2, ?3, ?4, ?5, ?6)",
        [visit.id, document.code, whose, need, visit.default_channel(document, whose), state],
    )


def end(db: Tables, id: str, state: str, at: str, reason: str | None = None) -> None:
    """Ends a visit as closed or cancelled at that stamp, inside the caller's transaction."""
    db.execute("UPDATE visit SET state = ?, ended_at = ?, reason = ? WHERE id = ?", [state, at, reason, id])


def _visit(database: Database, row: dict[str, Any]) -> Visit:
    wanted = database.rows(
        "SELECT n, document, whose, need, channel, state, use, job FROM wanted WHERE visit = ? ORDER BY n",
        (row["id"],),
    )
    served_at, why = row.pop("served_at"), row.pop("served_why")
    values = {
        **row,
        "back_entry": BackEntry(served_at, why or "") if served_at else None,
        "closes_itself": bool(row["closes_itself"]),
        "card": CardRecord.from_json(json.loads(row["card"])) if row["card"] else None,
    }
    return Visit(**values, wanted=tuple(Wanted(**one) for one in wanted))
