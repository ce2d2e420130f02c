"""What was served on paper while the PC was away, written down afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from store.books import Books
from store.counter.back_entry import BackEntry
from store.counter.errors import NoSuchWay
from store.counter.visit import Visit
from store.counter.visitor import Visitor
from store.errors import BadInput
from tests.rig.office import CITIZEN
from tests.rig.visitors import open_visit

SERVED, NOW = "2026-11-18T10:15:00+07:00", "2026-11-19T09:00:00"
POWER_CUT = BackEntry(SERVED, "ไฟฟ้าดับ 09:40–13:00")


def served(books: Books, entry: BackEntry = POWER_CUT, **more: Any) -> Visit:
    given = {"subject_kind": "thai_person", "subject": CITIZEN, "identity": "card_face"}
    return open_visit(books, "S01", **{**given, "back_entry": entry, **more})


def test_only_what_was_done_with_the_originals_can_be_said(books: Books) -> None:
    visit = served(books)
    assert [want.channel for want in visit.wanted] == [None] * len(visit.wanted)
    assert books.visits.obtain(visit.id).missing == visit.missing
    for channel in ("card", "linkage"):
        with pytest.raises(NoSuchWay):
            books.visits.obtain(visit.id, {1: channel})
    assert not books.ledger.lines(kind="use")
    assert not books.queue.list()


def test_its_lines_say_when_it_was_and_why_and_are_marked(books: Books) -> None:
    visit = served(books, reference="คำขอ 12/2569")
    books.visits.replace(visit.id, 1, "sighted")
    (use,) = books.ledger.lines(kind="use", limit=1)
    assert (use.error, use.outcome, use.channel) == ("back_entry", "obtained", "sighted")
    assert use.at.startswith(NOW), "the line itself tells when it was written"
    assert SERVED[:10] not in (use.visit or "")
    assert books.search.back_entry(use.seq) == BackEntry(SERVED, f"{POWER_CUT.why} · คำขอ 12/2569")
    assert books.visits.get(visit.id).back_entry == POWER_CUT


def test_a_visit_of_now_has_no_such_mark(books: Books) -> None:
    visit = books.visits.open("S01", Visitor(CITIZEN, identity="none"))
    books.visits.replace(visit.id, 1, "sighted")
    (use,) = books.ledger.lines(kind="use", limit=1)
    assert use.error is None
    assert books.search.back_entry(use.seq) is None


@pytest.mark.parametrize(
    ("served_at", "problem"),
    [
        ("2026-11-19T09:01:00+07:00", "it is still to come"),
        ("2026-11-02T08:59:00+07:00", "these books did not exist then"),
    ],
)
def test_a_time_that_cannot_be_is_refused(books: Books, served_at: str, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        served(books, BackEntry(served_at, POWER_CUT.why))
    assert refused.value.facts == {"what": "time", "problem": problem}
    assert not books.visits.unfinished()


def test_a_reason_is_needed_and_a_card_read_now_proves_nothing_of_then(books: Books) -> None:
    with pytest.raises(BadInput) as refused:
        served(books, BackEntry(SERVED, " "))
    assert refused.value.facts["what"] == "reason"
    with pytest.raises(BadInput) as refused:
        served(books, identity="chip", card_seen_at="2026-11-19T08:59:00+07:00")
    assert refused.value.facts["what"] == "card"
