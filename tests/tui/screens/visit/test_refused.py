"""A gateway gave something else than data: what it was, and which key goes on, stand in the visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.counter.visitor import Visitor
from tests.rig.faults import FaultServer, said
from tests.rig.office import HEAD, OFFICER, copy_office, decide, open_books
from tests.tui.counter import Counter, counter

FORM = '[gateways.gdx]\nurl = "https://x.example"\nconsumer_key = "key"\nconsumer_secret = "hush-hush"\n'
HOUSE = {"houseID": 50010000001, "houseNo": "99/9"}
F4 = "กด F4 เพื่อขอใหม่หรือใช้เอกสารตัวจริง"


@pytest.fixture
def gateway() -> Iterator[FaultServer]:
    one = FaultServer(said(200, HOUSE))
    yield one
    one.stop()


@pytest.fixture
def office(tmp_path: Path, gateway: FaultServer) -> Locations:
    locations = copy_office(tmp_path / "home", FORM)
    head = open_books(locations, HEAD)
    decide(head, {"gateways.gdx.url": gateway.url})
    head.close()
    books = open_books(locations)
    books.visits.open("S01", Visitor(PEOPLE[0].citizen_id, identity="card_face"), documents=["D11", "D02"])
    books.close()
    return locations


async def obtained(at: Counter) -> None:
    """The open visit, after Enter on its two documents: an original first, then a house."""
    await at.log_in(OFFICER)
    await at.see("► เรื่องเปิด 00001")
    await at.press("enter")
    await at.see("เลขเรื่อง 01-")
    await at.press("enter")


async def test_a_refused_document_names_its_key_also_while_the_cursor_stands_elsewhere(
    office: Locations, gateway: FaultServer
) -> None:
    gateway.usual = said(422, {"Message": "เลขบ้านไม่ถูกต้อง"})
    async with counter(office) as at:
        await obtained(at)
        await at.see("! ไม่รับคำขอ")
        assert "ทะเบียนบ้าน: ปลายทางไม่รับคำขอ เลื่อนไปแล้วกด F4 ขอใหม่หรือใช้ตัวจริง" in at.row(-2)
        await at.press("down")
        await at.see("ทะเบียนบ้าน: ปลายทางไม่รับคำขอ กด F4 ขอใหม่หรือใช้ตัวจริง", "F4 ช่องทาง")
        panel = at.shown()
        assert "เลขบ้านไม่ถูกต้อง" in panel
        assert F4 in " ".join(row[28:].strip() for row in panel.split("\n"))
        # And the key keeps its word: asked anew, the house comes.
        gateway.usual = said(200, HOUSE)
        await at.press("f4")
        await at.see("► ไม่เปลี่ยน")
        await at.press("down", "enter", "enter")
        await at.see("● ได้แล้ว", "99/9")


async def test_an_empty_answer_is_said_to_be_empty_and_is_asked_for_again(
    office: Locations, gateway: FaultServer
) -> None:
    gateway.usual = said(200, {})
    async with counter(office) as at:
        await obtained(at)
        await at.press("down")
        await at.see("ระบบปลายทางตอบกลับมาว่างเปล่า", "ไม่ใช่คำตอบว่าไม่พบ")
        panel = " ".join(row[28:].strip() for row in at.shown().split("\n"))
        assert "ถ้ามีเอกสารตัวจริง กด F4" in panel
        assert "ไม่พบข้อมูล" not in at.shown()
        gateway.usual = said(200, HOUSE)
        await at.press("f5")
        await at.see("● ได้แล้ว", "99/9")
