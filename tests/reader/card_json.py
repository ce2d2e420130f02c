"""A card as JSON, for tests."""

from __future__ import annotations

import json

from reader.card import Card
from reader.card_record import CardRecord

JSON_KEYS = {
    "citizen_id", "name_th", "name_en", "birth_date", "sex", "address", "issue_date", "expiry_date",
    "lifelong", "issuer", "request_no", "card_type", "photo_no", "laser", "photo_bytes", "layout", "results",
    "problems", "expired", "warnings",
}  # fmt: skip


def all_texts(card: Card) -> str:
    return json.dumps(CardRecord.of(card, 0).as_json(), ensure_ascii=False)
