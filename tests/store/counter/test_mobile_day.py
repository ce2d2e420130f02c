"""A mobile service day: what is asked waits until it is over, and what looks odd about it is explained."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from store.books import Books
from store.counter import mobile_day
from store.counter.mobile_day import MobileDay
from store.errors import BadInput, NotAllowed, NotFound
from store.months.values import Finding
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, HEAD, ask, open_books

WORDS, UNTIL = "ออกหน่วย ณ อ.แม่แจ่ม ตามคำสั่งที่ 112/2569", date(2026, 11, 21)  # a Saturday


def outside_hours(books: Books) -> Finding:
    (found,) = [one for one in books.months.status("2026-11").findings if one.rule == "outside_hours"]
    return found


def test_what_is_asked_waits_until_the_day_is_over_and_not_only_until_tonight(
    books: Books, clock: HandClock
) -> None:
    at_the_office = ask(books)
    assert mobile_day.begin(books, WORDS, UNTIL) == mobile_day.current(books) == MobileDay(WORDS, UNTIL)
    out = ask(books, "D02", "D04")
    clock.set("2026-11-20T08:00:00")
    assert books.lookups.expire_due() == 1
    assert [books.visits.get(at_the_office).wanted[0].state] == ["expired"]
    clock.set("2026-11-21T23:00:00")
    assert books.lookups.expire_due() == 0
    assert {want.state for want in books.visits.get(out).wanted} == {"asked"}
    clock.set("2026-11-22T00:00:00")
    assert mobile_day.current(books) is None, "it ends by itself"
    assert books.lookups.expire_due() == 2
    assert books.visits.get(ask(books)).deadline.startswith("2026-11-22T23:59:59")


def test_a_visit_knows_of_the_mobile_day_in_which_it_was_served(books: Books, clock: HandClock) -> None:
    at_the_office = ask(books)
    mobile_day.begin(books, WORDS, UNTIL)
    out = ask(books)
    mobile_day.end(books)
    mobile_day.begin(books, "ออกหน่วยอีกแห่ง", UNTIL)
    another = ask(books)
    found = [mobile_day.of_visit(books, visit) for visit in (at_the_office, out, another)]
    assert found == [None, WORDS, "ออกหน่วยอีกแห่ง"]


def test_work_in_the_evening_is_explained_by_it_and_only_by_it(books: Books, clock: HandClock) -> None:
    mobile_day.begin(books, WORDS, UNTIL)
    clock.set("2026-11-19T19:10:00")
    ask(books)
    ask(books)
    assert outside_hours(books).explanation == WORDS
    (use, *_) = books.ledger.lines(kind="use")
    assert use.error == "mobile_day"
    # On the same evening, but after they were back.
    mobile_day.end(books)
    assert mobile_day.current(books) is None
    ask(books)
    found = outside_hours(books)
    assert (len(found.lines), found.explanation) == (3, None)


def test_the_explanation_is_kept_with_the_month(books: Books, clock: HandClock) -> None:
    mobile_day.begin(books, WORDS, UNTIL)
    clock.set("2026-11-21T10:00:00")
    ask(books)
    clock.set("2026-11-21T11:00:00")
    mobile_day.begin(books, "ออกหน่วยอีกแห่ง", UNTIL)
    clock.set("2026-11-30T10:00:00")  # a longer silence would put the clock in doubt
    ask(books)
    clock.set("2026-12-01T08:00:00")
    books.months.cut_off("2026-11")
    assert outside_hours(books).explanation == WORDS, "the words of the day in which the use was"


def test_each_evening_has_the_words_of_its_own_day_and_none_when_it_was_over(
    books: Books, clock: HandClock
) -> None:
    for until, words in ((date(2026, 11, 19), WORDS), (date(2026, 11, 20), "ออกหน่วยอีกแห่ง")):
        mobile_day.begin(books, words, until)
        clock.set(f"{until}T19:00:00")
        ask(books)
        clock.set(f"{until}T23:00:00")
    clock.set("2026-11-21T19:00:00")
    ask(books)
    found = [one for one in books.months.status("2026-11").findings if one.rule == "outside_hours"]
    assert [one.explanation for one in found] == [WORDS, "ออกหน่วยอีกแห่ง", None]


@pytest.mark.parametrize("until", [date(2026, 11, 18), date(2026, 12, 4)])
def test_a_last_day_that_makes_no_sense_is_refused(books: Books, until: date) -> None:
    with pytest.raises(BadInput) as refused:
        mobile_day.begin(books, WORDS, until)
    assert refused.value.facts["problem"] == "it must be today or within 14 days"
    with pytest.raises(BadInput):
        mobile_day.begin(books, " ", UNTIL)
    assert mobile_day.current(books) is None
    with pytest.raises(NotFound):
        mobile_day.end(books)


def test_only_who_serves_citizens_goes_out_and_no_number_stands_open(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    mobile_day.begin(books, f"บ้านของ {CITIZEN}", UNTIL)
    (line,) = [one for one in books.ledger.lines(kind="settings") if one.facts.get("name") == "mobile_day"]
    assert line.facts == {"name": "mobile_day", "words": "บ้านของ xxxxxxxxxxxxx", "until": "2026-11-21"}
    head = open_books(books.locations, HEAD, clock)
    try:
        for step in (lambda: mobile_day.begin(head, WORDS, UNTIL), lambda: mobile_day.end(head)):
            with pytest.raises(NotAllowed):
                step()
    finally:
        head.close()
