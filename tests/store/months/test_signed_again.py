"""A month that comes back: from the controller, the head or the ministry, and is signed anew."""

from __future__ import annotations

import pytest

from store.errors import NotAllowed, WrongStep
from store.months.errors import Undecided
from store.queue.job import Job
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.store.months.month_office import NOVEMBER, Office, claim, know_centre, receipt_for, report_of


def test_sent_back_it_is_signed_anew_and_the_old_signatures_are_kept(office: Office) -> None:
    office.serve_november()
    office.summarised()
    office.checked()
    with office.at(CONTROLLER) as books, pytest.raises(NotAllowed):
        books.months.send_back(NOVEMBER, "ขอดูอีกครั้ง")  # it lies with the head
    with office.at(HEAD) as books:
        view = books.months.send_back(NOVEMBER, f"ขาดคำชี้แจงเรื่อง {CITIZEN}")
        assert (view.state, view.next_role) == ("cut_off", "officer")
        assert CITIZEN not in str(view.signatures)
    office.summarised()
    office.checked()
    view = office.approved()
    withdrawn = [(one.role, one.withdrawn) for one in view.signatures]
    assert withdrawn == [("officer", True), ("controller", True)] + [
        (role, False) for role in ("officer", "controller", "head")
    ]
    with office.at(HEAD) as books:
        job = books.months.submit(NOVEMBER)
        assert isinstance(job, Job)
        assert len(report_of(books, job).headers) == 3


def test_what_was_flagged_and_sent_back_can_be_approved(office: Office) -> None:
    office.serve_november(bare=True)
    office.summarised()
    office.checked()
    with office.at(HEAD) as books:
        books.months.add_finding(NOVEMBER, "ยอดไม่ตรงกับที่เห็น")
        books.months.flag(NOVEMBER, books.signer(PASSPHRASE[HEAD]), "ไม่มีบัตร")
        view = books.months.send_back(NOVEMBER, "แก้แล้วส่งใหม่")
        assert [(one.rule, one.decision, one.reason) for one in view.findings] == [
            ("no_identity", None, None),
            ("unanswered", None, None),
        ]
    office.summarised()
    office.checked()
    with office.at(HEAD) as books, pytest.raises(Undecided):
        books.months.approve(NOVEMBER, books.signer(PASSPHRASE[HEAD]))
    assert office.approved().state == "approved"


def test_a_report_that_the_ministry_gives_back_is_signed_anew_as_its_next_revision(office: Office) -> None:
    office.serve_november(bare=True)
    with office.at(OFFICER, "2026-12-01T08:30:00") as books:
        books.months.cut_off(NOVEMBER)
        books.months.explain(NOVEMBER, 1, "บัตรอ่านไม่ได้")
    office.summarised()
    office.checked()
    office.approved()
    with office.at(HEAD) as books:
        know_centre(books)
        first = books.months.submit(NOVEMBER)
        assert isinstance(first, Job)
        people = claim(books)
        listed = books.database.value("SELECT sha256 FROM people_list")
        books.months.received(people, receipt_for(books, people, id=listed))
        with pytest.raises(WrongStep):  # the message overtook the receipt: it comes again
            books.months.returned_by_ministry(NOVEMBER, {"id": "7", "revision": 1, "reason": "x"})
        books.months.received(claim(books), receipt_for(books, first))
        back = {"id": "7", "revision": 1, "reason": "ยอดงาน S01 ไม่ตรง 1-2345-67890-12-1"}
        with pytest.raises(WrongStep):
            books.months.returned_by_ministry(NOVEMBER, {**back, "revision": 2})
        assert books.months.returned_by_ministry(NOVEMBER, back)
        assert not books.months.returned_by_ministry(NOVEMBER, back)
        view = books.months.status(NOVEMBER)
        assert (view.revision, view.state, view.next_role, view.late) == (2, "cut_off", "officer", False)
        assert view.returned == "ยอดงาน S01 ไม่ตรง " + "x" * 13
        assert [(one.explanation, one.explained_by, one.decision) for one in view.findings] == [
            ("บัตรอ่านไม่ได้", OFFICER, None),
            (None, None, None),
        ]
        assert (view.signatures, view.receipt, view.job) == ((), None, None)
    office.summarised()
    office.checked()
    office.approved()
    with office.at(HEAD) as books:
        second = books.months.submit(NOVEMBER)
        assert isinstance(second, Job)
        assert second.id != first.id
        sent = report_of(books, second).value
        assert (sent["revision"], sent["replaces"]) == (2, first.id)
        assert books.months.received(claim(books), receipt_for(books, second))["id"] == second.id
        states = [row["state"] for row in books.database.rows("SELECT state FROM month ORDER BY revision")]
        assert states == ["returned", "acknowledged"]
