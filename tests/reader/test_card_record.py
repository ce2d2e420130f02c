"""The record of a card that was read: its JSON form, and the way back."""

from __future__ import annotations

import json

import pytest

from reader.card import NOT_READ
from reader.card_record import CardRecord
from reader.practice import PracticeSlots
from reader.practice_people import ODD_CARDS, PEOPLE, PracticePerson
from reader.read_once import read_card

READABLE = [person for person in (*PEOPLE, *ODD_CARDS) if person.version in ("0002", "0003")]
KEYS = [
    "citizen_id",
    "name_th",
    "name_en",
    "birth_date",
    "sex",
    "address",
    "issue_date",
    "expiry_date",
    "lifelong",
    "issuer",
    "request_no",
    "card_type",
    "photo_no",
    "laser",
    "photo_bytes",
    "layout",
    "results",
    "problems",
    "expired",
    "warnings",
]
RESULTS = [
    "citizen_id",
    "name_th",
    "name_en",
    "birth_date",
    "sex",
    "request_no",
    "issuer",
    "issue_date",
    "expiry_date",
    "card_type",
    "address",
    "photo_no",
    "photo",
    "laser",
]


def record(person: PracticePerson) -> CardRecord:
    desk = PracticeSlots()
    desk.insert(person)
    card, photo = read_card(desk, laser=True)
    return CardRecord.of(card, len(photo or b""))


@pytest.mark.parametrize("person", READABLE)
def test_what_is_stored_comes_back_as_it_was_byte_for_byte(person: PracticePerson) -> None:
    before = record(person)
    stored = json.dumps(before.as_json(), ensure_ascii=False)
    after = CardRecord.from_json(json.loads(stored))
    assert after == before
    assert json.dumps(after.as_json(), ensure_ascii=False) == stored


def test_its_json_has_its_keys_in_their_order() -> None:
    value = record(PEOPLE[0]).as_json()
    assert list(value) == KEYS
    assert list(value["results"]) == RESULTS


def test_a_field_that_a_stored_record_does_not_know_counts_as_not_read() -> None:
    value = record(PEOPLE[0]).as_json()
    for holds in (value, value["results"]):
        del holds["request_no"]
    older = CardRecord.from_json(value)
    assert older.request_no is None
    assert not older.is_empty("request_no")
    assert older.results.get("request_no", NOT_READ) == NOT_READ


def test_the_record_of_a_program_that_stored_neither_results_nor_warnings_is_read() -> None:
    value = record(PEOPLE[0]).as_json()
    del value["results"], value["warnings"]
    older = CardRecord.from_json(value)
    assert (older.citizen_id, older.results, older.warnings) == (PEOPLE[0].citizen_id, {}, ())


def test_it_shows_no_citizen_in_its_repr() -> None:
    assert repr(record(PEOPLE[0])) == "<CardRecord layout=0003 problems=0>"
