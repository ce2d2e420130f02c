"""The wrong service was chosen: the visit is changed to the right one, and the ledger records how."""

from __future__ import annotations

import pytest

from reader.buddhist_date import PartialDate
from store.books import Books
from store.counter.errors import VisitEnded
from store.counter.visit import Visit
from store.counter.visitor import Visitor
from store.errors import BadInput
from store.ledger.ledger import Line
from store.months.anomalies import Staff, find
from store.months.summary import count, read
from store.queue.job import Job
from store.queue.process_token import process_token
from store.settings.thresholds import Rules
from store.spans import Span
from tests.rig.lines import HandClock, uses_of
from tests.rig.office import CITIZEN, OFFICER, SECOND, second_officer
from tests.rig.visitors import card_record

OTHER = "3501200456785"
HOUSE, MARRIAGE = {"houseNo": "99/9"}, [{"marryID": "5001"}]
WHY = "เลือกงานผิด"


def begun(books: Books, service: str = "S01") -> Visit:
    """A visit with its card, of which everything is asked for."""
    visit = books.visits.open(
        service,
        Visitor(
            CITIZEN,
            card_seen_at="2026-11-19T08:59:00+07:00",
            card=card_record(CITIZEN, expiry_date=PartialDate.from_iso("2030-01-01")),
            photo=b"jpeg",
        ),
    )
    return books.visits.obtain(visit.id)


def claim(books: Books) -> Job:
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process=process_token())
    assert job is not None
    return job


def answer(books: Books, fields: object, outcome: str = "obtained") -> None:
    assert books.lookups.answered(claim(books), outcome, fields, 5)


def states(visit: Visit) -> dict[str, tuple[str, str]]:
    return {want.document: (want.need, want.state) for want in visit.wanted}


def corrections(books: Books, visit: Visit) -> list[Line]:
    return books.ledger.lines(visit=visit.id, kind="correction", newest_first=False)


def month(books: Books) -> Span:
    return Span(0, books.ledger.count() - 1)


def test_what_is_here_goes_along_and_nothing_is_asked_for_twice(books: Books) -> None:
    visit = begun(books)  # S01: the card, the house, the marriage; S02: the card, the house, the land
    answer(books, HOUSE)
    answer(books, MARRIAGE)
    size = books.ledger.count()
    before = books.database.rows("SELECT body FROM ledger ORDER BY seq")
    moved = books.visits.change_service(visit.id, "S02", WHY)
    assert (moved.id, moved.service, moved.state) == (visit.id, "S02", "open")
    assert moved.purpose == books.catalogue.service("S02").purpose
    assert states(moved) == {
        "D01": ("required", "obtained"),
        "D02": ("required", "obtained"),
        "D04": ("required", "not_needed"),
        **{"D14": ("required", "todo"), "D11": ("if_any", "not_needed"), "D13": ("if_any", "not_needed")},
    }
    # The answer that goes along is still there, with the card and its photo; the other one is erased.
    kept = books.visits.answer(visit.id, 2)
    assert kept is not None
    assert kept.fields == HOUSE
    assert books.visits.answer(visit.id, 3) is None
    assert (moved.card, moved.photo) == (visit.card, visit.photo)
    # Every earlier line is unchanged, and each use has a new line with its service and its outcome.
    assert books.database.rows("SELECT body FROM ledger WHERE seq < ? ORDER BY seq", (size,)) == before
    uses = books.ledger.lines(visit=visit.id, kind="use", newest_first=False)
    assert [(use.service, use.outcome) for use in uses] == [
        ("S01", "obtained"),
        ("S01", "asked"),
        ("S01", "asked"),
    ]
    said = corrections(books, visit)
    assert [(one.about, one.service, one.outcome, one.error) for one in said] == [
        (uses[0].seq, "S02", "obtained", "wrong_service"),
        (uses[1].seq, "S02", "obtained", "wrong_service"),
        (uses[2].seq, "S02", "not_needed", "wrong_service"),
    ]
    assert {one.legal for one in said} == {books.catalogue.service("S02").legal}
    assert books.search.reason(said[0].seq) == WHY
    # A further document is asked for in the right service; nothing else is.
    books.visits.obtain(visit.id, {5: "sighted"})
    assert books.queue.counts()["waiting"] == 0
    assert [line.service for line in books.ledger.lines(visit=visit.id, kind="use", limit=1)] == ["S02"]
    books.visits.close(visit.id)
    assert books.database.value("SELECT count(*) FROM answer") == 0
    books.ledger.verify()


