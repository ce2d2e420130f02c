"""The bytes on the card, and the values that the program makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import layout
from reader.apdu import read_photo, read_text
from reader.buddhist_date import PartialDate
from reader.card import CHIP_FIELDS, Card, Name
from reader.card_record import CardRecord
from reader.errors import UnknownLayout
from reader.layout import Span
from reader.practice import READER, PracticeSlots
from reader.practice_people import PEOPLE, PracticePerson
from reader.reading import Reading
from reader.virtual_card import DEFAULT_ATR, VirtualCard
from tests.reader.card_json import JSON_KEYS, all_texts


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


def stored(file: bytes, span: Span) -> str:
    """The stored bytes, decoded by another rule: a byte is a sign, Thai ones at their place in Unicode."""
    signs = (chr(byte - 0xA0 + 0x0E00) if byte > 0xA0 else chr(byte) for byte in file[span.offset : span.end])
    return "".join(signs).rstrip(" ")


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
    assert card.birth_date == PartialDate.parse_be(person.birth_date)
    assert card.sex == {"1": "male", "2": "female"}[person.sex]
    assert card.issue_date == PartialDate.parse_be(person.issue_date)
    assert card.lifelong is (person.expiry_date == "99999999")
    assert card.expiry_date == (None if card.lifelong else PartialDate.parse_be(person.expiry_date))
    assert card.issuer == person.issuer
    file = person.file()
    assert (card.request_no, card.card_type, card.photo_no) == (
        stored(file, CHIP_FIELDS["request_no"].span),
        stored(file, CHIP_FIELDS["card_type"].span),
        stored(file, CHIP_FIELDS["photo_no"].span),
    )
    parts = card.address
    assert parts is not None
    assert parts.raw == person.address
    assert set(card.results(len(photo)).values()) - {"empty on the card"} == {"read", "not read"}
    assert [name for name, result in card.results(len(photo)).items() if result == "not read"] == ["laser"]
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
    told = CardRecord.of(card, len(photo)).as_json()
    assert set(told) == JSON_KEYS
    assert (told["birth_date"], told["expiry_date"], told["lifelong"]) == ("1941", None, True)
    assert set(told["name_th"]) == {"title", "first", "middle", "last"}
    assert told["photo_bytes"] == len(photo)


def test_names_are_written_as_thais_write_them() -> None:
    assert Name("นาง", "มาลี", "", "ศรีสุข").full() == "นางมาลี ศรีสุข"
    assert Name("ว่าที่ ร.ต.", "ธนู", "", "").full() == "ว่าที่ ร.ต. ธนู"
    for rank in (
        "พลตำรวจเอก",
        "พันโท",
        "ร้อยตรีหญิง",
        "เรืออากาศเอก",
        "จ่าสิบเอก",
        "ดาบตำรวจ",
        "ว่าที่ร้อยตรี",
        "นายดาบตำรวจ",
    ):
        assert Name(rank, "ธนู", "", "ศรีสุข").full() == f"{rank} ธนู ศรีสุข"
    for title in ("นาย", "นางสาว", "เด็กชาย", "พระ", "พระครูสังฆรักษ์", "หม่อมราชวงศ์"):
        assert Name(title, "ธนู", "", "ศรีสุข").full() == f"{title}ธนู ศรีสุข"
    assert Name("Mrs.", "Malee", "Sri", "Srisuk").full() == "Mrs. Malee Sri Srisuk"
    assert Name("", "ธนู", "", "").full() == "ธนู"


def test_a_card_expires_the_day_after_its_last_day_and_never_when_it_is_for_life() -> None:
    card, _ = read(PEOPLE[0].file())
    assert [card.has_expired(date(2030, 3, day)) for day in (10, 11, 12)] == [False, False, True]
    assert not read(PEOPLE[2].file())[0].has_expired(date(2999, 1, 1))
    only_year = with_field(CHIP_FIELDS["expiry_date"].span, b"25690000")
    assert [only_year.has_expired(date(2026, 12, 31)), only_year.has_expired(date(2027, 1, 1))] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("slots", "parts"),
    [
        ("1#หมู่ที่ 2#ซอย 3#ตรอก 4#ถนนห้า#ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "หมู่ที่ 2", "ตรอก 4", "ซอย 3", "ถนนห้า")),
        ("1#ถนนห้า#หมู่ที่ 2###ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "หมู่ที่ 2", "", "", "ถนนห้า")),
        ("1##ซอย 3#ซอยแยก 4##แขวง ก#เขต ข#กรุงเทพมหานคร", ("1", "", "", "ซอย 3 ซอยแยก 4", "")),
        ("1#9####ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "9", "", "", "")),
        ("1#หมู่ 9####ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "หมู่ 9", "", "", "")),
        ("1#หมู่บ้านสวย#หมู่ที่ 2###ตำบล ก#อำเภอ ข#จังหวัด ค", ("1 หมู่บ้านสวย", "หมู่ที่ 2", "", "", "")),
        ("1#ม.2#ซ.3##ถ.สี่#ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "ม.2", "", "ซ.3", "ถ.สี่")),
        ("1##ม 2###ตำบล ก#อำเภอ ข#จังหวัด ค", ("1", "ม 2", "", "", "")),
        ("#หมู่ที่ 2####ตำบล ก#อำเภอ ข#จังหวัด ค", ("", "หมู่ที่ 2", "", "", "")),
        ("1#####แขวง ก#เขต ข#กรุงเทพมหานคร", ("1", "", "", "", "")),
        ("1####พระรามที่ 2#แขวง ก#เขต ข#กรุงเทพฯ", ("1", "", "", "", "พระรามที่ 2")),
    ],
)
def test_the_label_decides_which_part_of_an_address_a_slot_is(slots: str, parts: tuple[str, ...]) -> None:
    card = with_field(layout.ADDRESS, slots.encode("cp874"))
    address = card.address
    assert address is not None
    assert (address.house_no, address.moo, address.trok, address.soi, address.road) == parts
    assert [address.tambon, address.amphoe, address.province] == slots.split("#")[-3:]
    assert address.raw == slots
    assert card.problems == ()


@given(
    st.sets(st.sampled_from(["หมู่ที่ 2", "ตรอก 3", "ซอย 4", "ถนน 5"])).flatmap(
        lambda parts: st.permutations([*parts, *[""] * (4 - len(parts))])
    )
)
def test_whatever_parts_there_are_and_wherever_they_stand_none_is_lost(middle: list[str]) -> None:
    area = ["ตำบล ก", "อำเภอ ข", "จังหวัด ค"]
    card = with_field(layout.ADDRESS, "#".join(["1/2", *middle, *area]).encode("cp874"))
    address = card.address
    assert address is not None
    found = {"หมู่": address.moo, "ตรอก": address.trok, "ซอย": address.soi, "ถนน": address.road}
    assert found == {label: next((part for part in middle if part.startswith(label)), "") for label in found}
    assert (address.house_no, address.tambon, address.amphoe, address.province) == ("1/2", *area)


SIGNS = [
    *(
        "#",
        "##",
        " ",
        "  ",
        "\0",
        "หมู่ที่ 9",
        "หมู่",
        "ม.2",
        "ตรอก",
        "ซอย 3",
        "ซ.",
        "ถนน",
        "ถ.สี่",
        "ตำบล ก",
        "แขวง",
        "อำเภอ ข",
    ),
    *("เขต", "จังหวัด ค", "จังหวัด", "จ.", "กรุงเทพมหานคร", "กรุงเทพฯ", "1/2", "ก", "์", "A", "อาคาร", "หมู่บ้าน"),
]
TEXTS = st.one_of(*(st.lists(st.sampled_from(SIGNS), min_size=size, max_size=60) for size in (0, 40)))


@settings(max_examples=300, deadline=None, database=None)
@given(TEXTS, TEXTS, st.sampled_from(["0003", "0002"]))
def test_whatever_marks_and_labels_stand_in_a_name_or_an_address_no_sign_of_it_is_lost(
    name: list[str], slots: list[str], version: str
) -> None:
    address = "".join(slots)[: layout.LAYOUTS[version].address_length]
    name_th = "".join(name)[: CHIP_FIELDS["name_th"].span.length]
    card = read_person(replace(PEOPLE[0], version=version, address=address, name_th=name_th))
    assert card.address is not None
    parts = {**vars(card.address), "raw": ""}
    assert signs("".join(parts.values())) == signs(address)
    assert signs("".join(vars(card.name_th).values())) == signs(name_th)


def signs(text: str) -> list[str]:
    """All signs of a text, sorted, without separators, padding and the sign for damage."""
    return sorted(sign for sign in text if sign not in "# \0\ufffd")


def test_the_issuing_officers_code_is_told_and_kept_nowhere() -> None:
    code = b"9876543210987"
    card = with_field(Span(0x015A, 0x0D), code)
    assert code.decode() not in all_texts(card) + repr(card.number_field) + repr(vars(card))
    assert replace(card, problems=()) == read(PEOPLE[0].file())[0]


def test_an_address_is_shown_with_the_usual_abbreviations() -> None:
    card, _ = read(PEOPLE[0].file())
    assert card.address is not None
    assert card.address.lines() == ["99/9 หมู่ที่ 9", "ต.สุเทพ อ.เมืองเชียงใหม่", "จ.เชียงใหม่"]


@pytest.mark.parametrize(
    ("span", "data", "problem"),
    [
        (layout.CITIZEN_ID, b"", "citizen_id: empty on the card"),
        (layout.ADDRESS, b"#######", "address: empty on the card"),
        (CHIP_FIELDS["name_en"].span, b"###", "name_en: empty on the card"),
        (layout.CITIZEN_ID, b"1234567890122", "citizen_id: wrong check digit"),
        (layout.CITIZEN_ID, b"12345678901", "citizen_id: not 13 digits"),
        (CHIP_FIELDS["name_th"].span, b"", "name_th: empty on the card"),
        (CHIP_FIELDS["name_en"].span, b"Mr.#Thotlong#Jaidee", "name_en: unusual form"),
        (CHIP_FIELDS["name_th"].span, b"\xb9\xd2\xc2#\xff\xb7##\xb4", "name_th: damaged text"),
        (CHIP_FIELDS["birth_date"].span, b"25440229", "birth_date: not a date"),
        (CHIP_FIELDS["sex"].span, b"3", "sex: unknown code"),
        (CHIP_FIELDS["expiry_date"].span, b"", "expiry_date: empty on the card"),
        (layout.ADDRESS, b"1#2#3", "address: unusual form"),
        (CHIP_FIELDS["birth_date"].span, b"25100012", "birth_date: not a date"),
        (CHIP_FIELDS["birth_date"].span, b"2510    ", "birth_date: not a date"),
        (CHIP_FIELDS["expiry_date"].span, b"99991231", "expiry_date: not a date"),
        (CHIP_FIELDS["birth_date"].span, b"99999999", "birth_date: not a date"),
        (CHIP_FIELDS["issuer"].span, b"A\x1b[2JB", "issuer: damaged text"),
        (CHIP_FIELDS["photo_no"].span, b"\x81", "photo_no: damaged text"),
        (layout.PHOTO_LENGTH, b"\x00\x00", "photo: empty on the card"),
        (layout.PHOTO_LENGTH, b"\x14\x00", "photo: impossible length"),
    ],
)
def test_damage_is_flagged_for_its_field_and_no_other(span: Span, data: bytes, problem: str) -> None:
    card = with_field(span, data)
    assert card.problems == (problem,)
    field, _, what = problem.partition(": ")
    result = what if what == "empty on the card" else "read" if what == "unusual form" else "damaged text"
    assert results(card) == results(read(PEOPLE[0].file())[0]) | {field: result}


LONG = (
    "1234/567 อาคารชุดตัวอย่างคอนโดมิเนียม ชั้นที่ 28#หมู่ที่ 12#ตรอกวัดตัวอย่าง#ซอยลาดพร้าว 101 แยก 42"
    "#ถนนลาดพร้าวสายใหม่#ตำบลตัวอย่างที่ยาวมาก#อำเภอตัวอย่างที่ยาวกว่านั้น#จังหวัดนครศรีธรรมราช"
)


@pytest.mark.parametrize("version", ["0003", "0002"])
def test_an_address_that_its_place_on_the_chip_cuts_off_is_told_and_shifts_no_part(version: str) -> None:
    place = layout.LAYOUTS[version].address_length
    for room in range(1, min(place, len(LONG))):
        # A house number so long that only that many signs of the rest have room.
        whole = "9" * (place - room) + LONG
        card = read_person(replace(PEOPLE[0], version=version, address=whole[:place]))
        address = card.address
        assert address is not None
        assert address.raw == whole[:place].rstrip()
        assert "address: cut short" in card.problems
        assert (card.results(1)["address"], card.warnings(date(2026, 11, 22))) == ("read", ["cut_short"])
        told = (
            *(address.house_no, address.moo, address.trok, address.soi, address.road),
            *(address.tambon, address.amphoe, address.province),
        )
        for part, true in zip(told, whole.split("#"), strict=True):
            assert true.startswith(part), "each part is in its place, whole or cut off"


def test_an_address_that_just_fits_is_not_told_as_cut() -> None:
    end = "#####แขวงตัวอย่าง#เขตตัวอย่าง#กรุงเทพมหานคร"
    full = "9" * (layout.ADDRESS.length - len(end)) + end
    assert with_field(layout.ADDRESS, full.encode("cp874")).problems == ()
    assert with_field(layout.ADDRESS, full[1:-4].encode("cp874")).problems == ()


def read_person(person: PracticePerson) -> Card:
    desk = PracticeSlots()
    desk.insert(person)
    return Reading(desk, READER, still_there=lambda: True, pause=lambda _: False).whole()[0]


def test_a_stray_mark_behind_the_province_shifts_nothing() -> None:
    plain = PEOPLE[0].file()[layout.ADDRESS.offset : layout.ADDRESS.end].rstrip(b" \0")
    card, _ = read(PEOPLE[0].file())
    for stray in (b"#", b"# #"):
        read_with = with_field(layout.ADDRESS, plain + stray)
        assert read_with.address is not None
        assert card.address is not None
        assert replace(read_with.address, raw="") == replace(card.address, raw="")
        assert read_with.problems == ("address: unusual form",)


def test_a_mark_at_the_end_that_should_stand_elsewhere_shifts_no_part_in_silence() -> None:
    area = ("ตำบลสุเทพ", "อำเภอเมืองเชียงใหม่", "จังหวัดเชียงใหม่")
    card = with_field(layout.ADDRESS, f"1#หมู่ที่ 9###{'#'.join(area)}#".encode("cp874"))
    address = card.address
    assert address is not None
    assert (address.moo, address.road, address.tambon, address.amphoe, address.province) == (
        "หมู่ที่ 9",
        "",
        *area,
    )
    assert card.problems == ("address: unusual form",)
    without = with_field(layout.ADDRESS, "1#หมู่ที่ 9####ตำบลสุเทพ#อำเภอเมืองเชียงใหม่#".encode("cp874"))
    assert without.address is not None
    assert (without.address.tambon, without.address.amphoe, without.address.province) == (*area[:2], "")
    assert without.problems == ()


@pytest.mark.parametrize(
    ("span", "data", "field", "result"),
    [
        (CHIP_FIELDS["name_th"].span, "#ธนู##".encode("cp874"), "name_th", "read"),
        (CHIP_FIELDS["birth_date"].span, b"25100300", "birth_date", "read"),
        (CHIP_FIELDS["birth_date"].span, b"25100000", "birth_date", "read"),
        (CHIP_FIELDS["expiry_date"].span, b"99999999", "expiry_date", "read"),
        (CHIP_FIELDS["request_no"].span, b"", "request_no", "empty on the card"),
        (CHIP_FIELDS["issuer"].span, b"", "issuer", "empty on the card"),
    ],
)
def test_what_is_only_unusual_is_no_damage(span: Span, data: bytes, field: str, result: str) -> None:
    card = with_field(span, data)
    assert card.problems == ()
    assert results(card) == results(read(PEOPLE[0].file())[0]) | {field: result}


def results(card: Card) -> dict[str, str]:
    return dict(card.results(photo_bytes=min(card.photo_length, layout.PHOTO.length)))


@pytest.mark.parametrize(
    ("span", "data", "warnings"),
    [
        (CHIP_FIELDS["sex"].span, b"1", []),
        (CHIP_FIELDS["expiry_date"].span, b"25691121", ["card_expired"]),
        (CHIP_FIELDS["expiry_date"].span, b"25691122", []),
        (CHIP_FIELDS["expiry_date"].span, b"99999999", []),
        (CHIP_FIELDS["expiry_date"].span, b"2569", ["damaged"]),
        (layout.CITIZEN_ID, b"1234567890122", ["wrong_check_digit"]),
        (layout.CITIZEN_ID, b"12345", ["damaged"]),
        (CHIP_FIELDS["name_en"].span, b"", []),
        (layout.ADDRESS, b"1#2#3", []),
        (layout.ADDRESS, b"\xff", ["damaged"]),
        (layout.PHOTO_LENGTH, b"\x14\x00", ["damaged"]),
    ],
)
def test_what_the_officer_must_know_of_a_card_is_a_warning(
    span: Span, data: bytes, warnings: list[str]
) -> None:
    assert with_field(span, data).warnings(date(2026, 11, 22)) == warnings


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
