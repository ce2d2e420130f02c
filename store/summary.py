"""What a month's lines add up to, counted by the database in one pass.

Each use is counted once, in the month of its own line, with the last outcome that the same month knows of
it. What is answered after the cut-off stays `unanswered` there, and is not counted again later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.anomalies import Seen
from store.catalogue import CHANNELS
from store.report import MarkedLine

if TYPE_CHECKING:
    from store.database import Database

UNANSWERED = "unanswered"

# ?1 and ?2 are the first and the last line. max() makes SQLite take `outcome` from the same row as the
# largest number: the last word about a use.
_LAST_WORD = """
  WITH word AS (
    SELECT about, outcome, max(seq) FROM ledger
    WHERE seq BETWEEN ?1 AND ?2 AND about IS NOT NULL AND outcome IS NOT NULL
      AND kind IN ('answer', 'expired', 'correction', 'quarantine')
    GROUP BY about)
"""
_OUTCOME = """
  CASE coalesce(word.outcome, line.outcome) WHEN 'asked' THEN 'unanswered'
  ELSE coalesce(word.outcome, line.outcome) END
"""
_LINES = """
  FROM ledger AS line LEFT JOIN word ON word.about = line.seq
  LEFT JOIN sealed ON sealed.seq = line.seq AND sealed.field = 'subject'
"""

# The parts that are put together are all written in this file.
_COUNT = f"""{_LAST_WORD}
  SELECT officer, service, document, channel, {_OUTCOME} AS result, count(*) AS n
  FROM ledger AS line LEFT JOIN word ON word.about = line.seq
  WHERE line.seq BETWEEN ?1 AND ?2 AND line.kind = 'use'
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""  # noqa: S608
_SEEN = f"""{_LAST_WORD}
  SELECT line.seq, line.kind, line.at, line.body ->> '$.clock' AS clock, line.officer, line.service,
    line.channel, {_OUTCOME} AS outcome, line.body ->> '$.identity' AS identity,
    line.body ->> '$.card_seen_at' AS card_seen_at, sealed.value AS subject
  {_LINES}
  WHERE line.seq BETWEEN ?1 AND ?2 AND (line.kind = 'use' OR line.body ->> '$.clock' = 'back')
  ORDER BY line.seq
"""
_MARKED = f"""{_LAST_WORD}
  SELECT line.seq, line.at, line.officer, line.service, line.document, line.channel,
    line.body ->> '$.identity' AS identity, {_OUTCOME} AS outcome, sealed.value AS subject
  {_LINES}
  WHERE line.seq IN (SELECT value FROM json_each(?3)) ORDER BY line.seq
"""  # noqa: S608


@dataclass(frozen=True)
class ServiceRow:
    """One line of the month's table: uses by channel, whatever came of them."""

    service: str
    visits: int
    card: int
    linkage: int
    gdx: int
    copy: int
    sighted: int
    total: int


@dataclass(frozen=True)
class Counts:
    """`use` is [[officer, service, document, channel, outcome, n], ...] as it goes into the report.

    `spared`: documents that a citizen did not have to hand in as a copy, because they were obtained.
    """

    use: list[list[Any]]
    rows: tuple[ServiceRow, ...]
    visits: int

    @property
    def outcomes(self) -> dict[str, int]:
        """How many uses ended how."""
        found: dict[str, int] = {}
        for row in self.use:
            found[row[4]] = found.get(row[4], 0) + row[5]
        return found

    @property
    def spared(self) -> int:
        return self.outcomes.get("obtained", 0)

    @property
    def unanswered(self) -> int:
        return self.outcomes.get(UNANSWERED, 0)

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)


def count(database: Database, first: int, last: int) -> Counts:
    """The counts over the lines from `first` to `last`."""
    found = database.rows(_COUNT, (first, last))
    use = [
        [row[name] for name in ("officer", "service", "document", "channel", "result", "n")] for row in found
    ]
    visits = database.rows(
        "SELECT service, count(DISTINCT visit) AS n FROM ledger"
        " WHERE seq BETWEEN ? AND ? AND kind = 'use' GROUP BY service ORDER BY service",
        (first, last),
    )
    rows = [_service_row(row["service"], row["n"], use) for row in visits]
    return Counts(use, tuple(rows), sum(row.visits for row in rows))


def _service_row(service: str, visits: int, use: list[list[Any]]) -> ServiceRow:
    by_channel = {
        channel: sum(row[5] for row in use if (row[1], row[3]) == (service, channel)) for channel in CHANNELS
    }
    return ServiceRow(service=service, visits=visits, **by_channel, total=sum(by_channel.values()))


def seen(database: Database, first: int, last: int) -> list[Seen]:
    """The uses, and the lines written while the clock was behind, as the rules for anomalies see them."""
    return [Seen(**row) for row in database.rows(_SEEN, (first, last))]


def marked_lines(database: Database, first: int, last: int, wanted: list[int]) -> list[MarkedLine]:
    """Some lines of the month as the ministry is shown them (the number is turned into a letter later)."""
    return [MarkedLine(**row) for row in database.rows(_MARKED, (first, last, json.dumps(wanted)))]
