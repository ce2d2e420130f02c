"""The ledger as a table: safe to open, masked unless the head asks, and written down each time."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.base.errors import NoSuchFolder
from store.books import Books
from store.counter.back_entry import BackEntry
from store.counter.visitor import Visitor
from store.errors import BadInput, NotAllowed, NotFound
from store.ledger.errors import LedgerBroken
from store.search.export import Exports
from tests.rig.lines import HandClock, tamper
from tests.rig.office import CITIZEN, HEAD, PASSPHRASE, copy_office, open_books
from tui.words import translate
from tui.words.ledger_table import cells_of, heads

FORMULAS = ["=1+1", "+66 2 281 5884", "-1+2", "@SUM(A1)", "\t=1+1", "=cmd|' /C calc'!A0", "＝1+1"]
HIDDEN = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066\u180e\ufe0f\u034f\u3164\u2800\ue000"  # before a formula
)
SPACES = "\t\r\n\v \u00a0\u2003\u3000\u2028"
SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−⁼"
MASKED, WHOLE = "x-xxxx-xxx90-12-1", "1-2345-67890-12-1"


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-19T09:00:00")


@pytest.fixture
def books(tmp_path: Path, clock: HandClock) -> Iterator[Books]:
    locations = copy_office(tmp_path / "home", moment=HandClock("2026-11-02T09:00:00")())
    books = open_books(locations, clock=clock)
    for reference in [*FORMULAS, f"ของ {CITIZEN}"]:
        visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D02"])
        # By hand: of books written before, which may hold a sign that is no longer taken in.
        with books.database.write() as db:
            db.execute("UPDATE visit SET reference = ? WHERE id = ?", [reference, visit.id])
        books.visits.obtain(visit.id, {1: "copy"})
    yield books
    books.close()


def write(books: Books, to: Path, *, whole_ids: bool = False, lang: str = "th") -> None:
    translate.use(lang)
    Exports(books).write("2026-11", to, heads(), cells_of(books), whole_ids=whole_ids)


def read_xlsx(path: Path) -> tuple[list[list[str]], set[str]]:
    """The texts of the first sheet, and every kind of element in it."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as file:
        shared = [
            "".join(text.text or "" for text in one.iter(f"{space}t"))
            for one in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    rows = [
        [
            shared[int(cell.findtext(f"{space}v") or 0)]
            if cell.get("t") == "s"
            else cell.findtext(f"{space}v") or ""
            for cell in row
        ]
        for row in sheet.iter(f"{space}row")
    ]
    return rows, {element.tag.removeprefix(space) for element in sheet.iter()}


def test_no_text_becomes_a_formula(books: Books, tmp_path: Path) -> None:
    write(books, tmp_path / "november.csv")
    content = (tmp_path / "november.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes it for another alphabet"
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["ลำดับ", "วันที่", "เวลา", "รายการ"]
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = {cell for row in rows for cell in row}
    assert {f"'{text}".replace("\t", "\ufffd") for text in FORMULAS} <= cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    write(books, tmp_path / "november.xlsx")
    table, elements = read_xlsx(tmp_path / "november.xlsx")
    assert {text.replace("\t", "\ufffd") for text in FORMULAS} <= {cell for row in table for cell in row}
    assert "f" not in elements, "there is a formula in it"
    assert table[0] == rows[0]
    assert [row[0] for row in table[1:]] == [row[0] for row in rows[1:]] + [str(len(rows) - 1)]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.text(st.sampled_from(HIDDEN + SPACES), max_size=4),
    sign=st.sampled_from(SIGNS),
    after=st.text(max_size=20),
)
def test_a_formula_behind_signs_that_nobody_sees_is_one(
    books: Books, tmp_path: Path, before: str, sign: str, after: str
) -> None:
    to = tmp_path / "formula.csv"
    Exports(books).write("2026-11", to, ["a"], lambda _row: [before + sign + after])
    rows = list(csv.reader(io.StringIO(to.read_bytes().decode("utf-8-sig"), newline="")))
    to.unlink()
    cell = rows[1][0]
    assert (cell[0], sign in cell) == ("'", True)
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for one in cell)


