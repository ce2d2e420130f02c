"""The ledger's pages on paper: read from the PDF that F7 wrote, and compared with the ledger by its head."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from reader.buddhist_date import thai_digits
from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.books import Books
from store.formats.line import Entry
from tests.rig.cheap import cheap_office
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.rig.pdf import bare, holds, pages
from tests.tui.counter import Counter, counter
from tui import cli, passphrases
from tui.papers import ledger as paper
from tui.words.translate import _

PAPER = "papers/nocopy-5001-01-ledger-2026-11-19.pdf"


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-19T10:42:00")


@pytest.fixture
def locations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> Locations:
    """An office, and an empty folder `papers` where the program runs."""
    (tmp_path / "papers").mkdir()
    locations = cheap_office(monkeypatch, tmp_path, clock())
    monkeypatch.chdir(tmp_path)
    return locations


def use(locations: Locations, clock: HandClock, count: int, **fields: Any) -> None:
    """So many uses in the ledger."""
    given = {"visit": "01-69-00001", "service": "S01", "document": "D02", "channel": "copy", **fields}
    entry = Entry("use", OFFICER, outcome="obtained", subject=CITIZEN, subject_kind="thai_person", **given)
    books = open_books(locations, clock=clock)
    with books.database.write() as db:
        for _n in range(count):
            books.ledger.append(db, entry)
    books.close()


async def list_them(at: Counter, login: str, typed: str = "") -> None:
    """Log in, open the ledger and search it."""
    await at.log_in(login)
    await at.press("f3")
    await at.until(lambda: at.here == "LedgerScreen", "the ledger")
    if typed:
        await at.type(typed)
        await at.until(lambda: at.app.screen._found_for[0] == typed, "what was found")  # type: ignore[attr-defined]


async def save(at: Counter) -> None:
    await at.press("f7")
    await at.until(lambda: at.here in ("Question", "TypeIn"), "what, or where to")
    if at.here == "Question":  # who serves citizens could also have the slip of the chosen line's visit
        await at.see("► " + _("The pages of the lines that are listed"))
        await at.press("enter")
    await at.until(lambda: at.here == "TypeIn", "the folder")
    await at.type("papers")
    await at.press("enter")


def printed() -> list[str]:
    (only,) = Path("papers").iterdir()
    return pages(only.read_bytes())


async def test_f7_prints_what_is_listed_and_its_head_proves_the_ledger_later(
    locations: Locations,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(locations, clock, 2)
    use(locations, clock, 1, document="D04", visit="01-69-00002")
    async with counter(locations, clock=clock) as at:
        await list_them(at, CONTROLLER, "ทะเบียนบ้าน")
        await at.see("พบ 2 จาก", "F7 พิมพ์")
        await at.press("f7")
        await at.see("หน้าสมุดควบคุมการใช้งาน", "เลขประจำตัวแสดงบางส่วน")
        await at.press("escape")
        await save(at)
        await at.see(f"เก็บไฟล์แล้ว: {PAPER}")
        assert at.here == "LedgerScreen"
        (shown,) = printed()
        books: Books = at.app.books
        (noted,) = books.ledger.lines(kind="paper")
        size = noted.seq
        root = books.ledger.root(size).hex()
        holds(shown, "สมุดควบคุมการใช้งาน สำนักงานเกษตรและสหกรณ์จังหวัดเชียงใหม่", "ค้นหา ทะเบียนบ้าน พบ ๒ บรรทัด")
        holds(shown, "พิมพ์โดย นางสาววิภา ตั้งใจ เมื่อ ๑๙ พฤศจิกายน ๒๕๖๙ เวลา ๑๐.๔๒ น.", "หน้า ๑ จาก ๑")
        holds(shown, "๑๙ พ.ย. ๒๕๖๙ ๑๐.๔๒ การใช้งาน x-xxxx-xxx90-12-1 01-69-00001 01 ทะเบียนบ้าน ถ่ายสำเนา ได้มา")
        holds(shown, f"ยอดสมุดเมื่อพิมพ์ {thai_digits(size)} บรรทัด · ลายนิ้วมือ {root[:16]}", f"{size}:{root}")
        assert "ทะเบียนสมรส" not in shown
        assert "01-69-00002" not in shown
        assert (noted.officer, noted.facts["what"], noted.facts["lines"]) == (CONTROLLER, "ledger", 2)
        assert noted.facts["size"] == size
    # Somebody who kept the paper types the head as it is printed.
    ran = subprocess.run(["pdftotext", "-layout", PAPER, "-"], capture_output=True, check=True)
    (head,) = re.findall(r"\d+: (?:[0-9a-f]{4} ){15}[0-9a-f]{4}", ran.stdout.decode())
    for given, code in ((head, 0), (head[:-1] + "0123456789abcdef"[int(head[-1], 16) ^ 1], 5)):
        monkeypatch.setattr(passphrases, "_taken", {"NOCOPY_PASSPHRASE": PASSPHRASE[HEAD]})
        line = ["ledger", "verify", "--offline", "--head", given, "--home", str(locations.home)]
        assert cli.run([*line, "--login", HEAD, "--json"]) == code, capsys.readouterr()


@pytest.mark.parametrize("by_card", [True, False])
async def test_no_number_that_was_searched_stands_on_the_paper(
    locations: Locations, clock: HandClock, by_card: bool
) -> None:
    use(locations, clock, 1)
    async with counter(locations, clock=clock, lang="en") as at:
        await list_them(at, OFFICER, "" if by_card else "1 2345 67890 12 1")
        if by_card:
            at.desk.insert(PEOPLE[0])
        await at.see("Found 1 of")
        await save(at)
        await at.see("Saved: ")
        # In Thai, whatever language the screen speaks.
        (shown,) = printed()
        holds(shown, "ค้นหา x-xxxx-xxx90-12-1 พบ ๑ บรรทัด", "๑๐.๔๒ การใช้งาน x-", "ถ่ายสำเนา ได้มา")
        assert CITIZEN not in shown.replace("-", "")
        # The paper itself is a line of the ledger, which says what was printed.
        await at.press("f3")
        await at.type("paper")
        await at.see("Found 1 of", "ledger pages")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ทะเบียนบ้าน พ.ย. 01-69-00012", "ทะเบียนบ้าน พ.ย. 01-69-00012"),
        ("1234567890121", "x-xxxx-xxx90-12-1"),
        ("๑๒๓๔๕๖๗๘๙๐๑๒๑ ไม่พบ", "x-xxxx-xxx90-12-1 ไม่พบ"),
        ("1234567890120 ไม่พบ", "xxxxxxxxxxxxx ไม่พบ"),
        ("ไม่พบ 123456789012", "ไม่พบ xxxxxxxxxxxx"),
        ("ไม่พบ 1 2345 67890 12 1", "ไม่พบ xxxxxxxxxxxxx"),
        ("A1234567", "xxxx4567"),
        ("ๅ/-ภถุึคตจๅ/ๅ", "x-xxxx-xxx90-12-1"),
    ],
)
def test_what_was_searched_for_is_told_without_anybodys_number(
    locations: Locations, clock: HandClock, typed: str, shown: str
) -> None:
    books = open_books(locations, clock=clock)
    with books.database.write() as db:
        books.ledger.append(db, Entry("use", OFFICER, subject="A1234567", subject_kind="passport"))
    before = books.ledger.count()
    assert books.search.shown(typed) == shown
    assert books.ledger.count() == before
    books.close()


async def test_that_nothing_was_found_is_a_paper_too(locations: Locations, clock: HandClock) -> None:
    async with counter(locations, clock=clock) as at:
        await list_them(at, OFFICER, PEOPLE[1].citizen_id)
        await at.see("ไม่พบใน")
        await save(at)
        await at.see("เก็บไฟล์แล้ว")
        (shown,) = printed()
        holds(shown, "พบ ๐ บรรทัด", "ไม่พบบรรทัดใดในสมุดนี้")


async def test_many_lines_go_over_pages_and_too_many_are_refused_before_the_folder(
    locations: Locations, clock: HandClock
) -> None:
    use(locations, clock, 500, document="D13")
    async with counter(locations, clock=clock) as at:
        await list_them(at, OFFICER)
        await at.see("การใช้งาน 500 ครั้ง")
        await save(at)
        await at.see("เก็บไฟล์แล้ว")
        shown = printed()
        holds(shown[0], "การใช้งานทั้งหมด พบ ๕๐๐ บรรทัด")
        for n, page in enumerate(shown, 1):
            assert page.endswith(bare(f"หน้า {thai_digits(n)} จาก {thai_digits(len(shown))}"))
            holds(page, "บรรทัด วันที่ เวลา รายการ ผู้รับบริการ เลขเรื่อง งาน เอกสาร ช่องทาง ผล ผู้ทำ")
        assert sum(page.count("01-69-00001") for page in shown) == 500
        assert len(shown) > 12
        uses = at.app.books.ledger.lines(kind="use", limit=-1)
        # The book's order, the first use before the last.
        assert bare(thai_digits(f"{uses[-1].seq:,}")) in shown[0]
        assert bare(thai_digits(f"{uses[0].seq:,}")) in shown[-1]
        use(locations, clock, paper.MOST - 499)
        await at.press("escape", "f3")
        await at.see(f"การใช้งาน {paper.MOST + 1:,} ครั้ง")
        await at.press("f7", "enter")
        await at.see("1,001 บรรทัดมากเกินไป", "ไม่เกิน 1,000 บรรทัด", "เพิ่มคำค้นให้แคบลง")
        assert at.here == "ErrorScreen"
        await at.press("escape")
        await at.see("F7 พิมพ์")
        assert len(at.app.books.ledger.lines(kind="paper")) == 1


@pytest.mark.parametrize("key", ["escape", "f12"])
async def test_it_is_stopped_and_nothing_is_written(
    locations: Locations, clock: HandClock, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    use(locations, clock, 3)
    slow, begun, ended = threading.Event(), threading.Event(), threading.Event()

    def typeset(*_any: object) -> bytes:
        begun.set()
        assert slow.wait(60)
        ended.set()
        return b"%PDF-"

    monkeypatch.setattr(paper, "typeset", typeset)
    async with counter(locations, clock=clock) as at:
        await list_them(at, OFFICER)
        await save(at)
        await at.until(begun.is_set, "the pages to be set")
        await at.see("Esc หยุด", "40%", "เก็บไว้ที่ papers")
        await at.press(key)
        slow.set()
        if key == "escape":
            await at.see("หยุดทำเอกสารแล้ว ไม่ได้เขียนไฟล์")
            assert at.here == "LedgerScreen"
        else:
            await at.until(ended.is_set, "the end of the work")
            await at.log_in(OFFICER)
        assert list(Path("papers").iterdir()) == []
        assert at.app.books.ledger.lines(kind="paper") == []


async def test_where_only_given_lines_are_shown_there_is_no_paper(
    locations: Locations, clock: HandClock
) -> None:
    use(locations, clock, 1)
    async with counter(locations, clock=clock) as at:
        await list_them(at, OFFICER)
        await at.press("enter")
        await at.see("ประวัติของบรรทัด")
        assert "F7" not in at.row(-1)
