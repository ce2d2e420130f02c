"""Logging in, changing over, leaving; and the month's end by three people."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from reader.citizen_id import check_digit
from reader.people import PEOPLE
from store import enrolment
from store.appointments import Appointments
from store.locations import Locations
from store.setup_form import Newcomer
from sync.practice import PracticeLine
from tests.rig.office import CONTROLLER, FIRST, HEAD, OFFICER, PASSPHRASE, make_office, open_books
from tests.store.lines import tamper
from tests.tui.counter import counter

Office = Callable[..., Locations]


async def test_a_passphrase_typed_in_the_wrong_layout_is_noticed(office: Office) -> None:
    async with counter(office()) as at:
        await at.see("ชื่อผู้ใช้งาน", OFFICER)
        await at.press("down", "down")
        await at.type("ดาวเหนือ")
        await at.see("! แป้นพิมพ์เป็นภาษาไทย")
        await at.press("enter")
        await at.see("รหัสผ่านไม่ถูกต้อง (ที่พิมพ์เมื่อครู่เป็นอักษรไทย)")
        assert at.here == "LoginScreen"


async def test_many_names_leave_room_for_the_reason_of_a_refusal(office: Office) -> None:
    locations = office()
    books = open_books(locations, HEAD)
    people, signer = Appointments(books), books.signer(PASSPHRASE[HEAD])
    for n in range(10, 22):
        number = f"3501200456{n}"
        number += check_digit(number)
        people.add(
            Newcomer(f"officer{n}", "นางมาลี ศรีสุข", number, "ชำนาญงาน", ("officer",), (), "first-word-9"),
            signer,
        )
    books.close()
    async with counter(locations) as at:
        await at.press(*["down"] * 20)
        await at.see("(15)", "► wipha")
        await at.type("not the right words")
        await at.press("enter")
        await at.see("! ชื่อผู้ใช้หรือรหัสผ่านไม่ถูกต้อง", "► wipha", "รหัสผ่าน [")
        await at.press(*["up"] * 20)
        await at.see("► officer10", "รหัสผ่าน [")


async def test_change_over_is_f12_passphrase_enter(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("f12")
        await at.until(lambda: at.here == "LoginScreen", "the log-in")
        assert not at.app.someone_is_in
        # The other one stands under the cursor, by name: the first log-in left the names beside the books.
        chosen = next(row for row in at.shown().split("\n") if "►" in row)
        assert "นายสมชาย ใจดี" not in chosen
        other = HEAD if "นายประสิทธิ์" in chosen else CONTROLLER
        await at.type(PASSPHRASE[other])
        await at.press("enter")
        await at.until(lambda: at.here == "HomeScreen", "Home")
        assert at.app.books.who.login == other


@pytest.mark.parametrize(
    "above",
    [
        pytest.param(["f8"], id="the question before a visit is cancelled"),
        pytest.param(["down", "down", "down", "down", "enter"], id="the list of documents"),
        pytest.param(["f1"], id="the help"),
        pytest.param(["down", "down", "enter"], id="a document in full"),
    ],
)
async def test_f12_locks_at_once_whatever_stands_above_a_visit(
    office: Office, line: PracticeLine, above: list[str]
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("enter", "enter")
        await at.see("ได้ครบ 3 รายการ")
        visit = at.here
        await at.press(*above)
        await at.until(lambda: at.here != visit, "what stands above the visit")
        await at.press("f12")
        await at.until(lambda: at.here == "LoginScreen", "the log-in")
        await at.see("เรื่องที่เปิดอยู่ 1 เรื่องยังอยู่ครบ")
        assert PEOPLE[0].citizen_id[-4:] not in at.shown()
        await at.log_in(OFFICER)
        await at.see("เรื่องเปิด 1")


async def test_what_is_for_the_ministry_goes_on_behind_the_lock(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("f12")
        await at.until(lambda: at.here == "LoginScreen", "the log-in")
        assert _watches() == 1
        await at.log_in(OFFICER)
        # Whoever logs in has the only watch, and the only open books.
        await at.until(lambda: _watches() == 1, "the old watch to end")


def _watches() -> int:
    """How many threads watch the line."""
    return [thread.name for thread in threading.enumerate()].count("line")


async def test_a_first_passphrase_must_be_changed_before_anything_else(tmp_path: Path) -> None:
    async with counter(make_office(tmp_path / "home", changed=False)) as at:
        await at.see("ชื่อผู้ใช้งาน")
        await at.press("down")  # prasit, somchai, wipha
        await at.type(FIRST[OFFICER])
        await at.press("enter")
        await at.see("รหัสผ่านแรก ซึ่งใช้ได้ครั้งเดียว")
        for text in ("river mango lantern bell", "river mango lantern"):
            await at.type(text)
            await at.press("enter")
        await at.see("ไม่เหมือนกัน")
        for text in ("too short", "too short"):
            await at.type(text)
            await at.press("enter")
        await at.see("12 ตัวอักษร", "! ")
        for text in ("น้ำตก ภูเขา ทุ่งนา", "น้ำตก ภูเขา ทุ่งนา"):
            await at.type(text)
            await at.press("enter")
        await at.until(lambda: at.here == "HomeScreen", "Home")


async def test_no_key_leaves_the_program_by_accident(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        for key in ("ctrl+q", "ctrl+c", "q", "ctrl+p"):
            await at.press(key)
        await at.see("ออกจากโปรแกรม: กด Esc")
        await at.press("escape")
        await at.see("► ยังไม่ปิด")
        await at.press("enter")
        assert at.here == "HomeScreen"
        assert at.app.is_running


async def test_a_folder_without_books_says_what_to_do(tmp_path: Path) -> None:
    async with counter(Locations(tmp_path / "empty")) as at:
        await at.see("เครื่องนี้ยังไม่มีสมุดของหน่วยงาน", "► ตั้งค่าเครื่องนี้", "ฝึกใช้งานด้วยข้อมูลสมมติ")


async def test_a_folder_whose_books_are_gone_offers_to_bring_them_back_and_no_new_ones(
    office: Office,
) -> None:
    locations = office()
    for path in locations.home.glob("books.db*"):
        path.unlink()
    async with counter(locations) as at:
        await at.see("สมุดของเครื่องนี้หายไป", "nocopy restore FILE", "► ตรวจอีกครั้ง")
        assert "ตั้งค่าเครื่องนี้" not in at.shown()
        await at.press("enter")
        await at.see("ยังไม่พบสมุด")


async def test_the_month_is_summed_up_checked_approved_and_delivered(
    office: Office, line: PracticeLine
) -> None:
    began = datetime(2026, 11, 30, 10, 0, tzinfo=BANGKOK)
    locations = office(began)
    moment = began + timedelta(minutes=5)

    def clock() -> datetime:
        return moment

    books = open_books(locations, HEAD, clock)
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), line.centre_url, line.centre.code("5001"))
    books.close()
    books = open_books(locations, OFFICER, clock)
    person = PEOPLE[0].citizen_id
    visit = books.visits.open(
        "S01", subject_kind="thai_person", subject=person, identity="none", documents=["D02"]
    )
    books.visits.obtain(visit.id)
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
    assert job is not None
    books.lookups.answered(job, "obtained", {}, 900)
    books.visits.close(visit.id)
    books.close()
    moment = datetime(2026, 12, 1, 8, 40, tzinfo=BANGKOK)

    async def sign(who: str) -> None:
        await at.press("f9")
        await at.see("รหัสผ่านของท่าน")
        await at.type(PASSPHRASE[who])
        await at.press("enter")

    async with counter(locations, clock=clock) as at:
        # The officer: the month stands first, its finding is explained, F9 signs.
        await at.log_in(OFFICER)
        await at.see("► สรุปงาน พ.ย. 2569 ภายใน 3 ธ.ค.")
        await at.press("enter")
        await at.see("พฤศจิกายน 2569", "► สรุป ภายใน 3 ธ.ค.", "ขอข้อมูลโดยไม่มีบัตร", "5 ธ.ค. 2569 เป็นวันหยุด")
        # What is still open is told before the signature, and so is what the head will ask.
        await at.see("ก่อนลงนาม", "● ไม่มีเรื่องเปิดค้าง", "ยังไม่ชี้แจง 1 เรื่อง")
        await at.press("f4")
        await at.type("ลืมบัตร แต่รู้จักกัน")
        await at.press("enter")
        await at.see("ชี้แจงแล้ว")
        await at.press("f9")
        await at.type("not the passphrase")
        await at.press("enter")
        await at.see("! รหัสผ่านไม่ถูกต้อง ยังไม่ได้ลงนาม")
        await at.press("escape")
        await sign(OFFICER)
        await at.see("ลงนามสรุปแล้ว", "● สรุป สมชาย")
        assert "F9" not in at.row(-1), "who summed up cannot check"
        # The controller.
        await at.press("f12")
        await at.log_in(CONTROLLER)
        await at.see("► ตรวจสรุป พ.ย. 2569")
        await at.press("enter")
        await at.see("F9 ลงนาม", "คำชี้แจงของนายสมชาย ใจดี (1 ธ.ค.): ลืมบัตร แต่รู้จักกัน")
        await sign(CONTROLLER)
        await at.see("ตรวจและลงนามแล้ว")
        # The head: no signature before the decision, which opens on the harmless answer.
        await at.press("f12")
        await at.log_in(HEAD)
        await at.see("► พิจารณา พ.ย. 2569")
        await at.press("enter")
        await at.press("f4")
        await at.see("ขอคำชี้แจงเพิ่ม")
        await at.press("escape")
        await at.see("ยังลงนามไม่ได้: มี 1 เรื่อง", "ลืมบัตร แต่รู้จักกัน")
        assert "F9" not in at.row(-1)
        await at.press("f4", "enter")
        await at.see("ยังลงนามไม่ได้: มี 1 เรื่อง")
        await at.press("f4", "down", "enter")
        await at.see("รับฟังได้", "รายงาน Supervisor")
        await sign(HEAD)
        await at.see("● ใบรับของกระทรวง", "ส่งถึง Supervisor แล้ว ได้ใบรับ")
        view = at.app.books.months.status("2026-11")
        assert view.state == "acknowledged"
        assert view.receipt is not None
        assert "● เห็นชอบ ประสิทธิ์ 1 ธ.ค." in at.row(5), "who signed when stays in sight"
        # Each step of the month is a line of its own, in words.
        await at.press("escape", "f3")
        await at.type("งานเดือน")
        await at.see("ขั้น กระทรวงรับแล้ว", "เดือน พ.ย. 2569")
        await at.press("down")
        await at.see("ขั้น เตรียมส่ง")
        await at.press("escape", "escape")
        await at.see("พฤศจิกายน 2569", "● ส่งแล้ว ได้ใบรับ ")


async def test_the_lock_and_the_keys_are_kept_while_books_are_slow(office: Office) -> None:
    """While a passphrase is checked no key does anything, and row 24 says so by being empty."""
    async with counter(office()) as at:
        await at.see("ชื่อผู้ใช้งาน")
        await at.press("down")
        await at.type(PASSPHRASE[OFFICER])
        await at.until(at.enter_is_open, "Enter is awake")
        await at.app.screen.action_press("enter")  # type: ignore[attr-defined]
        assert at.app.busy
        assert at.row(-1).strip() == ""
        await at.press("escape")
        assert at.here != "Question"
        await at.until(lambda: at.here == "HomeScreen", "Home")


async def test_broken_books_are_told_at_the_log_in_and_no_passphrase_is_asked_for(office: Office) -> None:
    locations = office()
    books = open_books(locations)
    visit = books.visits.open(
        "S01", subject_kind="thai_person", subject=PEOPLE[0].citizen_id, identity="none", documents=["D11"]
    )
    books.visits.obtain(visit.id, {1: "sighted"})
    key, last = books.database.key, books.ledger.count() - 1
    books.close()
    tamper(
        locations.books,
        f"""UPDATE ledger SET body = replace(body, '"v":1', '"v":2') WHERE seq = {last}""",
        key=key,
    )
    async with counter(locations) as at:
        await at.see("รหัสผ่าน [")
        await at.press("up", "up", "up", *["down"] * sorted(PASSPHRASE).index(CONTROLLER))
        await at.type(PASSPHRASE[CONTROLLER])
        await at.press("enter")
        await at.see(f"สมุดไม่ครบถ้วนที่บรรทัด {last}", "อย่าลบหรือกู้คืนสิ่งใด แจ้งหัวหน้าหน่วยงานและ ICT")
        assert "พิมพ์รหัสผ่าน" not in at.row(-2)
        assert "ทำตามข้อความข้างบน" in at.row(-2)
