"""Writes the ledger lines about a job: its attempts, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.formats.line import Entry
from store.queue.job import Job

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.ledger.ledger import Ledger


def write_line(
    ledger: Ledger, db: Tables, job: Job, kind: str, *, officer: str | None, outcome: str | None = None
) -> None:
    """Writes a line about a job inside the caller's transaction.

    For a lookup it names the `use` line and repeats its document and channel. The service is the one that the
    visit has now, which differs from the use's where that was corrected.
    """
    if job.use is None:
        facts: dict[str, Any] = {"job": job.id, "kind": job.kind, "month": job.month}
        ledger.append(db, Entry(kind=kind, officer=officer, outcome=outcome, facts=facts))
        return
    visit, service, document, channel = db.execute(
        "SELECT visit.id, visit.service, document, channel"
        " FROM ledger JOIN visit ON visit.id = ledger.visit WHERE seq = ?",
        [job.use],
    ).fetchone()
    ledger.append(
        db,
        Entry(
            kind=kind,
            officer=officer,
            visit=visit,
            service=service,
            document=document,
            channel=channel,
            outcome=outcome,
            about=job.use,
        ),
    )
