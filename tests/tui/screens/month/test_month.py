"""The month on the screen: the full text of what its rows cut; what the head must know before approving."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.base.locations import Locations
from store.counter.visitor import Visitor
from store.months.values import Finding
from tests.rig.cheap import cheap_office
from tests.rig.lines import HandClock, tamper
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.tui.counter import Counter, Office, counter
from tui.screens.month.month import MonthScreen
from tui.screens.month.month_panel import delivered, officer_lines
from tui.words import translate

NOVEMBER, DECEMBER = "2026-11", "2026-12"


def on_saturday() -> datetime:
    return datetime(2026, 11, 28, 10, tzinfo=BANGKOK)


def serve(locations: Locations, *services: str) -> None:
    """A visit on a Saturday for each of these services, with one original seen: a finding."""
    books = open_books(locations, clock=on_saturday)
    for service in services:
        visit = books.visits.open(service, Visitor(CITIZEN, identity="card_face"), documents=["D11"])
        books.visits.obtain(visit.id, {1: "sighted"})
        books.visits.close(visit.id)
    books.close()


async def the_month(at: Counter, login: str) -> None:
    """By the menu of Home."""
    await at.log_in(login)
    while "► งานประจำเดือน" not in at.shown():
        await at.press("down")
    await at.press("enter")
    await at.see("งานบริการ", "รวม")


async def test_the_whole_name_of_a_service_is_shown_where_the_cursor_stands(office: Office) -> None:
    locations = office(on_saturday())
    serve(locations, "S01", "S02", "S02")
    async with counter(locations, clock=on_saturday) as at:
        await the_month(at, OFFICER)
        names = {one.code: one.name for one in at.app.books.catalogue.services()}
        assert names["S02"] not in at.shown(), "80 columns cut it"
        # From the findings up into the table; the service with the higher number stands last.
        await at.press("up")
        await at.see("►02 ", f" 02 {names['S02']}")
        assert "F4" not in at.row(-1), "no finding is chosen"
        await at.press("up")
        await at.see("►01 ", f" 01 {names['S01']}")
        await at.press("up")
        assert f" 01 {names['S01']}" in at.shown(), "the cursor stops at the first"
        await at.press("down", "down", "down")
        assert "►0" not in at.shown()
        assert names["S01"] not in at.shown()


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    """An office whose November is summed up and checked; PC 01 is its only one."""
    clock = HandClock("2026-11-30T09:00:00")
    locations = cheap_office(monkeypatch, tmp_path, clock())
    for login, step, moment in (
        (OFFICER, "", "2026-11-30T10:00:00"),
        (OFFICER, "summarise", "2026-12-01T09:00:00"),
        (CONTROLLER, "check", "2026-12-01T10:00:00"),
    ):
        clock.set(moment)
        books = open_books(locations, login, clock)
        if step:
            getattr(books.months, step)(NOVEMBER, books.signer(PASSPHRASE[login]))
        else:
            visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
            books.visits.obtain(visit.id, {1: "sighted"})
            books.visits.close(visit.id)
        books.close()
    return locations


def at_noon() -> datetime:
    return datetime(2026, 12, 1, 12, tzinfo=BANGKOK)


async def test_the_head_sees_what_the_month_stands_on(checked: Locations) -> None:
    async with counter(checked, clock=at_noon) as at:
        await at.log_in(HEAD)
        await at.press("enter")
        await at.see("● สมุดครบถ้วน: เครื่อง 01", "● ลายมือชื่อถูกต้อง: ผู้สรุป, ผู้ตรวจ", "F9 ลงนาม")
        assert "อย่าเพิ่งลงนาม" not in at.shown()
        # The figures of a running month rest on nobody's signature yet.
        await at.press("pageup", "pagedown")
        await at.see("ธันวาคม 2569")
        assert "สมุดครบถ้วน" not in at.shown()


async def test_the_head_is_told_not_to_sign_what_was_changed(checked: Locations) -> None:
    books = open_books(checked, HEAD, at_noon)
    path, key = checked.books, books.database.key
    books.close()
    tamper(path, "UPDATE month SET payload = replace(payload, '\"spared\":1', '\"spared\":9')", key=key)
    async with counter(checked, clock=at_noon) as at:
        await at.log_in(HEAD)
        await at.press("enter")
        await at.see("× สิ่งที่ลงนามไม่ตรงกับบรรทัดของสมุด", "× ลายมือชื่อไม่ถูกต้อง: ผู้สรุป, ผู้ตรวจ")
        assert "อย่าเพิ่งลงนาม แจ้ง ICT" in at.row(-2)


def test_what_is_still_open_is_said_to_be_of_this_pc(office: Office) -> None:
    translate.use("th")
    books = open_books(office())
    alone = books.months.status(books.months.current())
    shown = [
        "\n".join(officer_lines(view, 0, books, {}, {}, 18, 80))
        for view in (alone, replace(alone, missing=("02",)))
    ]
    books.close()
    assert " ● ไม่มีเรื่องเปิดค้าง" in shown[0]
    assert "เครื่อง 01" not in shown[0]
    assert " เครื่อง 01:  ● ไม่มีเรื่องเปิดค้าง" in shown[1]
    assert "! ยังไม่ได้นำเข้า: เครื่อง 02" in shown[1]


def test_what_began_after_the_month_does_not_hinder_its_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translate.use("th")
    clock = HandClock("2026-11-30T10:00:00")
    locations = cheap_office(monkeypatch, tmp_path, clock())
    for moment in ("2026-11-30T10:00:00", "2026-12-01T10:00:00"):
        clock.set(moment)
        books = open_books(locations, OFFICER, clock)
        if moment.startswith("2026-12"):
            visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D02"])
            books.visits.obtain(visit.id)
            november, december = (
                "\n".join(officer_lines(books.months.status(month), 0, books, {}, {}, 18, 80))
                for month in (NOVEMBER, DECEMBER)
            )
        books.close()
    assert "● ไม่มีเรื่องเปิดค้าง  ● ไม่มีคำขอรออยู่" in november
    assert "! เรื่องเปิดค้าง 1  ! คำขอรออยู่ 1" in december


async def test_a_month_that_is_sent_back_is_announced_and_says_by_whom(checked: Locations) -> None:
    books = open_books(checked, HEAD, at_noon)
    books.months.send_back(NOVEMBER, "ยอดไม่ตรงกับแฟ้ม")
    books.close()
    async with counter(checked, clock=at_noon) as at:
        await at.log_in(OFFICER)
        await at.see("► ! พ.ย. 2569 ถูกส่งกลับ สรุปใหม่ภายใน 3 ธ.ค.")
        await at.press("enter")
        await at.see("! ประสิทธิ์ ส่งกลับ: ยอดไม่ตรงกับแฟ้ม", "► สรุป")


async def test_every_screen_calls_a_flagged_report_a_report_to_ict(checked: Locations) -> None:
    async with counter(checked, clock=at_noon) as at:
        await at.log_in(HEAD)
        await at.press("enter")
        await at.see("● สมุดครบถ้วน", "► เห็นชอบ")
        at.app.books.months.add_finding(NOVEMBER, "ยอดไม่ตรงกับแฟ้ม")
        at.app.refresh_counts()
        await at.see("► รายงาน ICT ภายใน 5 ธ.ค.", "F9")
        await at.press("f9")
        await at.see("ลงนาม และรายงาน ICT")
        await at.type(PASSPHRASE[HEAD])
        await at.press("enter")
        await at.see("รายงานถึง ICT รอส่ง", "● รายงาน ICT ประสิทธิ์ 1 ธ.ค.")
        assert "เห็นชอบ" not in at.shown()
        assert "Supervisor" not in at.shown()
        view = at.app.books.months.status(NOVEMBER)
        flagged = {one.month for one in at.app.books.months.list() if one.goes_to_ict}
        assert flagged == {NOVEMBER}, "Home knows of the signatures alone"
        got = replace(view, receipt={"received_at": "2026-12-01T12:30:00+07:00"})
        assert delivered(got) == "ส่งถึง ICT แล้ว ได้ใบรับ อ. 1 ธ.ค. 2569 12:30"


async def test_after_the_receipt_enter_opens_no_finding_that_is_not_shown(
    checked: Locations,
) -> None:
    async with counter(checked, clock=at_noon) as at:
        await at.log_in(OFFICER)
        at.app.push_screen(MonthScreen(NOVEMBER))
        await at.see("พฤศจิกายน 2569")
        month = at.app.screen
        assert isinstance(month, MonthScreen)
        view = at.app.books.months.status(NOVEMBER)
        one = Finding(1, "no_card", OFFICER, (3,), None, None, None, {"n": 1}, None)
        month._view = replace(view, findings=(one,))
        assert month.can_lines()
        month._view = replace(
            view,
            state="acknowledged",
            findings=(one,),
            receipt={"id": "x", "received_at": "2026-12-01T12:30:00+07:00"},
        )
        at.app.repaint()
        await at.see("ใบรับของกระทรวง")
        assert "Enter" not in at.row(-1)


async def test_findings_that_do_not_fit_are_counted(checked: Locations) -> None:
    translate.use("th")
    books = open_books(checked, OFFICER, at_noon)
    view = books.months.status(NOVEMBER)
    one = Finding(1, "no_card", OFFICER, (3,), None, None, None, {"n": 1}, None)
    many = replace(view, findings=tuple(replace(one, n=n) for n in range(1, 31)))
    few = replace(view, findings=(one,))
    titles = [
        next(line for line in officer_lines(each, 0, books, {}, {}, 18, 80) if "สิ่งที่หัวหน้าจะถาม" in line)
        for each in (many, few)
    ]
    books.close()
    assert "(30)" in titles[0]
    assert "(1)" not in titles[1]


async def test_two_days_outside_office_hours_are_told_apart_and_officers_alone_explain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock("2026-11-28T10:00:00")  # a Saturday
    locations = cheap_office(monkeypatch, tmp_path, clock())
    for moment in (
        "2026-11-28T10:00:00",
        "2026-11-29T10:00:00",
        "2026-11-30T10:00:00",
        "2026-12-01T08:00:00",
    ):
        clock.set(moment)
        books = open_books(locations, OFFICER, clock)
        if not moment.startswith("2026-12"):
            visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
            books.visits.obtain(visit.id, {1: "sighted"})
            books.visits.close(visit.id)
        books.close()
    clock.set("2026-12-01T09:00:00")
    for login, explains in ((OFFICER, True), (CONTROLLER, False)):
        async with counter(locations, clock=clock) as at:
            await the_month(at, login)
            await at.press("pageup")
            await at.see("นอกเวลาราชการ 28 พ.ย.", "นอกเวลาราชการ 29 พ.ย.", "สิ่งที่หัวหน้าจะถาม")
            assert ("ชี้แจงไว้ก่อนได้" in at.shown()) == explains
            assert ("F4" in at.row(-1)) == explains


async def test_an_explanation_stands_as_it_was_signed_with_its_officer_and_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock("2026-11-28T10:00:00")  # a Saturday
    locations = cheap_office(monkeypatch, tmp_path, clock())
    books = open_books(locations, OFFICER, clock)
    visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
    books.visits.obtain(visit.id, {1: "sighted"})
    books.visits.close(visit.id)
    books.close()
    clock.set("2026-11-30T10:00:00")
    async with counter(locations, clock=clock) as at:
        await the_month(at, OFFICER)
        await at.see("นอกเวลาราชการ 28 พ.ย.", "── สิ่งที่หัวหน้าจะถาม ──")
        assert "F4" not in at.row(-1), "the month still runs"
    clock.set("2026-12-01T08:00:00")
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await at.press("enter")
        await at.see("ชี้แจงไว้ก่อนได้", "F4 ชี้แจง")
        for words in ("ไปรับหนังสือ", "ไปรับหนังสือที่อำเภอ"):
            await at.press("f4")
            await at.see("คำชี้แจง [")
            await at.type(words)
            await at.press("enter")
            await at.see(f"คำชี้แจงของนายสมชาย ใจดี (1 ธ.ค.): {words}")
        await at.press("f9")
        await at.see("เมื่อลงนามแล้ว คำชี้แจงแก้ไขไม่ได้ จนกว่างานเดือนจะถูกส่งกลับ")
        await at.type(PASSPHRASE[OFFICER])
        await at.press("enter")
        await at.see("● สรุป", f"(1 ธ.ค.): {words}")
        assert "F4" not in at.row(-1)
        assert "ชี้แจงไว้ก่อนได้" not in at.shown()
    async with counter(locations, clock=clock) as at:
        await at.log_in(CONTROLLER)
        await at.press("enter")
        await at.see(f"คำชี้แจงของนายสมชาย ใจดี (1 ธ.ค.): {words}", "F9 ลงนาม")
        at.app.books.months.check(NOVEMBER, at.app.books.signer(PASSPHRASE[CONTROLLER]))
    async with counter(locations, clock=clock) as at:
        await at.log_in(HEAD)
        await at.press("enter")
        await at.see(f"คำชี้แจงของนายสมชาย ใจดี (1 ธ.ค.): {words}", "F4 พิจารณา")
        at.app.books.months.send_back(NOVEMBER, "ขอคำชี้แจงเพิ่ม")
    async with counter(locations, clock=clock) as at:
        await at.log_in(OFFICER)
        await at.press("enter")
        await at.see("ชี้แจงไว้ก่อนได้")
        await at.press("f4")
        await at.see(f"คำชี้แจง [{words}")  # to go on from


async def test_words_that_are_too_long_are_refused_at_their_field_and_kept_there(checked: Locations) -> None:
    async with counter(checked, clock=at_noon) as at:
        await at.log_in(HEAD)
        await at.press("enter")
        await at.see("● สมุดครบถ้วน", "เพิ่มสิ่งที่ท่านพบเอง")
        await at.press("enter")
        await at.type("ก" * 501)
        await at.press("enter")
        await at.see("ยาวเกินควร")
        assert at.app.books.months.status(NOVEMBER).findings == ()
        await at.press("backspace", "enter")
        await at.until(lambda: len(at.app.books.months.status(NOVEMBER).findings) == 1, "the finding")


async def test_a_wrong_passphrase_at_the_signature_gets_the_words_of_the_log_in(checked: Locations) -> None:
    async with counter(checked, clock=at_noon) as at:
        await at.log_in(HEAD)
        await at.press("enter")
        await at.see("● สมุดครบถ้วน", "F9 ลงนาม")
        await at.press("f9")
        await at.see("รหัสผ่านของท่าน")
        for typed, said in (("แนกฟ", "เมื่อครู่เป็นอักษรไทย"), ("not the right one", "ยังไม่ได้ลงนาม พิมพ์ใหม่ได้")):
            await at.type(typed)
            await at.press("enter")
            await at.see(said)
