"""Visitors and their cards, for tests that open visits in the books."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from reader.card import FIELDS, READ, CardText, Name
from reader.card_record import CardRecord
from store.books import Books
from store.counter.visit import Visit
from store.counter.visitor import Visitor


def card_record(citizen_id: str, **known: Any) -> CardRecord:
    """The record of a card of which only these attributes are known; its name is นายทดลอง ใจดี."""
    values = {
        **dict.fromkeys([one.name for one in fields(CardText)]),
        **{"name_th": Name("นาย", "ทดลอง", "", "ใจดี"), "name_en": Name("", "", "", ""), "lifelong": False},
        **{"photo_bytes": 0, "layout": "0003", "results": dict.fromkeys(FIELDS, READ)},
        **{"problems": (), "expired": False, "warnings": ()},
    }
    return CardRecord(**{**values, "citizen_id": citizen_id, **known})


def open_visit(books: Books, service: str, **asked: Any) -> Visit:
    """A visit of a Visitor with those of the attributes that are a visitor's; the rest is of the visit."""
    names = {one.name for one in fields(Visitor)}
    visitor = Visitor(**{name: value for name, value in asked.items() if name in names})
    rest = {name: value for name, value in asked.items() if name not in names}
    return books.visits.open(service, visitor, **rest)
