"""The head's screen of the people: keyboard alone, the passphrase before every change."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.staff.recovery import group_of, read_key
from tests.rig.cheap import cheap_office
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, decide, head_signer, open_books
from tests.rig.older_books import make_older
from tests.tui.counter import Counter, counter, sign
from tui.words.ledger_words import line_details

MOMENT = datetime(2026, 11, 23, 8, 30, tzinfo=BANGKOK)
OWN = "lantern kite mango river"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    return cheap_office(monkeypatch, tmp_path, MOMENT)


def clock() -> datetime:
    return MOMENT + timedelta(minutes=30)


async def people(at: Counter) -> None:
    """From Home to the people, by the menu."""
    await at.log_in(HEAD)
    for _ in range(12):
        if "► หน่วยงาน: บุคลากร" in at.shown():
            break
        await at.press("down")
    await at.press("enter")
    await at.see("► นายประสิทธิ์ มั่นคง", "5001", "ใบกู้คืน: !")


async def test_a_forgotten_passphrase_is_reset(office: Locations) -> None:
    async with counter(office, clock=clock) as at:
        await people(at)
        await at.press("down")
        await at.see("► นายสมชาย ใจดี", "● มีกุญแจลงนาม", "งานบริการ 01 02 03")
        await at.press("f4")
        await at.see("► ไม่ทำ")
        await at.press("enter")
        assert at.here == "PeopleScreen", "the first choice changes nothing"
        await at.press("f4", "down", "enter")
        await sign(at, "not the passphrase")
        await at.see("! รหัสผ่านไม่ถูกต้อง ยังไม่ได้ลงนาม")
        await sign(at)
        await at.see("รหัสผ่านแรกของนายสมชาย ใจดี", "26 พ.ย. 2569 09:00")
        (first,) = re.findall(r"^\s+([a-z]+ [a-z]+ [a-z]+ [a-z]+)\s*$", at.shown(), re.MULTILINE)
        await at.press("enter")
        await at.see("… รหัสผ่านแรก ถึง")
        assert first not in at.shown()
    change_passphrase(office, OFFICER, first, OWN, clock=clock)
    Books.open(office, OFFICER, OWN, clock=clock).close()


async def test_somebody_comes_and_somebody_goes(office: Locations) -> None:
    async with counter(office, clock=clock) as at:
        await people(at)
        key = at.app.books.database.key
        await at.press("down", "down", "down")
        await at.see("► + เพิ่มบุคลากร")
        await at.press("enter")
        for label, wrong, typed in (
            ("ชื่อผู้ใช้", "Ma Lee", "malee"),
            ("ชื่อพร้อมคำนำหน้า", "", "นางมาลี ศรีสุข"),
            ("เลข 13 หลัก", "3501200456780", "3501200456785"),
            ("ระดับ", "", "ชำนาญงาน"),
        ):
            await at.see(label)
            if wrong:
                await at.type(wrong)
                await at.press("enter")
                await at.see("! ")
                await at.press(*["backspace"] * len(wrong))
            await at.type(typed)
            await at.press("enter")
        await at.see("► ไม่ทำ", "ผู้ใช้งาน")
        await at.press("down", "enter")
        await at.see("เลขงานบริการ")
        await at.type("1 04")
        await at.press("enter")
        await at.see("นางมาลี ศรีสุข · malee", "S01 S04")
        await at.press("down", "enter")
        await sign(at)
        await at.see("รหัสผ่านแรกของนางมาลี ศรีสุข")
        await at.press("enter")
        assert at.app.books.people.get("malee").services == ("S01", "S04")
        # The controller's appointment ends at once: the books get a new key while the head goes on working.
        await at.press("up", "up", "up", "up")
        while "► นางสาววิภา" not in at.shown():
            await at.press("down")
        await at.press("f8", "down", "enter")
        await at.see("เดี๋ยวนี้")
        await at.press("down", "enter")
        await at.see("เลขที่คำสั่ง")
        await at.type("12/2569")
        await at.press("enter")
        await sign(at)
        await at.see("สมุดมีกุญแจใหม่แล้ว", "– พ้นหน้าที่แล้ว")
        assert at.app.books.database.key != key
        assert at.app.books.people.get(CONTROLLER).roles == ()
        assert at.app.books.ledger.lines(kind="people", limit=1)[0].facts["order"] == "12/2569"


async def test_the_appointment_of_the_last_head_cannot_be_ended(office: Locations) -> None:
    async with counter(office, clock=clock) as at:
        await people(at)
        # Told before an order and a passphrase are asked for, and by the name that stands in the list.
        await at.press("f8", "down", "enter", "down", "enter")
        await at.see("จะไม่มีหัวหน้าหน่วยงานที่มีกุญแจของตนเอง", "แต่งตั้งผู้มาแทน", "ประสิทธิ์ มั่นคง หน่วยงาน")
        await at.press("f6")  # what row 2 names is alive over an error, too
        await at.until(lambda: "เครือข่าย" in at.row(-2), "the look at the network")
        await at.press("escape", "f8", "down", "enter", "down", "down", "enter")
        await at.see("วันสุดท้าย")
        await at.type("31/12/2569")
        await at.press("enter")
        await at.see("จะไม่มีหัวหน้าหน่วยงานที่มีกุญแจของตนเอง")


async def test_the_sheet_is_typed_back_on_the_screen(office: Locations) -> None:
    file = office.home.parent / "new.html"
    async with counter(office, clock=clock) as at:
        await at.log_in(HEAD)
        await at.see("► ! พิมพ์ใบกู้คืน แล้วพิมพ์ทวน")
        await at.press("enter")
        (n,) = re.findall(r"กลุ่มที่ (\d+) จากกระดาษ", at.shown())
        await at.type("AAAAA")
        await at.press("enter")
        await at.see(f"! ที่พิมพ์ไม่ตรงกับกลุ่มที่ {n}")
        await at.press(*["backspace"] * 5)
        key = read_key((office.home.parent / "recovery.txt").read_text("utf-8"))
        await at.type(group_of(key, int(n)))
        await at.press("enter")
        await at.see("ถูกต้อง")
        await at.until(lambda: "พิมพ์ทวน" not in at.row(6), "the duty is done")
        for _ in range(12):
            if "► หน่วยงาน: บุคลากร" in at.shown():
                break
            await at.press("down")
        await at.press("enter")
        await at.see("ใบกู้คืน: ● พิมพ์ทวนแล้ว")
        await at.press("f7")
        await at.type(str(file))
        await at.press("enter")
        assert not file.exists(), "an unlocked screen alone gives no sheet away"
        await sign(at)
        await at.see("เขียนใบกู้คืนแล้ว", "ใบกู้คืน: !")
        assert read_key(file.read_text("utf-8")) != key


async def test_wrong_passphrases_slow_the_screen_down_locked_or_not(
    office: Locations, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("store.people.wrong_passphrases.sleep", pauses.append)
    async with counter(office, clock=clock) as at:
        await at.log_in(OFFICER)
        assert "บุคลากร การสำรอง" not in at.shown(), "that is the head's"
        await at.press("f12")
        await at.until(lambda: at.here == "LoginScreen", "the log-in")
        await at.press("up", "up", "up", "down")
        for _ in range(2):
            await at.type("wrong")
            await at.press("enter")
            await at.see("! ชื่อผู้ใช้หรือรหัสผ่านไม่ถูกต้อง")
        await at.type("ผิด")
        await at.press("enter")
        await at.see("รหัสผ่านไม่ถูกต้อง", "ใช้เวลาตรวจ 5 วินาที", "เป็นอักษรไทย")
        await at.type(PASSPHRASE[OFFICER])
        await at.press("enter")
        await at.see("มีผู้พิมพ์รหัสผ่านผิดในชื่อของท่าน 3 ครั้ง")
        assert at.here == "HomeScreen"
        assert len(pauses) == 1
        # What another officer deletes is missed.
        (count,) = [one for one in office.tries.glob("*.count") if f'"{OFFICER}"' in one.read_text()]
        count.unlink()
        await at.press("f12")
        await at.log_in(OFFICER)
        await at.see("จำนวนรหัสผ่านผิดในชื่อของท่านหายไปหรือถูกแก้ แจ้งหัวหน้า")
        lines = at.app.books.ledger.lines(kind="login", limit=5)
        told = ["  ".join(line_details(one, "", "")) for one in lines if one.officer == OFFICER]
        assert "รหัสผ่านผิดก่อนหน้า (ครั้ง) จำนวนหายไปหรือถูกแก้" in told[0]
        assert any("รหัสผ่านผิด (ครั้ง) 3" in one for one in told)


async def test_the_head_of_older_books_reads_the_list_and_signs_it(office: Locations) -> None:
    with closing(open_books(office, HEAD, clock)) as books:
        values = {"url": "https://gdx.example", "consumer_secret": "hush-hush"}
        decide(books, {f"gateways.gdx.{name}": value for name, value in values.items()})
    make_older(office)
    async with counter(office, clock=clock) as at:
        await at.log_in(HEAD)
        await at.see("► ! อ่านรายชื่อบุคลากรแล้วลงนาม")
        await at.press("enter")
        await at.see("► ไม่ทำ", "somchai  นายสมชาย ใจดี")
        await at.press("down", "enter")
        await at.see("► ไม่ทำ", "GDx: ที่อยู่: https://gdx.example", "GDx: consumer secret: ● ตั้งไว้แล้ว")
        assert "hush-hush" not in at.shown()
        await at.press("down", "enter")
        await at.see("หน่วยงานยังไม่ได้ลงทะเบียน")
        await at.type(read_key((office.home.parent / "recovery.txt").read_text("utf-8")))
        await at.press("enter")
        await sign(at)
        await at.see("ลงนามในรายชื่อบุคลากรแล้ว")
        assert "อ่านรายชื่อบุคลากรแล้วลงนาม" not in at.shown()
        assert at.app.books.people.roles().n == 1
        at.app.books.settings.verify()
        # In the same log-in the head may change settings from now on.
        at.app.books.settings.set("office.open", "08:00", head_signer(office))
