"""A visit at the counter, in real encrypted books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reader.buddhist_date import PartialDate
from reader.errors import BadCitizenId
from store.books import Books
from store.counter.errors import DocumentSettled, HasLines, NoSuchWay, StillMissing, VisitEnded
from store.counter.visit import Visit
from store.errors import BadInput, NotAllowed, NotFound
from store.queue.job import Job
from store.queue.process_token import process_token
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, CONTROLLER, OFFICER, SECOND, open_books, second_officer
from tests.rig.visitors import card_record, open_visit

OTHER, COMPANY = "3501200456785", "0105569000126"
HOUSE = {"houseNo": "99/9", "provinceDesc": "เชียงใหม่", "religion": "พุทธ"}


def with_card(books: Books, service: str = "S01", **more: Any) -> Visit:
    seen = "2026-11-19T08:59:00+07:00"
    card = card_record(CITIZEN, expiry_date=PartialDate.from_iso("2030-01-01"))
    given = {"subject_kind": "thai_person", "subject": CITIZEN, "identity": "chip", "card_seen_at": seen}
    return open_visit(books, service, **{**given, "card": card, "photo": b"jpeg", **more})


def without_card(books: Books, service: str = "S01", **more: Any) -> Visit:
    given = {"subject_kind": "thai_person", "subject": CITIZEN, "identity": "none"}
    return open_visit(books, service, **{**given, **more})


def claim(books: Books) -> Job:
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process=process_token())
    assert job is not None
    return job


def states(visit: Visit) -> dict[str, str]:
    return {want.document: want.state for want in visit.wanted}


def outcomes(books: Books, visit: Visit) -> list[tuple[str, str | None, str | None]]:
    lines = books.ledger.lines(visit=visit.id, newest_first=False)
    return [(line.kind, line.document, line.outcome) for line in lines]


def test_card_and_lookups_together_then_the_answer(books: Books) -> None:
    visit = with_card(books)
    assert visit.id == "01-69-00001"
    assert visit.deadline == "2026-11-19T23:59:59+07:00"
    assert states(visit) == {"D01": "todo", "D02": "todo", "D04": "todo", "D06": "not_needed"}
    assert outcomes(books, visit) == []

    visit = books.visits.obtain(visit.id)
    assert states(visit) == {"D01": "obtained", "D02": "asked", "D04": "asked", "D06": "not_needed"}
    assert books.queue.counts()["waiting"] == 2
    job = claim(books)
    assert books.lookups.answered(job, "obtained", HOUSE, 2100)
    assert outcomes(books, visit) == [
        ("use", "D01", "obtained"),
        ("use", "D02", "asked"),
        ("use", "D04", "asked"),
        ("attempt", "D02", None),
        ("answer", "D02", "obtained"),
    ]
    answer = books.visits.answer(visit.id, 2)
    assert answer is not None
    assert answer.fields == {"houseNo": "99/9", "provinceDesc": "เชียงใหม่"}
    books.lookups.answered(claim(books), "not_found", None, 10)
    assert states(books.visits.get(visit.id))["D04"] == "not_found"
    assert books.visits.today().documents == 2

    closed = books.visits.close(visit.id)
    assert (closed.state, closed.card, closed.photo) == ("closed", None, None)
    assert books.visits.answer(visit.id, 2) is None
    assert outcomes(books, visit)[-1] == ("purged", None, None)
    assert books.ledger.verify().size == books.ledger.count()


def test_the_use_line_says_what_and_seals_who(books: Books) -> None:
    visit = books.visits.obtain(with_card(books).id)
    use = visit.wanted[1].use
    assert use is not None
    line = books.ledger.line(use)
    assert (line.officer, line.service, line.channel, line.identity) == (OFFICER, "S01", "linkage", "chip")
    assert (line.subject, line.card_seen_at) == (CITIZEN, visit.card_seen_at)
    body = books.database.value("SELECT body FROM ledger WHERE seq = ?", (use,))
    assert CITIZEN not in body
    assert CITIZEN not in repr(visit)
    job = books.queue.list()[0]
    assert job.body == (
        b'{"channel":"linkage","document":"D02","route":{"office":"00023","service":"008","version":"01"},'
        b'"subject":"1234567890121","subject_kind":"thai_person","v":1}'
    )
    assert len(job.digest) == 32
    assert CITIZEN not in repr(job)


def test_esc_before_the_first_obtain_leaves_no_trace(books: Books) -> None:
    size = books.ledger.count()
    visit = with_card(books)
    books.visits.discard(visit.id)
    with pytest.raises(NotFound):
        books.visits.get(visit.id)
    assert books.ledger.count() == size
    visit = books.visits.obtain(with_card(books).id)
    with pytest.raises(HasLines):
        books.visits.discard(visit.id)


def test_own_ways_are_never_recorded_unless_chosen(books: Books) -> None:
    visit = books.visits.obtain(without_card(books, documents=["D11", "D01"]).id)
    assert states(visit) == {"D11": "todo", "D01": "todo"}
    with pytest.raises(StillMissing):
        books.visits.close(visit.id)
    visit = books.visits.obtain(visit.id, {1: "copy", 2: "sighted"})
    assert [want.channel for want in visit.wanted] == ["copy", "sighted"]
    assert visit.complete
    with pytest.raises(DocumentSettled):
        books.visits.obtain(visit.id, {1: "sighted"})
    other = without_card(books)
    with pytest.raises(NoSuchWay):
        books.visits.obtain(other.id, {1: "card"})  # no card was read
    assert outcomes(books, other) == []


def test_an_original_replaces_a_waiting_lookup_and_its_late_answer_is_thrown_away(books: Books) -> None:
    visit = books.visits.obtain(without_card(books, documents=["D02"]).id)
    job = claim(books)  # it is being sent while the officer loses patience
    visit = books.visits.replace(visit.id, 1, "copy")
    first, second = (line.seq for line in books.ledger.lines(visit=visit.id, kind="use", newest_first=False))
    assert books.ledger.line(second).about == first
    assert books.queue.get(job.id).state == "cancelled"
    assert not books.lookups.answered(job, "obtained", HOUSE, 10)
    assert outcomes(books, visit) == [
        ("use", "D02", "asked"),
        ("attempt", "D02", None),
        ("correction", "D02", "cancelled"),
        ("use", "D02", "obtained"),
        ("purged", "D02", None),
    ]
    assert books.ledger.lines(visit=visit.id, limit=1)[0].error == "too_late"
    assert books.visits.answer(visit.id, 1) is None
    with pytest.raises(NoSuchWay):
        books.visits.replace(visit.id, 1, "linkage")


def test_an_expired_card_is_marked_and_a_lifelong_one_is_not(books: Books) -> None:
    for until, mark in (("2026-11-18", "card_expired"), ("2026-11", None), (None, None)):
        card = card_record(CITIZEN, expiry_date=until and PartialDate.from_iso(until))
        visit = books.visits.obtain(with_card(books, card=card, documents=["D01"]).id)
        use = visit.wanted[0].use
        assert use is not None
        assert books.ledger.line(use).error == mark


def test_a_proxy_s_card_is_not_the_principal_s(books: Books) -> None:
    card = card_record(OTHER)
    visit = with_card(books, comer="mandate", card=card, basis="12 พ.ย. 2569")
    assert visit.comer_id == OTHER
    visit = books.visits.obtain(visit.id)
    assert states(visit)["D01"] == "todo"
    use = visit.wanted[1].use
    assert use is not None
    assert books.ledger.line(use).subject == CITIZEN
    with pytest.raises(BadInput):
        with_card(books, card=card)  # in one's own name, with another's card


def test_a_company_is_asked_for_by_its_own_number(books: Books) -> None:
    card = card_record(CITIZEN)
    visit = with_card(
        books, "S19", subject_kind="juristic", subject=COMPANY, comer="representative", card=card
    )
    visit = books.visits.obtain(visit.id)
    assert states(visit) == {"D01": "obtained", "D10": "asked", "D02": "not_needed", "D21": "not_needed"}
    subjects = [books.ledger.line(want.use).subject for want in visit.wanted if want.use is not None]
    assert subjects == [CITIZEN, COMPANY]
    with pytest.raises(BadCitizenId):
        with_card(books, "S19", subject_kind="juristic", subject="0105569000127", comer="representative")


def test_the_deadline_ends_a_lookup_and_it_can_be_asked_once_more(books: Books, clock: HandClock) -> None:
    visit = books.visits.obtain(without_card(books, documents=["D02"]).id)
    books.visits.park(visit.id)
    assert books.lookups.expire_due() == 0
    clock.set("2026-11-20T08:30:00")
    assert books.lookups.expire_due() == 1
    assert books.lookups.expire_due() == 0
    assert states(books.visits.get(visit.id)) == {"D02": "expired"}
    assert outcomes(books, visit)[-1] == ("expired", "D02", "expired")
    books.visits.want(visit.id, 1)
    visit = books.visits.obtain(visit.id)
    assert books.queue.list()[0].expires_at == "2026-11-20T23:59:59+07:00"
    assert visit.wanted[0].use is not None
    assert books.ledger.line(visit.wanted[0].use).about is not None


def test_a_visit_from_the_command_line_closes_itself_when_all_is_there(
    books: Books, clock: HandClock
) -> None:
    visit = without_card(books, documents=["D02"], closes_itself=True)
    books.visits.obtain(visit.id)
    books.visits.park(visit.id)
    books.lookups.answered(claim(books), "obtained", HOUSE, 1)
    assert books.visits.get(visit.id).state == "closed"
    assert books.visits.answer(visit.id, 1) is not None
    clock.set("2026-11-20T23:00:00")  # the deadline is the end of the next working day
    books.lookups.expire_due()
    assert books.visits.answer(visit.id, 1) is not None
    clock.set("2026-11-21T00:00:01")
    books.lookups.expire_due()
    assert books.visits.answer(visit.id, 1) is None


def test_cancelling_erases_the_citizen_and_keeps_the_lines(books: Books) -> None:
    visit = books.visits.obtain(with_card(books).id)
    books.lookups.answered(claim(books), "obtained", HOUSE, 1)
    cancelled = books.visits.cancel(visit.id, f"พิมพ์เลขผิด {OTHER}")
    assert cancelled is not None
    assert (cancelled.state, cancelled.card, states(cancelled)["D04"]) == ("cancelled", None, "cancelled")
    assert books.visits.answer(visit.id, 2) is None
    kinds = [line.kind for line in books.ledger.lines(visit=visit.id, newest_first=False)]
    assert kinds == ["use", "use", "use", "attempt", "answer", "correction", "correction", "purged"]
    assert books.queue.counts() == {**books.queue.counts(), "waiting": 0, "cancelled": 1, "done": 1}
    with pytest.raises(VisitEnded):
        books.visits.obtain(visit.id)
    assert books.visits.cancel(with_card(books).id, "เลือกงานผิด") is None
    bodies = books.database.rows("SELECT body FROM ledger WHERE visit = ?", (visit.id,))
    assert not any(OTHER in row["body"] for row in bodies)


def test_only_officers_serve(books: Books, tmp_path: Path, clock: HandClock) -> None:
    books.close()
    controller = open_books(books.locations, CONTROLLER, clock)
    with pytest.raises(NotAllowed):
        with_card(controller)
    controller.close()


def test_a_visit_taken_over_asks_anew_what_waited_for_the_other_officer(
    books: Books, clock: HandClock
) -> None:
    visit = with_card(books)
    books.visits.obtain(visit.id)
    asked = [want.use for want in books.visits.get(visit.id).wanted if want.state == "asked"]
    books.visits.park(visit.id)
    second = second_officer(books.locations, clock)
    taken = second.visits.take_over(visit.id, f"รับช่วง {OTHER}")
    assert (taken.officer, taken.state) == (SECOND, "open")
    assert states(taken) == {"D01": "obtained", "D02": "todo", "D04": "todo", "D06": "not_needed"}
    assert second.queue.list() == []
    lines = second.ledger.lines(visit=visit.id, kind="correction", newest_first=False)
    assert [(line.officer, line.outcome, line.about) for line in lines] == [
        *((SECOND, "cancelled", use) for use in asked),
        (SECOND, None, None),
    ]
    assert second.search.reason(lines[-1].seq) == f"รับช่วง {OTHER}"
    # Asked again, it is sent under the log-in of the officer who took the visit over.
    again = second.visits.obtain(visit.id)
    assert {job.owner for job in second.queue.list()} == {SECOND}
    # An officer's own requests stay as they are.
    assert second.visits.take_over(visit.id, "รับช่วง").wanted == again.wanted
    second.ledger.verify()
    second.close()


def test_a_look_at_another_officer_s_answer_is_a_line_for_each_look(books: Books, clock: HandClock) -> None:
    visit = with_card(books)
    books.visits.obtain(visit.id)
    job = claim(books)
    books.lookups.answered(job, "obtained", HOUSE, 2100)
    books.visits.park(visit.id)
    assert books.visits.answer(visit.id, 2) is not None

    def looks() -> list[tuple[str | None, str | None, int | None]]:
        lines = books.ledger.lines(visit=visit.id, kind="export", newest_first=False)
        assert all(line.facts == {"what": "answer"} and line.subject is None for line in lines)
        return [(line.officer, line.document, line.about) for line in lines]

    assert looks() == [], "one's own answer is no look at another's"
    second = second_officer(books.locations, clock)
    for _ in range(3):  # as a screen reads it with each repaint
        assert second.visits.answer(visit.id, 2) is not None
        assert second.visits.answer(visit.id, 3) is None
    assert looks() == [(SECOND, "D02", job.use)]
    second.visits.resume(visit.id)
    assert second.visits.answer(visit.id, 2) is not None
    assert looks() == [(SECOND, "D02", job.use)] * 2
    second.visits.take_over(visit.id, "รับช่วง")
    assert second.visits.answer(visit.id, 2) is not None
    assert len(looks()) == 2, "a visit that was taken over is one's own"
    second.ledger.verify()
    second.close()


def test_only_an_officer_takes_a_visit_over(books: Books, clock: HandClock) -> None:
    visit = with_card(books)
    books.visits.obtain(visit.id)
    controller = open_books(books.locations, CONTROLLER, clock)
    with pytest.raises(NotAllowed):
        controller.visits.take_over(visit.id, "รับช่วง")
    controller.close()
    books.visits.close(visit.id, force=True)
    with pytest.raises(VisitEnded):
        books.visits.take_over(visit.id, "รับช่วง")
