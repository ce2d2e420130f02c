"""Citizen IDs and dates, as an officer types and reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import buddhist_date, citizen_id
from reader.buddhist_date import BANGKOK, PartialDate
from reader.errors import BadCitizenId, NotOnlyDigits, NotThirteenDigits


@pytest.fixture(autouse=True)
def thai() -> Iterator[None]:
    """The language of names is the whole process's: other tests may have left another."""
    buddhist_date.use("th")
    yield
    buddhist_date.use("th")


TWELVE_DIGITS = st.text("0123456789", min_size=12, max_size=12)


@pytest.mark.parametrize(
    "typed",
    [
        "1234567890121",
        " 1-2345-67890-12-1 ",
        "1 2345 67890 12 1",
        "๑๒๓๔๕๖๗๘๙๐๑๒๑",
        "ๅ/-ภถุึคตจๅ/ๅ",  # the top row of keys, the keyboard in Thai
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert citizen_id.parse(typed) == "1234567890121"


@given(TWELVE_DIGITS)
def test_every_number_typed_in_the_thai_layout_is_the_same_number(first12: str) -> None:
    number = first12 + citizen_id.check_digit(first12)
    assert citizen_id.parse(number.translate(str.maketrans("1234567890", "ๅ/-ภถุึคตจ"))) == number
    assert citizen_id.parse(citizen_id.shown(number)) == number


@given(TWELVE_DIGITS, st.integers(0, 12), st.integers(1, 9))
def test_a_number_is_taken_only_with_its_own_check_digit(first12: str, place: int, off: int) -> None:
    number = first12 + citizen_id.check_digit(first12)
    wrong = number[:place] + str((int(number[place]) + off) % 10) + number[place + 1 :]
    total = sum(int(digit) * weight for digit, weight in zip(wrong, range(13, 1, -1), strict=False))
    # Eleven remainders share ten digits, so a few wrong numbers look right; all others are found.
    if (11 - total % 11) % 10 == int(wrong[12]):
        assert citizen_id.parse(wrong) == wrong
    else:
        with pytest.raises(BadCitizenId):
            citizen_id.parse(wrong)


@pytest.mark.parametrize(
    ("typed", "count"),
    [("123456789012", 12), ("", 0), (" - ", 0), ("12345678901211", 14), ("ๅ/-ภถุึคต", 9), ("1-2345", 5)],
)
def test_what_has_not_13_digits_says_how_many_it_has(typed: str, count: int) -> None:
    with pytest.raises(NotThirteenDigits) as caught:
        citizen_id.parse(typed)
    assert caught.value.facts == {"count": count}
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("typed", ["นายทดลอง", "1-2345-67890-12-X", "12345678O0121"])
def test_letters_among_the_digits_have_an_error_of_their_own(typed: str) -> None:
    with pytest.raises(NotOnlyDigits):
        citizen_id.parse(typed)


def test_an_error_never_holds_the_number() -> None:
    with pytest.raises(BadCitizenId) as caught:
        citizen_id.parse("1234567890122")
    assert "123456789" not in str(caught.value) + repr(caught.value)


def test_a_search_by_number_works_in_both_layouts_and_a_word_is_a_word() -> None:
    assert [citizen_id.as_digits(text) for text in ("07", "๐๗", "จึ", "1-2345", "-")] == [
        "07",
        "07",
        "07",
        "12345",
        "3",
    ]
    assert [citizen_id.as_digits(text) for text in ("ขอกู้ยืม", "", "abc", "²")] == [None] * 4


def test_a_number_is_shown_in_groups_and_masked_in_the_middle() -> None:
    assert citizen_id.shown("1234567890121") == "1-2345-67890-12-1"
    assert citizen_id.masked("1234567890121") == "x-xxxx-xxx90-12-1"


@pytest.mark.parametrize(
    ("card", "iso", "shown"),
    [
        ("25100312", "1967-03-12", "12 มี.ค. 2510"),
        ("25100300", "1967-03", "มี.ค. 2510"),
        ("25100000", "1967", "พ.ศ. 2510"),
        ("25430229", "2000-02-29", "29 ก.พ. 2543"),  # B.E. 2543 divides by nothing; C.E. 2000 is a leap year
    ],
)
def test_a_cards_date_keeps_what_is_known_and_no_more(card: str, iso: str, shown: str) -> None:
    day = PartialDate.parse_be(card)
    assert (day.iso(), day.shown()) == (iso, shown)
    assert PartialDate.from_iso(iso) == day


@pytest.mark.parametrize(
    "card",
    ["25440229", "25101301", "25100431", "25100012", "00000000", "99999999", "2510031", "๒๕๑๐๐๓๑๒", ""],
)
def test_a_date_that_cannot_be_is_refused(card: str) -> None:
    with pytest.raises(ValueError, match=r"digit|month|day|year"):
        PartialDate.parse_be(card)


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_every_day_written_in_the_buddhist_era_is_that_day(day: date) -> None:
    partial = PartialDate.parse_be(f"{day.year + 543}{day:%m%d}")
    assert partial.iso() == day.isoformat()
    assert partial.earliest() == partial.latest() == day
    assert PartialDate(day.year, day.month).earliest() <= day <= PartialDate(day.year, day.month).latest()
    assert (PartialDate(day.year, day.month).latest().month, PartialDate(day.year).latest().year) == (
        day.month,
        day.year,
    )


def test_age_on_the_day_before_and_on_the_birthday() -> None:
    born = PartialDate(1967, 3, 12)
    assert (born.age(date(2026, 3, 11)), born.age(date(2026, 3, 12))) == (58, 59)
    assert PartialDate(2000, 2, 29).age(date(2001, 2, 28)) == 0
    # The law counts from the first day that an unknown birthday can be.
    assert PartialDate(1941).age(date(2026, 1, 1)) == 85


def test_dates_have_english_names_where_english_is_spoken() -> None:
    buddhist_date.use("en")
    assert buddhist_date.show_day(date(2026, 11, 19)) == "Thu 19 Nov 2569"
    assert buddhist_date.show_month("2026-11") == "November 2569"
    assert buddhist_date.show_month_short("2026-01") == "Jan 2569"
    assert PartialDate.from_iso("1967").shown() == "B.E. 2510"


def test_a_company_s_number_is_grouped_as_its_registry_does() -> None:
    assert citizen_id.shown_company("0105569000126") == "0-10-5-569-00012-6"


def test_dates_are_shown_in_the_buddhist_era_and_kept_in_the_common_era() -> None:
    evening = datetime(2026, 11, 21, 20, 42, 5, 999, tzinfo=UTC)  # the next day in Thailand
    assert buddhist_date.stamp(evening) == "2026-11-22T03:42:05+07:00"
    assert buddhist_date.show_date(evening) == "22 พ.ย. 2569"
    assert buddhist_date.show_day(date(2026, 11, 19)) == "พฤ. 19 พ.ย. 2569"
    assert buddhist_date.show_time(evening) == "03:42"
    assert buddhist_date.show_month("2026-11") == "พฤศจิกายน 2569"
    assert buddhist_date.show_month_short("2026-11") == "พ.ย. 2569"
    assert buddhist_date.now().tzinfo is BANGKOK
    with pytest.raises(ValueError, match="zone"):
        buddhist_date.stamp(datetime(2026, 11, 22))  # noqa: DTZ001 - the fault that is tested
