"""What the ministry says: messages to a unit, reports given back, and the catalogue of services.

Each is a JWS of the centre. Numbers grow with the clock, so that a centre restored from a backup never gives
one a second time: a unit asks only for what comes after the last one that it has.
"""

from __future__ import annotations

from typing import Any

from reader.buddhist_date import stamp
from store import jws
from store.canonical import canonical, sha256_hex
from store.errors import BadInput, NotFound, WrongState
from store.messages import KINDS, MESSAGE, RETURNED, SENDERS
from store.published import CATALOGUE, checked
from sync.centre.judge import Centre
from sync.centre.rows import Catalogue, Message, Tables

_LONGEST = 2000  # characters: it is read on a screen of 80x24


def say(
    centre: Centre, unit: str, text: str, *, kind: str = "notice", sender: str, month: str | None = None
) -> int:
    """A message to a unit; its number. Raises NotFound where no PC of the unit is enrolled, BadInput."""
    if kind not in KINDS or kind == RETURNED:
        raise ValueError(kind)
    with centre.records.transaction() as tables:
        return _put(centre, tables, unit, text, kind=kind, sender=sender, month=month)


def give_back(centre: Centre, unit: str, month: str, reason: str, *, sender: str) -> int:
    """Return the report of a month: the unit may send its next revision, with new signatures.

    The message's number. Raises NotFound, WrongState where it was returned already.
    """
    with centre.records.transaction() as tables:
        report = tables.report(unit, month)
        if report is None:
            raise NotFound(what="report", name=f"{unit} {month}")
        if tables.is_returned(report.id):
            raise WrongState(problem="this report was returned already")
        return _put(
            centre,
            tables,
            unit,
            reason,
            kind=RETURNED,
            sender=sender,
            month=month,
            revision=report.revision,
            returns=report.id,
        )


def publish(centre: Centre, catalogue: dict[str, Any]) -> Catalogue:
    """Publish the ministry's services and documents (store/published.py says their form). BadInput."""
    content = checked(catalogue)
    with centre.records.transaction() as tables:
        last = tables.catalogue()
        n = _number(centre, last.n if last else 0)
        payload = canonical({"v": 1, "n": n, "at": stamp(centre.clock()), **content})
        body = jws.sign_compact(payload, typ=CATALOGUE, header={}, seed=centre.keys.receipt_seed)
        made = Catalogue(n, sha256_hex(body.encode("ascii")), body)
        tables.put_catalogue(made)
    return made


def _put(
    centre: Centre,
    tables: Tables,
    unit: str,
    text: str,
    *,
    kind: str,
    sender: str,
    month: str | None,
    revision: int | None = None,
    returns: str | None = None,
) -> int:
    if sender not in SENDERS:
        raise ValueError(sender)
    words = " ".join(text.split())
    if not words or len(words) > _LONGEST or not words.isprintable():
        raise BadInput(what="the text", problem="it is empty, too long, or has signs that cannot be shown")
    if not any(one.unit == unit for one in tables.stations()):
        raise NotFound(what="unit", name=unit)
    n = _number(centre, tables.last_message())
    payload = {
        "v": 1,
        "n": n,
        "unit": unit,
        "kind": kind,
        "from": sender,
        "at": stamp(centre.clock()),
        "month": month,
        "revision": revision,
        "text": words,
    }
    body = jws.sign_compact(canonical(payload), typ=MESSAGE, header={}, seed=centre.keys.receipt_seed)
    tables.put_message(Message(n, unit, body, returns))
    return n


def _number(centre: Centre, last: int) -> int:
    return max(last + 1, int(centre.clock().timestamp()))
