"""The ministry's announcements: messages to a unit, returned reports, and the catalogue of services.

Each is a JWS of the centre. A message's number comes from the clock, so a centre restored from a backup
never gives one twice. That matters because a unit asks only for numbers above the last one that it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reader.buddhist_date import stamp
from store.errors import BadInput, NotFound, WrongState
from store.exchange.ministry_messages import KINDS, MESSAGE, RETURNED, SENDERS
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.settings.publication import CATALOGUE, checked
from sync.centre.judge import Centre
from sync.centre.storage import Catalogue, Message, Tables

_LONGEST = 2000  # characters, because it is read on a screen of 80x24


@dataclass(frozen=True)
class Announcement:
    """A message to a unit; `returns` is the id of a report that is returned, `revision` its revision."""

    unit: str
    text: str
    kind: str
    sender: str
    month: str | None
    revision: int | None = None
    returns: str | None = None


def say(
    centre: Centre, unit: str, text: str, *, kind: str = "notice", sender: str, month: str | None = None
) -> int:
    """Store a message to a unit; returns its number.

    Raises NotFound where no PC of the unit is enrolled, BadInput.
    """
    if kind not in KINDS or kind == RETURNED:
        raise ValueError(kind)
    with centre.records.transaction() as tables:
        return _put(centre, tables, Announcement(unit, text, kind, sender, month))


def give_back(centre: Centre, unit: str, month: str, reason: str, *, sender: str) -> int:
    """Return the report of a month to the unit, which may then send the next revision with new signatures.

    Returns the message's number. Raises NotFound, and WrongState where it was returned already.
    """
    with centre.records.transaction() as tables:
        report = tables.report(unit, month)
        if report is None:
            raise NotFound(what="report", name=f"{unit} {month}")
        if tables.is_returned(report.id):
            raise WrongState(problem="this report was returned already")
        said = Announcement(unit, reason, RETURNED, sender, month, report.revision, report.id)
        return _put(centre, tables, said)


def publish(centre: Centre, catalogue: dict[str, Any]) -> Catalogue:
    """Publish the ministry's catalogue (its form: store/settings/publication.py). Raises BadInput."""
    content = checked(catalogue)
    with centre.records.transaction() as tables:
        last = tables.catalogue()
        n = _number(centre, last.n if last else 0)
        payload = canonical({"v": 1, "n": n, "at": stamp(centre.clock()), **content})
        body = jws.sign_compact(payload, typ=CATALOGUE, header={}, seed=centre.keys.receipt_seed)
        made = Catalogue(n, sha256_hex(body.encode("ascii")), body)
        tables.put_catalogue(made)
    return made


def _put(centre: Centre, tables: Tables, said: Announcement) -> int:
    if said.sender not in SENDERS:
        raise ValueError(said.sender)
    words = " ".join(said.text.split())
    if not words or len(words) > _LONGEST or not words.isprintable():
        raise BadInput(what="the text", problem="it is empty, too long, or has signs that cannot be shown")
    if not any(one.unit == said.unit for one in tables.stations()):
        raise NotFound(what="unit", name=said.unit)
    n = _number(centre, tables.last_message())
    payload = {
        "v": 1,
        "n": n,
        "unit": said.unit,
        "kind": said.kind,
        "from": said.sender,
        "at": stamp(centre.clock()),
        "month": said.month,
        "revision": said.revision,
        "text": words,
    }
    body = jws.sign_compact(canonical(payload), typ=MESSAGE, header={}, seed=centre.keys.receipt_seed)
    tables.put_message(Message(n, said.unit, body, said.returns))
    return n


def _number(centre: Centre, last: int) -> int:
    return max(last + 1, int(centre.clock().timestamp()))
