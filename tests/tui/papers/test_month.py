"""The month's paper, read from the PDF."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from store.base.locations import Locations
from store.books import Books
from store.months.values import Reported
from store.staff.appointments import Appointments, Term
from tests.rig.lines import HandClock
from tests.rig.office import (
    CITIZEN,
    CITIZEN_ID,
    CONTROLLER,
    HEAD,
    OFFICER,
    PASSPHRASE,
    SECOND,
    SECOND_PASSPHRASE,
    copy_office,
    decide_catalogue,
    second_officer,
)
from tests.rig.pdf import bare, holds, pages
from tests.rig.signed_people import renamed, sign_change
from tests.rig.small_disk import small_disk
from tests.store.months.month_office import NOVEMBER, Office, claim, know_centre, receipt_for
from tests.store.stations.two_pcs import Pc, made
from tests.tui.counter import counter
from tui import cli, passphrases
from tui.papers.month import month_paper
from tui.screens.month.month import MonthScreen
from tui.words import translate

DECEMBER_3 = "2026-12-03T10:00:00"
DRAFT = "ร่าง"


@pytest.fixture(autouse=True)
def _thai_afterwards() -> Iterator[None]:
    yield
    translate.use("th")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    start = HandClock("2026-11-30T08:00:00")
    office = Office(copy_office(tmp_path / "home", moment=start()), start)
    office.serve_november(bare=True)
    return office


def paper(
    office: Office, at: str = DECEMBER_3, change: Callable[[Reported], Reported] = lambda r: r
) -> bytes:
    with office.at(HEAD, at) as books:
        return month_paper(books, change(books.months.reported(NOVEMBER)))


def text(office: Office, at: str = DECEMBER_3) -> str:
    return "".join(pages(paper(office, at)))


def test_each_step_of_the_month_is_plain_on_its_paper(office: Office) -> None:
    shown = text(office, "2026-11-30T12:00:00")
    holds(shown, DRAFT, "ยังไม่ตัดยอด", "ณ วันที่ ๓๐ พฤศจิกายน ๒๕๖๙", "ยังไม่ได้ลงนาม")
    with office.at(OFFICER, "2026-12-01T08:00:00") as books:
        books.months.cut_off(NOVEMBER)
        books.months.explain(NOVEMBER, 1, "เครื่องอ่านบัตรเสีย")
    holds(text(office), DRAFT, "ตัดยอดแล้ว ยังไม่มีผู้ลงนาม", "เครื่องอ่านบัตรเสีย", "ยังไม่พิจารณา")
    office.summarised()
    shown = text(office)
    holds(shown, DRAFT, "รอหัวหน้างานผู้ควบคุม", "(นายสมชาย ใจดี)", "ระดับชำนาญงาน")
    holds(shown, "๑ ธันวาคม ๒๕๖๙ เวลา ๐๘.๔๗ น.")
    office.checked()
    holds(text(office), DRAFT, "รอหัวหน้าหน่วยงาน", "(นางสาววิภา ตั้งใจ)")
    office.approved()
    shown = text(office)
    holds(shown, "ยังไม่ได้ส่ง", "(นายประสิทธิ์ มั่นคง)", "รับฟังได้", "อธิบายได้")
    assert DRAFT not in shown
    assert "ยังไม่ได้ลงนาม" not in shown
    with office.at(HEAD, "2026-12-02T15:20:00") as books:
        know_centre(books)
        books.months.submit(NOVEMBER)
    holds(text(office), "ยังไม่มีใบรับ")
    with office.at(HEAD, "2026-12-02T15:30:00") as books:
        people = claim(books)
        listed = books.database.value("SELECT sha256 FROM people_list")
        books.months.received(people, receipt_for(books, people, id=listed))
        job = claim(books)
        received = receipt_for(books, job, received_at="2026-12-02T15:31:00+07:00")
        books.months.received(job, received)
        digest = job.digest.hex()
    shown = text(office)
    holds(shown, "ยังไม่ได้เทียบกุญแจของผู้ลงนาม")
    holds(shown, "มีใบรับแล้ว", "๒ ธันวาคม ๒๕๖๙ เวลา ๑๕.๓๑ น.", job.id, digest[:16])
    assert "ยังไม่มีใบรับ" not in shown


def test_the_counts_are_those_of_the_signed_report(office: Office) -> None:
    holds(text(office, "2026-11-30T12:00:00"), "S01 ขอกู้ยืมกองทุน", "D02 ทะเบียนบ้าน ๑ – ๑ ๒")
    office.summarised()
    with office.at(HEAD, DECEMBER_3) as books, books.database.write() as db:
        # Nothing is counted anew: what was signed is what the paper says.
        db.execute("UPDATE month SET payload = replace(payload, '\"spared\":2', '\"spared\":777')")
    holds(text(office), "๗๗๗")


def test_a_flagged_month_says_what_goes_to_ict(office: Office) -> None:
    office.summarised()
    office.checked()
    with office.at(HEAD, "2026-12-02T15:00:00") as books:
        books.months.decide(NOVEMBER, 1, True, "มีบันทึกแล้ว")
        books.months.flag(NOVEMBER, books.signer(PASSPHRASE[HEAD]), "ขอให้ตรวจ")
    holds(text(office), "รับฟังไม่ได้ รายงาน ICT ขอให้ตรวจ", "รับฟังได้ มีบันทึกแล้ว", "พบสิ่งผิดปกติ")


def test_no_citizen_stands_in_it(office: Office) -> None:
    with office.at(OFFICER, "2026-12-01T08:00:00") as books:
        books.months.cut_off(NOVEMBER)
        books.months.explain(NOVEMBER, 1, f"ของ {CITIZEN} และ ๑-๒๓๔๕-๖๗๘๙๐-๑๒-๑")
    office.summarised()
    shown = text(office)
    for number in (CITIZEN, "1-2345-67890-12-1", "๑๒๓๔๕๖๗๘๙๐๑๒๑", "๑-๒๓๔๕-๖๗๘๙๐-๑๒-๑", *CITIZEN_ID.values()):
        assert number not in shown


def test_names_are_never_markup(office: Office) -> None:
    names = {
        OFFICER: '#let x = 1; #pagebreak() *ใจ* $x^2$ \\ "q" <a> @b [c] {d} // e /* f `g` = h - i',
        CONTROLLER: "นางสาว" + "กตัญญูกตเวที" * 16,
        HEAD: "W" * 150 + " 😀漢字",
    }
    service = {"name": '#panic("x") \\u{41} ' + "ก" * 150}
    with office.at(HEAD) as books:
        for login, name in names.items():
            sign_change(books, books.signer(PASSPHRASE[HEAD]), renamed(login, name))
        decide_catalogue(books, lambda found: found["services"]["S01"].update(service))
    office.summarised()
    office.checked()
    office.approved()
    shown = text(office)
    holds(shown, names[OFFICER], "W" * 100, '#panic("x")\\u{41}')
    assert shown.count(bare("กตัญญูกตเวที")) >= 16
    assert len(pages(paper(office))) <= 4


def test_a_large_month_goes_over_pages_with_its_heads_and_numbers(office: Office) -> None:
    def large(reported: Reported) -> Reported:
        use = [
            [f"officer-{who:02}", f"S{n:02}", f"D{n:02}", channel, outcome, n * 1000 + who]
            for n in range(1, 61)
            for who in range(1, 41)
            for channel, outcome in (("card", "obtained"), ("gdx", "not_found"))
        ]
        found = tuple(replace(reported.view.findings[0], n=n) for n in range(1, 51))
        view = replace(reported.view, findings=found)
        return replace(reported, content={**reported.content, "use": use}, view=view)

    shown = pages(paper(office, change=large))
    count = len(shown)
    assert count >= 7
    last = "".join("๐๑๒๓๔๕๖๗๘๙"[int(digit)] for digit in str(count))
    assert all(page.endswith(f"จาก{last}") for page in shown)
    assert all(bare("ร่าง") in page for page in shown)
    assert sum("รหัสงานบริการ" in page for page in shown) >= 2
    assert sum(bare("คำชี้แจงของเจ้าหน้าที่") in page for page in shown) >= 2
    holds("".join(shown), "S60", "officer-40", "๒,๔๐๐,๘๒๐")


def test_the_same_month_is_the_same_paper(office: Office) -> None:
    office.summarised()
    office.checked()
    translate.use("th")
    first = paper(office)
    translate.use("en")
    assert paper(office, "2026-12-04T11:00:00") == first
    assert b"2026-12-04" not in first


def test_an_acting_head_is_printed_as_acting_under_the_order(office: Office) -> None:
    second_officer(office.locations, office.clock).close()
    with office.at(HEAD, "2026-11-30T11:00:00") as books:
        term = Term(until_at="2026-12-31T00:00:00+07:00", order_no="กษ 0201/123", acting=True)
        Appointments(books).appoint(SECOND, "head", books.signer(PASSPHRASE[HEAD]), term)
    office.summarised()
    office.checked()
    office.clock.set("2026-12-02T15:00:00")
    books = Books.open(office.locations, SECOND, SECOND_PASSPHRASE, clock=office.clock)
    books.months.approve(NOVEMBER, books.signer(SECOND_PASSPHRASE), "อธิบายได้")
    books.close()
    shown = text(office)
    holds(shown, "(นางสาวยุพา แก้วใส)", "รักษาราชการแทนหัวหน้าหน่วยงาน", "ตามคำสั่งที่ กษ 0201/123")
    assert shown.count(bare("รักษาราชการแทน")) == 1


def test_the_paper_says_lost_lines_lateness_and_a_return(office: Office) -> None:
    def several(reported: Reported) -> Reported:
        view = replace(reported.view, late=True, revision=2, returned="ยอดงานไม่ตรง")
        return replace(reported, view=view, content={**reported.content, "lost_lines": 12})

    shown = "".join(pages(paper(office, change=several)))
    holds(shown, "๑๒ บรรทัด", "ล่าช้ากว่ากำหนด", "ฉบับแก้ไขครั้งที่ ๒", "ยอดงานไม่ตรง")


def test_what_was_sent_back_is_a_draft_again_and_says_why(office: Office) -> None:
    office.summarised()
    with office.at(CONTROLLER, "2026-12-02T09:00:00") as books:
        books.months.send_back(NOVEMBER, "ขอคำชี้แจงเพิ่ม")
    shown = text(office)
    holds(shown, DRAFT, "ยังไม่มีผู้ลงนาม", "เจ้าหน้าที่ผู้สรุป นายสมชาย ใจดี (ขอคำชี้แจงเพิ่ม)")


def test_two_pcs_of_an_office_stand_on_one_paper(tmp_path: Path) -> None:
    shutil.copytree(made(), tmp_path, dirs_exist_ok=True)
    head, other = (
        Pc(Locations(tmp_path / name), HandClock("2027-01-01T08:00:00"), tmp_path)
        for name in ("pc01-5001", "pc02-5001")
    )

    def shown(pc: Pc) -> str:
        with pc.at() as books:
            return "".join(pages(month_paper(books, books.months.reported(NOVEMBER))))

    holds(shown(head), "ยังไม่ได้นำเข้า เครื่อง 02", "D11 โฉนดที่ดิน ๒ – – ๒")
    assert head.take_in(other.export(NOVEMBER, "2027-01-01T09:10:00"))
    with head.at(OFFICER) as books:
        books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
    together = shown(head)
    holds(together, "01, 02", "D11 โฉนดที่ดิน ๕ – – ๕", "nocopy/5001/01-", "nocopy/5001/02-")
    assert bare("ยังไม่ได้นำเข้า") not in together
    holds(shown(other), "ส่งให้เครื่อง 01 ของหน่วยงานเป็นผู้รายงาน")


# --- where it goes


def run(office: Office, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setitem(passphrases._taken, "NOCOPY_PASSPHRASE", PASSPHRASE[OFFICER])
    line = ("month", "paper", NOVEMBER, *words, "--home", str(office.locations.home))
    return cli.run([*line, "--login", OFFICER, "--lang", "en"])


def test_the_command_writes_the_paper_once_and_a_ledger_line(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(office, monkeypatch, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    file = tmp_path / "nocopy-5001-2026-11.pdf"
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    assert file.stat().st_mode & 0o777 == 0o600
    assert (told["file"], told["sha256"]) == (file.name, hashlib.sha256(content).hexdigest())
    with office.at(OFFICER) as books:
        (noted,) = books.ledger.lines(kind="paper")
    assert noted.seq == told["line"]
    assert noted.facts == {
        **{"what": "month", "month": NOVEMBER, "revision": 1, "state": told["state"]},
        "sha256": told["sha256"],
    }
    assert run(office, monkeypatch) == 2
    assert "not overwritten" in capsys.readouterr().err
    assert run(office, monkeypatch, "--to", "none/there.pdf") != 0
    assert "none" in capsys.readouterr().err
    assert file.read_bytes() == content
    assert [one.name for one in tmp_path.rglob("*.pdf")] == [file.name]
    with office.at(OFFICER) as books:
        assert len(books.ledger.lines(kind="paper")) == 1


def test_a_full_disk_leaves_neither_file_nor_line(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "stick", 1) as stick:
        stick.leave(0.01)
        assert run(office, monkeypatch, "--to", str(stick.folder / "a.pdf")) != 0
        assert str(stick.folder) in capsys.readouterr().err
        assert not list(stick.folder.glob("*.pdf*"))
    with office.at(OFFICER) as books:
        assert books.ledger.lines(kind="paper") == []


@pytest.mark.parametrize("login", [OFFICER, CONTROLLER, HEAD])
async def test_f7_puts_it_where_the_officer_says(login: str, office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    office.clock.set(DECEMBER_3)
    async with counter(office.locations, clock=office.clock) as at:
        await at.log_in(login)
        at.app.push_screen(MonthScreen(NOVEMBER))
        await at.see("F7 พิมพ์")
        await at.press("f7")
        await at.type(str(tmp_path / "nowhere"))
        await at.press("enter")
        await at.see("ไม่มีโฟลเดอร์")
        await at.see_path(tmp_path / "nowhere")
        if at.here != "MonthScreen":
            await at.press("escape")
        for name in ("nocopy-5001-2026-11.pdf", "nocopy-5001-2026-11-1.pdf"):
            await at.press("f7")
            await at.type(str(folder))
            await at.press("enter")
            await at.until((folder / name).exists, name)
            await at.see("เก็บไฟล์แล้ว")
            assert DRAFT in "".join(pages((folder / name).read_bytes()))
        assert [one.officer for one in at.app.books.ledger.lines(kind="paper")] == [login] * 2
    assert sorted(one.name for one in folder.iterdir()) == [
        "nocopy-5001-2026-11-1.pdf",
        "nocopy-5001-2026-11.pdf",
    ]
