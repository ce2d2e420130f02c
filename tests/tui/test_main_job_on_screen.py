"""The main job as the office lives it, on the real screen in a real terminal.

A card behind pcscd, a gateway and a centre in processes of their own, the line cut in mid-visit and restored,
the month signed by three people.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from reader.practice_people import PEOPLE
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET
from tests.rig.command_line import Pc, practice_gateway
from tests.rig.office import CONTROLLER, FIRST, HEAD, OFFICER, PASSPHRASE, write_form
from tests.rig.pcscd import VirtualReaders
from tests.rig.terminal import Terminal

CITIZEN = PEOPLE[0]
FORM_GATEWAY = f"""
[gateways.gdx]
url = "{{url}}"
consumer_key = "{CONSUMER_KEY}"
consumer_secret = "{CONSUMER_SECRET}"
"""
NAMES = {OFFICER: "นายสมชาย ใจดี", CONTROLLER: "นางสาววิภา ตั้งใจ", HEAD: "นายประสิทธิ์ มั่นคง"}


class Line:
    """The office's line: the gateway and the ministry's centre, each a process; it can be cut."""

    def __init__(self, pc: Pc, centre_home: Path) -> None:
        self._pc, self._centre_home = pc, centre_home
        self._up = ExitStack()
        self._gateway_port = self._centre_port = 0
        self.gateway_url = self.centre_url = ""

    def restore(self) -> None:
        self.gateway_url = self._up.enter_context(practice_gateway(self._gateway_port))
        serving = self._pc.running(
            "centre", "serve", "--port", str(self._centre_port), home=self._centre_home
        )
        centre = self._up.enter_context(serving)
        assert centre.stdout is not None
        told = json.loads(centre.stdout.readline())
        self.centre_url, self._centre_port = told["url"], told["port"]
        self._gateway_port = int(self.gateway_url.rsplit(":", 1)[1])

    def cut(self) -> None:
        self._up.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Pc, Line]]:
    """An office on the last afternoon of November, enrolled at the centre; the officer is new."""
    pc = Pc(tmp_path / "home", datetime(2026, 11, 30, 13, tzinfo=BANGKOK), dict(FIRST))
    line = Line(pc, tmp_path / "centre")
    line.restore()
    try:
        form = write_form(tmp_path, FORM_GATEWAY.format(url=line.gateway_url))
        assert pc.run("setup", "--from", str(form)).code == 0
        for login in (CONTROLLER, HEAD):
            assert pc.run("passphrase", login=login, new=PASSPHRASE[login]).code == 0
            pc.passphrases[login] = PASSPHRASE[login]
        letter = pc.run("centre", "code", "--unit", "5001", home=tmp_path / "centre").json["code"]
        enrolled = pc.run("centre", "enrol", "--url", line.centre_url, "--code", letter, login=HEAD)
        assert enrolled.code == 0, enrolled.err
        yield pc, line
    finally:
        line.cut()


@contextmanager
def screen(pc: Pc) -> Iterator[Terminal]:
    """`nocopy` in a terminal of 80x24, on the PC's day."""
    command = [sys.executable, "-m", "tui.cli", "--home", str(pc.home)]
    with Terminal(command, pc.environment()) as terminal:
        yield terminal


def log_in(terminal: Terminal, login: str, passphrase: str) -> None:
    """From the log-in screen: the arrows to the name, the passphrase, Enter."""
    shown = terminal.wait_for("ชื่อผู้ใช้งาน", *NAMES.values(), "►").splitlines()
    chosen, wanted = (next(n for n, row in enumerate(shown) if sign in row) for sign in ("►", NAMES[login]))
    terminal.press(*["Down" if wanted > chosen else "Up"] * abs(wanted - chosen))
    terminal.wait_for(f"► {NAMES[login]}")
    terminal.press(passphrase, "Enter")


def press_until(terminal: Terminal, key: str, *texts: str) -> None:
    """Press a key that is swallowed for 0.3 s after its meaning changed, until it did its work."""
    for _ in range(5):
        terminal.press(key)
        try:
            terminal.wait_for(*texts, timeout=2)
        except AssertionError:
            continue
        return
    terminal.wait_for(*texts)


def change_officer(terminal: Terminal, login: str) -> None:
    terminal.press("F12")
    log_in(terminal, login, PASSPHRASE[login])
    terminal.wait_for("หน้าหลัก")


