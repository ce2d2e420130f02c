"""Opening a visit: checks its facts, then inserts its row and the documents that its service needs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, stamp
from store.counter import mobile_day, visit_rows
from store.counter.back_entry import checked_back_entry
from store.counter.visit import (
    Comer,
    VisitState,
    WantedState,
    checked_comer,
    checked_identity,
    checked_subject,
    usual_owner,
)
from store.errors import BadInput
from store.formats.free_text import SHORT, WORDS, checked_texts
from store.settings.catalogue import Needed
from store.settings.office_hours import end_of_day

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.counter.back_entry import BackEntry
    from store.counter.visit import Visit
    from store.counter.visitor import Visitor
    from store.office import Office


@dataclass(frozen=True)
class Opening:
    """What a visit is opened for; a `purpose` of None takes the service's own."""

    service: str
    purpose: str | None
    reference: str | None
    closes_itself: bool


def checked_row(office: Office, asked: Opening, visitor: Visitor) -> dict[str, Any]:
    """The visit's row without its number. Raises BadInput, NotFound and reader.errors.BadCitizenId."""
    service = office.catalogue.service(asked.service)
    who, before = _checked(office, visitor, asked)
    now, out = office.clock(), mobile_day.current(office)
    return {
        "state": VisitState.OPEN,
        "service": asked.service,
        "officer": office.who.login,
        "opened_at": stamp(now),
        "ended_at": None,
        "deadline": stamp(end_of_day(out.until if out else now.astimezone(BANGKOK).date())),
        "subject_kind": who.subject_kind,
        "subject": who.subject,
        "comer": who.comer,
        "comer_id": who.comer_id,
        "basis": who.basis,
        "identity": who.identity,
        "card_seen_at": who.card_seen_at,
        "purpose": asked.purpose or service.purpose,
        "reference": asked.reference,
        "closes_itself": int(asked.closes_itself),
        "served_at": before.served_at if before else None,
        "served_why": before.why if before else None,
        "parked_at": None,
        "reason": None,
        "card": json.dumps(who.card.as_json(), ensure_ascii=False) if who.card is not None else None,
        "photo": who.photo,
    }


def _checked(office: Office, visitor: Visitor, asked: Opening) -> tuple[Visitor, BackEntry | None]:
    """The visitor with normalised numbers, and the checked back entry."""
    card, comer, comer_id = visitor.card, visitor.comer, visitor.comer_id
    number = checked_subject(visitor.subject_kind, visitor.subject, card)
    if comer != Comer.SELF and comer_id is None and card is not None:
        comer_id = card.citizen_id
    other = checked_comer(comer, comer_id, visitor.subject_kind, card)
    checked_texts(WORDS, purpose=asked.purpose, basis=visitor.basis)
    checked_texts(SHORT, reference=asked.reference)
    here = number if comer == Comer.SELF else other
    checked_identity(visitor.identity, visitor.card_seen_at, card, here)
    before = visitor.back_entry and checked_back_entry(office, visitor.back_entry)
    if before and visitor.card_seen_at is not None:
        raise BadInput(what="card", problem="it was not read when the citizen was served")
    return replace(visitor, subject=number, comer_id=other), before


def insert(office: Office, db: Tables, row: dict[str, Any]) -> str:
    """Inserts the row inside the caller's transaction under the next id SS-YY-NNNNN, and returns that id.

    SS is the station, YY the last two digits of the Buddhist year, NNNNN a number that counts within it.
    """
    year = int(office.ledger.month_now()[:4]) + 543
    head = f"{office.station}-{year % 100:02}-"
    n = 1 + int(
        office.database.value(
            "SELECT coalesce(max(n), 0) FROM visit WHERE substr(id, 1, ?) = ?", (len(head), head)
        )
    )
    visit_id = f"{head}{n:05}"
    db.table("visit").insert({"id": visit_id, "n": n, **row})
    return visit_id


def want_documents(office: Office, db: Tables, visit: Visit, codes: list[str] | None) -> None:
    """Inserts the documents of a new visit inside the caller's transaction.

    `codes` of None takes every document of its service; those that are not required begin as not needed.
    """
    needs = office.catalogue.service(visit.service).documents
    if codes is None:
        for need in needs:
            state = WantedState.TODO if need.need == Needed.REQUIRED else WantedState.NOT_NEEDED
            document = office.catalogue.document(need.document)
            visit_rows.add_wanted(db, visit, document, need.whose, need.need, state)
        return
    known = {need.document: need for need in needs}
    for code in codes:
        document, named = office.catalogue.document(code), known.get(code)
        whose = named.whose if named else usual_owner(document)
        need_of_it = named.need if named else Needed.ADDED
        visit_rows.add_wanted(db, visit, document, whose, need_of_it, WantedState.TODO)
