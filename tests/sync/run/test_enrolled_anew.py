"""An enrolment while a month waits: the month is sent or goes back to be signed; it is never stuck."""

from __future__ import annotations

from datetime import datetime

import pytest

from reader.buddhist_date import BANGKOK
from store.books import Books
from store.errors import WrongStep
from sync.practice.centre_twin import PracticeCentre
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.rig.signed_people import renamed, sign_change
from tests.sync.unit import Unit

OCTOBER = "2026-10"


@pytest.fixture
def unit(unit: Unit) -> Unit:
    unit.clock.at = datetime(2026, 11, 1, 9, 0, tzinfo=BANGKOK)
    unit.books(CONTROLLER).months.cut_off(OCTOBER, confirmed=True)
    return unit


def submit(unit: Unit) -> Books:
    officer, controller, head = (unit.books(login) for login in (OFFICER, CONTROLLER, HEAD))
    officer.months.summarise(OCTOBER, officer.signer(PASSPHRASE[OFFICER]))
    controller.months.check(OCTOBER, controller.signer(PASSPHRASE[CONTROLLER]))
    head.months.approve(OCTOBER, head.signer(PASSPHRASE[HEAD]), "ตรวจแล้ว")
    head.months.submit(OCTOBER)
    return head


def rename(books: Books) -> None:
    sign_change(books, books.signer(PASSPHRASE[HEAD]), renamed(CONTROLLER, "นางสาววิภา สมรส"))


def test_a_month_submitted_before_the_enrolment_is_acknowledged(unit: Unit, centre: PracticeCentre) -> None:
    head = submit(unit)
    assert unit.enrol(centre.code("5001")).exit_code == 0
    assert head.months.status(OCTOBER).state == "acknowledged"
    assert head.queue.list() == []


def test_the_people_changed_before_the_enrolment_so_the_month_is_signed_again(
    unit: Unit, centre: PracticeCentre
) -> None:
    head = submit(unit)
    rename(head)
    assert unit.enrol(centre.code("5001")).exit_code == 0
    view = head.months.status(OCTOBER)
    assert (view.state, view.next_role, view.job) == ("cut_off", "officer", None)
    assert {one.withdrawn for one in view.signatures} == {True}
    assert "enrolled anew" in (view.signatures[0].reason or "")
    assert head.queue.list() == []
    submit(unit)
    assert unit.run(head).exit_code == 0
    assert head.months.status(OCTOBER).state == "acknowledged"


def test_a_report_that_the_same_centre_may_have_already_is_not_signed_again(
    unit: Unit, centre: PracticeCentre
) -> None:
    unit.enrol(centre.code("5001"))
    head = submit(unit)
    [frozen] = head.queue.list()
    rename(head)
    assert unit.enrol(centre.code("5001")).exit_code == 0
    assert head.queue.get(frozen.id).body == frozen.body
    assert head.months.status(OCTOBER).state == "acknowledged"


def test_the_head_takes_back_a_report_that_was_refused_and_only_such_a_one(
    unit: Unit, centre: PracticeCentre
) -> None:
    head = submit(unit)
    with pytest.raises(WrongStep):
        head.months.send_back(OCTOBER, "ขอดูอีกครั้ง")
    for job in head.queue.list():  # as a centre would have it that does not take them
        held = head.queue.claim(kinds=[job.kind], owner=None, process="1", jobs=[job.id])
        assert held is not None
        head.queue.quarantine(held, "refused", "The signatures do not hold.")
    refused = head.months.status(OCTOBER).job
    view = head.months.send_back(OCTOBER, "ส่วนกลางไม่รับ")
    assert (view.state, view.job) == ("cut_off", None)
    assert unit.enrol(centre.code("5001")).exit_code == 0
    submit(unit)
    assert unit.run(head).exit_code == 0
    view = head.months.status(OCTOBER)
    assert (view.state, view.job) == ("acknowledged", refused)
    head.ledger.verify()
