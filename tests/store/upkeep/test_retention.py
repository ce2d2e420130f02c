"""What is kept for how long: a request's number until it has ended, the ledger for its years."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from store.base.database import Database
from store.base.errors import NoSuchFolder, RuleBroken
from store.base.locations import Locations
from store.books import Books
from store.errors import BadInput, NotAllowed
from store.ledger.errors import LedgerBroken
from store.settings.rules import YEARS
from store.staff.recovery import read_key
from store.upkeep import archive
from store.upkeep.errors import ArchiveDamaged, ArchiveSealed, NothingToArchive
from store.upkeep.retention import Retention
from tests.rig.lines import HandClock, tamper
from tests.rig.office import (
    CITIZEN,
    HEAD,
    OFFICER,
    PASSPHRASE,
    ask,
    copy_office,
    decide,
    make_office,
    open_books,
)

SECRET = PASSPHRASE[HEAD]


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-02T09:00:00")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with its recovery sheet beside it, and visits of CITIZEN in November and December 2026."""
    folder = tmp_path_factory.mktemp("retention") / "pc"
    clock = HandClock("2026-11-02T09:00:00")
    locations = make_office(folder / "home", clock=clock)
    for day in ("2026-11-30", "2026-12-01"):  # a longer silence would put the clock in doubt
        clock.set(f"{day}T09:00:00")
        books = open_books(locations, clock=clock)
        visit = ask(books, "D02", "D04")
        job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
        assert job is not None
        books.lookups.answered(job, "obtained", {"houseNo": "99/9"}, 12)
        books.visits.close(visit, force=True)
        books.close()
    return folder


@pytest.fixture
def office(template: Path, tmp_path: Path, clock: HandClock) -> Locations:
    """The same office five years later."""
    shutil.copytree(template, tmp_path / "pc")
    clock.set("2031-12-02T09:00:00")
    return Locations(tmp_path / "pc" / "home")


@pytest.fixture
def head(office: Locations, clock: HandClock) -> Iterator[Books]:
    books = open_books(office, HEAD, clock=clock)
    yield books
    books.close()


def confirm_date(head: Books) -> None:
    """The head says that it is 2031; the next line cuts off what is over."""
    head.months.cut_off(head.months.current(), confirmed=True)
    decide(head, {YEARS: "5"})


def numbers(database: Database) -> int:
    """In how many places of the books the citizen's number stands, whatever the column."""
    found = 0
    for table in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in database.rows(f'SELECT * FROM "{table["name"]}"'):
            found += sum(CITIZEN in str(value) for value in row.values())
    return found


def test_a_request_that_has_ended_forgets_whom_it_was_about(tmp_path: Path, clock: HandClock) -> None:
    books = open_books(copy_office(tmp_path / "home", moment=clock()), clock=clock)
    visit = ask(books, "D02", "D04")
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
    assert job is not None
    bodies = "SELECT count(*) FROM job WHERE body LIKE ?"
    assert books.database.value(bodies, (f"%{CITIZEN}%",)) == 2
    books.lookups.answered(job, "obtained", {"houseNo": "99/9"}, 12)
    assert books.database.value(bodies, (f"%{CITIZEN}%",)) == 1
    books.visits.close(visit, force=True)
    assert books.database.value(bodies, (f"%{CITIZEN}%",)) == 0
    assert books.database.value("SELECT min(length(digest)) FROM job") == 32
    books.close()


