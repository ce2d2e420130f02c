"""What an officer does for the gateways: log in at Linkage 2, have a laser number checked, save a paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reader.practice_people import PEOPLE
from store.counter.visitor import Visitor
from sync.practice.gdx_twin import LASER_CODE
from sync.practice.network import PracticeNetwork
from sync.practice.register import COMPANY
from tests.rig.linkage2 import ACCESS_TOKEN, Linkage2Server
from tests.rig.office import HEAD, OFFICER, copy_office, decide_catalogue, open_books
from tests.tui.counter import Counter, Office, counter

CITIZEN = PEOPLE[0]


@pytest.fixture
def linkage2() -> Iterator[Linkage2Server]:
    one = Linkage2Server()
    one.start()
    yield one
    one.stop()


async def with_card_face(at: Counter, number: str) -> None:
    """From Home to the documents of a visit whose card was read by eye."""
    await at.press("f2")
    await at.see("ไม่มีบัตร")
    await at.press("down", "enter")
    await at.type(number)
    await at.press("enter")
    await at.see("เลือกงานบริการ")
    await at.press("enter")
    await at.see("เลขเรื่อง 01-")


async def test_lookups_wait_for_the_thaid_log_in_and_go_by_themselves_after_it(
    tmp_path: Path, linkage2: Linkage2Server
) -> None:
    more = f'[gateways.linkage2]\nurl = "{linkage2.url}"\n'
    async with counter(copy_office(tmp_path / "home", more)) as at:
        await at.log_in(OFFICER)
        at.desk.insert(CITIZEN)
        await at.see("เลือกงานบริการ")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        await at.press("enter")
        await at.see("! ต้องเข้าระบบ")
        assert linkage2.requests == []
        await at.press("f6")
        await at.see("ท่านยังไม่ได้เข้าระบบ Linkage 2")
        await at.press("down", "enter")
        await at.see("เลือกหน่วยงาน", "สำนักงานเกษตรจังหวัดเชียงใหม่")
        await at.press("enter")
        await at.see("ยืนยันในแอป ThaID")
        await at.type(ACCESS_TOKEN)
        assert ACCESS_TOKEN not in at.shown()
        await at.press("enter")
        await at.see("ได้ครบ 3 รายการ")
        assert linkage2.requests == [[8, 3]]  # house and marriage, in one request
        await at.press("f6")
        await at.see("ท่านเข้าระบบ Linkage 2 แล้ว")
        await at.press("down", "enter")
        await at.see("ออกจากระบบ Linkage 2 แล้ว")
        assert linkage2.sessions == 0


async def test_f6_says_who_is_logged_in_at_govami_and_what_to_do(
    office: Office, line: PracticeNetwork
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.see("F6 เครือข่าย ● ใช้ได้")
        nobody = "0" * 13
        for session, told, row in (
            (("AgentNotAvailable", None, nobody), "เข้าระบบในโปรแกรม GovAMI", "Linkage !"),
            (("AgentAvailable", None, nobody), "ท่านเข้าระบบ Linkage แล้ว", "Linkage ● เข้าระบบ"),
            (("AgentAvailable", "3100600445635", nobody), "เจ้าหน้าที่คนอื่นเข้าระบบ GovAMI", "Linkage !"),
            (("CitizenAvailable", None, CITIZEN.citizen_id), "x-xxxx-xxx90-12-1", "Linkage ● เข้าระบบ"),
        ):
            line.gateway.session = session
            await at.press("f6")
            await at.see(told, row)
        line.gateway.session = ("AgentAvailable", None, nobody)


async def test_a_card_with_a_dead_chip_is_checked_by_its_laser_number(
    office: Office, line: PracticeNetwork
) -> None:
    _, first, _, last = CITIZEN.name_th.split("#")
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await with_card_face(at, CITIZEN.citizen_id)
        for number, told in (("JT0-0000000-00", "ไม่ตรงกับข้อมูลหน้าบัตร"), (LASER_CODE, "ยืนยันว่าเลขหลังบัตรตรงกัน")):
            await at.press("f4")
            await at.see("ส่งเลขหลังบัตรให้กรมการปกครองตรวจ")
            while "► ส่งเลขหลังบัตร" not in at.shown():
                await at.press("down")
            await at.press("enter")
            for text in (
                first,
                last,
                f"{CITIZEN.birth_date[6:]}/{CITIZEN.birth_date[4:6]}/{CITIZEN.birth_date[:4]}",
                number,
            ):
                await at.see("ตรวจเลขหลังบัตร")
                await at.type(text)
                await at.press("enter")
            await at.see(told)
        found = at.app.books.ledger.lines(kind="answer", newest_first=False)
        assert [(one.channel, one.outcome, one.error) for one in found] == [
            ("laser", "refused", "laser_mismatch"),
            ("laser", "obtained", None),
        ]


async def test_a_companys_paper_is_saved_where_the_officer_says_and_the_ledger_notes_it(
    office: Office, line: PracticeNetwork, tmp_path: Path
) -> None:
    locations = office()
    books = open_books(locations, HEAD)
    own = {  # a unit's own catalogue, in which the certificate comes as a file
        "codes": {"gdx": {"path": "/ws/dbd/juristic/v4/profile/information/pdf", "key": "JuristicID"}},
        "keep": ["FileName", "FileSize", "mimeType", "Result"],
    }
    decide_catalogue(books, lambda found: found["documents"]["D10"].update(own))
    books.close()
    books = open_books(locations)
    visit = books.visits.open(
        "S01",
        Visitor(COMPANY, subject_kind="juristic", comer="representative", identity="none"),
        documents=["D10"],
    )
    books.visits.obtain(visit.id)
    books.close()
    folder = tmp_path / "papers"
    folder.mkdir()
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.until(lambda: at.app.books.visits.get(visit.id).complete, "the answer")
        await at.press("enter")
        await at.see(f"{COMPANY}.pdf", "1 กิโลไบต์")
        await at.press("enter")
        await at.see("F7 เก็บไฟล์")
        await at.press("f7")
        await at.type(str(folder))
        await at.press("enter")
        await at.see("เก็บไฟล์แล้ว")
        assert (folder / f"{COMPANY}.pdf").read_bytes().startswith(b"%PDF-")
        (noted,) = at.app.books.ledger.lines(kind="paper")
        assert (noted.visit, noted.document) == (visit.id, "D10")