def test_what_is_on_its_way_arrives_for_the_right_service(books: Books) -> None:
    visit = begun(books)
    sent = claim(books)  # the house, at this moment; the marriage waits
    moved = books.visits.change_service(visit.id, "S03", WHY)  # needs no marriage
    assert states(moved)["D02"] == ("required", "asked")
    assert states(moved)["D04"] == ("required", "not_needed")
    assert [job.id for job in books.queue.list()] == [sent.id]
    assert books.lookups.answered(sent, "obtained", HOUSE, 5)
    assert books.visits.get(visit.id).complete
    lines = books.ledger.lines(visit=visit.id, newest_first=False)
    assert [line.kind for line in lines if line.document == "D02"] == [
        "use",
        "attempt",
        "correction",
        "answer",
    ]
    assert [line.service for line in lines if line.document == "D02"] == ["S01", "S01", "S03", "S03"]
    # Asked once, answered once, and once in the figures.
    assert [(line.outcome, line.error) for line in lines if line.document == "D04"] == [
        ("asked", None),
        ("cancelled", None),
        ("cancelled", "wrong_service"),
    ]


def test_the_month_counts_one_visit_and_each_document_once_for_the_right_service(books: Books) -> None:
    visit = begun(books)
    answer(books, HOUSE)
    answer(books, None, "not_found")
    before = count(books.database, month(books))
    books.visits.change_service(visit.id, "S06", WHY)  # needs both, and the land besides
    after = count(books.database, month(books))
    assert [[row[0], "S06", *row[2:]] for row in before.use] == after.use
    assert (after.visits, after.total, after.spared, after.late) == (1, before.total, before.spared, [])
    assert [(row.service, row.visits, row.total) for row in after.rows] == [("S06", 1, 3)]
    assert uses_of(read(books.database, month(books))) == after.use
    # Once more, to a service that has no use for what came: nobody was spared a copy by it.
    books.visits.change_service(visit.id, "S12", WHY)
    last = count(books.database, month(books))
    assert (last.visits, last.outcomes) == (1, {"obtained": 1, "not_needed": 1, "not_found": 1})


def test_the_rules_see_no_second_visit_no_second_lookup_and_no_wrong_appointment(
    books: Books, clock: HandClock
) -> None:
    visit = begun(books, "S05")  # to which the officer is not appointed
    answer(books, HOUSE)
    staff = Staff({OFFICER: books.who.services}, {})
    rules = Rules(same_citizen_visits=2, not_found_least=1, unanswered_least=2)

    def found() -> list[tuple[str, int | str]]:
        lines = read(books.database, month(books))
        return [(one.rule, one.facts["n"]) for one in find(lines.uses, lines.others, staff, rules)]

    assert found() == [("not_appointed", 2)]
    clock.set("2026-11-19T17:30:00")  # the evening: the mistake is mended, nothing is done
    books.visits.change_service(visit.id, "S01", WHY)
    assert found() == []
    books.visits.change_service(visit.id, "S05", WHY)
    assert found() == [("not_appointed", 2)]


