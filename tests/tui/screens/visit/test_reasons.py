"""The reason for a correction or a cancellation decides by its code, whatever its words are."""

from __future__ import annotations

import gettext
from collections.abc import Callable

import pytest

from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.books import Books
from store.ledger.ledger import Line
from sync.practice.network import PracticeNetwork
from tests.rig.office import OFFICER
from tests.tui.counter import Counter, counter
from tui.words import translate

Office = Callable[..., Locations]
REASONS = (
    "The wrong number was typed",
    "The wrong service was chosen",
    "The wrong service was chosen: on with the right one",
    "The citizen does not want to be looked up",
    "The citizen has left",
    "The document was not used",
    "The channel recorded is not right (own copy, sighted)",
)


class _Alike(gettext.NullTranslations):
    """A made-up language, Thai but for the reasons: all of them read alike."""

    def gettext(self, message: str) -> str:
        return "คำเดียวกัน" if message in REASONS else translate.in_thai(message)


@pytest.fixture(autouse=True)
def alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate, "use", lambda lang: None)
    monkeypatch.setattr(translate, "_catalogue", _Alike())


async def asked_for_01(at: Counter) -> str:
    """Service 01 for a card, with all its documents here; the visit's number."""
    await at.log_in(OFFICER)
    at.desk.insert(PEOPLE[0])
    await at.see("เลือกงานบริการ", "นายทดลอง ใจดี")
    await at.press("enter")
    await at.see("เลขเรื่อง 01-", "01 ขอกู้ยืม")
    await at.press("enter")
    await at.see("ได้ครบ 3 รายการ")
    return at.app.books.visits.unfinished()[0].id


def uses(books: Books, visit: str) -> list[Line]:
    return books.ledger.lines(visit=visit, kind="use", newest_first=False, limit=-1)


def kept(books: Books, visit: str) -> list[bool]:
    """Of each document of the visit, whether its answer is still in the books."""
    return [books.visits.answer(visit, want.n) is not None for want in books.visits.get(visit).wanted]


async def correct(at: Counter, use: int, downs: int) -> None:
    """In the ledger: the n-th reason for a correction of that use."""
    await at.press("f3")
    await at.type(f"{use}")
    await at.see("พบ 1 จาก", "F4 บันทึกแก้ไข")
    await at.press("f4")
    await at.see("► ไม่แก้ไข", "คำเดียวกัน")
    await at.press(*["down"] * downs, "enter")
    await at.see("ยังอยู่ตามเดิม")


@pytest.mark.parametrize(("downs", "erases"), [(1, True), (2, False), (3, False), (4, False)])
async def test_a_correction_erases_for_the_wrong_number_alone(
    office: Office, line: PracticeNetwork, downs: int, erases: bool
) -> None:
    async with counter(office()) as at:
        visit = await asked_for_01(at)
        books = at.app.books
        before = kept(books, visit)
        n, use = next((want.n, want.use) for want in books.visits.get(visit).wanted if before[want.n - 1])
        assert use is not None
        await at.press("escape")
        await at.until(lambda: at.here == "HomeScreen", "home")
        await correct(at, use, downs)
        assert (books.visits.answer(visit, n) is None) is erases
        told = [one.error for one in books.ledger.lines(about=use) if one.kind == "correction"]
        assert told == (["wrong_number"] if erases else [None])


@pytest.mark.parametrize(("downs", "error"), [(1, "wrong_number"), (3, None), (4, None)])
async def test_a_cancelled_visit_corrects_its_uses_for_the_wrong_number_alone(
    office: Office, line: PracticeNetwork, downs: int, error: str | None
) -> None:
    async with counter(office()) as at:
        visit = await asked_for_01(at)
        books = at.app.books
        await at.press("f8")
        await at.see("► ไม่ทำ", "คำเดียวกัน")
        await at.press(*["down"] * downs, "enter")
        await at.see("ยกเลิกเรื่องแล้ว")
        corrections = [
            one.error
            for use in uses(books, visit)
            for one in books.ledger.lines(about=use.seq)
            if one.kind == "correction"
        ]
        assert set(corrections) == ({error} if error else set())
        assert books.visits.get(visit).state == "cancelled"


async def test_the_wrong_service_cancels_nothing(office: Office, line: PracticeNetwork) -> None:
    async with counter(office()) as at:
        visit = await asked_for_01(at)
        await at.press("f8")
        await at.see("► ไม่ทำ", "คำเดียวกัน")
        await at.press("down", "down", "enter")
        await at.see("► ไม่เปลี่ยน ยังเป็นงาน 01")
        assert at.app.books.visits.get(visit).state != "cancelled"
