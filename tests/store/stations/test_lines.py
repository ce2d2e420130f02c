"""Lines of the office's other PCs, as the head looks at them: each says how it stands now."""

from __future__ import annotations

from contextlib import closing

from store.books import Books, change_passphrase
from store.counter.visitor import Visitor
from store.ledger.ledger import Line
from store.proof.epoch import number_of
from store.stations.stations import Stations
from tests.rig.office import CITIZEN, FIRST, OFFICER, PASSPHRASE, open_books
from tests.store.stations.two_pcs import DECEMBER, NEW, NOVEMBER, Pc


def uses(books: Books) -> list[Line]:
    """The newest first."""
    return books.ledger.lines(kind="use", limit=20)


def test_a_line_of_another_pc_stands_as_its_newest_line_says(head: Pc, other: Pc) -> None:
    with other.at(OFFICER, "2026-12-31T20:00:00") as books:
        december, corrected, *_rest = uses(books)  # of December, and the last of November
        books.visits.correct(corrected.seq, "ไม่ได้ใช้เอกสารนี้")
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    with head.at() as books:
        assert Stations(books).line("02", corrected.seq).stands == "obtained", (
            "the rest is not known here yet"
        )
    head.take_in(other.export(DECEMBER, "2027-01-01T09:05:00"))
    with head.at() as books:
        lines = [Stations(books).line("02", one.seq) for one in (corrected, december)]
    assert [(one.outcome, one.stands) for one in lines] == [
        ("obtained", "corrected"),
        ("obtained", "obtained"),
    ]


def test_what_a_restored_pc_says_of_a_number_is_of_its_own_line(head: Pc, other: Pc) -> None:
    """The same number and the same visit once more: the line that PC 02 lost stays as it was."""
    made = other.back_up("2026-12-31T20:00:00")
    for _ in range(5):
        with other.at():
            pass
    other.serve("2026-12-31T21:00:00", 1)
    with other.at(OFFICER) as books:
        lost = uses(books)[0]
    for month in (NOVEMBER, DECEMBER):
        head.take_in(other.export(month, "2027-01-01T09:00:00"), "2027-01-01T09:10:00")
    restored = other.restore(made, "2026-12-31T22:00:00")
    with other.at() as books:
        books.appointments.reset(OFFICER, FIRST[OFFICER], books.signer(NEW))
    change_passphrase(other.locations, OFFICER, FIRST[OFFICER], PASSPHRASE[OFFICER], clock=other.clock)
    with closing(open_books(other.locations, OFFICER, other.clock)) as books:
        visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
        again = books.visits.obtain(visit.id, {1: "sighted"}).wanted[0].use
        assert (again, visit.id) == (lost.seq, lost.visit), "log in more or less often above"
        books.visits.correct(again, "ไม่ได้ใช้เอกสารนี้")
    head.take_in(other.export(DECEMBER, "2027-01-01T09:00:00"))
    with head.at() as books:
        lines = [Stations(books).line(name, lost.seq) for name in ("02", f"02/e{number_of(restored.origin)}")]
    assert [one.stands for one in lines] == ["obtained", "corrected"]
