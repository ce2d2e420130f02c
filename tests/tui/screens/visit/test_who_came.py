"""Who stands at the counter: without a card, for somebody else, with a passport; an officer, a colleague."""

from __future__ import annotations

from dataclasses import replace

from reader.practice_people import PEOPLE
from tests.rig.office import (
    CITIZEN_ID,
    CONTROLLER,
    OFFICER,
)
from tests.tui.counter import Office, counter, lines, sealed
from tui.words.answer_words import answer_rows


async def test_without_a_card_the_number_is_typed_and_checked(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("f2")
        await at.see("แสดงตนด้วยอะไร", "► รอเสียบบัตร")
        await at.press("down", "down", "enter")
        await at.see("เลข 13 หลัก")
        await at.type("1234567890120")
        await at.press("enter")
        await at.see("เลขประจำตัวไม่ถูกต้อง")
        await at.press("backspace")
        await at.type("1")
        await at.press("enter")
        await at.see("เลือกงานบริการ", "1-2345-67890-12-1", "ThaID")
        await at.press("enter", "enter")
        await at.until(lambda: len(lines(at, "answer")) == 2, "the answers")
        use = at.app.books.ledger.lines(kind="use", limit=1)[0]
        assert (use.identity, use.card_seen_at) == ("thaid", None)


async def test_someone_comes_for_another_person_and_only_that_one_is_looked_up(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.see("บัตรประชาชน               จากบัตร")
        await at.press("f4", "down", "enter")
        await at.see("เลขของผู้มอบอำนาจ")
        await at.type(PEOPLE[1].citizen_id)
        await at.press("enter")
        await at.see("วันที่หรือเลขที่หนังสือมอบอำนาจ")
        await at.type("ลงวันที่ 15 พ.ย. 2569")
        await at.press("enter")
        await at.see("ผู้มาติดต่อ: ผู้รับมอบอำนาจ")
        # The card that was read is not of whose business it is: nothing comes from it.
        await at.see("บัตรประชาชน               จากตัวจริง")
        await at.press("enter", "enter")
        await at.until(lambda: len(lines(at, "answer")) == 2, "the answers")
        subjects = {use.subject for use in at.app.books.ledger.lines(kind="use")}
        assert subjects == {PEOPLE[1].citizen_id}
        assert sealed(at, "basis") == {"ลงวันที่ 15 พ.ย. 2569"}
        assert sealed(at, "comer") == {PEOPLE[0].citizen_id}


async def test_for_a_group_and_with_a_passport_alone_only_originals_count(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(PEOPLE[0])
        await at.see("เลือกงานบริการ")
        await at.press("f4", *["down"] * 3, "enter")
        await at.see("ผู้แทนกลุ่ม วิสาหกิจชุมชน หรือสหกรณ์", "เลขหรือชื่อกลุ่ม")
        await at.type("กลุ่มแม่บ้านเกษตรกรสุเทพ 12")
        await at.press("enter")
        await at.see("ขอข้อมูลจากระบบไม่ได้", "ผู้มาติดต่อ: ผู้แทน", "กลุ่มแม่บ้านเกษตรกรสุเทพ", "จากตัวจริง")
        # Back to the card's owner: the group is forgotten.
        await at.press("f4", "enter")
        await at.see("ผู้มาติดต่อ: เจ้าของบัตร", "Linkage")
        assert "กลุ่มแม่บ้าน" not in at.shown()
        at.desk.remove()
        await at.until(lambda: at.here == "HomeScreen", "Home")
        await at.press("f2", *["down"] * 5, "enter")
        await at.see("เลขหนังสือเดินทาง")
        await at.type("AA1234567")
        await at.press("enter")
        await at.see("AA1234567", "เอกสารอื่นที่มีรูป")
        # Whoever shows a passport may come for somebody else, too.
        await at.press("f4", *["down"] * 3, "enter")
        await at.type("สหกรณ์ ก")
        await at.press("enter")
        await at.see("สหกรณ์ ก")
        await at.press("f4", "enter")
        await at.see("AA1234567")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-")
        await at.press("f4", "down", "enter")
        await at.until(lambda: len(lines(at, "use")) == 1, "the use")
        (use,) = at.app.books.ledger.lines(kind="use")
        assert (use.subject_kind, use.subject, use.comer, use.channel) == (
            "passport",
            "AA1234567",
            "self",
            "copy",
        )


async def test_an_officers_own_card_starts_no_visit(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        at.desk.insert(replace(PEOPLE[0], citizen_id=CITIZEN_ID[OFFICER]))
        await at.see("บัตรนี้เป็นของเจ้าหน้าที่ (นายสมชาย ใจดี) จึงไม่เริ่มเรื่อง")
        assert at.here == "HomeScreen"
        at.desk.insert(PEOPLE[4])
        await at.see("บัตรหมดอายุเมื่อ 11 มี.ค. 2567 ทำต่อได้")


async def test_without_a_card_no_screen_speaks_of_its_owner_or_its_data(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("f2")
        await at.see("เริ่มเรื่องโดยไม่มีบัตร")
        # F6 stands in row 2 and works while a question is open, too.
        await at.press("f6")
        await at.see("ท่านเข้าระบบ Linkage แล้ว")
        assert at.here == "Question"
        await at.press("down", "down", "enter")
        await at.type(CITIZEN_ID[OFFICER])
        await at.press("enter")
        await at.see("เลือกงานบริการ", "ไม่ได้อ่านบัตร")
        assert "จากบัตร" not in at.shown()
        assert "เจ้าของบัตร" not in at.shown()
        await at.press("f4", "down", "down", "enter")
        await at.see("เลขนิติบุคคล 13 หลัก")
        await at.type("0105569000127")
        await at.press("enter")
        # Told of a company, and its second line stands under the first.
        await at.see("! เลขทะเบียนนิติบุคคลไม่ถูกต้อง")
        wrong = [row for row in at.shown().split("\n") if "หนังสือรับรอง" in row or "เลขทะเบียนนิติบุคคลไม่" in row]
        assert all(row.startswith("  ") for row in wrong), wrong
        assert "หน้าบัตร" not in "".join(wrong)
        await at.press(*["backspace"])
        await at.type("6")
        await at.press("enter")
        await at.see("0-10-5-569-00012-6")


async def test_a_colleague_or_an_unassigned_service_is_warned_about_once_and_can_be_served(
    office: Office,
) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("f2", "down", "enter")
        await at.type(CITIZEN_ID[CONTROLLER])
        await at.press("enter")
        await at.see("ผู้รับบริการเป็นบุคลากรของหน่วยงานนี้ หัวหน้าจะเห็นในรายงานประจำเดือน")
        await at.type("07")
        await at.press("enter")
        await at.see("ท่านยังไม่ได้รับมอบหมายงาน 07", "► เลือกงานอื่น", "หัวหน้าจะเห็น")
        await at.press("enter")
        await at.see("เลือกงานบริการ")
        assert not at.app.books.visits.unfinished()
        await at.press("enter", "down", "enter")
        await at.see("เลขเรื่อง 01-", "07 ร้องเรียน")
        await at.press("escape")
        # Of one's own services nothing is asked.
        await at.press("f2", "down", "enter")
        await at.type(PEOPLE[1].citizen_id)
        await at.press("enter")
        await at.see("ตรวจเลขกับเอกสารที่แสดง")
        await at.press("enter")
        await at.see("เลขเรื่อง 01-", "01 ขอกู้ยืม")


def test_the_numbers_of_houses_and_companies_are_written_as_their_papers_write_them() -> None:
    assert answer_rows({"JuristicID": "0105569000126", "houseID": "50120045678"}) == [
        ("เลขนิติบุคคล", "0-10-5-569-00012-6"),
        ("เลขรหัสประจำบ้าน", "5012-004567-8"),
    ]
    assert answer_rows({"houseID": "5012"}) == [("เลขรหัสประจำบ้าน", "5012")]
