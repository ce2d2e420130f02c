"""The head's settings on the screen, by keyboard alone: checks and sentences as of `nocopy settings`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.base.locations import Locations
from store.errors import BadInput
from store.settings.gateways import gateway_settings
from store.settings.rules import BACKUP_FOLDER
from tests.rig.cheap import cheap_office
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, decide, open_books
from tests.tui.counter import Counter, counter, sign
from tui import cli, passphrases
from tui.words.setting_words import LABELS, label
from tui.words.translate import sentences_of

MOMENT = datetime(2026, 11, 23, 8, 30, tzinfo=BANGKOK)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    return cheap_office(monkeypatch, tmp_path, MOMENT)


def clock() -> datetime:
    return MOMENT + timedelta(minutes=30)


async def go_to(at: Counter, row: str) -> None:
    """Down to that row of the list."""
    for _ in range(40):
        if f"► {row}" in at.shown() or f"►   {row}" in at.shown() or f"► * {row}" in at.shown():
            return
        await at.press("down")
    raise AssertionError(at.shown())


async def settings(at: Counter) -> None:
    """From the log-in to the settings."""
    await at.log_in(HEAD)
    await go_to(at, "หน่วยงาน")
    await at.press("enter")
    await at.see("► นายประสิทธิ์ มั่นคง")
    await go_to(at, "การตั้งค่า")
    await at.press("enter")
    await at.see("►   เวลาเปิดทำการ", "08:30", "1/24")


async def change(at: Counter, value: str) -> None:
    await at.press("f4")
    await at.until(lambda: at.here == "TypeIn", "the new value")
    await at.type(value)
    await at.press("enter")


def test_every_setting_has_a_name_of_the_office(office: Locations) -> None:

    books = open_books(office, HEAD, clock)
    names = {one.name for one in books.settings.all()}
    assert names == LABELS.keys() | gateway_settings().keys()
    assert len({label(name) for name in names}) == len(names)
    books.close()


async def test_the_head_changes_one_and_takes_it_back(office: Locations) -> None:
    async with counter(office, clock=clock) as at:
        await settings(at)
        lines = at.app.books.ledger.count()
        # What makes no sense is told as on the command line, and nothing is written down.
        await change(at, "17:00")
        await at.see("เวลาเปิดทำการ ไม่ถูกต้อง: เวลาเปิดจะอยู่หลังเวลาปิด")
        await at.press(*["backspace"] * 5)
        await at.type("8.30")
        await at.press("enter")
        await at.see("08:30 แก้ไขแล้วลองอีกครั้ง")
        assert at.app.books.ledger.count() == lines
        await at.press(*["backspace"] * 4)
        await at.type("09:00")
        await at.press("enter")
        # It is signed: the passphrase is asked again, and a wrong one changes nothing.
        await sign(at, "not his passphrase")
        await at.see("รหัสผ่านไม่ถูกต้อง")
        assert at.app.books.ledger.count() == lines
        await sign(at)
        await at.see("เปลี่ยน เวลาเปิดทำการ แล้ว", "► * เวลาเปิดทำการ", "09:00", "ค่าปกติ: 08:30")
        (line,) = at.app.books.ledger.lines(kind="settings", limit=1)
        assert (line.officer, line.facts["names"]) == (HEAD, ["office.open"])
        # F8 opens on the answer that does nothing; where nothing was changed it is dead.
        await at.press("f8", "enter")
        assert at.app.books.settings.get("office.open") == "09:00"
        await at.press("f8", "down", "enter")
        await sign(at)
        await at.see("►   เวลาเปิดทำการ", "ค่าขณะนี้: 08:30")
        assert at.app.books.settings.get("office.open") is None
        assert "F8" not in at.row(-1)


async def test_a_secret_is_typed_unseen_and_a_certificate_comes_from_a_file(
    office: Locations, tmp_path: Path
) -> None:
    async with counter(office, clock=clock) as at:
        await settings(at)
        await go_to(at, "GDx: consumer secret")
        await at.press("f4")
        await at.type("s3cret-of-the-unit")
        assert "s3cret" not in at.shown()
        await at.press("enter")
        await sign(at)
        await at.see("► * GDx: consumer secret", "● ตั้งไว้แล้ว")
        assert "s3cret" not in at.shown()
        assert at.app.books.settings.get("gateways.gdx.consumer_secret") == "s3cret-of-the-unit"
        await go_to(at, "GDx: ใบรับรอง")
        await change(at, str(tmp_path / "nothing.pem"))
        await at.see("เปิดไฟล์ไม่ได้")


async def test_the_second_backup_is_switched_off_from_the_screen(office: Locations, tmp_path: Path) -> None:
    async with counter(office, clock=clock) as at:
        await settings(at)
        await go_to(at, "โฟลเดอร์ชุดสำรองที่สอง")
        await change(at, str(tmp_path))
        await sign(at)
        await at.see("► * โฟลเดอร์ชุดสำรองที่สอง")
        await at.press("escape", "f5")
        await at.see("เลิกทำชุดสำรองที่สองของทุกวัน")
        await at.press("down", "down", "down", "down", "enter")
        await sign(at)
        await at.see("เก็บที่เครื่องนี้ที่เดียว")
        assert at.app.books.settings.get(BACKUP_FOLDER) is None
        await at.press("f5")
        await at.see("ชุดที่สองของทุกวันเก็บที่: –")
        assert "เลิกทำ" not in at.shown()


def test_the_second_backup_is_set_and_reset_on_the_command_line(
    office: Locations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str, login: str = HEAD) -> int:
        monkeypatch.setattr(passphrases, "_taken", {"NOCOPY_PASSPHRASE": PASSPHRASE[login]})
        return cli.run([*words, "--home", str(office.home), "--login", login, "--lang", "en"])

    assert run("settings", "set", "backup.folder", str(tmp_path)) == 0
    assert run("settings", "list") == 0
    assert f"backup.folder  {tmp_path} (changed)" in capsys.readouterr().out
    for login in (OFFICER, CONTROLLER):
        assert run("settings", "set", "backup.folder", "--usual", login=login) == 3
    assert run("settings", "set", "backup.folder", "x", "--usual") == 2
    assert run("settings", "set", "centre.url", "--usual") == 4, "the enrolment is no setting"
    assert run("settings", "set", "backup.folder", "--usual") == 0
    assert run("settings", "list") == 0
    assert "backup.folder  -\n" in capsys.readouterr().out


def test_a_usual_value_is_refused_where_it_does_not_fit_the_changed_ones(office: Locations) -> None:

    books = open_books(office, HEAD, clock)
    decide(books, {"disk.short_mb": "5000"})
    decide(books, {"disk.stop_mb": "2000"})
    with pytest.raises(BadInput) as refused:
        decide(books, {"disk.short_mb": None})
    assert sentences_of(refused.value)[0]
    decide(books, {"disk.stop_mb": None})
    lines = books.ledger.count()
    decide(books, {"disk.stop_mb": None})
    assert books.ledger.count() == lines, "what is usual already is no change"
    books.close()