@pytest.mark.timeout(400)
def test_a_visit_with_the_network_cut_and_a_month_with_three_signatures(
    office: tuple[Pc, Line], virtual_readers: VirtualReaders
) -> None:
    pc, line = office
    with screen(pc) as terminal:
        _the_first_log_in(pc, terminal)
        _a_visit_while_the_line_is_cut(terminal, line, virtual_readers)
        _what_the_ledger_says(terminal)
        terminal.press("Escape")
        terminal.wait_for("หน้าหลัก")
    kinds = [row["kind"] for row in pc.run("ledger", "list", login=OFFICER).json]
    # Card, house, marriage asked for; marriage replaced by an own copy; the house sent at least once.
    assert (kinds.count("use"), kinds.count("answer"), kinds.count("correction")) == (4, 1, 1)
    assert kinds.count("attempt") >= 1

    pc.moment = datetime(2026, 12, 1, 8, 40, tzinfo=BANGKOK)
    with screen(pc) as terminal:
        _three_signatures(terminal)
    receipt = pc.run("month", "submit", "2026-11", login=HEAD)
    assert (receipt.code, receipt.json["state"]) == (0, "acknowledged")
    (unit,) = pc.run("centre", "status", home=pc.home.parent / "centre").json["units"]
    assert [month["month"] for month in unit["months"]] == ["2026-11"]
    assert pc.run("ledger", "verify", login=HEAD).code == 0


def _the_first_log_in(pc: Pc, terminal: Terminal) -> None:
    log_in(terminal, OFFICER, FIRST[OFFICER])
    terminal.wait_for("รหัสผ่านใหม่")
    terminal.press(PASSPHRASE[OFFICER], "Enter", PASSPHRASE[OFFICER], "Enter")
    terminal.wait_for("หน้าหลัก", "พร้อมรับเรื่องใหม่")
    pc.passphrases[OFFICER] = PASSPHRASE[OFFICER]


def _a_visit_while_the_line_is_cut(terminal: Terminal, line: Line, readers: VirtualReaders) -> None:
    terminal.wait_for("เครือข่าย ● ใช้ได้")
    card = readers.insert(CITIZEN)
    terminal.wait_for("1-2345-67890-12-1", "เลือกงานบริการ", "บัตร ● มีบัตร")
    line.cut()
    terminal.press("F6")
    terminal.wait_for("เครือข่าย × ใช้ไม่ได้")
    terminal.press("Enter")
    terminal.wait_for("เลขเรื่อง", "ยังไม่ขอ", "Enter ขอเอกสารทั้งหมด")
    press_until(terminal, "Enter", "รอส่ง 2", "ทะเบียนบ้าน: ยังไม่ได้ผล", "► รอผล")
    card.remove()
    terminal.wait_for("บัตร ○ ไม่มี", "1-2345-67890-12-1")
    # The citizen holds the house registration: the officer copies it, and the other document waits.
    terminal.press("Down")
    terminal.wait_for("► มีตัวจริง: เจ้าหน้าที่ถ่ายสำเนาแล้ว")
    press_until(terminal, "Enter", "รอส่ง 1", "ทะเบียนสมรส: ยังไม่ได้ผล", "► รอผล")
    line.restore()
    terminal.press("F5")
    terminal.wait_for("รอส่ง 0", "ทะเบียนสมรส: ได้มา", timeout=60)
    terminal.press("F9")
    terminal.wait_for("จบเรื่องแล้ว")


def _what_the_ledger_says(terminal: Terminal) -> None:
    terminal.press("F3")
    shown = terminal.wait_for("สมุดควบคุมการใช้งาน", "ถ่ายสำเนา")
    assert "1-2345-67890-12-1" not in shown, "a whole number stands on the ledger's screen"


def _three_signatures(terminal: Terminal) -> None:
    log_in(terminal, OFFICER, PASSPHRASE[OFFICER])
    for login, after in (
        (OFFICER, "ลงนามสรุปแล้ว"),
        (CONTROLLER, "ตรวจและลงนามแล้ว"),
        (HEAD, "ส่งถึง Supervisor แล้ว ได้ใบรับ"),
    ):
        if login != OFFICER:
            change_officer(terminal, login)
        terminal.wait_for("หน้าหลัก", "พ.ย. 2569")
        press_until(terminal, "Enter", "No Copy · งานประจำเดือน", "F9")
        terminal.press("F9")
        terminal.wait_for("รหัสผ่าน")
        terminal.press(PASSPHRASE[login], "Enter")
        terminal.wait_for(after, timeout=40)
