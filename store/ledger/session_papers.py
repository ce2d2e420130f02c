"""The certificates and rows that go along with lines which leave the books."""

from __future__ import annotations

from store.base.database import Tables
from store.formats.session import Papers


def papers_of(db: Tables, first: int, last: int) -> list[Papers]:
    """Those of every session that wrote one of the lines from `first` to `last`."""
    rows = db.execute(
        "SELECT session, certificate, row FROM session WHERE session IN"
        " (SELECT DISTINCT body ->> '$.session' FROM ledger WHERE seq BETWEEN ? AND ?) ORDER BY session",
        (first, last),
    )
    return [Papers(*row) for row in rows]
