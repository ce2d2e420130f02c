"""The centre's witness over real sockets: a proof that is made anew, and two copies of books that differ."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store.books import Books
from store.proof.checkpoint import make_checkpoint
from store.proof.errors import EvidenceContradicts
from store.proof.fixed_lines import prove
from sync.practice.centre_twin import PracticeCentre
from sync.run.witness import largest
from tests.rig.office import CONTROLLER, HEAD, OFFICER, decide
from tests.sync.unit import Unit


@pytest.fixture
def unit(unit: Unit, centre: PracticeCentre) -> Unit:
    unit.enrol(centre.code("5001"))
    return unit


def head_of(books: Books) -> str:
    """One more line and the checkpoint over it; its job's id."""
    decide(books, {"office.open": "08:30"})
    make_checkpoint(books)
    return next(job.id for job in reversed(books.queue.list()) if job.kind == "checkpoint")


def test_one_that_never_arrived_keeps_no_later_one_out(unit: Unit) -> None:
    books = unit.books(OFFICER)
    head_of(books)
    unit.run(books)
    lost = head_of(books)
    with books.database.write() as db:  # set aside by somebody between here and the centre
        db.execute("UPDATE job SET state = 'quarantined' WHERE id = ?", [lost])
    later = head_of(books)
    unit.run(books)
    assert books.queue.get(later).state == "done"
    held = largest(books, books.origin)
    assert held is not None
    proof = prove(books, [held])
    assert proof.broken is None
    assert proof.fixed is not None
    assert proof.fixed.size == held.size
    books.queue.retry(lost, books.who)
    unit.run(books)
    assert (books.queue.get(lost).state, books.queue.get(lost).outcome) == ("done", "covered")


def test_two_books_that_went_apart_are_found_by_both_sides(unit: Unit, tmp_path: Path) -> None:
    """Somebody works with a copy: it lacks what the witness signed for the original."""
    unit.books(HEAD).close()
    shutil.copytree(unit.locations.home, tmp_path / "copy")
    mine = unit.books(OFFICER)
    head_of(mine)
    unit.run(mine)
    mine.close()
    shutil.rmtree(unit.locations.home)
    shutil.copytree(tmp_path / "copy", unit.locations.home)
    other = unit.books(CONTROLLER)
    for _ in range(4):
        job = head_of(other)
    unit.run(other)
    assert other.queue.get(job).state == "quarantined"
    held = largest(other, other.origin)
    assert held is not None
    broken = prove(other, [held]).broken
    assert isinstance(broken, EvidenceContradicts)
    assert broken.exit_code == 5
