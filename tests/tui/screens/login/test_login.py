"""Logging in, changing over, leaving."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from reader.citizen_id import check_digit
from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.counter.visitor import Visitor
from store.people.people import Newcomer
from store.staff.appointments import Appointments
from sync.practice.network import PracticeNetwork
from tests.rig.lines import tamper
from tests.rig.office import CONTROLLER, FIRST, HEAD, OFFICER, PASSPHRASE, make_office, open_books
from tests.tui.counter import Office, counter


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
        # The other officer is under the cursor, by name: the first log-in wrote the names beside the books.
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
    office: Office, line: PracticeNetwork, above: list[str]
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
        # After the next log-in there is one watch, and one set of open books.
        await at.until(lambda: _watches() == 1, "the old watch to end")


def _watches() -> int:
    """The number of threads that watch the network."""
    return [thread.name for thread in threading.enumerate()].count("network")


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
        await at.see("! ", "ใครก็เดาถูกได้ง่าย", "สี่คำที่ไม่เกี่ยวกัน")
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


async def test_broken_books_are_reported_at_the_log_in_and_can_be_read(office: Office) -> None:
    locations = office()
    books = open_books(locations)
    visit = books.visits.open("S01", Visitor(PEOPLE[0].citizen_id, identity="none"), documents=["D11"])
    books.visits.obtain(visit.id, {1: "sighted"})
    key, last = books.database.key, books.ledger.count() - 1
    books.close()
    tamper(
        locations.books,
        f"""UPDATE ledger SET body = replace(body, '"v":2', '"v":3') WHERE seq = {last}""",
        key=key,
    )
    async with counter(locations) as at:
        await at.see("รหัสผ่าน [")
        await at.press("up", "up", "up", *["down"] * sorted(PASSPHRASE).index(CONTROLLER))
        await at.type(PASSPHRASE[CONTROLLER])
        await at.press("enter")
        await at.see(f"× สมุดไม่ครบถ้วนที่บรรทัด {last}: ต้องทำอะไร", "สมุดควบคุมการใช้งาน")
        assert f"สมุดไม่ครบถ้วนที่บรรทัด {last}" in at.row(-2)
