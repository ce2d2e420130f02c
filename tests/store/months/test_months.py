"""The month of an office: from the cut-off through three people to the centre's receipt."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path

import pytest

from store.books import Books, change_passphrase
from store.errors import NotAllowed, NotFound, WrongState, WrongStep
from store.formats import jws
from store.formats.errors import BadReceipt
from store.ledger.errors import ClockDoubtful
from store.months.errors import MustBeFlagged, NobodyToSign, SamePerson, Undecided
from store.people.errors import WrongPassphrase
from store.queue.job import Job
from store.queue.outage import Outages
from store.queue.process_token import process_token
from store.staff.errors import PeopleChanged
from store.staff.people_list import PEOPLE, PeopleLists
from tests.rig.office import CITIZEN, CITIZEN_ID, CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.rig.signed_people import held_until, sign_change
from tests.store.months.month_office import NOVEMBER, Office, claim, know_centre, receipt_for, report_of


def steps(books: Books) -> list[str]:
    """What the month's lines tell of: its steps, and what was said of its findings."""
    lines = books.ledger.lines(kind="month", newest_first=False)
    return [str(line.facts.get("state", line.facts.get("says"))) for line in lines]


def test_a_month_from_open_to_acknowledged(office: Office) -> None:
    office.serve_november()
    view = office.summarised()
    assert (view.state, view.next_role, view.late) == ("summarised", "controller", False)
    assert view.outcomes == {"obtained": 2, "unanswered": 1}
    assert (view.total, view.visits, view.spared, view.unanswered) == (3, 3, 2, 1)
    row = view.rows[0]
    assert (row.service, row.total, row.visits) == ("S01", 3, None), (
        "the payload has only all services' visits"
    )
    assert {channel: n for channel, n in row.uses.items() if n} == {"linkage": 2, "sighted": 1}
    assert office.checked().next_role == "head"
    assert office.approved().state == "approved"
    with office.at(HEAD) as books:
        know_centre(books)
        job = books.months.submit(NOVEMBER)
        assert isinstance(job, Job)
        assert books.months.status(NOVEMBER).state == "submitted"
        assert books.months.submit(NOVEMBER) == job

        people = claim(books)
        assert people.kind == "people"
        head = books.people.get(HEAD)
        keys = {head.kid: head.signing_key}
        listed = jws.read_compact(people.body.decode(), typ=PEOPLE, key_of=keys.get)
        assert [(one["login"], one["role"]) for one in listed.value["people"]] == [
            (HEAD, "head"),
            (OFFICER, "officer"),
            (CONTROLLER, "controller"),
        ]
        named = hashlib.sha256(listed.payload).hexdigest()
        books.months.received(people, receipt_for(books, people, id=named))

        sent = claim(books)
        signed = report_of(books, sent)
        assert [(one["role"], one["login"], one["says"]) for one in signed.headers] == [
            ("officer", OFFICER, "summarised"),
            ("controller", CONTROLLER, "checked"),
            ("head", HEAD, "approved"),
        ]
        assert signed.value["people"] == named
        assert signed.value["use"] == [
            [OFFICER, "S01", "D02", "linkage", "obtained", 1],
            [OFFICER, "S01", "D02", "linkage", "unanswered", 1],
            [OFFICER, "S01", "D11", "sighted", "obtained", 1],
        ]
        chain = signed.value["chains"][0]
        assert books.ledger.root(chain["to"] + 1).hex() == chain["root"]
        assert books.ledger.line(chain["to"]).kind == "cut_off"
        assert CITIZEN.encode() not in signed.payload

        receipt = books.months.received(sent, receipt_for(books, sent))
        lines = books.ledger.count()
        assert books.months.received(sent, receipt_for(books, sent)) == receipt
        assert books.months.submit(NOVEMBER) == receipt
        view = books.months.status(NOVEMBER)
        assert (view.state, view.receipt, view.next_role) == ("acknowledged", receipt, None)
        assert books.ledger.count() == lines
        assert steps(books) == ["summarised", "checked", "accepted", "approved", "submitted", "acknowledged"]
        books.ledger.verify()


