"""Visits with a slip, and what stands in it."""

from __future__ import annotations

from typing import Any

from reader.card import Name
from reader.card_record import CardRecord
from store.books import Books
from tests.rig.office import CITIZEN
from tests.rig.pdf import pages
from tests.rig.visitors import card_record, open_visit
from tui.papers.slip import slip

MORNING = "2026-11-19T10:42:00"


def text(books: Books, visit: str) -> str:
    return "".join(pages(slip(books, books.visits.get(visit))))


def card_of(first: str, last: str, citizen_id: str) -> CardRecord:
    return card_record(citizen_id, name_th=Name("นาง", first, "", last))


def begin(books: Books, *documents: str, **changed: Any) -> str:
    """A visit of CITIZEN with her own card, in which these documents were asked for; its id."""
    given: dict[str, Any] = {
        **{"subject_kind": "thai_person", "subject": CITIZEN, "identity": "chip"},
        **{"card_seen_at": f"{MORNING}+07:00", "card": card_of("คำแปง", "ศรีสุข", CITIZEN)},
        **changed,
    }
    visit = open_visit(books, "S01", documents=list(documents), **given)
    books.visits.obtain(visit.id)
    return visit.id
