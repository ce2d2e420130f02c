"""A report that the ministry gives back comes once more, signed anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import WrongState
from store.exchange.ministry_messages import Messages
from sync.centre import announcements
from sync.centre.serve import existing, make_code, status
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.sync.carried_month import OCTOBER, submit_october
from tests.sync.centre.centre_office import Office
from tests.sync.centre.centre_process import running, speaking
from tests.sync.unit import Unit


def test_a_report_given_back_may_come_once_more_and_only_then(tmp_path: Path) -> None:
    home = tmp_path / "centre"
    office = Office(unit="5009")
    with running(home) as client:
        office.enrol(client, make_code(home, "5009"))
        first = office.report("2020-01")
        second = office.report("2020-01", revision=2, replaces=first.id)
        assert second.put(client).status_code == 409
        assert first.put(client).status_code == 201
        assert second.put(client).status_code == 409
        with existing(home) as centre:
            announcements.give_back(centre, "5009", "2020-01", "ยอดไม่ตรง", sender="supervisor")
            with pytest.raises(WrongState):
                announcements.give_back(centre, "5009", "2020-01", "ยอดไม่ตรง", sender="supervisor")
        third = office.report("2020-01", revision=3, replaces=second.id)
        assert third.put(client).status_code == 409
        for revision, replaces in ((3, first.id), (2, None), (2, second.id)):
            refused = office.report("2020-01", revision=revision, replaces=replaces).put(client)
            assert (refused.status_code, refused.json()["member"]) == (422, "replaces")
        assert second.put(client).status_code == 201
        [one, two] = status(home)["units"][0]["months"]
        assert (one["returned"], two["returned"]) == (True, False)


def test_a_returned_month_is_signed_anew_and_received_as_the_next_revision(
    tmp_path: Path, unit: Unit
) -> None:
    home = tmp_path / "centre"
    with speaking(home, unit):
        unit.enrol(make_code(home, "5001"))
        head = submit_october(unit)
        assert unit.run(head).exit_code == 0
        with existing(home) as centre:
            announcements.give_back(centre, "5001", OCTOBER, "ยอดไม่ตรงกับสมุด", sender="supervisor")
        unit.run(head)
        view = head.months.status(OCTOBER)
        assert (view.state, view.revision) == ("cut_off", 2)
        [message] = Messages(head).list(unread=True)
        assert (message.kind, message.text) == ("returned", "ยอดไม่ตรงกับสมุด")
        sign_again(unit)
        assert unit.run(head).exit_code == 0
        view = head.months.status(OCTOBER)
        assert (view.state, view.revision) == ("acknowledged", 2)
        [months] = [one["months"] for one in status(home)["units"]]
        assert [(one["revision"], one["returned"]) for one in months] == [(1, True), (2, False)]
        head.ledger.verify()


def sign_again(unit: Unit) -> None:
    """October through three hands once more."""
    officer, controller, head = (unit.books(login) for login in (OFFICER, CONTROLLER, HEAD))
    officer.months.summarise(OCTOBER, officer.signer(PASSPHRASE[OFFICER]))
    controller.months.check(OCTOBER, controller.signer(PASSPHRASE[CONTROLLER]))
    head.months.approve(OCTOBER, head.signer(PASSPHRASE[HEAD]), "ตรวจแล้ว")
    head.months.submit(OCTOBER)