def test_what_is_answered_after_the_cut_off_goes_into_the_next_month_with_a_mark(office: Office) -> None:
    office.serve_november()
    before = office.summarised()
    with office.at(OFFICER, "2026-12-01T09:00:00") as books:
        late = books.queue.list()[0]
        books.lookups.answered(late, "obtained", {}, 5)
        assert books.months.status(NOVEMBER).outcomes == before.outcomes
        december = books.months.status("2026-12")
        assert (december.state, december.total, december.outcomes) == ("open", 0, {})
        assert (december.late_answers, december.spared) == (1, 1)  # with a mark, and not lost
        assert [one.month for one in books.months.list()] == ["2026-12", NOVEMBER]
        with pytest.raises(NotFound):
            books.months.status("2026-10")


def test_who_prepares_does_not_check(office: Office, tmp_path: Path) -> None:
    office.serve_november()
    with office.at(HEAD) as books:
        for role in ("controller", "head"):
            books.appointments.appoint(OFFICER, role, books.signer(PASSPHRASE[HEAD]))
    office.summarised()
    with office.at(OFFICER) as books:
        with pytest.raises(SamePerson):
            books.months.check(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
        with pytest.raises(WrongPassphrase):
            books.signer("no such passphrase")
    with office.at(HEAD) as books:
        stranger = books.signer(PASSPHRASE[HEAD])
    with office.at(CONTROLLER) as books, pytest.raises(NotAllowed):
        books.months.check(NOVEMBER, stranger)
    office.checked()
    with office.at(OFFICER) as books, pytest.raises(SamePerson):
        books.months.approve(NOVEMBER, books.signer(PASSPHRASE[OFFICER]), "x")
    with office.at(CONTROLLER) as books:
        with pytest.raises(NotAllowed):
            books.months.approve(NOVEMBER, books.signer(PASSPHRASE[CONTROLLER]))
        with pytest.raises(NotAllowed):
            books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[CONTROLLER]))


def test_steps_come_in_their_order(office: Office) -> None:
    office.serve_november()
    with office.at(CONTROLLER) as books, pytest.raises(WrongStep):
        books.months.check(NOVEMBER, books.signer(PASSPHRASE[CONTROLLER]))
    with office.at(OFFICER) as books, pytest.raises(WrongState):
        books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))  # November is not over
    office.summarised()
    with office.at(OFFICER) as books, pytest.raises(WrongStep):
        books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
    with office.at(HEAD) as books:
        with pytest.raises(WrongStep):
            books.months.approve(NOVEMBER, books.signer(PASSPHRASE[HEAD]))
        with pytest.raises(WrongStep):
            books.months.submit(NOVEMBER)


def test_the_head_decides_every_finding_before_approving(office: Office) -> None:
    office.serve_november(bare=True)
    with office.at(OFFICER, "2026-12-01T08:30:00") as books:
        view = books.months.cut_off(NOVEMBER)
        assert [(one.rule, len(one.lines)) for one in view.findings] == [
            ("no_identity", 2),
            ("unanswered", 1),
        ]
        books.months.explain(NOVEMBER, 1, "บัตรอ่านไม่ได้")
        with pytest.raises(NotAllowed):
            books.months.decide(NOVEMBER, 1, True)
    office.summarised()
    office.checked()
    with office.at(HEAD) as books:
        signer = books.signer(PASSPHRASE[HEAD])
        with pytest.raises(Undecided):
            books.months.approve(NOVEMBER, signer)
        books.months.decide(NOVEMBER, 1, False, "ไม่พอ")
        with pytest.raises(MustBeFlagged):
            books.months.approve(NOVEMBER, signer, "อธิบายได้")
        assert books.months.status(NOVEMBER).undecided == 1  # a refused approval decides nothing
        view = books.months.decide(NOVEMBER, 1, True)
        assert (view.findings[0].explanation, view.undecided) == ("บัตรอ่านไม่ได้", 1)
        assert books.months.approve(NOVEMBER, signer, "อธิบายได้").state == "approved"
        job = books.months.submit(NOVEMBER)
        assert isinstance(job, Job)
        signed = report_of(books, job)
        assert signed.findings is None
        assert signed.value["findings"] == [["no_identity", 2], ["unanswered", 1]]