def test_another_officer_who_changes_it_answers_for_the_service_and_the_requests_keep_their_owner(
    books: Books, clock: HandClock
) -> None:
    visit = begun(books)
    books.visits.park(visit.id)
    second = second_officer(books.locations, clock)  # appointed to S01 alone
    second.visits.change_service(visit.id, "S05", WHY)
    assert {job.owner for job in second.queue.list()} == {OFFICER}
    assert {line.officer for line in corrections(second, visit) if line.error} == {SECOND}
    staff = Staff({OFFICER: books.who.services, SECOND: second.who.services}, {})
    second.close()

    def not_appointed() -> list[tuple[str, int | str]]:
        lines = read(books.database, month(books))
        found = find(lines.uses, lines.others, staff, Rules())
        return [(one.about, one.facts["service"]) for one in found if one.rule == "not_appointed"]

    assert not_appointed() == [(SECOND, "S05")]
    answer(books, HOUSE)  # under the log-in of who asked, who had no part in it
    for use in books.ledger.lines(visit=visit.id, kind="use"):
        books.visits.correct(use.seq, "ไม่ได้ใช้")  # neither had who corrects something else
    assert not_appointed() == [(SECOND, "S05")]
    assert {row[0] for row in count(books.database, month(books)).use} == {OFFICER}
    books.visits.change_service(visit.id, "S03", WHY)
    assert not_appointed() == []


def test_a_month_that_is_closed_stays_as_it_is_and_spares_nobody_twice(
    books: Books, clock: HandClock
) -> None:
    clock.set("2026-11-30T15:00:00")
    visit = begun(books)
    answer(books, HOUSE)
    clock.set("2026-12-01T08:31:00")
    books.visits.change_service(visit.id, "S02", WHY)
    cut_off = books.ledger.lines(kind="cut_off", limit=1)[0].seq
    november = count(books.database, Span(0, cut_off))
    december = count(books.database, Span(cut_off + 1, books.ledger.count() - 1))
    assert (november.visits, november.spared, november.rows[0].service) == (1, 2, "S01")
    assert (december.visits, december.spared, december.total) == (0, 0, 0)
    books.visits.change_service(visit.id, "S03", WHY)  # wrong again
    again = count(books.database, Span(cut_off + 1, books.ledger.count() - 1))
    assert (again.visits, again.spared, again.total) == (0, 0, 0)
    assert {(row[1], row[2], row[4]) for row in december.late} == {
        ("S02", "D01", "corrected"),
        ("S02", "D02", "corrected"),
        ("S02", "D04", "cancelled"),
    }


def test_a_search_by_the_right_service_finds_the_uses_and_their_story_says_why(books: Books) -> None:
    visit = begun(books)
    books.visits.change_service(visit.id, "S02", WHY)
    uses = [use.seq for use in books.ledger.lines(visit=visit.id, kind="use")]
    assert books.search.find("02", {}, uses_first=True)[:3] != []
    assert set(uses) <= set(books.search.find("02", {}, uses_first=True))
    assert set(uses) <= set(books.search.find("01", {}, uses_first=True))
    # What is corrected afterwards by hand is corrected in the right service.
    seq = books.visits.correct(uses[-1], "ไม่ได้ใช้")
    assert books.ledger.line(seq).service == "S02"
    assert count(books.database, month(books)).outcomes == {"corrected": 1, "unanswered": 1, "cancelled": 1}


def test_without_a_line_there_is_no_trace_and_what_was_added_by_hand_stays(books: Books) -> None:
    size = books.ledger.count()
    visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"))
    books.visits.add(visit.id, "D07")
    books.visits.want(visit.id, 4)  # "if any", and the officer wants it
    moved = books.visits.change_service(visit.id, "S06", WHY)
    assert states(moved) == {
        "D01": ("required", "todo"),
        "D02": ("required", "todo"),
        "D04": ("required", "todo"),
        "D06": ("if_any", "todo"),
        "D07": ("if_any", "todo"),
        "D11": ("required", "todo"),
    }
    moved = books.visits.change_service(visit.id, "S03", WHY)
    assert set(states(moved)) == {"D01", "D02", "D15", "D16"}
    assert books.ledger.count() == size
    with pytest.raises(BadInput):
        books.visits.change_service(visit.id, "S03", WHY)
    books.visits.discard(visit.id)
    done = begun(books)
    books.visits.cancel(done.id, "กลับไปก่อน")
    with pytest.raises(VisitEnded):
        books.visits.change_service(done.id, "S02", WHY)
