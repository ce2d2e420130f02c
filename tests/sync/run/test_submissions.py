"""What goes to the ministry: enrolment, checkpoints and a month's report, over real sockets to a centre."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.counter.visitor import Visitor
from store.errors import BadInput, NotAllowed
from store.exchange import enrolment
from store.formats import jws
from store.formats.canonical import canonical
from store.formats.note import read_note
from store.formats.report import RECEIPT
from store.proof.checkpoint import make_checkpoint
from store.queue.job import NewJob
from sync.centre import admission, codes
from sync.centre.storage import Code
from sync.errors import problem
from sync.network.network_state import NetworkState
from sync.practice.centre_twin import PracticeCentre
from tests.rig.faults import Answer, FaultServer, said
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, decide
from tests.sync.unit import SET_UP, Unit


def test_the_head_enrols_the_unit_with_the_code_of_the_letter(unit: Unit, centre: PracticeCentre) -> None:
    report = unit.enrol(centre.code("5001").lower())
    assert (report.exit_code, report.network) == (0, NetworkState.ONLINE)
    books = unit.books(HEAD)
    assert books.is_enrolled
    assert json.loads(books.settings.get("centre.keys") or "") == centre.centre.keys.public
    assert [line.facts["kind"] for line in books.ledger.lines(kind="receipt")] == ["enrolment"]


def test_only_the_head_enrols_and_only_with_a_whole_code(unit: Unit, centre: PracticeCentre) -> None:
    officer, head = unit.books(OFFICER), unit.books(HEAD)
    with pytest.raises(NotAllowed):
        enrolment.request(officer, officer.signer(PASSPHRASE[OFFICER]), centre.url, centre.code("5001"))
    with pytest.raises(BadInput):
        enrolment.request(head, head.signer(PASSPHRASE[HEAD]), centre.url, centre.code("5001")[:-2])
    with pytest.raises(BadInput):
        enrolment.request(head, head.signer(PASSPHRASE[HEAD]), "centre.example", centre.code("5001"))
    with pytest.raises(BadInput, match="https"):
        enrolment.request(head, head.signer(PASSPHRASE[HEAD]), "http://centre.example", centre.code("5001"))
    assert head.queue.list() == []


def test_a_code_of_another_unit_is_quarantined_with_the_centres_words(
    unit: Unit, centre: PracticeCentre
) -> None:
    report = unit.enrol(centre.code("5002"))
    [job] = unit.books(HEAD).queue.list()
    assert (report.exit_code, job.state) == (1, "quarantined")
    assert "not known for this unit" in str(problem(job.outcome, job.problem))
    # The right code, typed afterwards, replaces it.
    assert unit.enrol(centre.code("5001")).exit_code == 0


def test_a_centre_that_the_letter_does_not_vouch_for_is_not_believed(
    unit: Unit, centre: PracticeCentre
) -> None:
    letter = PracticeCentre().code("5001")  # the true centre's; another answers, and would take any code
    with centre.centre.records.transaction() as tables:
        tables.put_code(Code(codes.hashed(enrolment.normal(letter)), "5001", "2030-01-01T00:00:00+07:00"))
    report = unit.enrol(letter)
    books = unit.books(HEAD)
    [job] = books.queue.list()
    assert (report.exit_code, job.state, job.outcome) == (6, "waiting", "forged")
    assert not books.is_enrolled


def test_a_lost_answer_to_the_enrolment_is_given_again(unit: Unit, centre: PracticeCentre) -> None:
    """The centre has the station, but its answer never came: the same request brings the same answer."""
    books = unit.books(HEAD)
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), centre.url, centre.code("5001"))
    [job] = books.queue.list()
    lost = admission.enrol(centre.centre, job.body)
    assert unit.run(books).exit_code == 0
    assert books.settings.get("centre.token") == lost["token"]


def test_without_enrolment_nothing_but_the_enrolment_is_sent(unit: Unit, centre: PracticeCentre) -> None:
    books = unit.books(HEAD)
    decide(books, {"centre.url": centre.url})
    with books.database.write() as db:
        books.queue.add(db, NewJob(kind="checkpoint", endpoint="centre", owner=HEAD, body=b"frozen"))
    report = unit.run(books)
    assert (report.sent, report.stopped, report.waiting) == (0, "not_enrolled", 1)


def test_a_centre_behind_a_portal_is_not_asked_for_its_messages(unit: Unit, centre: PracticeCentre) -> None:
    unit.enrol(centre.code("5001"))
    books = unit.books(HEAD)
    portal = FaultServer(Answer(200, b"<!DOCTYPE html><html></html>", {"Content-Type": "text/html"}))
    decide(books, {"centre.url": portal.url})
    make_checkpoint(books)
    assert unit.run(books).stopped == "portal"
    assert {call.method for call in portal.calls} == {"PUT"}  # the token goes there no oftener than it must
    portal.stop()


def test_a_checkpoint_comes_back_cosigned_and_twice_is_once(unit: Unit, centre: PracticeCentre) -> None:
    unit.enrol(centre.code("5001"))
    books = unit.books(HEAD)
    note = make_checkpoint(books)
    assert unit.run(books).exit_code == 0
    kept = books.database.row("SELECT size, cosigned FROM checkpoint WHERE cosigned IS NOT NULL")
    assert kept is not None
    assert read_note(kept["cosigned"]).text == read_note(note).text
    assert len(read_note(kept["cosigned"]).signatures) == 2
    # Its receipt was lost: the same bytes go again, and change nothing.
    with books.database.write() as db:
        db.execute("UPDATE job SET state = 'waiting' WHERE kind = 'checkpoint'")
    lines = books.ledger.count()
    assert unit.run(books).exit_code == 0
    assert books.ledger.count() == lines


def test_a_checkpoint_that_the_witness_did_not_sign_is_not_taken_for_fixed(
    unit: Unit, centre: PracticeCentre
) -> None:
    unit.enrol(centre.code("5001"))
    books = unit.books(HEAD)
    note = make_checkpoint(books)
    [job] = books.queue.list()
    told = {"id": job.id, "sha256": job.digest.hex(), "unit": "5001", "heads": [note]}
    receipt = jws.sign_compact(canonical(told), typ=RECEIPT, header={}, seed=centre.centre.keys.receipt_seed)
    liar = FaultServer(Answer(200, receipt.encode(), {"Content-Type": "application/jose"}))
    decide(books, {"centre.url": liar.url})
    unit.run(books)
    liar.stop()
    assert books.queue.get(job.id).outcome == "forged"
    assert books.database.value("SELECT count(*) FROM checkpoint WHERE cosigned IS NOT NULL") == 0


def test_a_month_goes_from_the_counter_to_the_centres_receipt(unit: Unit, centre: PracticeCentre) -> None:
    unit.enrol(centre.code("5001"))
    unit.clock.at = SET_UP + timedelta(hours=1)
    officer = unit.books(OFFICER)
    visit = officer.visits.open("S01", Visitor("1234567890121", identity="card_face"), documents=["D02"])
    officer.visits.obtain(visit.id, {1: "copy"})
    officer.visits.close(visit.id)
    unit.clock.at = datetime(2026, 10, 31, 16, 0, tzinfo=BANGKOK)
    unit.books(OFFICER)
    unit.clock.at = datetime(2026, 11, 2, 9, 0, tzinfo=BANGKOK)
    controller, head = unit.books(CONTROLLER), unit.books(HEAD)
    controller.months.cut_off("2026-10", confirmed=True)
    officer = unit.books(OFFICER)
    officer.months.summarise("2026-10", officer.signer(PASSPHRASE[OFFICER]))
    controller.months.check("2026-10", controller.signer(PASSPHRASE[CONTROLLER]))
    head.months.approve("2026-10", head.signer(PASSPHRASE[HEAD]), "ตรวจแล้ว")
    head.months.submit("2026-10")
    report = unit.run(head)
    view = head.months.status("2026-10")
    assert (report.exit_code, view.state) == (0, "acknowledged")
    assert view.receipt is not None
    # Submitted again, nothing changes and the receipt is the same.
    again = head.months.submit("2026-10")
    assert unit.run(head).sent == 0
    assert again == view.receipt


def test_a_centre_that_forgot_the_unit_pauses_until_it_is_enrolled_again(tmp_path: Path) -> None:
    old = PracticeCentre()
    old.start()
    unit = Unit(tmp_path / "home", old.url)
    unit.enrol(old.code("5001"))
    old.stop()
    fresh = PracticeCentre(int(old.url.rpartition(":")[2]))
    fresh.start()
    try:
        books = unit.books(HEAD)
        make_checkpoint(books)
        report = unit.run(books)
        assert (report.exit_code, books.endpoints.paused()[0].why) == (6, "enrol_again")
        assert unit.run(books, now=False).sent == 0
        # The new enrolment goes first though it was asked for last, and what waited follows it.
        assert unit.enrol(fresh.code("5001")).exit_code == 0
    finally:
        fresh.stop()
        unit.close()


@pytest.mark.parametrize(
    ("answer", "state", "outcome"),
    [
        (
            said(409, {"title": "Conflict", "detail": "Other content was received before."}),
            "quarantined",
            "refused",
        ),
        (said(422, {"title": "Bad", "detail": "The signatures do not hold."}), "quarantined", "refused"),
        (Answer(200, b"a.b.c", {"Content-Type": "application/jose"}), "waiting", "forged"),
        (said(200, {"ok": True}), "waiting", "forged"),
        (said(500, {}), "waiting", "gateway_fault"),
    ],
)
def test_what_becomes_of_a_submission(tmp_path: Path, answer: Answer, state: str, outcome: str) -> None:
    centre = PracticeCentre()
    centre.start()
    unit = Unit(tmp_path / "home", centre.url)
    unit.enrol(centre.code("5001"))
    centre.stop()
    liar = FaultServer(answer)
    books = unit.books(HEAD)
    decide(books, {"centre.url": liar.url})
    make_checkpoint(books)
    try:
        unit.run(books)
        [job] = books.queue.list()
        assert (job.state, job.outcome) == (state, outcome)
        [*_, sent] = liar.submissions
        assert sent.path == f"/v1/submissions/{job.id}"
        assert sent.body == job.body
        assert sent.headers["Content-Encoding"] == "gzip"
        assert sent.headers["Content-Type"] == "application/jose+json"
        # A submission that was refused for good does not hold up the next one; one that waits does. Its wait
        # is by chance, down to none: so no time has passed when the next one comes.
        unit.clock.at -= timedelta(minutes=10)
        make_checkpoint(books)
        before = len(liar.submissions)
        unit.run(books, now=False)
        assert (len(liar.submissions) > before) == (state == "quarantined")
    finally:
        liar.stop()
        unit.close()
