"""People change after the enrolment: the centre gets the new list, and the month is signed and received."""

from __future__ import annotations

from datetime import datetime

import pytest

from reader.buddhist_date import BANGKOK
from store.books import Books, change_passphrase
from store.exchange import enrolment
from store.staff.people_list import PeopleLists
from store.staff.recovery import read_key
from store.staff.rescue import rescue
from sync.practice.centre_twin import PracticeCentre
from tests.rig import office
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.sync.unit import SET_UP, Unit

OCTOBER = "2026-10"
OWN = "lantern kite mango river"


@pytest.fixture
def unit(unit: Unit, centre: PracticeCentre) -> Unit:
    unit.clock.at = datetime(2026, 11, 1, 9, 0, tzinfo=BANGKOK)
    unit.enrol(centre.code("5001"))
    unit.books(CONTROLLER).months.cut_off(OCTOBER, confirmed=True)
    return unit


def test_after_a_reset_the_new_key_signs_and_the_centre_knows_it(unit: Unit) -> None:
    head = unit.books(HEAD)
    done = head.appointments.reset(OFFICER, "first-word-8", head.signer(PASSPHRASE[HEAD]))
    assert done.list_job is not None
    assert unit.run(head).exit_code == 0
    assert head.queue.get(done.list_job).state == "done"
    change_passphrase(unit.locations, OFFICER, "first-word-8", OWN, clock=unit.clock)
    officer = Books.open(unit.locations, OFFICER, OWN, clock=unit.clock)
    officer.months.summarise(OCTOBER, officer.signer(OWN))
    officer.close()
    controller = unit.books(CONTROLLER)
    controller.months.check(OCTOBER, controller.signer(PASSPHRASE[CONTROLLER]))
    head.months.approve(OCTOBER, head.signer(PASSPHRASE[HEAD]), "ตรวจแล้ว")
    head.months.submit(OCTOBER)
    assert unit.run(head).exit_code == 0
    assert head.months.status(OCTOBER).state == "acknowledged"
    listed = [one for one in PeopleLists(head).now() if one["login"] == OFFICER]
    assert len({one["kid"] for one in listed}) == 2


def test_a_head_with_a_new_key_signs_no_list_before_a_new_enrolment(
    unit: Unit, centre: PracticeCentre
) -> None:
    sheet = office.template("", SET_UP).parent / "recovery.txt"
    rescue(unit.locations, HEAD, read_key(sheet.read_text("utf-8")), OWN, unit.clock)
    head = Books.open(unit.locations, HEAD, OWN, clock=unit.clock)
    done = head.appointments.change(OFFICER, head.signer(OWN), name="นายสมชาย ใจงาม")
    assert done.list_job is None
    enrolment.request(head, head.signer(OWN), centre.url, centre.code("5001"))
    assert unit.run(head).exit_code == 0
    done = head.appointments.end(CONTROLLER, head.signer(OWN))
    assert done.list_job is not None
    assert unit.run(head).exit_code == 0
    assert head.queue.get(done.list_job).state == "done"
    head.close()
