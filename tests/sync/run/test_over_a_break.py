"""Over a break of the ledger no lookup and no report is sent; checkpoints and the notice of it go."""

from __future__ import annotations

from store.counter.visitor import Visitor
from store.exchange.stick import Carrying
from store.proof.checkpoint import make_checkpoint
from store.queue.job import Job
from sync.practice.centre_twin import PracticeCentre
from sync.run.engine import Engine
from sync.run.errors import HeldByBreak
from tests.rig.faults import FaultServer
from tests.rig.lines import tamper
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.sync.run.engine_office import QUICK, Office
from tests.sync.unit import Unit

_CHANGED = """UPDATE ledger SET body = replace(body, '"v":2', '"v":3') WHERE seq = 3"""


def test_no_lookup_leaves_and_it_waits(office: Office, gateway: FaultServer) -> None:
    """The line is older than the officer's mark, so the log-in has not looked at it."""
    [visit] = office.ask()
    tamper(office.locations.books, _CHANGED, key=office.books.database.key)
    report = office.run()
    assert isinstance(report.reason, HeldByBreak)
    assert (report.exit_code, report.sent, report.stopped) == (6, 0, "held_by_break")
    assert (office.state(visit), office.lines("attempt"), gateway.lookups) == ("asked", 0, [])
    assert office.locations.broken.exists()


def test_what_is_changed_while_the_engine_runs_on_is_seen_at_the_next_whole_look(
    office: Office, gateway: FaultServer
) -> None:
    engine = Engine(office.books, limits=QUICK, sleep=lambda _s: None)
    office.ask()
    assert engine.run(kinds=["lookup"], now=True).done == 1
    office.ask()
    newest = "(SELECT max(seq) FROM ledger)"
    tamper(
        office.locations.books, _CHANGED.replace("seq = 3", f"seq = {newest}"), key=office.books.database.key
    )
    assert isinstance(engine.run(kinds=["lookup"], now=True).reason, HeldByBreak)
    assert len(gateway.lookups) == 1


def test_a_report_waits_and_a_checkpoint_and_the_notice_go(unit: Unit, centre: PracticeCentre) -> None:
    unit.enrol(centre.code("5001"))
    books = unit.books(OFFICER)
    visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
    books.visits.obtain(visit.id, {1: "sighted"})
    unit.clock.at = unit.clock.at.replace(month=11, day=1, hour=9)
    with_head = unit.books(HEAD)
    with_head.months.cut_off("2026-10", confirmed=True)
    books.months.summarise("2026-10", books.signer(PASSPHRASE[OFFICER]))
    checking = unit.books(CONTROLLER)
    checking.months.check("2026-10", checking.signer(PASSPHRASE[CONTROLLER]))
    with_head.months.approve("2026-10", with_head.signer(PASSPHRASE[HEAD]), "x")
    report = with_head.months.submit("2026-10")
    assert isinstance(report, Job)
    books.visits.open("S01", Visitor(CITIZEN, identity="card_face"))
    make_checkpoint(with_head)
    tamper(unit.locations.books, _CHANGED, key=books.database.key)

    run = unit.run(with_head)
    assert isinstance(run.reason, HeldByBreak)
    jobs = {job.kind: job.state for job in with_head.queue.list()}
    assert jobs == {"report": "waiting"}, "the list of people and the checkpoint behind the report went"
    with centre.centre.records.transaction() as tables:
        [told] = tables.statuses()
        assert tables.reports() == []
    assert (told.broken_seq, told.waiting) == (3, 1)
    assert told.broken_at is not None
    assert report.id not in Carrying(with_head).out().items, "nor on a stick"
    assert with_head.months.status("2026-10").state == "submitted"


def test_a_whole_ledger_is_told_as_none(unit: Unit, centre: PracticeCentre) -> None:
    unit.enrol(centre.code("5001"))
    unit.run(unit.books(HEAD))
    with centre.centre.records.transaction() as tables:
        [told] = tables.statuses()
    assert (told.broken_seq, told.broken_at) == (None, None)
