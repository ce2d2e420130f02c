"""Finding lines: by what an officer types, and by a number, which is itself written down."""

from __future__ import annotations

import pytest

from store.books import Books
from store.counter.errors import OnlyUses
from store.counter.reasons import Reason
from store.counter.visitor import Visitor
from store.errors import BadInput
from store.ledger.ledger import Line
from store.search.search import ALL_KINDS, CARD
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, OFFICER, ask
from tests.rig.visitors import open_visit

OTHER = "3100600445635"
WORDS = {"ไม่พบ": ("outcome", "not_found"), "ถ่ายสำเนาเอง": ("channel", "copy"), "ใช้": ("kind", "use")}
HOUSE = {"houseNo": "99/9"}


def copied(books: Books, kind: str, number: str, document: str = "D02", **more: str) -> str:
    given = {"subject": number, "subject_kind": kind, "identity": "card_face", **more}
    visit = open_visit(books, "S01", **given, documents=[document])
    return books.visits.obtain(visit.id, {1: "copy"}).id


def answered(books: Books, outcome: str) -> None:
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
    assert job is not None
    assert books.lookups.answered(job, outcome, HOUSE, 12)


def found(books: Books, typed: str) -> list[Line]:
    return [books.ledger.line(seq) for seq in books.search.find(typed, WORDS)]


def test_every_word_narrows(books: Books, clock: HandClock) -> None:
    first = copied(books, "thai_person", CITIZEN)
    ask(books, "D02")
    answered(books, "not_found")
    clock.set("2026-11-20T09:00:00")
    copied(books, "thai_person", OTHER, "D04")
    assert {line.visit for line in found(books, first)} == {first}
    assert {line.visit for line in found(books, "1 S01")} == set()
    assert [line.kind for line in found(books, "ไม่พบ")] == ["answer", "use"]
    for typed in ("20 พ.ย. ถ่ายสำเนาเอง", "20/11/2569 ใช้", "๒๐/๑๑/๒๕๖๙ ใช้", "2026-11-20 ใช้", "ทะเบียนสมรส"):
        assert [line.document for line in found(books, typed)] == ["D04"], typed
    assert found(books, "31/11/2569") == []
    assert {line.officer for line in found(books, "สมชาย ใช้")} == {OFFICER}
    assert books.ledger.lines(kind="export") == [], "none of these was a search by a number"


def test_an_outcome_finds_the_uses_that_stand_so_now(books: Books) -> None:
    """The ledger is never changed: how a use stands is the newest word about it, listed and searched."""
    came, waits, gone = (ask(books, "D02") for _ in range(3))
    words = {
        "รอผลอยู่": ("outcome", "asked"),
        "ยกเลิก": ("outcome", "cancelled"),
        "ได้แล้ว": ("outcome", "obtained"),
    }
    words |= {"แก้ไขแล้ว": ("outcome", "corrected"), "ทั้งหมด": ("kind", ALL_KINDS), **WORDS}

    def uses(typed: str) -> list[str | None]:
        seqs = books.search.find(typed, words, uses_first=True)
        return [line.visit for line in map(books.ledger.line, seqs) if line.kind == "use"]

    answered(books, "not_found")
    books.visits.cancel(gone, "ไม่ใช้")
    copy = copied(books, "thai_person", OTHER, "D04")
    assert (uses("ไม่พบ"), uses("รอผลอยู่"), uses("ยกเลิก"), uses("ได้แล้ว")) == ([came], [waits], [gone], [copy])
    (use,) = books.search.find("ได้แล้ว", words, uses_first=True)
    books.visits.correct(use, "ไม่ได้ใช้")
    assert (uses("ได้แล้ว"), uses("แก้ไขแล้ว")) == ([], [copy])
    # Uses alone, unless another kind, all of them, or a line's number is asked for.
    kinds = {books.ledger.line(seq).kind for seq in books.search.find("", words, uses_first=True)}
    assert kinds == {"use"}
    assert len(books.search.find("ทั้งหมด", words, uses_first=True)) == books.ledger.count()
    assert books.search.find(str(use + 1), words, uses_first=True) == [use + 1]
    line = books.ledger.lines(visit=came, kind="use")[0]
    assert (line.outcome, line.stands, line.whom) == ("asked", "not_found", None)
    (answer,) = books.ledger.lines(visit=came, kind="answer")
    assert (answer.stands, answer.subject, answer.whom) == ("not_found", None, CITIZEN)


def test_the_uses_come_by_page_and_month(books: Books, clock: HandClock) -> None:
    for n in range(5):
        clock.set(("2026-11-30T20:00:00", "2026-12-01T09:00:00")[n > 2])
        copied(books, "thai_person", CITIZEN)
    assert books.ledger.uses_by_month() == {"2026-12": 2, "2026-11": 3}
    size = books.ledger.count()
    copied(books, "thai_person", CITIZEN)
    november = [
        line.seq for skip in (0, 2) for line in books.ledger.uses("2026-11", skip=skip, limit=2, before=size)
    ]
    assert november == [line.seq for line in books.ledger.lines(month="2026-11", kind="use")]
    assert len(books.ledger.uses("2026-12", skip=0, limit=9, before=size)) == 2


