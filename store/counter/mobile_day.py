"""A mobile service day: the officers work away from the office, by an order, until a day, without a network.

What is asked meanwhile waits until that day is over, not only until tonight, and the uses are marked, so that
"outside office hours" and "never answered" are explained before anybody has to ask.
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
    """Where and by which order, in the officer's words; its last day."""

    words: str
    until: date


def current(office: Office) -> MobileDay | None:
    """The day that is on now."""
    kept = office.settings.get(MOBILE_DAY)
    if kept is None:
        return None
    found = json.loads(kept)
    day = MobileDay(found["words"], date.fromisoformat(found["until"]))
    return day if day.until >= _today(office) else None


def checked_until(office: Office, day: date) -> date:
    """A last day that makes sense: from today on, and soon. BadInput."""
    today = _today(office)
    if not today <= day <= today + timedelta(days=_MOST_DAYS):
        raise BadInput(what="date", problem="it must be today or within 14 days")
    return day


def begin(office: Office, words: str, until: date) -> MobileDay:
    """From now on, in place of one that is on. Raises NotAllowed, BadInput."""
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
    """It is over before its last day. What waits keeps its time. Raises NotAllowed, NotFound."""
    demand(office.who, "visit")
    with office.database.write() as db:
        if current(office) is None:
            raise NotFound(what="mobile service day", name="")
        db.execute("DELETE FROM setting WHERE name = ?", [MOBILE_DAY])
        office.ledger.append(db, Entry(LineKind.SETTINGS, office.who.login, facts={"name": MOBILE_DAY}))


def of_visit(office: Office, visit: str) -> str | None:
    """The officers' words about the mobile service day in which this visit was served, or None."""
    uses = office.ledger.lines(visit=visit, kind=LineKind.USE, newest_first=False)
    out = next((one.seq for one in uses if MOBILE_DAY in (one.error or "").split(",")), None)
    return None if out is None else _begun(office.database, Span(0, out), out)


def explanation(database: Database, span: Span, lines: Sequence[int]) -> str | None:
    """The officer's words about the mobile service day to which all of these uses belong."""
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
    """What the line says that began the day in which this use was."""
    before = Span(0, seq, span.station)
    found = database.value(
        f"SELECT body ->> '$.facts.words' FROM {span.lines} WHERE {before.where}"  # noqa: S608
        " AND body ->> '$.kind' = 'settings' AND body ->> '$.facts.name' = ? ORDER BY seq DESC LIMIT 1",
        (*before.params, MOBILE_DAY),
    )
    return None if found is None else str(found)


def _today(office: Office) -> date:
    return office.clock().astimezone(BANGKOK).date()
