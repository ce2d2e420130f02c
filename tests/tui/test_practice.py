"""Practice: an office of its own, made anew, that says so on every screen and touches no real books."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from reader.practice_people import ODD_CARDS
from store.base.locations import Locations
from tests.rig.clock import at as later
from tests.rig.clock import environment
from tests.rig.office import copy_office
from tests.tui.counter import Counter, Stopwatch
from tui import cli
from tui.app import NocopyApp
from tui.practice import NotAPracticeHome, Practice, PracticeIsOpen
from tui.words import translate


@pytest.mark.parametrize("moment", ["2026-12-01T00:56:00", "2026-12-01T09:00:00", "2026-12-31T23:59:30"])
def test_practice_is_made_at_any_hour_of_a_month(tmp_path: Path, moment: str) -> None:
    """In its first hours too, when the last visit of the month before is less than 36 hours ago."""
    with later(datetime.fromisoformat(moment).replace(tzinfo=BANGKOK)):
        practice = Practice(Locations(tmp_path / "practice"))
        try:
            practice.prepare(lambda _percent: None)
            assert practice.is_ready
        finally:
            practice.stop()


async def test_practice_goes_from_nothing_to_a_served_citizen_and_a_month_to_sum_up(tmp_path: Path) -> None:
    translate.use("th")
    practice = Practice(Locations(tmp_path / "practice"))
    practice.network.gateway.delay_s = 0.0
    watch = Stopwatch()
    app = NocopyApp(practice.locations, practice.readers, practice, monotonic=watch)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            at = Counter(app, pilot, practice.readers, watch)
            await at.until(lambda: at.here == "LoginScreen", "the log-in", 90)
            # The first screen says what to press.
            await at.see("รหัสผ่านของทุกคน: practice nocopy", "F2 เสียบบัตร", "กด Enter")
            await at.type(practice.passphrase)
            await at.press("enter")
            await at.see("สรุปงาน")
            await at.press("f2")
            await at.see("► เสียบบัตรของคนถัดไป: นายทดลอง ใจดี", "บัตรของเจ้าหน้าที่")
            await at.press("enter")
            await at.see("เลือกงานบริการ")
            await at.press("f6")
            await at.see("× ใช้ไม่ได้")
            await at.press("enter", "enter")
            await at.see("► รอผล")
            # Also while the network is down practice says so, and nothing of row 2 is cut off.
            assert at.row(2).startswith(" ฝึกใช้งาน │")
            assert re.search(r"× ใช้ไม่ได้ \d\d:\d\d │", at.row(2)), "since when"
            assert at.row(2).rstrip().endswith("เรื่องเปิด 1")
            await at.press("f6")
            await at.until(
                lambda: app.counts.get("waiting") == app.counts.get("sending") == 0, "both answers"
            )
            await at.press("enter", "f9")
            await at.see("จบเรื่องแล้ว")
    finally:
        practice.stop()


async def test_whoever_leaves_while_practice_is_made_ready_waits_for_nothing(tmp_path: Path) -> None:
    practice = Practice(Locations(tmp_path / "practice"))
    app = NocopyApp(practice.locations, practice.readers, practice)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            at = Counter(app, pilot, practice.readers, Stopwatch())
            await at.until(lambda: at.here == "PreparingScreen", "practice being made ready")
            await at.press("escape")
            await at.until(lambda: not app.is_running, "the end")
        await asyncio.get_running_loop().shutdown_default_executor()  # the thread has ended, too
        assert not practice.is_ready
    finally:
        practice.stop()


async def test_f2_of_practice_offers_every_odd_card_and_what_f2_does_at_a_counter(
    tmp_path: Path,
) -> None:
    practice = Practice(Locations(tmp_path / "practice"))
    offered = [card.person for card in practice.cards()]
    assert set(map(id, ODD_CARDS)) <= set(map(id, offered))
    faults = {name for card in practice.cards() for name in card.parameters}
    assert faults == {"mute", "applet", "pulled_after", "held"}
    app = NocopyApp(practice.locations, practice.readers, practice)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            at = Counter(app, pilot, practice.readers, Stopwatch())
            await at.until(lambda: at.here == "LoginScreen", "the log-in", 90)
            await at.type(practice.passphrase)
            await at.press("enter")
            await at.until(lambda: at.here == "HomeScreen", "Home")
            await at.press("f2", *["pagedown"] * 4)
            await at.see("► เริ่มเรื่องโดยไม่มีบัตร")
            await at.press("enter")
            await at.see("เริ่มเรื่องโดยไม่มีบัตร: แสดงตนด้วยอะไร")
            await at.press("escape")
            practice.put_in(next(card for card in practice.cards() if "pulled_after" in card.parameters))
            await at.see("บัตรถูกดึงออกแล้ว")
            await at.press("f2")
            await at.see("► เสียบบัตรของคนถัดไป")  # a card that slipped out cannot be taken out
    finally:
        practice.stop()


async def test_practice_never_touches_a_folder_with_real_books(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home")
    before = locations.books.read_bytes()
    practice = Practice(locations)
    try:
        with pytest.raises(NotAPracticeHome):
            await asyncio.to_thread(practice.prepare, lambda _percent: None)
    finally:
        practice.stop()
    assert locations.books.read_bytes() == before


_PRACTISE = """
import sys
from datetime import datetime
from pathlib import Path
from store.base.locations import Locations
from tui.practice import Practice, PracticeIsOpen
practice = Practice(Locations(Path(sys.argv[1])))
try:
    practice.claim_home()
except PracticeIsOpen:
    print("refused", flush=True)
else:
    print("begun", flush=True)
    sys.stdin.read()
    practice.stop()
"""


def begin(home: Path) -> subprocess.Popen[str]:
    """Another window that practises there, until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", _PRACTISE, str(home)],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


async def test_a_second_practice_leaves_the_first_ones_office_alone(tmp_path: Path) -> None:
    home = tmp_path / "practice"
    # Both at once: one of them has it, and whoever has it has all of it.
    windows = [begin(home), begin(home)]
    said = [one.stdout.readline().strip() for one in windows if one.stdout is not None]
    assert sorted(said) == ["begun", "refused"]
    first = windows[said.index("begun")]
    (home / "kept").mkdir(parents=True)
    practice = Practice(Locations(home))
    try:
        with pytest.raises(PracticeIsOpen):
            await asyncio.to_thread(practice.prepare, lambda _percent: None)
        assert (home / "kept").is_dir()
        # However the first window ends, the next one gets in.
        first.kill()
        first.wait(timeout=30)
        practice.claim_home()
    finally:
        practice.stop()
        for one in windows:
            one.kill()
            one.communicate(timeout=30)


def test_the_second_window_ends_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "practice"
    with begin(home) as first:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == "begun"
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        code = cli.run(["practice", "--home", str(home), "--lang", "en"])
        first.kill()
    out, err = capsys.readouterr()
    assert (code, out, err) == (
        1,
        "",
        "Practice is already open in another window. Go on there, or close it first.\n",
    )