def test_a_search_by_number_finds_the_person_s_lines_and_is_a_line_itself(
    books: Books, clock: HandClock
) -> None:
    ask(books, "D02")
    answered(books, "obtained")
    copied(books, "thai_person", OTHER)
    copied(books, "passport", "AA1234567")
    mandate = books.visits.open(
        *("S01",), Visitor(OTHER, identity="card_face", comer="mandate", comer_id=CITIZEN), documents=["D02"]
    )
    books.visits.obtain(mandate.id, {1: "copy"})
    size = books.ledger.count()
    kinds = ["use", "answer", "attempt", "use"]
    assert [line.kind for line in found(books, "1-2345-67890-12-1")] == kinds
    # The search is written down with the number sealed, and finds no search but earlier ones.
    line = books.ledger.line(size)
    assert (line.kind, line.officer, line.subject) == ("export", OFFICER, CITIZEN)
    assert line.facts == {"what": "search", "by": "typed"}
    body = str(books.database.value("SELECT body FROM ledger WHERE seq = ?", (size,)))
    assert CITIZEN not in body
    again = books.search.find(f"{CITIZEN} ใช้", WORDS, by=CARD)
    assert [books.ledger.line(seq).kind for seq in again] == ["use", "use"]
    assert books.ledger.line(size + 1).facts["by"] == "card"
    assert [line.subject_kind for line in found(books, "AA1234567")] == ["passport"]
    assert books.ledger.lines(kind="export", limit=1)[0].subject == "AA1234567"
    # A number of which the ledger knows nothing is looked for all the same.
    lines = books.ledger.count()
    assert found(books, "1101700230708") == []
    assert books.ledger.count() == lines + 1
    books.ledger.verify()


def test_a_number_or_a_name_with_spaces_is_found_whole_and_never_shown_whole(books: Books) -> None:
    """A passport's number is typed as it is printed, and a group is known by its name."""
    group = "วิสาหกิจชุมชน กลุ่มผู้ปลูกข้าวอินทรีย์บ้านแม่ทา และเครือข่ายจังหวัดเชียงใหม่"
    passport = copied(books, "passport", " AB  1234567 ")
    more = {"comer": "representative", "comer_id": CITIZEN}
    named = copied(books, "group", group, **more)
    size = books.ledger.count()
    for typed in ("AB 1234567", "ab1234567", "AB1234567"):
        uses = [line.visit for line in found(books, typed) if line.kind == "use"]
        assert uses == [passport], typed
    assert [line.visit for line in found(books, f"ใช้ {group} ถ่ายสำเนาเอง")] == [named]
    assert [line.subject for line in books.ledger.lines(kind="export")] == [group, *["AB1234567"] * 3]
    assert books.ledger.count() == size + 4
    assert books.search.shown("ab 1234567 ไม่พบ") == "xxxxx4567 ไม่พบ"
    assert group[:20] not in books.search.shown(group)
    assert books.search.shown("ทะเบียนบ้าน พ.ย.") == "ทะเบียนบ้าน พ.ย."


def test_a_correction_stands_beside_what_it_corrects(books: Books) -> None:
    visit = copied(books, "thai_person", CITIZEN)
    use = books.visits.get(visit).wanted[0].use
    assert use is not None
    seq = books.visits.correct(use, " ไม่ได้ใช้ ")
    line = books.ledger.line(seq)
    assert (line.kind, line.about, line.visit, line.outcome, line.error) == (
        "correction",
        use,
        visit,
        None,
        None,
    )
    assert books.search.reason(seq) == "ไม่ได้ใช้"
    assert books.search.reason(use) is None
    with pytest.raises(OnlyUses):
        books.visits.correct(seq, "ผิด")
    with pytest.raises(BadInput):
        books.visits.correct(use, "  ")
    assert books.ledger.count() == seq + 1


def test_a_wrong_number_erases_at_once_what_came(books: Books) -> None:
    visit = ask(books, "D02", "D04")
    answered(books, "obtained")
    answered(books, "obtained")
    first, second = (want.use for want in books.visits.get(visit).wanted)
    assert first is not None
    assert second is not None
    books.visits.correct(first, "พิมพ์เลขผิด", Reason.WRONG_NUMBER)
    assert books.visits.answer(visit, 1) is None
    assert books.visits.answer(visit, 2) is not None
    told = [(line.kind, line.error) for line in books.ledger.lines(about=first, newest_first=False)][-2:]
    assert told == [("correction", "wrong_number"), ("purged", None)]
    # The same for a whole visit, where lookups may still wait.
    books.visits.add(visit, "D05")
    books.visits.obtain(visit)
    ended = books.visits.cancel(visit, "พิมพ์เลขผิด", Reason.WRONG_NUMBER)
    assert ended is not None
    assert books.database.value("SELECT count(*) FROM answer") == 0
    corrected = [line for line in books.ledger.lines(about=second) if line.kind == "correction"]
    assert [line.error for line in corrected] == ["wrong_number"]
    assert [line.kind for line in books.ledger.lines(about=second, limit=1)] == ["correction"]
    books.ledger.verify()