@pytest.mark.parametrize("between", ["\u200b", "\u2060", "\u00ad", "\ufeff"])
def test_a_number_with_hidden_signs_between_its_digits_is_covered(
    books: Books, tmp_path: Path, between: str
) -> None:
    with books.database.write() as db:
        db.execute("UPDATE sealed SET value = ? WHERE field = 'reference'", [between.join(CITIZEN)])
    write(books, tmp_path / "masked.csv")
    text = (tmp_path / "masked.csv").read_text("utf-8-sig")
    assert CITIZEN not in text
    assert "x" * 13 in text


def test_a_back_entry_s_reason_may_begin_with_a_number(books: Books, tmp_path: Path) -> None:
    """Its time stands right before the reason, and is no part of the number that is covered."""
    visit = books.visits.open(
        "S01",
        Visitor(
            CITIZEN,
            identity="card_face",
            back_entry=BackEntry("2026-11-19T08:15:00+07:00", f"{CITIZEN} มาตอนไฟฟ้าดับ"),
        ),
        documents=["D02"],
    )
    books.visits.obtain(visit.id, {1: "copy"})
    write(books, tmp_path / "masked.csv")
    text = (tmp_path / "masked.csv").read_text("utf-8-sig")
    assert "19 พ.ย. 2569 08:15 xxxxxxxxxxxxx มาตอนไฟฟ้าดับ" in text
    assert CITIZEN not in text


def test_numbers_are_whole_for_the_head_alone_and_every_export_is_a_line(
    books: Books, tmp_path: Path, clock: HandClock
) -> None:
    write(books, tmp_path / "masked.csv")
    text = (tmp_path / "masked.csv").read_text("utf-8-sig")
    assert MASKED in text
    assert CITIZEN not in text
    assert WHOLE not in text
    assert (tmp_path / "masked.csv").stat().st_mode & 0o777 == 0o600
    with pytest.raises(NotAllowed):
        write(books, tmp_path / "whole.csv", whole_ids=True)
    assert not (tmp_path / "whole.csv").exists()
    head = open_books(books.locations, HEAD, clock=clock)
    write(head, tmp_path / "whole.csv", whole_ids=True)
    text = (tmp_path / "whole.csv").read_text("utf-8-sig")
    assert WHOLE in text
    assert f"ของ {CITIZEN}" in text
    told = head.ledger.lines(kind="export", newest_first=False)
    assert [(line.officer, line.facts["whole_ids"]) for line in told] == [("somchai", False), (HEAD, True)]
    assert told[1].facts["lines"] == len(text.splitlines()) - 1
    head.ledger.verify()
    head.close()


def test_broken_books_can_still_be_written_out_masked(books: Books, tmp_path: Path, clock: HandClock) -> None:
    key, lines = books.database.key, books.ledger.count()
    books.close()
    tamper(
        books.locations.books, "UPDATE ledger SET body = replace(body, 'D02', 'D03') WHERE seq = 11", key=key
    )
    broken = Books.open(books.locations, HEAD, PASSPHRASE[HEAD], clock=clock, even_broken=True)
    assert broken.broken is not None
    write(broken, tmp_path / "broken.csv")
    assert MASKED in (tmp_path / "broken.csv").read_text("utf-8-sig")
    with pytest.raises(LedgerBroken):
        write(broken, tmp_path / "whole.csv", whole_ids=True)
    assert not (tmp_path / "whole.csv").exists()
    told = broken.ledger.lines(limit=2)
    assert [(line.seq, line.kind) for line in told] == [(lines + 1, "export"), (lines, "login")]
    broken.close()


def test_what_is_there_is_not_overwritten_and_nothing_is_half_done(books: Books, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    lines = books.ledger.count()
    nowhere = tmp_path / "nowhere" / "table.csv"
    for to, error in ((there, BadInput), (tmp_path / "table.pdf", BadInput), (nowhere, NoSuchFolder)):
        with pytest.raises(error):
            write(books, to)
    with pytest.raises(NotFound):
        Exports(books).write("2026-01", tmp_path / "january.csv", heads(), cells_of(books))
    assert there.read_text() == "mine"
    assert books.ledger.count() == lines, "a line tells of a file that is not there"
