"""What stands in a visit's slip, read out of the PDF."""

from __future__ import annotations

from contextlib import closing

from reader.buddhist_date import thai_digits
from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.books import Books
from store.counter.back_entry import BackEntry
from store.counter.visitor import Visitor
from tests.rig.lines import HandClock
from tests.rig.office import (
    CITIZEN,
    HEAD,
    OFFICER,
    PASSPHRASE,
    decide_catalogue,
    open_books,
    second_officer,
)
from tests.rig.pdf import bare, holds, pages
from tests.rig.signed_people import renamed, sign_change
from tests.tui.screens.visit.slips import begin, card_of, text
from tui.papers.ledger import ledger_pages
from tui.papers.slip import slip


def answer(books: Books, **outcomes: str) -> None:
    """The gateway answers all that waits: by document, or that it has it."""
    while (job := books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")) is not None:
        assert job.use is not None
        document = books.ledger.line(job.use).document
        outcome = outcomes.get(document or "", "obtained")
        if outcome == "refused":
            books.queue.quarantine(job, "refused", "wrong")
        else:
            books.lookups.answered(job, outcome, {"houseNo": "99/9"}, 900)


def test_awaited_answers_are_printed_with_their_expiry_above_two_signatures(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    visit = begin(books, "D01", "D02", "D11")
    shown = text(books, visit)
    holds(shown, "ใบรับเรื่อง เอกสารตามภายหลัง", "๑๙ พฤศจิกายน ๒๕๖๙ เวลา ๑๐.๔๒ น.", "ไม่ต้องยื่นสำเนา ๑ ฉบับ")
    holds(shown, "รอคำตอบจากระบบ – ทะเบียนบ้าน (รอถึง สิ้นวันที่ ๑๙ พฤศจิกายน ๒๕๖๙)")
    holds(shown, "ยังไม่ได้เอกสาร – โฉนดที่ดิน นำตัวจริงมาแสดงภายในวันที่")
    holds(shown, "(นางคำแปง ศรีสุข)", "(นายสมชาย ใจดี)", "โฉนดที่ดิน – รอเอกสารตัวจริง")
    # The citizen leaves; a slip of the visit that waits says the same.
    books.visits.park(visit)
    assert text(books, visit) == shown
    clock.set("2026-11-19T11:05:00")
    answer(books)
    books.visits.replace(visit, 3, "sighted")
    shown = text(books, visit)
    holds(shown, "ได้เอกสารครบแล้ว", "ไม่ต้องยื่นสำเนา ๓ ฉบับ", "เจ้าหน้าที่ดูตัวจริง ได้แล้ว ๑๑.๐๕ น.")
    assert "....." not in shown
    books.close()


def test_every_way_that_was_tried_stands_in_it(locations: Locations, clock: HandClock) -> None:
    books = open_books(locations, clock=clock)
    visit = begin(books, "D02", "D04", "D06", "D02")
    answer(books, D04="not_found", D06="refused")
    clock.set("2026-11-20T09:05:00")
    books.visits.replace(visit, 2, "copy")
    books.visits.add(visit, "D05")
    shown = text(books, visit)
    holds(shown, "Linkage Center ระบบตอบว่าไม่พบ ๑๐.๔๒ น.", "ทะเบียนสมรส กรมการปกครอง")
    holds(shown, "เจ้าหน้าที่ถ่ายสำเนาจากตัวจริง ได้แล้ว ๒๐ พ.ย. ๒๕๖๙ ๐๙.๐๕ น.", "ทะเบียนบ้าน (๒)")
    holds(shown, "ปลายทางไม่รับคำขอ", "ยังไม่ได้เอกสาร – หนังสือสำคัญแสดงการเปลี่ยนชื่อตัว")
    holds(shown, "ยังไม่ได้ขอจากระบบ – ทะเบียนหย่า", "ไม่ต้องยื่นสำเนา ๓ ฉบับ")
    books.visits.obtain(visit)
    books.visits.not_needed(visit, 5)
    holds(text(books, visit), "Linkage Center ยกเลิก ยังไม่ได้ส่งคำขอ", "ทะเบียนหย่า", "– ไม่ต้องใช้ –")
    books.close()


def test_the_slip_of_an_ended_visit_has_no_name_and_no_signatures(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    visit = begin(books, "D01", "D02")
    books.visits.close(visit, force=True)
    shown = text(books, visit)
    holds(shown, "จบแล้ว ๑๙ พฤศจิกายน ๒๕๖๙", "x-xxxx-xxx90-12-1", "ยกเลิก ยังไม่ได้ส่งคำขอ")
    assert "คำแปง" not in shown
    assert "....." not in shown
    books.close()


def test_a_document_never_asked_for_is_left_out_of_a_cancelled_visits_slip(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    visit = begin(books, "D01", "D11")
    books.visits.cancel(visit, "พิมพ์ผิด")
    shown = text(books, visit)
    holds(shown, "บัตรประจำตัวประชาชน", "ยกเลิกแล้ว")
    assert "โฉนดที่ดิน" not in shown
    books.close()


def test_a_back_entry_is_printed_with_the_time_it_was_served(locations: Locations, clock: HandClock) -> None:
    clock.set("2026-11-20T09:05:00")
    books = open_books(locations, clock=clock)
    visit = books.visits.open(
        "S01",
        Visitor(
            CITIZEN, identity="other_photo_id", back_entry=BackEntry("2026-11-19T15:20:00+07:00", "ไฟฟ้าดับ")
        ),
        documents=["D02"],
    )
    books.visits.obtain(visit.id, {1: "copy"})
    shown = text(books, visit.id)
    holds(shown, "๑๙ พฤศจิกายน ๒๕๖๙ เวลา ๑๕.๒๐ น. (บันทึกย้อนหลังเมื่อ ๒๐ พฤศจิกายน ๒๕๖๙ เวลา ๐๙.๐๕ น.)")
    holds(shown, "ได้แล้ว ๑๕.๒๐ น.", "ไม่ต้องยื่นสำเนา ๑ ฉบับ")
    size = books.ledger.count()
    used = books.ledger.lines(kind="use")
    (page,) = pages(ledger_pages(books, "", used, size))
    holds(page, "๒๐ พ.ย. ๒๕๖๙ ๐๙.๐๕ (ให้บริการ ๑๙ พ.ย. ๒๕๖๙ ๑๕.๒๐)", "ได้มา (บันทึกย้อนหลัง)")
    books.close()


def test_whoever_comes_for_another_is_named_and_the_other_is_not(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    malee = PEOPLE[1].citizen_id
    visit = begin(
        *(books, "D02", "D11"),
        **{"comer": "mandate", "basis": "18 พ.ย. 2569", "card": card_of("มาลี", "ศรีสุข", malee)},
    )
    shown = text(books, visit)
    holds(shown, "ผู้รับบริการ x-xxxx-xxx90-12-1", "ผู้มาติดต่อ ผู้รับมอบอำนาจ · นางมาลี ศรีสุข", "(นางมาลี ศรีสุข) ผู้มาติดต่อ")
    assert malee[-5:] not in shown.replace("-", "")
    holds(
        text(
            books,
            begin(
                books,
                "D10",
                **{
                    **{"subject_kind": "juristic", "subject": "0105569000126", "comer": "representative"},
                    **{"card": card_of("มาลี", "ศรีสุข", malee)},
                },
            ),
        ),
        "นิติบุคคล x-xxxx-xxx00-12-6",
        "ผู้มาติดต่อ ผู้แทน · นางมาลี ศรีสุข",
    )
    books.close()


def test_nothing_of_a_name_is_markup_and_many_documents_go_over_pages(
    locations: Locations, clock: HandClock
) -> None:
    books = open_books(locations, clock=clock)
    name = '#panic("x") *ใจ* $x^2$ [c] \\u{41}'
    with closing(open_books(locations, HEAD, clock)) as head:
        sign_change(head, head.signer(PASSPHRASE[HEAD]), renamed(OFFICER, name))
    decide_catalogue(books, lambda found: [one.update(name="W" * 150) for one in found["services"].values()])
    visit = begin(books, *(f"D{n:02}" for n in range(2, 22)), card=card_of(name, "ก" * 90, CITIZEN))
    shown = pages(slip(books, books.visits.get(visit)))
    assert len(shown) in (2, 3, 4)
    assert all(bare("เอกสาร จาก ผล เมื่อ") in page for page in shown[:2])
    assert all(page.endswith(f"จาก{thai_digits(len(shown))}") for page in shown)
    holds("".join(shown), name, "W" * 100, "ก" * 80, "สำเนาบัญชีรายชื่อผู้ถือหุ้น")
    books.close()


def test_another_officer_prints_it_in_their_own_name(locations: Locations, clock: HandClock) -> None:
    books = open_books(locations, clock=clock)
    visit = begin(books, "D01")
    books.close()
    second = second_officer(locations, clock)
    holds(text(second, visit), "เจ้าหน้าที่ นายสมชาย ใจดี", "โดย นางสาวยุพา แก้วใส")
    second.close()
