"""A visit's slip, as the citizen gets it: read out of the PDF that F7 wrote."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.counter import slips
from store.counter.errors import NothingRecorded
from store.counter.visitor import Visitor
from sync.practice.network import PracticeNetwork
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, OFFICER, SECOND, decide_catalogue, open_books, second_officer
from tests.rig.pdf import bare, holds, pages
from tests.tui.counter import Office, counter
from tests.tui.screens.visit.slips import MORNING, begin, text
from tui.papers.slip import print_slip
from tui.words.ledger_words import kind_word
from tui.words.translate import _


async def test_f7_gives_the_citizen_a_slip_with_what_was_looked_up_and_none_of_what_it_said(
    office: Office, line: PracticeNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)  # a short path is typed fast
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        # Nothing was asked for: a slip would be the first trace of this visit.
        assert "F7" not in at.row(-1)
        await at.press("f7", "enter")
        await at.see("ได้ครบ 3 รายการ", "F7 พิมพ์")
        await at.press("f7")
        await at.type("nowhere")
        await at.press("enter")
        await at.see("ไม่มีโฟลเดอร์")
        await at.press("escape")
        await at.press("f7")
        await at.type("papers")
        await at.press("enter")
        await at.see("เก็บไฟล์แล้ว: papers/nocopy-5001-01-69-00001.pdf")
        # Once more: the folder is the last one, and nothing is written over.
        await at.press("f7")
        await at.see("[papers", "สมุดจะบันทึกไว้")
        await at.press("enter")
        await at.see("เก็บไฟล์แล้ว: papers/nocopy-5001-01-69-00001-1.pdf")
        assert at.here == "DocumentsScreen"
        content = (folder / "nocopy-5001-01-69-00001-1.pdf").read_bytes()
        shown = "".join(pages(content))
        holds(shown, "สำนักงานเกษตรและสหกรณ์จังหวัดเชียงใหม่", "ใบแจ้งผู้รับบริการ", "01-69-00001")
        holds(shown, "01 ขอกู้ยืมกองทุนเกษตรกรและผู้ยากจน", "นายทดลอง ใจดี", "x-xxxx-xxx90-12-1", "นายสมชาย ใจดี")
        holds(shown, "บัตรประจำตัวประชาชน อ่านจากบัตร ได้แล้ว", "ไม่ต้องยื่นสำเนา ๓ ฉบับ", "ขอทราบได้ว่า")
        assert shown.count(bare("Linkage Center ได้แล้ว")) == 2
        assert "....." not in shown, "nothing is awaited, so nobody signs"
        for secret in ("1234567890121", "1-2345-67890-12-1", "50010000000", "สุเทพ", "99/9", "2523", "๒๕๒๓"):
            assert secret not in shown, secret
        noted = at.app.books.ledger.lines(kind="paper")
        assert [one.visit for one in noted] == ["01-69-00001"] * 2
        assert noted[0].facts == {"what": "slip", "sha256": hashlib.sha256(content).hexdigest()}
        assert (noted[0].officer, noted[0].subject) == (OFFICER, PEOPLE[0].citizen_id)
        assert kind_word(noted[0]) == "ใบแจ้งผู้รับบริการ"
        await at.press("f9")
        await at.see("จบเรื่องแล้ว")


async def test_the_folder_is_the_usual_one_and_then_the_last_one_while_it_is_there(
    office: Office, line: PracticeNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, stick = tmp_path / "Documents", tmp_path / "stick"
    usual.mkdir()
    stick.mkdir()
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(usual))
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("ได้ครบ 3 รายการ")
        await at.press("f7", "enter")
        await at.see("เก็บไฟล์แล้ว")
        assert len(list(usual.iterdir())) == 1
        await at.press("f7")
        await at.type(str(stick))
        await at.press("enter")
        await at.see("เก็บไฟล์แล้ว")
        await at.press("f7", "enter")
        await at.until(lambda: len(list(stick.iterdir())) == 2, "the second one on the stick")
        await at.see("เก็บไฟล์แล้ว")
        # The stick is pulled out: Enter alone leads nobody to a folder that is not there.
        stick.rename(tmp_path / "elsewhere")
        await at.press("f7", "enter")
        await at.until(lambda: len(list(usual.iterdir())) == 2, "the usual folder again")
        await at.see("เก็บไฟล์แล้ว")


async def test_a_slip_is_made_after_the_visit_has_ended_where_the_officer_looks_for_it(
    office: Office, line: PracticeNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Documents"
    folder.mkdir()
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(folder))
    clock = HandClock("2026-11-18T15:00:00")
    locations = office(clock())
    books = open_books(locations, clock=clock)
    yesterday = begin(books, "D01")
    books.visits.close(yesterday)
    books.close()
    clock.set(MORNING)
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        assert "F7" not in at.row(-1), "nobody was served today"
        visits = []
        for person in (PEOPLE[0], PEOPLE[1]):
            at.desk.insert(person)
            await at.see("เลือกงานบริการ")
            await at.press("enter", "enter")
            await at.see("ได้ครบ 3 รายการ")
            visits.append(at.app.books.visits.unfinished()[0].id)
            await at.press("f9")
            await at.see("จบเรื่องแล้ว", "F7 พิมพ์")
            at.desk.remove()
            clock.set("2026-11-19T11:05:00")
        await at.press("f7")
        # Others see this screen: no name, and of a number its end alone.
        await at.see(
            "ใบแจ้งผู้รับบริการ", "► 00003  11:05  x-xxxx-xxx", "00002  10:42  x-xxxx-xxx90-12-1  01 ขอกู้ยืม"
        )
        assert yesterday[-5:] not in at.shown().split("ใบแจ้งผู้รับบริการ")[1]
        await at.press("down", "enter")
        await at.see("ใบแจ้งผู้รับบริการ · " + visits[0], "/Documents")
        await at.press("enter")
        await at.see("เก็บไฟล์แล้ว", f"{visits[0]}.pdf")
        assert at.here == "HomeScreen"
        (made,) = folder.iterdir()
        shown = "".join(pages(made.read_bytes()))
        holds(shown, visits[0], "จบแล้ว ๑๙ พฤศจิกายน ๒๕๖๙", "x-xxxx-xxx90-12-1", "ไม่ต้องยื่นสำเนา ๓ ฉบับ")
        assert "ทดลอง" not in shown, "the card's text is erased with the visit's end"
        # Yesterday's is found in the ledger.
        await at.press("f3")
        await at.see("ค้นหา")
        await at.type(yesterday)
        await at.see("พบ 1 จาก")
        await at.press("f7")
        await at.see("► หน้าสมุดของบรรทัดที่แสดงอยู่", f"ใบแจ้งผู้รับบริการ ของเรื่อง {yesterday}")
        await at.press("down", "enter")
        await at.see("ใบแจ้งผู้รับบริการ · " + yesterday)
        await at.press("enter")
        await at.see("เก็บไฟล์แล้ว", f"{yesterday}.pdf")
        assert at.here == "LedgerScreen"
        assert [one.visit for one in at.app.books.ledger.lines(kind="paper")] == [yesterday, visits[0]]


async def test_a_slip_that_cannot_be_written_waits_at_home_and_holds_nothing_up(
    office: Office, line: PracticeNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Documents"
    folder.mkdir()
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(folder))
    clock = HandClock(MORNING)
    locations = office(clock())
    second_officer(locations, clock).close()
    waits = "► ใบแจ้งเรื่อง 00001 ยังไม่พิมพ์"
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("ได้ครบ 3 รายการ")
        for _again in range(2):  # also when it is tried once more
            await at.press("f7")
            await at.type(str(tmp_path / "stick"))
            await at.press("enter")
            await at.see("ไม่มีโฟลเดอร์", "ใบแจ้งรออยู่ที่หน้าหลัก", "01-69-00001", "ด้วยมือ")
            await at.press("escape")
            await at.until(lambda: at.here == "DocumentsScreen", "the visit goes on")
        await at.press("f9")
        at.desk.remove()
        await at.see("จบเรื่องแล้ว", waits)
    assert list(folder.iterdir()) == []
    # Whoever is at the counter the next day still sees it.
    clock.set("2026-11-20T09:00:00")
    async with counter(locations, clock=clock) as at:
        await at.log_in(SECOND)
        await at.see(waits)
        await at.press("enter")
        await at.see("สั่งพิมพ์เมื่อ 19 พ.ย. 2569 10:42 แต่เก็บไฟล์ไม่ได้", "► รอไว้ก่อน")
        await at.press("enter")
        await at.see(waits)
        await at.press("enter", "down", "enter", "enter")
        await at.see("เก็บไฟล์แล้ว")
        await at.until(lambda: "ยังไม่พิมพ์" not in at.shown(), "nothing that waits")
        (made,) = folder.iterdir()
        holds("".join(pages(made.read_bytes())), "01-69-00001")
        # One that nobody wants any more.
        slips.wait(at.app.books, "01-69-00001")
        at.app.refresh_counts()
        await at.see("ใบแจ้งเรื่อง 00001 ยังไม่พิมพ์")
        await at.press("up", "up", "up", "up", "up", "up", "up", "enter", "down", "down", "enter")
        await at.see("เอาใบแจ้งของเรื่อง 01-69-00001 ออกจากรายการรอแล้ว")
        await at.until(lambda: "ยังไม่พิมพ์" not in at.shown(), "nothing that waits")
        assert slips.waiting(at.app.books) == {}
        assert len(list(folder.iterdir())) == 1


async def test_a_slip_given_up_in_another_window_is_said_to_wait_no_more(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    visit = begin(books, "D02")
    slips.wait(books, visit)
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        while "► ใบแจ้งเรื่อง 00001 ยังไม่พิมพ์" not in at.shown():
            before = at.shown()
            await at.press("down")
            assert at.shown() != before, f"no such row in\n{before}"
        slips.let_go(books, visit)
        await at.press("enter")
        await at.see("เอาใบแจ้งของเรื่อง 01-69-00001 ออกจากรายการรอแล้ว")
        await at.until(lambda: "ยังไม่พิมพ์" not in at.shown(), "nothing that waits")
        assert at.here == "HomeScreen"
    books.close()


def _drop_a_service_and_a_document(found: dict[str, Any]) -> None:
    found["services"] = {"S02": {**found["services"]["S02"], "documents": []}}
    del found["documents"]["D02"]


def test_a_slip_prints_the_code_of_what_the_catalogue_no_longer_has(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    visit = begin(books, "D02")
    books.visits.close(visit, force=True)
    decide_catalogue(books, _drop_a_service_and_a_document)
    holds(text(books, visit), "งานบริการ 01", "D02", "Linkage Center ยกเลิก ยังไม่ได้ส่งคำขอ")
    books.close()


@pytest.mark.parametrize("lang", ["th", "en"])
async def test_the_row_of_keys_has_room_for_f7_where_it_is_fullest(
    office: Office, line: PracticeNetwork, lang: str
) -> None:
    async with counter(office(), lang=lang) as at:
        line.cut()
        await at.log_in(OFFICER)
        await at.see("× ")
        at.desk.insert(PEOPLE[0])
        await at.see("1-2345-67890-12-1")
        await at.press("enter", "enter")
        await at.until(lambda: "F7" in at.row(-1) and "Tab" in at.row(-1), "the question's keys")
        for last in ("Back", "Park"):  # in the question, and in the list beside it
            await at.until(lambda last=last: at.row(-1).rstrip().endswith(f"Esc {_(last)}"), last)
            assert f"F7 {_('Paper')} " in at.row(-1)
            await at.press("tab")


def test_a_visit_that_asked_for_nothing_has_no_slip_and_leaves_no_trace(
    locations: Locations, clock: HandClock, tmp_path: Path
) -> None:
    books = open_books(locations, clock=clock)
    visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"))
    before = books.ledger.count()
    with pytest.raises(NothingRecorded):
        print_slip(books, visit.id, tmp_path / "slip.pdf")
    assert books.ledger.count() == before
    assert not (tmp_path / "slip.pdf").exists()
    books.visits.discard(visit.id)
    books.close()