def test_years_that_are_over_go_into_a_sealed_file_and_the_chain_still_holds(
    head: Books, office: Locations, tmp_path: Path, clock: HandClock
) -> None:
    retention = Retention(head)
    assert retention.due() is None, "nobody has confirmed that it is 2031"
    confirm_date(head)
    due = retention.due()
    assert due is not None
    assert due.months == ("2026-11",)
    before = numbers(head.database)
    lines, root = head.ledger.count(), head.ledger.root(due.last + 1)
    made = retention.archive(tmp_path / "2026.archive", SECRET)
    assert (made.first, made.last, made.root) == (0, due.last, root)
    # The books: lines whole, numbers of November gone, those of December there.
    assert head.ledger.verify().size == lines + 1
    told = head.ledger.lines(limit=1)[0]
    assert (told.kind, told.officer, told.facts["last"]) == ("purged", HEAD, due.last)
    assert {line.subject for line in head.ledger.lines(month="2026-11")} == {None}
    assert [line.subject for line in head.ledger.lines(month="2026-12", kind="use")] == [CITIZEN] * 2
    assert numbers(head.database) == before // 2
    assert head.search.find(CITIZEN, {}, limit=100)[-1] > due.last
    with pytest.raises(NothingToArchive):
        retention.archive(tmp_path / "again.archive", SECRET)
    # The file: opens with the paper sheet, holds the numbers, and stands on a checkpoint of that month.
    content = (tmp_path / "2026.archive").read_bytes()
    assert (tmp_path / "2026.archive").stat().st_mode & 0o777 == 0o600
    sheet = read_key((office.home.parent / "recovery.txt").read_text())
    assert archive.read(content, sheet) == made
    plain = gzip.decompress(bytes(pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(sheet)])))
    assert plain.count(CITIZEN.encode()) >= 2
    assert CITIZEN.encode() not in content
    with pytest.raises(ArchiveSealed):
        archive.read(content, str(pyrage.x25519.Identity.generate()))
    # A month later December follows, and its file goes on where the first one ended.
    clock.set("2031-12-31T16:00:00")
    open_books(office, clock=clock).close()
    clock.set("2032-01-01T10:00:00")
    open_books(office, clock=clock).close()
    following = retention.archive(tmp_path / "2026-12.archive", SECRET)
    assert (following.first, following.months) == (due.last + 1, ("2026-12",))
    assert numbers(head.database) == 1, "the search of a moment ago"
    head.ledger.verify()


def test_an_archive_that_was_changed_is_told(head: Books, office: Locations, tmp_path: Path) -> None:
    confirm_date(head)
    Retention(head).archive(tmp_path / "whole", SECRET)
    sheet = read_key((office.home.parent / "recovery.txt").read_text())
    key = pyrage.x25519.Identity.from_str(sheet)
    header, *lines = [
        json.loads(line)
        for line in gzip.decompress(
            bytes(pyrage.decrypt((tmp_path / "whole").read_bytes(), [key]))
        ).splitlines()
    ]
    use = next(n for n, line in enumerate(lines) if "subject" in line["sealed"])

    def changed(line: dict[str, object]) -> bytes:
        rows = [header, *lines[:use], line, *lines[use + 1 :]]
        plain = gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        return bytes(pyrage.encrypt(plain, [key.to_public()]))

    assert archive.read(changed(lines[use]), sheet).months == ("2026-11",)
    body = lines[use]["body"].replace(OFFICER, "wipha")
    stranger = {**lines[use]["sealed"], "subject": [lines[use]["sealed"]["subject"][0], "3100600445635"]}
    for line in ({**lines[use], "body": body}, {**lines[use], "sealed": stranger}):
        with pytest.raises(ArchiveDamaged):
            archive.read(changed(line), sheet)


def test_nothing_is_erased_without_a_whole_file(
    head: Books, office: Locations, tmp_path: Path, clock: HandClock
) -> None:
    confirm_date(head)
    retention = Retention(head)
    before = numbers(head.database)
    (tmp_path / "there").write_text("mine")
    with pytest.raises(BadInput):
        retention.archive(tmp_path / "there", SECRET)
    with pytest.raises(NoSuchFolder):
        retention.archive(tmp_path / "nowhere" / "file", SECRET)
    officer = open_books(office, clock=clock)
    with pytest.raises(NotAllowed):
        Retention(officer).archive(tmp_path / "officer", PASSPHRASE[OFFICER])
    officer.close()
    decide(head, {YEARS: "7"})
    assert retention.due() is None
    with pytest.raises(BadInput):
        decide(head, {YEARS: "0"})
    assert retention.years() == 7
    decide(head, {YEARS: "3"})
    # The books refuse at the last step: then the file is deleted, as no line records it.
    with head.database.write() as db:
        db.execute("CREATE TRIGGER no BEFORE DELETE ON sealed BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(RuleBroken):
        retention.archive(tmp_path / "half", SECRET)
    with head.database.write() as db:
        db.execute("DROP TRIGGER no")
    key = head.database.key
    tamper(office.books, "UPDATE ledger SET body = replace(body, 'somchai', 'wipha') WHERE seq = 9", key=key)
    with pytest.raises(LedgerBroken):
        retention.archive(tmp_path / "broken", SECRET)
    assert numbers(head.database) == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pc", "there"]
