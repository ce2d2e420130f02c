"""Putting a backup back: with the sheet of these books, saying exactly what is lost."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.ledger.tree_rows import count_lines
from store.people.errors import WrongSheet
from store.proof.epoch import Witnessed, chains, epochs, lost_lines, number_of
from store.proof.errors import EvidenceContradicts
from store.proof.evidence import Evidence
from store.proof.fixed_lines import prove
from store.setup.errors import AlreadyBooks
from store.setup.restore import Restored, look_back, restore
from store.staff.rescue import name_head, rescue
from store.upkeep import backup
from store.upkeep.errors import BackupDamaged, NotABackup
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, ask, copy_office, open_books, sheet_of
from tests.store.upkeep.put_back import nobody, typed_sheet


def test_only_the_sheet_of_these_books_opens_it(books: Books, tmp_path: Path, clock: HandClock) -> None:
    made = backup.make(books)
    other = copy_office(tmp_path / "other", moment=clock() - timedelta(days=1))
    new = Locations(tmp_path / "new")
    for wrong in (sheet_of(other.home).read_text("utf-8"), "AGE-SECRET-KEY-1" + "Q" * 58, "nothing"):
        with pytest.raises(WrongSheet):
            restore(new, made.file, wrong, clock=clock, ask=nobody)
    for spoiled in (made.file.read_bytes()[:-100], b"", b"no backup"):
        bad = tmp_path / "bad.backup"
        bad.write_bytes(spoiled)
        with pytest.raises(NotABackup):
            restore(new, bad, sheet_of(books.locations.home).read_text("utf-8"), clock=clock, ask=nobody)
    assert not new.books.exists()


def test_a_restore_in_place_says_exactly_what_is_lost(books: Books, clock: HandClock) -> None:
    made = backup.make(books)
    visit = ask(books)
    with pytest.raises(AlreadyBooks):
        _restore(books, made, clock)
    size = books.ledger.count()
    clock.go(hours=1)
    told = _restore(books, made, clock, replace=True)
    assert (told.size, told.lost, told.sure, told.witness) == (made.size, size - made.size, True, False)
    assert told.aside is not None
    assert {path.name for path in told.aside.iterdir()} >= {"books.db", "keys.json"}
    locations = books.locations
    rescue(locations, HEAD, typed_sheet(books), "seven quiet boats ashore", clock)
    again = Books.open(locations, HEAD, "seven quiet boats ashore", clock=clock)
    line = again.ledger.line(made.size)
    assert (line.kind, line.officer) == ("restore", None)
    assert line.facts["old"] == {"origin": books.origin, "size": made.size, "root": made.root.hex()}
    assert line.facts["lost"] == told.lost
    moment = int(clock().timestamp())
    assert again.origin == line.facts["origin"] == books.origin.replace("/e1", f"/e{moment}")
    assert again.database.row("SELECT 1 FROM visit WHERE id = ?", (visit,)) is None
    with again.database.reading() as db:
        last = count_lines(db) - 1
        assert [epoch.first for epoch in epochs(db)] == [0, made.size]
        found = chains(db, epochs(db), 3, last)
        assert lost_lines(db, 0, last) == told.lost
    assert [(one["origin"], one["from"], one["to"]) for one in found] == [
        (books.origin, 3, made.size - 1),
        (again.origin, made.size, last),
    ]
    assert found[0]["root"] == made.root.hex()
    again.close()


def test_the_witness_is_asked_later_where_there_was_no_network(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    new = Locations(tmp_path / "new")
    told = restore(new, made.file, typed_sheet(books), clock=clock, ask=nobody)
    assert (told.lost, told.sure) == (0, False)
    rescue(new, HEAD, typed_sheet(books), "seven quiet boats ashore", clock)
    again = Books.open(new, HEAD, "seven quiet boats ashore", clock=clock)
    head = Evidence("witness", "centre", None, books.origin, made.size + 7, bytes(32))
    asked: list[tuple[str, str]] = []

    def witness(old: str, new: str) -> Witnessed:
        asked.append((old, new))
        return Witnessed(head, head)

    assert look_back(again, witness) == 7
    assert asked == [(books.origin, again.origin)]
    assert look_back(again, witness) == 0, "once"
    with again.database.reading() as db:
        assert lost_lines(db, 0, count_lines(db)) == 7
    proof = prove(again, [head])
    assert (proof.broken, proof.lost) == (None, 7), "what a restore is known to have lost contradicts nothing"
    again.close()


def test_restoring_the_same_backup_again_also_names_the_first_restores_lines_as_lost(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    """The second PC dies as well. What it had done since the backup is not forgotten with it."""
    made = backup.make(books)
    first = restore(Locations(tmp_path / "first"), made.file, typed_sheet(books), clock=clock, ask=nobody)
    clock.set("2026-11-26T09:00:00")
    old = Evidence("witness", "centre", None, books.origin, made.size + 7, bytes(32))
    gone = Evidence("witness", "centre", None, first.origin, made.size + 3, bytes(32))
    new, asked = Locations(tmp_path / "second"), []

    def witness(_books: Books, origin: str) -> Witnessed:
        asked.append(origin)
        return Witnessed(old, gone)

    told = restore(new, made.file, typed_sheet(books), clock=clock, ask=witness)
    assert asked == [told.origin]
    assert number_of(told.origin) > number_of(first.origin) > 1
    assert (told.lost, told.sure, told.witness) == (10, True, True)
    rescue(new, HEAD, typed_sheet(books), "seven quiet boats ashore", clock)
    again = Books.open(new, HEAD, "seven quiet boats ashore", clock=clock)
    facts = again.ledger.line(made.size).facts
    assert facts["old"]["origin"] == books.origin
    assert facts["between"] == {"origin": first.origin, "size": made.size + 3, "root": bytes(32).hex()}
    assert prove(again, [old]).lost == 10
    assert look_back(again, lambda *_: pytest.fail("it was asked at the restore")) == 0
    again.close()


def test_a_damaged_backup_is_refused_and_nothing_is_restored(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    whole = made.file.read_bytes()
    new = Locations(tmp_path / "new")
    for page in (0, 3, len(whole) // 4096 - 1):
        bad = tmp_path / f"page{page}.backup"
        bad.write_bytes(whole[: page * 4096 + 100] + bytes(200) + whole[page * 4096 + 300 :])
        with pytest.raises(BackupDamaged, match=bad.name):
            restore(new, bad, typed_sheet(books), clock=clock, ask=nobody)
        assert not new.books.exists()


def test_restoring_over_damaged_books_cannot_say_how_much_is_lost(books: Books, clock: HandClock) -> None:
    made = backup.make(books)
    ask(books)
    head = Evidence("witness", "centre", None, books.origin, made.size, made.root)
    books.database.close()
    books.locations.books.write_bytes(bytes(100_000))
    told = restore(
        books.locations,
        made.file,
        typed_sheet(books),
        clock=clock,
        ask=lambda *_: Witnessed(head, head),
        replace=True,
    )
    assert (told.lost, told.sure, told.witness) == (0, False, True), (
        "the witness had not seen the newest lines"
    )


def test_an_epoch_is_later_than_its_backup_also_where_the_clock_is_years_behind(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    backed_up = int(clock().timestamp())
    clock.set("2010-01-01T00:00:00")
    told = restore(Locations(tmp_path / "new"), made.file, typed_sheet(books), clock=clock, ask=nobody)
    assert number_of(told.origin) > backed_up


def test_a_backup_that_the_witness_contradicts_is_no_backup(
    books: Books, clock: HandClock, tmp_path: Path
) -> None:
    made = backup.make(books)
    other = Evidence("witness", "centre", None, books.origin, made.size - 1, bytes(32))
    new = Locations(tmp_path / "new")
    with pytest.raises(EvidenceContradicts):
        restore(new, made.file, typed_sheet(books), clock=clock, ask=lambda *_: Witnessed(other, other))
    assert not new.books.exists()
    assert not new.keys.exists()


def _restore(books: Books, made: backup.Backup, clock: HandClock, *, replace: bool = False) -> Restored:
    return restore(books.locations, made.file, typed_sheet(books), clock=clock, ask=nobody, replace=replace)


def test_the_pc_died_and_the_head_too(books: Books, clock: HandClock, tmp_path: Path) -> None:
    """The sheet names another head in the books that came back, and gives them keys."""
    with closing(open_books(books.locations, HEAD, clock)) as head:
        head.appointments.change(OFFICER, head.signer(PASSPHRASE[HEAD]), level="ชำนาญการ")
    made, new, sheet = backup.make(books), Locations(tmp_path / "new"), typed_sheet(books)
    restore(new, made.file, sheet, clock=clock, ask=nobody)
    name_head(new, CONTROLLER, sheet, clock, instead_of=HEAD)
    rescue(new, CONTROLLER, sheet, "seven quiet boats ashore", clock)
    with closing(Books.open(new, CONTROLLER, "seven quiet boats ashore", clock=clock)) as again:
        assert again.who.roles == ("controller", "head")
        # The numbers go on after those of the backup.
        assert again.people.roles().n == 2
        again.appointments.reset(OFFICER, "first of somchai", again.signer("seven quiet boats ashore"))
    change_passphrase(new, OFFICER, "first of somchai", "a second beginning of all", clock=clock)
    Books.open(new, OFFICER, "a second beginning of all", clock=clock).close()
