"""The ledger on the screen and on the command line: corrected, searched by a card, written out."""

from __future__ import annotations

from pathlib import Path

import pytest

from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.counter.reasons import Reason
from store.counter.visitor import Visitor
from tests.rig.clock import now
from tests.rig.command_line import Pc
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE, ask, copy_office, open_books
from tests.tui.counter import Office, counter
from tui import cli, passphrases


def one_use(locations: Locations) -> int:
    """The line of a copy made for CITIZEN."""
    books = open_books(locations)
    visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D02"])
    use = books.visits.obtain(visit.id, {1: "copy"}).wanted[0].use
    books.visits.close(visit.id)
    books.close()
    assert use is not None
    return use


async def test_f4_adds_a_correcting_line_and_opens_on_the_harmless_answer(office: Office) -> None:
    locations = office()
    use = one_use(locations)
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.press("f3")
        await at.type(f"{use}")
        await at.see("พบ 1 จาก", "F4 บันทึกแก้ไข")
        lines = at.app.books.ledger.count()
        await at.press("f4")
        await at.see(f"บันทึกแก้ไขบรรทัด {use}", "► ไม่แก้ไข")
        await at.press("enter")
        assert at.app.books.ledger.count() == lines
        await at.press("f4", "down", "down", "enter")
        await at.see(f"เพิ่มบรรทัด {lines} แล้ว", "ไม่ได้ใช้เอกสารนี้")
        line = at.app.books.ledger.line(lines)
        assert (line.kind, line.about, line.officer) == ("correction", use, OFFICER)
        # A correction is not a use and cannot be corrected: the key does nothing.
        await at.press("f3")
        await at.type(f"{lines}")
        await at.see("พบ 1 จาก")
        assert "F4" not in at.row(-1)


async def test_a_typed_reason_erases_nothing_even_in_the_words_of_the_wrong_number(office: Office) -> None:
    locations = office()
    use = one_use(locations)
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.press("f3")
        await at.type(f"{use}")
        await at.see("พบ 1 จาก", "F4 บันทึกแก้ไข")
        for moves, typed, code in ((1, "", Reason.WRONG_NUMBER), (5, "พิมพ์เลขผิด", None)):
            await at.press("f4", *["down"] * moves, "enter")
            if typed:
                await at.type(typed)
                await at.press("enter")
            await at.see(f"เพิ่มบรรทัด {at.app.books.ledger.count() - 1} แล้ว")
            line = at.app.books.ledger.line(at.app.books.ledger.count() - 1)
            assert (line.kind, line.about, line.error) == ("correction", use, code)
            assert at.app.books.search.reason(line.seq) == "พิมพ์เลขผิด"


async def test_the_list_shows_the_uses_with_what_became_of_them(office: Office) -> None:
    locations = office()
    books = open_books(locations)
    visit = ask(books, "D02")
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
    assert job is not None
    books.lookups.answered(job, "not_found", {}, 900)
    books.visits.close(visit, force=True)
    books.close()
    copied = one_use(locations)
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.press("f3")
        await at.see("การใช้งาน 2 ครั้ง", "ไม่พบ")
        listed = at.shown().split("\n")[6:15]
        assert [row[1:8].strip() for row in listed if row[1:].strip()] == [f"{copied}", f"{job.use}"]
        assert "รอผลอยู่" not in at.shown()
        await at.type("ไม่พบ")
        await at.see("พบ 1 จาก")
        assert f"►{job.use:>7}" in at.shown()
        await at.press("f3")
        await at.type("ทั้งหมด")
        await at.see(f"พบ {at.app.books.ledger.count()} จาก", "ส่งคำขอ")
        # A line about a request to a gateway names the citizen.
        attempt = next(row for row in at.shown().split("\n") if "ส่งคำขอ" in row)
        assert "x-xxxx-xxx90-12-1" in attempt


async def test_a_card_put_in_shows_what_the_ledger_says_of_its_owner(office: Office) -> None:
    locations = office()
    use = one_use(locations)
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.press("f3")
        await at.see("13 หลัก")
        lines = at.app.books.ledger.count()
        at.desk.insert(PEOPLE[0])
        await at.see("1-2345-67890-12-1", "พบ 1 จาก", f"{use}", "x-xxxx-xxx90-12-1")
        line = at.app.books.ledger.line(lines)
        assert (line.kind, line.subject, line.facts["by"]) == ("export", CITIZEN, "card")
        assert at.here == "LedgerScreen"
        assert at.app.books.visits.unfinished() == []


def test_the_command_line_corrects_finds_and_writes_out(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home")
    use = one_use(locations)
    pc = Pc(locations.home, passphrases=PASSPHRASE)
    added = pc.run("ledger", "correct", str(use), "--reason", "ไม่ได้ใช้", login=OFFICER).json
    assert added["about"] == use
    assert pc.run("ledger", "correct", str(use), "--reason", "x", login=CONTROLLER).code == 3
    found = pc.run("ledger", "list", "--find", "correction", login=CONTROLLER).json
    assert [line["seq"] for line in found] == [added["seq"]]
    month = found[0]["month"]
    table = tmp_path / "table.xlsx"
    export = ("ledger", "export", "--month", month, "--to", str(table))
    assert pc.run(*export, "--whole-ids", login=OFFICER).code == 3
    assert not table.exists()
    written = pc.run(*export, "--whole-ids", login=HEAD).json
    assert written["lines"] >= use
    told = pc.run("ledger", "list", "--find", "export", login=HEAD).json[0]
    assert (told["kind"], told["officer"], told["seq"]) == ("export", HEAD, written["line"])
    assert table.read_bytes().startswith(b"PK")
    assert pc.run(*export, login=HEAD).code == 2


def test_without_json_the_list_speaks_as_the_screen_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    locations = copy_office(tmp_path / "home")
    books = open_books(locations)
    visit = ask(books, "D02")
    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process="1:1")
    assert job is not None
    books.lookups.answered(job, "not_found", {}, 900)
    books.close()

    def listed(*words: str) -> list[str]:
        monkeypatch.setattr(passphrases, "_taken", {"NOCOPY_PASSPHRASE": PASSPHRASE[OFFICER]})
        line = ["ledger", "list", "--visit", visit, "--home", str(locations.home), "--login", OFFICER, *words]
        assert cli.run(line) == 0
        return capsys.readouterr().out.splitlines()

    answer, sent, use = listed()
    assert use.startswith(f"{job.use}  ")
    assert use.endswith(f"การใช้งาน  {OFFICER}  {visit}  ทะเบียนบ้าน  Linkage  ไม่พบ  x-xxxx-xxx90-12-1")
    assert "  ผล  " in answer
    assert answer.endswith("ไม่พบ  x-xxxx-xxx90-12-1")
    assert "ส่งคำขอ  " in sent
    assert str(now().year + 543) in use
    english = listed("--lang", "en")[-1]
    assert f"  use  {OFFICER}  {visit}  " in english
    assert english.endswith("Linkage  not found  x-xxxx-xxx90-12-1")
