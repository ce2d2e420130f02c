"""What stands on the card and what the program makes of it; no bytes at all can make it lie."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import citizen_id, layout
from reader.buddhist_date import PartialDate
from reader.card import Card, Name
from reader.errors import ReaderError, UnknownLayout
from reader.exchange import read_photo, read_text
from reader.layout import Span
from reader.people import PEOPLE, PracticePerson
from reader.virtual_card import DEFAULT_ATR, VirtualCard

JSON_KEYS = {
    "citizen_id", "name_th", "name_en", "birth_date", "sex", "address", "issue_date", "expiry_date",
    "lifelong", "issuer", "photo_bytes", "layout", "problems", "expired",
}  # fmt: skip


def read(file: bytes) -> tuple[Card, bytes]:
    chip = VirtualCard(file)

    def transmit(command: bytes) -> tuple[bytes, int]:
        answer = chip.answer(command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    card = read_text(transmit, DEFAULT_ATR)
    return card, read_photo(transmit, DEFAULT_ATR, card)


def with_field(span: Span, data: bytes, person: PracticePerson = PEOPLE[0]) -> Card:
    file = bytearray(person.file())
    file[span.offset : span.end] = data.ljust(span.length)
    return read(bytes(file))[0]


def all_texts(card: Card) -> str:
    return json.dumps(card.as_json(0), ensure_ascii=False)


@pytest.mark.parametrize("person", PEOPLE, ids=range(len(PEOPLE)))
def test_every_field_of_every_practice_person_equals_what_went_in(person: PracticePerson) -> None:
    card, photo = read(person.file())
    assert card.problems == ()
    assert card.citizen_id == person.citizen_id
    assert (
        "#".join((card.name_th.title, card.name_th.first, card.name_th.middle, card.name_th.last))
        == person.name_th
    )
    assert (
        "#".join((card.name_en.title, card.name_en.first, card.name_en.middle, card.name_en.last))
        == person.name_en
    )
    assert card.birth_date == PartialDate.parse_be(person.birth)
    assert card.sex == {"1": "male", "2": "female"}[person.sex]
    assert card.issue_date == PartialDate.parse_be(person.issue)
    assert card.lifelong is (person.expiry == "99999999")
    assert card.expiry_date == (None if card.lifelong else PartialDate.parse_be(person.expiry))
    assert card.issuer == person.issuer
    assert card.address.raw == person.address
    parts = card.address
    kept = [
        parts.house_no,
        parts.moo,
        parts.trok,
        parts.soi,
        parts.road,
        parts.tambon,
        parts.amphoe,
        parts.province,
    ]
    assert sorted(filter(None, kept)) == sorted(filter(None, person.address.split("#")))
    assert photo == person.photo_bytes()
    assert card.photo_length == len(photo)


def test_a_photo_whose_blocks_begin_and_end_in_spaces_keeps_every_byte() -> None:
    person = next(person for person in PEOPLE if person.spaces)
    photo = person.photo_bytes()
    edges = [photo[at - 1 : at + 1] for at in range(255, 1100, 255)]
    assert edges == [b"  "] * 4
    assert read(person.file())[1] == photo


def test_the_json_has_exactly_the_promised_keys() -> None:
    card, photo = read(PEOPLE[2].file())
    told = card.as_json(len(photo))
    assert set(told) == JSON_KEYS
    assert (told["birth_date"], told["expiry_date"], told["lifelong"]) == ("1941", None, True)
    assert set(told["name_th"]) == {"title", "first", "middle", "last"}
    assert told["photo_bytes"] == len(photo)


def test_names_are_written_as_thais_write_them() -> None:
    assert Name("นาง", "มาลี", "", "ศรีสุข").full() == "นางมาลี ศรีสุข"
    assert Name("ว่าที่ ร.ต.", "ธนู", "", "").full() == "ว่าที่ ร.ต. ธนู"
    assert Name("Mrs.", "Malee", "Sri", "Srisuk").full() == "Mrs. Malee Sri Srisuk"
    assert Name("", "ธนู", "", "").full() == "ธนู"


def test_a_card_expires_the_day_after_its_last_day_and_never_when_it_is_for_life() -> None:
    card, _ = read(PEOPLE[0].file())
    assert [card.expired(date(2030, 3, day)) for day in (10, 11, 12)] == [False, False, True]
    assert not read(PEOPLE[2].file())[0].expired(date(2999, 1, 1))
    only_year = with_field(layout.EXPIRY_DATE, b"25690000")
    assert [only_year.expired(date(2026, 12, 31)), only_year.expired(date(2027, 1, 1))] == [False, True]


@pytest.mark.parametrize(
    ("slots", "parts"),
    [
        ("1#หมู่ที่ 2#ซอย 3#ตรอก 4#ถนนห้า#ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "หมู่ที่ 2", "ตรอก 4", "ซอย 3", "ถนนห้า")),
        ("1#ถนนห้า#หมู่ที่ 2###ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "หมู่ที่ 2", "", "", "ถนนห้า")),
        ("1##ซอย 3#ซอยแยก 4##แขวง ก#เขต ข#กรุงเทพมหานคร", ("1", "", "", "ซอย 3 ซอยแยก 4", "")),
        ("1#9####ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "9", "", "", "")),
    ],
)
def test_the_label_decides_which_part_of_an_address_a_slot_is(slots: str, parts: tuple[str, ...]) -> None:
    card = with_field(layout.ADDRESS, slots.encode("cp874"))
    address = card.address
    assert (address.house_no, address.moo, address.trok, address.soi, address.road) == parts
    assert [address.tambon, address.amphoe, address.province] == slots.split("#")[-3:]
    assert address.raw == slots
    assert card.problems == ()


def test_an_address_is_shown_with_the_usual_abbreviations() -> None:
    card, _ = read(PEOPLE[0].file())
    assert card.address.lines() == ["99/9 หมู่ที่ 9", "ต.สุเทพ อ.เมืองเชียงใหม่", "จ.เชียงใหม่"]
    assert card.address.one_line() == "99/9 หมู่ที่ 9 ต.สุเทพ อ.เมืองเชียงใหม่ จ.เชียงใหม่"


@pytest.mark.parametrize(
    ("span", "data", "problem"),
    [
        (layout.CITIZEN_ID, b"1234567890122", "citizen_id: wrong check digit"),
        (layout.CITIZEN_ID, b"12345678901", "citizen_id: not 13 digits"),
        (layout.NAME_TH, b"", "name_th: empty on the card"),
        (layout.NAME_EN, b"Mr.#Thotlong#Jaidee", "name_en: unusual form"),
        (layout.NAME_TH, b"\xb9\xd2\xc2#\xff\xb7##\xb4", "name_th: damaged text"),
        (layout.BIRTH_DATE, b"25440229", "birth_date: not a date"),
        (layout.SEX, b"3", "sex: unknown code"),
        (layout.EXPIRY_DATE, b"", "expiry_date: empty on the card"),
        (layout.ADDRESS, b"1#2#3", "address: unusual form"),
        (layout.ISSUER, b"A\x1b[2JB", "issuer: damaged text"),
        (layout.PHOTO_LENGTH, b"\x00\x00", "photo: empty on the card"),
        (layout.PHOTO_LENGTH, b"\x14\x00", "photo: impossible length"),
    ],
)
def test_damage_is_flagged_for_its_field_and_no_other(span: Span, data: bytes, problem: str) -> None:
    assert with_field(span, data).problems == (problem,)


def test_what_is_no_number_is_never_shown_as_a_citizen_id() -> None:
    assert with_field(layout.CITIZEN_ID, "๑๒๓๔๕๖๗๘๙๐๑๒๑".encode("cp874")).citizen_id == ""


@pytest.mark.parametrize(
    ("version", "named"), [(b"0004", "0004"), (b"\x1b[2J", "1b5b324a"), (b"    ", "20202020")]
)
def test_an_unknown_layout_is_named_plainly(version: bytes, named: str) -> None:
    with pytest.raises(UnknownLayout) as caught:
        with_field(layout.VERSION, version)
    assert caught.value.facts == {"layout": named}


def test_a_card_and_a_person_do_not_show_the_citizen_in_a_log() -> None:
    card, _ = read(PEOPLE[0].file())
    assert "1234567890121" not in repr(card) + repr(PEOPLE[0]) + repr(replace(card, problems=("x",)))
    assert "ทดลอง" not in repr(card) + repr(PEOPLE[0])


DAMAGE = st.lists(
    st.tuples(
        st.one_of(
            st.integers(0, layout.FILE_LENGTH - 1), st.integers(layout.VERSION.end, layout.PHOTO.offset)
        ),
        st.binary(min_size=1, max_size=120),
    ),
    max_size=12,
)


@settings(max_examples=400, deadline=None)
@given(DAMAGE, st.sampled_from(PEOPLE))
def test_any_bytes_in_the_cards_file_give_the_truth_or_a_named_error(
    damage: list[tuple[int, bytes]], person: PracticePerson
) -> None:
    file = bytearray(person.file())
    for offset, data in damage:
        file[offset : offset + len(data)] = data
    file = file[: layout.FILE_LENGTH]
    check_truth(bytes(file))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**64 - 1))
def test_a_file_of_nothing_but_noise_gives_the_truth_or_a_named_error(seed: int) -> None:
    file = Random(seed).randbytes(layout.FILE_LENGTH)
    check_truth(b"0003" + file[4:])
    check_truth(file)


def check_truth(file: bytes) -> None:
    try:
        card, photo = read(file)
    except ReaderError:
        assert file[:4] != b"0003"
        return
    assert file[:4] == b"0003"
    field = file[layout.CITIZEN_ID.offset : layout.CITIZEN_ID.end]
    assert card.citizen_id in ("", field.decode("latin-1"))
    flagged = {problem.split(":")[0] for problem in card.problems}
    assert citizen_id.is_valid(card.citizen_id) or "citizen_id" in flagged
    assert photo == file[layout.PHOTO.offset :][: min(card.photo_length, layout.PHOTO.length)]
    # A text without a flag is the card's own, sign by sign; nothing in any text can steer a terminal.
    for name, span in (("issuer", layout.ISSUER), ("address", layout.ADDRESS)):
        text = {"issuer": card.issuer, "address": card.address.raw}[name]
        own = file[span.offset : span.end].rstrip(b" \0")
        assert f"{name}: damaged text" in card.problems or text.encode("cp874") == own
    assert not any(unicodedata.category(sign) == "Cc" for sign in all_texts(card))
    assert (card.birth_date is not None) or "birth_date" in flagged
    assert (card.sex is not None) or "sex" in flagged