def test_what_officers_explain_stays_as_it_was_when_the_summary_was_signed(office: Office) -> None:
    said = "บัตรอ่านไม่ได้"
    stands = (said, OFFICER, "2026-12-01T08:30:00+07:00")

    def change_it() -> tuple[str | None, ...]:
        """Try to change the text; returns the text afterwards."""
        with office.at(OFFICER) as books:
            with pytest.raises(WrongStep):
                books.months.explain(NOVEMBER, 1, "อีกอย่างหนึ่ง")
            one = books.months.status(NOVEMBER).findings[0]
        return one.explanation, one.explained_by, one.explained_at

    office.serve_november(bare=True)
    with office.at(OFFICER) as books, pytest.raises(WrongStep):
        books.months.explain(NOVEMBER, 1, said)  # the month still runs: nothing is written down yet
    with office.at(OFFICER, "2026-12-01T08:30:00") as books:
        books.months.cut_off(NOVEMBER)
        books.months.explain(NOVEMBER, 1, "พิมพ์ผิด")
        one, other = books.months.explain(NOVEMBER, 1, said).findings
        assert (one.explanation, one.explained_by, one.explained_at) == stands
        assert (other.explanation, other.explained_by, other.explained_at) == (None, None, None)
    office.summarised()
    assert change_it() == stands, "what the controller reads"
    office.checked()
    assert change_it() == stands, "what the head reads, after the controller"
    with office.at(HEAD, "2026-12-02T15:10:00") as books:
        books.months.decide(NOVEMBER, 1, True)
    assert change_it() == stands, "what the head has decided by"
    with office.at(HEAD) as books:
        books.months.send_back(NOVEMBER, "ขอคำชี้แจงเพิ่ม")
    with office.at(OFFICER, "2026-12-02T16:00:00") as books:
        one = books.months.explain(NOVEMBER, 1, "เครื่องอ่านบัตรเสีย").findings[0]
        assert (one.explanation, one.explained_at, one.decision) == (
            "เครื่องอ่านบัตรเสีย",
            "2026-12-02T16:00:00+07:00",
            None,
        )


def test_a_flagged_month_carries_its_findings_without_citizens(office: Office) -> None:
    office.serve_november(bare=True)
    office.summarised()
    office.checked()
    with office.at(HEAD, "2026-12-02T15:10:00") as books:
        books.months.decide(NOVEMBER, 2, True, "ระบบล่ม")
        view = books.months.flag(NOVEMBER, books.signer(PASSPHRASE[HEAD]), "ไม่มีบัตร")
        assert view.state == "flagged"
        job = books.months.submit(NOVEMBER)
        assert isinstance(job, Job)
        signed = report_of(books, job)
        assert signed.findings is not None
        assert signed.headers[2]["findings"] == hashlib.sha256(signed.findings).hexdigest()
        sent = json.loads(signed.findings)["findings"]
        assert [(one["rule"], one["reason"]) for one in sent] == [("no_identity", "ไม่มีบัตร")]
        assert [line["citizen"] for line in sent[0]["lines"]] == ["A", "A"]
        assert CITIZEN.encode() not in signed.findings


def test_a_flag_without_findings_becomes_one(office: Office) -> None:
    office.serve_november()
    with office.at(OFFICER) as books:
        job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process=process_token())
        assert job is not None
        books.queue.quarantine(job, "refused", "wrong number")
    assert office.summarised().outcomes == {"obtained": 2, "refused": 1}
    office.checked()
    with office.at(HEAD) as books:
        view = books.months.flag(NOVEMBER, books.signer(PASSPHRASE[HEAD]), "ยอดไม่ตรงกับที่เห็น")
        assert [(one.rule, one.reason) for one in view.findings] == [("head", "ยอดไม่ตรงกับที่เห็น")]


def test_who_has_left_is_nobody_to_sign(office: Office) -> None:
    office.serve_november()
    with office.at(HEAD) as books:
        books.appointments.end(CONTROLLER, books.signer(PASSPHRASE[HEAD]), at="2026-12-01T00:00:00+07:00")
    with pytest.raises(NobodyToSign):
        office.summarised()


