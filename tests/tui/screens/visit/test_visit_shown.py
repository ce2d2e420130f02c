"""What a visit's screen keeps in sight: long names and answers, and what row 23 says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from reader.practice_people import PEOPLE
from store.counter.visitor import Visitor
from store.queue.process_token import process_token
from sync.practice.network import PracticeNetwork
from tests.rig.office import OFFICER, SECOND, ask, copy_office, open_books, second_officer
from tests.rig.visitors import card_record
from tests.tui.counter import Office, counter, lines
from tests.tui.screens.visit.unanswered import asked_without_network
from tui.screens.visit.visit_panel import Row, panel
from tui.words import translate


async def test_text_of_a_card_is_drawn_as_it_is(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(replace(PEOPLE[0], name_th="นาย#[/red]##[b]ใจดี\x1b[2J"))
        await at.see("นาย[/red] [b]ใจดี", "เลือกงานบริการ")
        assert "\x1b" not in at.shown()


async def test_when_the_awaited_answer_comes_row_23_says_to_finish(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await asked_without_network(at, line)
        line.restore()
        at.app.network.look()
        await at.until(lambda: len(lines(at, "answer")) == 2, "both answers")
        # The question stays what it is, says that it is overtaken, and F9 is alive in it.
        await at.see("ผลเข้ามาระหว่างที่ถามอยู่", "► รอผล", "F9 จบเรื่อง")
        assert "กด Enter เพื่อปิดคำถามนี้" in at.row(-2)
        await at.press("enter")
        assert "ได้ครบ 3 รายการ" in at.row(-2)
        assert "F9" in at.row(-2)
        assert lines(at, "correction") == []


async def test_a_long_name_is_whole(office: Office) -> None:
    name = "นาย#อเล็กซานเดอร์ แม็กซิมิเลียน#โยฮันเนส ฟอน#โฮเฮนโซลเลิร์น-ซิกมารินเกน"
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(replace(PEOPLE[5], name_th=name))
        await at.see("นายอเล็กซานเดอร์ แม็กซิมิเลียน", "ซิกมารินเกน", "กรุงเทพมหานคร", "บัตรใช้ได้ถึง", "ผู้มาติดต่อ")


async def test_a_long_address_is_whole(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[5])
        await at.see("เลือกงานบริการ", "วังทองหลาง", "กรุงเทพมหานคร", "ผู้มาติดต่อ")


def test_of_a_long_answer_the_warning_stays_in_sight() -> None:
    translate.use("th")
    card = card_record("1")
    fields = {"titleDesc": "นาย", "firstName": "ทดลอง", "lastName": "ใจงาม"}
    fields |= {
        name: "ค่าของช่องนี้" for name in ("age", "genderDesc", "nationalityDesc", "fatherName", "motherName")
    }
    want = SimpleNamespace(state="obtained", channel="linkage", need="required", use=1)
    document = SimpleNamespace(short="ทะเบียนราษฎร", owner="กรมการปกครอง")
    answer = SimpleNamespace(fields=fields, got_at="2026-11-22T10:42:00+07:00")
    row = Row(cast("Any", want), cast("Any", document), None, None, cast("Any", answer))
    shown = panel(row, cast("Any", SimpleNamespace(card=card)), 51, 8, "")
    assert len(shown) == 8
    assert any(part.startswith(" ! ") for part in shown)
    assert any("ใจงาม" in part for part in shown[4:])
    assert any("กด Enter ดูทั้งหมด" in part for part in shown)


async def test_without_a_gateway_on_the_pc_nothing_is_promised(tmp_path: Path) -> None:
    async with counter(copy_office(tmp_path / "bare")) as at:
        await at.log_in(OFFICER)
        await at.see("○ ยังไม่ตั้งค่า")
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("คำขอนี้จึงส่งไม่ได้", "► รอผล")
        assert "คำขอ 2 รายการส่งไม่ได้ กด F4 ใช้ตัวจริง" in at.row(-2)


async def test_home_shows_every_place_to_go_however_much_there_is_to_do(office: Office) -> None:
    locations = office()
    books = open_books(locations)
    for person in PEOPLE[:7]:
        visit = books.visits.open("S01", Visitor(person.citizen_id, identity="none"), documents=["D02"])
        books.visits.obtain(visit.id)
    books.close()
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.see("ต้องทำ (8)", "► เรื่องเปิด 00001", "พักหน้าจอ")
        await at.press("down", "down", "down", "down", "down", "down")
        await at.see("► เรื่องเปิด 00007", "พักหน้าจอ")


async def test_another_officer_s_answer_is_looked_at_once_for_each_opening_of_the_visit(
    office: Office,
) -> None:
    locations = office()
    books = open_books(locations)
    visit = ask(books, "D02")
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process=process_token())
    assert job is not None
    books.lookups.answered(job, "obtained", {"houseNo": "99/9"}, 10)
    books.visits.park(visit)
    books.close()
    second_officer(locations).close()

    async with counter(locations) as at:
        await at.log_in(SECOND)
        for looks in (1, 2):
            at.app.open_visit(visit)
            await at.see("99/9")
            for _ in range(3):
                at.app.repaint()
            assert len(lines(at, "export")) == looks
            await at.press("escape")
            await at.until(lambda: at.here == "HomeScreen", "Home")
