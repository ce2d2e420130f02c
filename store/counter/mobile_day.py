"""A mobile service day: officers work outside the office, by an order, until a given day, with no network.

Lookups asked meanwhile wait until the end of its last day instead of the same evening. The uses are marked,
so that the findings "outside office hours" and "unanswered" get their explanation without anybody asking.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK
from store.errors import BadInput, NotFound
from store.formats.free_text import words as checked_words
from store.formats.line import Entry, LineKind
from store.people.permissions import demand
from store.spans import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.base.database import Database
    from store.office import Office

MOBILE_DAY = "mobile_day"
"""The mark on a use line; also the name of the setting, and of its `settings` lines in the ledger."""
_MOST_DAYS = 14


@dataclass(frozen=True)
class MobileDay:
    """`words` say where and by which order, as the officer typed them; `until` is the last day."""

    words: str
    until: date


def current(office: Office) -> MobileDay | None:
    """The mobile service day that is running now, or None."""
    kept = office.settings.get(MOBILE_DAY)
    if kept is None:
        return None
    found = json.loads(kept)
    day = MobileDay(found["words"], date.fromisoformat(found["until"]))
    return day if day.until >= _today(office) else None


def checked_until(office: Office, day: date) -> date:
    """The last day, where it is today or at most 14 days ahead; otherwise raises BadInput."""
    today = _today(office)
    if not today <= day <= today + timedelta(days=_MOST_DAYS):
        raise BadInput(what="date", problem="it must be today or within 14 days")
    return day


def begin(office: Office, words: str, until: date) -> MobileDay:
    """Begins a mobile service day; it replaces one that is running. Raises NotAllowed, BadInput."""
    demand(office.who, "visit")
    day = MobileDay(checked_words("reason", words), checked_until(office, until))
    kept = {"words": day.words, "until": until.isoformat()}
    with office.database.write() as db:
        db.execute(
            "INSERT INTO setting(name, value) VALUES (?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            [MOBILE_DAY, json.dumps(kept, ensure_ascii=False)],
        )
        office.ledger.append(
            db, Entry(LineKind.SETTINGS, office.who.login, facts={"name": MOBILE_DAY, **kept})
        )
    return day


def end(office: Office) -> None:
    """Ends the running day early; lookups that wait keep their deadline. Raises NotAllowed, NotFound."""
    demand(office.who, "visit")
    with office.database.write() as db:
        if current(office) is None:
            raise NotFound(what="mobile service day", name="")
        db.execute("DELETE FROM setting WHERE name = ?", [MOBILE_DAY])
        office.ledger.append(db, Entry(LineKind.SETTINGS, office.who.login, facts={"name": MOBILE_DAY}))


def of_visit(office: Office, visit: str) -> str | None:
    """The officer's words about the mobile service day on which this visit was served, or None."""
    uses = office.ledger.lines(visit=visit, kind=LineKind.USE, newest_first=False)
    out = next((one.seq for one in uses if MOBILE_DAY in (one.error or "").split(",")), None)
    return None if out is None else _begun(office.database, Span(0, out), out)


def explanation(database: Database, span: Span, lines: Sequence[int]) -> str | None:
    """The officer's words about the mobile service day of all these uses; None where they share none."""
    marked = database.value(
        f"SELECT count(*) FROM {span.lines} WHERE {span.where}"  # noqa: S608
        " AND seq IN (SELECT value FROM json_each(?)) AND instr(body ->> '$.error', ?)",
        (*span.params, json.dumps(lines), MOBILE_DAY),
    )
    if marked != len(lines):
        return None
    days = {_begun(database, span, seq) for seq in (lines[0], lines[-1])}
    return days.pop() if len(days) == 1 else None


def _begun(database: Database, span: Span, seq: int) -> str | None:
    """The words in the newest `settings` line before this use that began or ended a mobile service day."""
    before = Span(0, seq, span.station)
    found = database.value(
        f"SELECT body ->> '$.facts.words' FROM {span.lines} WHERE {before.where}"  # noqa: S608
        " AND body ->> '$.kind' = 'settings' AND body ->> '$.facts.name' = ? ORDER BY seq DESC LIMIT 1",
        (*before.params, MOBILE_DAY),
    )
    return None if found is None else str(found)


def _today(office: Office) -> date:
    return office.clock().astimezone(BANGKOK).date()