def test_the_summary_names_the_people_whose_keys_sign(office: Office) -> None:
    office.serve_november()
    office.summarised()
    new = "amber window nine herons"
    with office.at(HEAD) as books:
        books.appointments.reset(CONTROLLER, "first-word-9", books.signer(PASSPHRASE[HEAD]))
    change_passphrase(office.locations, CONTROLLER, "first-word-9", new, clock=office.clock)
    books = Books.open(office.locations, CONTROLLER, new, clock=office.clock)
    with closing(books), pytest.raises(PeopleChanged):
        books.months.check(NOVEMBER, books.signer(new))


def test_the_next_list_follows_the_one_before_and_only_a_change_makes_one(office: Office) -> None:
    with office.at(HEAD) as books:
        lists = PeopleLists(books)
        with books.database.write() as db:
            lists.enrolled(db, lists.now(), "receipt", same_centre=True)
            first = lists.current(db)
            assert (first.n, first.sent, lists.current(db)) == (1, True, first)
        signer = books.signer(PASSPHRASE[HEAD])
        sign_change(books, signer, held_until(OFFICER, "2026-12-31T00:00:00+07:00"))
        with books.database.write() as db:
            second = lists.current(db)
            assert json.loads(second.payload)["prev"] == first.sha256
            assert lists.queue_until(db, 2) == []  # nothing goes out unsigned
            lists.sign_until(db, 2, signer)
            assert len(lists.queue_until(db, 2)) == 1
            assert lists.queue_until(db, 2) == []
            assert not any(number.encode() in second.payload for number in CITIZEN_ID.values())


def test_a_forged_receipt_changes_nothing(office: Office) -> None:
    office.serve_november()
    office.summarised()
    office.checked()
    office.approved()
    with office.at(HEAD) as books:
        job = books.months.submit(NOVEMBER)
        assert isinstance(job, Job)
        with pytest.raises(BadReceipt):
            books.months.received(job, receipt_for(books, job))  # no centre is known yet
        know_centre(books)
        for wrong in ({"id": "x"}, {"sha256": "00"}, {"unit": "5002"}):
            with pytest.raises(BadReceipt):
                books.months.received(job, receipt_for(books, job, **wrong))
        view = books.months.status(NOVEMBER)
        assert (view.state, view.receipt) == ("submitted", None)
        assert books.queue.get(job.id).state == "waiting"


def test_late_is_marked_and_a_doubtful_clock_cuts_nothing_off(office: Office) -> None:
    office.serve_november()
    with office.at(OFFICER, "2026-12-04T09:00:00") as books:
        with pytest.raises(ClockDoubtful):
            books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
        with pytest.raises(NotAllowed):
            books.months.cut_off(NOVEMBER, confirmed=True)
        view = books.months.status(NOVEMBER)
        assert (view.state, view.late, view.next_role) == ("open", True, "officer")
    with office.at(CONTROLLER) as books:
        assert books.months.cut_off(NOVEMBER, confirmed=True).state == "cut_off"
        lines = books.ledger.count()
        assert books.months.cut_off(NOVEMBER).state == "cut_off"
        assert books.ledger.count() == lines
    with office.at(OFFICER) as books:
        view = books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
        assert (view.state, view.late) == ("summarised", True)


def test_only_measured_time_without_a_network_is_reported(office: Office) -> None:
    with office.at(OFFICER, "2026-11-30T10:00:00") as books:
        outages = Outages(books.database, books.ledger, office.clock)
        for _ in range(6):
            outages.down("no_line")
            office.clock.go(minutes=4)
        outages.up()
        assert books.ledger.lines(limit=1)[0].facts["until"] == "2026-11-30T10:24:00+07:00"
        outages.up()
        outages.down("portal")
        office.clock.go(hours=14)  # the PC is off over night
        outages.up()
        view = books.months.status(NOVEMBER)
        assert (view.offline_min, view.outages) == (24, 1)
        december = books.months.status("2026-12")
        assert (december.offline_min, december.outages) == (0, 1), "it counts where its line stands"
        kinds = [line.kind for line in books.ledger.lines(limit=9)]
        assert kinds.count("outage") == 2
