"""The first start on the screen: keyboard alone, nothing on the disk before F9, books as from a form."""

from __future__ import annotations

import re
from pathlib import Path

from store.base.database import Database
from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.people.vault import Keyring
from store.setup.create import create_books
from store.setup.form import read_setup
from store.staff.recovery import read_key
from tests.rig.office import CITIZEN_ID, CONTROLLER, FIRST, HEAD, OFFICER, PASSPHRASE, write_form
from tests.tui.counter import Counter, counter
from tests.tui.screens.first_start.typing import UNIT_NAME, begin, clock, confirm_date, to_last

OFFICE = (
    (OFFICER, "นายสมชาย ใจดี", "ชำนาญงาน", 0, "1 2 3"),
    (CONTROLLER, "นางสาววิภา ตั้งใจ", "ชำนาญการ", 1, ""),
    (HEAD, "นายประสิทธิ์ มั่นคง", "อำนวยการ", 2, ""),
)
GATEWAYS = """
[gateways.gdx]
url = "https://gdx.example/ws"
consumer_key = "key-of-the-office"
consumer_secret = "secret-of-the-office"
[gateways.linkage2]
url = "https://linkage.example"
[centre]
url = "https://centre.example"
enrolment_code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""


def written(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def fill(at: Counter, *texts: str) -> None:
    """Each into its field, with Enter behind it."""
    for text in texts:
        await at.put(text)
        await at.press("enter")


async def fill_unit(at: Counter) -> None:
    await fill(at, "5001", UNIT_NAME, "")
    await at.see("► วันและเวลา")
    await at.press("enter")
    await at.see("แล้วพิมพ์คำนี้")


async def fill_people(at: Counter) -> None:
    """From the list of people: all three, and the cursor on the row for another."""
    for n, (login, name, level, role, services) in enumerate(OFFICE):
        await at.see("► + เพิ่มบุคลากร")
        await at.press("enter")
        await fill(at, name, login, CITIZEN_ID[login], level)
        await at.see("► หน้าที่")
        await at.press("enter", *["down"] * role, "enter")
        if services:
            await at.see("► งานบริการ")
            await fill(at, services)
        await at.see(f"● {name}", "► + เพิ่มบุคลากร")
        assert len(at.app.screen_stack) == 3, f"person {n} is closed"


async def hand_over(at: Counter) -> dict[str, str]:
    """The first passphrases as they are shown, by login; then the log-in."""
    firsts: dict[str, str] = {}
    for n in (1, 2, 3):
        await at.see(f"คนที่ {n} จาก 3")
        shown = at.shown()
        (words,) = re.findall(r"^\s+([a-z]+ [a-z]+ [a-z]+ [a-z]+)\s*$", shown, re.MULTILINE)
        (login,) = re.findall(r"ชื่อผู้ใช้งาน: ([a-z]+)", shown)
        firsts[login] = words
        await at.press("enter")
    await at.see("► ตรวจอีกครั้ง")
    await at.press("down", "enter")
    await at.until(lambda: at.here == "LoginScreen", "the log-in")
    return firsts


def content(locations: Locations, sheet: Path) -> dict[str, object]:
    """The content of the books of a first start, without what is random."""
    (key,) = Keyring(locations.keys).recover(read_key(sheet.read_text("utf-8")))
    database = Database(locations.books, key)
    rows = {
        table: database.rows(f"SELECT {columns} FROM {table}")
        for table, columns in (
            ("person", "login, name, citizen_id, level, services, first_until"),
            ("appointment", "login, role, acting, order_no, from_at, until_at"),
            ("setting", "name, value"),
            ("service", "code, name"),
            ("ledger", "seq, kind, at, month"),
        )
    }
    names = ("unit", "unit_name", "station", "epoch")
    rows["book"] = database.rows(f"SELECT name, value FROM book WHERE name IN {names} ORDER BY name")
    database.close()
    return {table: [dict(row) for row in found] for table, found in rows.items()}


async def test_a_head_sets_the_pc_up_and_everybody_can_log_in(fresh: Locations, tmp_path: Path) -> None:
    async with counter(fresh, clock=clock) as at:
        await begin(at)
        await fill_unit(at)
        await at.press("enter")
        await fill_people(at)
        assert written(tmp_path) == []
        await to_last(at)
        await at.see("5001 · เครื่อง 01", "3 คน: ผู้ใช้งาน 1, หัวหน้างานผู้ควบคุม 1", "– GDx   – Linkage 2", "● ครบแล้ว")
        await at.press("enter", "enter")
        assert written(tmp_path) == [], "an Enter makes nothing"
        await at.hold("f9", 5)
        firsts = await hand_over(at)
        assert set(firsts) == {OFFICER, CONTROLLER, HEAD}
        # The log-in knows the names, and what is still to be done is done as after the command.
        await at.see(UNIT_NAME, "► นายประสิทธิ์ มั่นคง", "สร้างสมุดแล้ว")
        await at.type(firsts[HEAD])
        await at.press("enter")
        await at.see("รหัสผ่านแรก ซึ่งใช้ได้ครั้งเดียว")
        for _ in range(2):
            await at.type(PASSPHRASE[HEAD])
            await at.press("enter")
        await at.until(lambda: at.here == "HomeScreen", "Home")
        await at.see("! พิมพ์ใบกู้คืน")
    for login in (OFFICER, CONTROLLER):
        change_passphrase(fresh, login, firsts[login], PASSPHRASE[login], clock=clock)
        Books.open(fresh, login, PASSPHRASE[login], clock=clock).close()
    sheet = tmp_path / "papers" / "nocopy-recovery-5001-01.html"
    assert "AGE-SECRET-KEY-1" in sheet.read_text("utf-8")


async def test_the_books_are_those_that_the_same_form_makes(fresh: Locations, tmp_path: Path) -> None:
    form = tmp_path / "form"
    form.mkdir()
    other = Locations(form / "home")
    create_books(other, read_setup(write_form(form, GATEWAYS)), recovery=form / "sheet.txt", clock=clock)
    async with counter(fresh, clock=clock) as at:
        await begin(at)
        await fill_unit(at)
        await at.press("enter")
        await fill_people(at)
        await at.press("down", "enter")
        await at.see("► ที่อยู่ (URL)")
        await fill(at, "https://gdx.example/ws", "key-of-the-office", "secret-of-the-office", "")
        assert "secret-of-the" not in at.shown()
        await fill(at, "https://linkage.example", "", "")
        await at.see("รหัสลงทะเบียน")
        await fill(at, "https://centre.example", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "")
        await at.see("► เขียนไว้ที่")
        await at.press("enter")
        await at.see("● GDx   ● Linkage 2   ● ส่วนกลาง", "● ครบแล้ว")
        await at.press("f9")
        await hand_over(at)
    sheet = tmp_path / "papers" / "nocopy-recovery-5001-01.html"
    assert content(fresh, sheet) == content(other, form / "sheet.txt")
    for path in written(fresh.home):
        for secret in ("secret-of-the-office", *CITIZEN_ID.values()):
            assert secret.encode() not in path.read_bytes(), path.name


def flat(at: Counter) -> str:
    """What stands at the right of the list of steps, without the breaks of its lines."""
    rows = [row.partition("│")[2] for row in at.shown().split("\n")[3:-3]]
    return "".join("".join(rows).split())


async def refused(at: Counter, wrong: str, sentence: str) -> None:
    """A wrong text is named at once, and no longer once it is deleted."""
    told = "!" + "".join(sentence.split())
    await at.put(wrong)
    await at.press("enter")
    await at.until(lambda: told in flat(at), f"{sentence}, where {flat(at)} stands")
    await at.hold("backspace", len(wrong))
    await at.until(lambda: told not in flat(at) or not wrong, "the sentence to go")


async def unit_refused(at: Counter) -> None:
    await refused(at, "", "รหัสหน่วยงาน ไม่ถูกต้อง: ว่างอยู่")
    await refused(at, "50/01", "รหัสหน่วยงาน ไม่ถูกต้อง: ต้องเป็น")
    await fill(at, "5001")
    await refused(at, " ", "ชื่อหน่วยงาน ไม่ถูกต้อง: ว่างอยู่")
    await fill(at, UNIT_NAME)
    await at.press("backspace", "backspace")
    await refused(at, "๑", "เครื่องนี้เลขที่ ไม่ถูกต้อง: ต้องเป็นตัวเลขสองหลัก")
    await fill(at, "๐๒")
    await at.see("[02 ")
    await fill(at, "", "")


async def people_refused(at: Counter) -> None:
    await at.see("► + เพิ่มบุคลากร")
    await at.press("enter")
    await refused(at, "", "ชื่อพร้อมคำนำหน้า ไม่ถูกต้อง: ว่างอยู่")
    await fill(at, "นายสมชาย ใจดี")
    await refused(at, "Som chai", "ชื่อผู้ใช้งาน ไม่ถูกต้อง: ต้องเป็นอักษรอังกฤษตัวเล็ก")
    await fill(at, OFFICER)
    await refused(at, "1101700230709", "เลขประจำตัวไม่ถูกต้อง: หลักสุดท้ายไม่ตรงกับ 12 หลักแรก")
    await refused(at, "12345", "เลขประจำตัวไม่ถูกต้อง: ต้องมี 13 หลัก แต่พิมพ์มา 5 หลัก")
    await fill(at, CITIZEN_ID[OFFICER], "ชำนาญงาน")
    await at.press("enter", "enter")
    await refused(at, "1 99", "งานบริการ ไม่ถูกต้อง: ไม่มี")
    await fill(at, "1 2")
    # The same log-in and the same number a second time, in whatever layout they are typed.
    await at.see("► + เพิ่มบุคลากร")
    await at.press("enter")
    await fill(at, "นางสาววิภา ตั้งใจ")
    await refused(at, OFFICER, "ชื่อผู้ใช้งาน ไม่ถูกต้อง: ซ้ำ")
    await fill(at, CONTROLLER)
    await refused(at, "๑๑๐๑๗๐๐๒๓๐๗๐๘", "เลข 13 หลัก ไม่ถูกต้อง: ซ้ำ")


async def gateway_and_sheet_refused(at: Counter, fresh: Locations, tmp_path: Path) -> None:
    await at.press("escape", "down", "down", "enter")
    await refused(at, "ftp://gdx.example", "ที่อยู่ (URL) ไม่ถูกต้อง: ไม่ใช่ที่อยู่ในรูปแบบ")
    await refused(at, "http://gdx.example", "ที่อยู่ (URL) ไม่ถูกต้อง: http")
    await fill(at, "https://gdx.example")
    await refused(at, "", "Consumer key ไม่ถูกต้อง: ว่างอยู่")
    await at.press("down", "down")
    await refused(at, "~no-such-user/ca.pem", "ไฟล์ CA (ถ้ามี) ไม่ถูกต้อง: เปิดไฟล์ไม่ได้")
    await at.press("pagedown", "pagedown")
    await at.see("► เขียนไว้ที่", str(tmp_path)[:20])
    await at.hold("backspace", 300)
    await refused(at, "~no-such-user/sheet.html", "ใบกู้คืน ไม่ถูกต้อง: เขียนใบกู้คืนลงที่นี่ไม่ได้")
    await refused(at, str(fresh.home / "sheet.html"), "ใบกู้คืน ไม่ถูกต้อง: ใบกู้คืนต้องอยู่นอก")


async def test_every_field_that_cannot_be_so_is_told_at_once(fresh: Locations, tmp_path: Path) -> None:
    async with counter(fresh, clock=clock) as at:
        await begin(at)
        await unit_refused(at)
        await people_refused(at)
        await gateway_and_sheet_refused(at, fresh, tmp_path)
        # All that is missing stands on the last page, and Enter leads to it.
        await at.press("pagedown")
        await at.see("► ! 3 นางสาววิภา ตั้งใจ · ")
        await at.press(*["down"] * 6)
        await at.see("! 3 หัวหน้าหน่วยงาน: ", "► ! 4 GDx · Consumer secret: ")
        await at.press(*["up"] * 6)
        assert "F9" not in at.row(-1)
        await at.press("f9")
        assert written(tmp_path) == []
        await at.press("enter")
        await at.see("► เลข 13 หลัก")


async def test_what_was_typed_is_there_again_at_the_same_field(fresh: Locations, tmp_path: Path) -> None:
    async with counter(fresh, clock=clock) as at:
        await begin(at)
        await fill(at, "5001")
        await at.type("สำนักงานเกษตร")
        await at.press("escape")
        await at.see("ที่กรอกไว้ยังอยู่จนกว่าจะปิดโปรแกรม")
        await at.press("escape")
        await at.see("ที่กรอกไว้สำหรับตั้งค่าครั้งแรกจะหายไป", "► ยังไม่ปิด")
        await at.press("enter", "enter")
        await at.see("[5001 ", "► ชื่อหน่วยงาน", "[สำนักงานเกษตร")
        await fill(at, "และสหกรณ์จังหวัดเชียงใหม่", "", "", "")
        await at.see("► + เพิ่มบุคลากร")
        await at.press("enter")
        await fill(at, "นายสมชาย ใจดี")
        await at.press("escape", "escape", "escape", "escape", "enter")
        await at.see("► วันและเวลา", "● ถูกต้อง", UNIT_NAME[:20])
        await at.press("pagedown", "pagedown")
        await at.see("► ! นายสมชาย ใจดี")
        # A person can be removed again; one of whom nothing was typed is not kept.
        await at.press("f8")
        await at.see("► ไม่ทำ")
        await at.press("down", "enter")
        await at.see("► + เพิ่มบุคลากร")
        assert "สมชาย" not in at.shown()
        await at.press("enter", "escape")
        await at.see("► + เพิ่มบุคลากร")
        assert written(tmp_path) == []


async def test_each_key_marks_itself_and_none_is_needed(fresh: Locations, tmp_path: Path) -> None:
    async with counter(fresh, clock=clock) as at:
        await begin(at)
        await fill_unit(at)
        for key in ("f1", "f4", "f8", "f9", "f12"):
            await at.press(key)
            await at.see(f"● {key.upper()}")
        await at.see("○ F2", "ถ้าปุ่มใดไม่ขึ้น ●")
        await at.type("xjd")
        await at.see("! เป็นอักษรอังกฤษ ให้สลับแป้นเป็นไทย")
        await at.press(*["backspace"] * 3)
        await at.type("ปู่กินน้ำ")
        await at.see("● มาครบทุกตัว")
        await at.press("f2", "f3", "f5", "f6", "f7")
        await at.see("มาครบทุกอย่าง")
        assert "ถ้าปุ่มใดไม่ขึ้น" not in at.shown()
        await at.press("enter")
        await at.see("► + เพิ่มบุคลากร")
        assert written(tmp_path) == []


async def test_a_setup_file_fills_in_everything_and_is_deleted_afterwards(
    fresh: Locations, tmp_path: Path
) -> None:
    stick = tmp_path / "media" / "STICK"
    stick.mkdir(parents=True)
    file = write_form(stick, GATEWAYS).rename(stick / "a.toml")
    (stick / "b.toml").write_text(file.read_text("utf-8").replace('"5001"', '"50/01"'), "utf-8")
    async with counter(fresh, clock=clock) as at:
        await begin(at)
        await at.type("9")
        await at.press("f4")
        await at.see("► STICK: a.toml", "STICK: b.toml", "ข้อมูลในไฟล์จะแทนที่ที่กรอกไว้")
        await at.press("down", "enter")
        await at.see("× ใช้ไฟล์ตั้งค่าไม่ได้", "unit.code")
        await at.press("escape")
        await at.see("[9 ")
        await at.press("f4", "enter")
        await at.see("อ่าน a.toml แล้ว")
        await confirm_date(at)
        # The stick is the place for the recovery sheet, and what the file says can still be changed.
        await at.see(UNIT_NAME, "● GDx   ● Linkage 2   ● ส่วนกลาง", "STICK")
        await at.press("f9")
        # The file's author knows its first passphrases, so the screen shows none of them.
        await at.see("► เก็บไว้")
        assert "! 6 ใบกู้คืน" not in at.shown(), "that the sheet is there by now is no fault"
        await at.press("down", "enter")
        await at.until(lambda: at.here == "LoginScreen", "the log-in")
        await at.see("ลบไฟล์ตั้งค่าแล้ว")
    assert sorted(path.name for path in stick.iterdir()) == ["b.toml", "nocopy-recovery-5001-01.html"]
    change_passphrase(fresh, OFFICER, FIRST[OFFICER], PASSPHRASE[OFFICER], clock=clock)


async def test_one_person_with_two_roles_is_told_that_nobody_signs_twice(fresh: Locations) -> None:
    async with counter(fresh, clock=clock) as at:
        await begin(at)
        await at.press("pagedown", "pagedown")
        for login, role in ((OFFICER, 4), (HEAD, 2)):
            await at.see("► + เพิ่มบุคลากร")
            await at.press("enter")
            await fill(at, f"นาย{login}", login, CITIZEN_ID[login], "ชำนาญงาน")
            await at.see("► หน้าที่")
            await at.press("enter", *["down"] * role, "enter")
            if role == 4:
                await at.see("► งานบริการ")
                await at.press("enter")
        await at.see("! คนเดียวลงนามสองขั้นไม่ได้")
