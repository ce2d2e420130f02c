"""`nocopy visit show` for back entries and visits on a mobile service day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from store.books import Books
from store.counter import mobile_day
from store.counter.back_entry import BackEntry
from store.counter.visitor import Visitor
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, OFFICER, PASSPHRASE, ask, copy_office, open_books
from tui import cli, passphrases

WORDS, WHY = "ออกหน่วยเคลื่อนที่ ณ อ.แม่แจ่ม ตามคำสั่งที่ 112/2569", "ไฟฟ้าดับ"


def usual(books: Books) -> str:
    return ask(books)


def on_paper(books: Books) -> str:
    visit = books.visits.open(
        "S01",
        Visitor(CITIZEN, identity="other_photo_id", back_entry=BackEntry("2026-11-19T10:15:00+07:00", WHY)),
        documents=["D11"],
    )
    books.visits.obtain(visit.id, {1: "sighted"})
    return visit.id


def away(books: Books) -> str:
    mobile_day.begin(books, WORDS, date(2026, 11, 21))
    return ask(books)


@pytest.mark.parametrize(
    ("serve", "back_entry", "mobile", "told"),
    [
        (usual, None, None, []),
        (
            on_paper,
            {"served_at": "2026-11-19T10:15:00+07:00", "why": WHY},
            None,
            [f"ให้บริการ 19 พ.ย. 2569 10:15 บันทึกย้อนหลัง: {WHY}"],
        ),
        (away, None, WORDS, [f"ออกหน่วยเคลื่อนที่: {WORDS}"]),
    ],
)
def test_a_back_entry_and_a_mobile_service_day_are_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    serve: Callable[[Books], str],
    back_entry: dict[str, str] | None,
    mobile: str | None,
    told: list[str],
) -> None:
    clock = HandClock("2026-11-19T08:00:00")
    locations = copy_office(tmp_path / "home", moment=clock())
    clock.set("2026-11-19T11:00:00")
    books = open_books(locations, OFFICER, clock)
    visit = serve(books)
    books.close()

    def show(*more: str) -> str:
        monkeypatch.setattr(passphrases, "_taken", {"NOCOPY_PASSPHRASE": PASSPHRASE[OFFICER]})
        who = ("--home", str(locations.home), "--login", OFFICER)
        assert cli.run(["visit", "show", visit, *who, *more]) == 0
        return capsys.readouterr().out

    shown = json.loads(show("--json"))
    assert (shown["back_entry"], shown["mobile_day"]) == (back_entry, mobile)
    assert [line.strip() for line in show().split("\n")[1:] if ":" in line] == told
