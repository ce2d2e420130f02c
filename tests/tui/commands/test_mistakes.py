"""Mistakes at the command line: each has its own sentence and code, and none of them is an alarm."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.rig.clock import MORNING
from tests.rig.command_line import ROOT, Pc
from tests.rig.office import CITIZEN, CITIZEN_ID, HEAD, OFFICER, PASSPHRASE, copy_office
from tui import cli

SUBJECT = ("--subject", f"person:{CITIZEN}")
COPIED = ("visit", "--service", "S01", *SUBJECT, "--channel", "copy")
ENGLISH = re.compile(r"[A-Za-z]{3,}")


def at(day: str) -> datetime:
    """The morning of that day, in Thai time."""
    return datetime.fromisoformat(f"{day}T09:00:00+07:00")


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(copy_office(tmp_path / "home").home, passphrases=dict(PASSPHRASE))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Pc:
    """An office's PC on which a test changes nothing that another looks at."""
    return Pc(copy_office(tmp_path_factory.mktemp("pc") / "home").home, MORNING, dict(PASSPHRASE))


@pytest.fixture
def random_file(tmp_path: Path) -> Path:
    path = tmp_path / "rnd"
    path.write_bytes(bytes(range(256)) * 8)
    return path


def in_thai(pc: Pc, *words: str, login: str | None = None) -> subprocess.CompletedProcess[str]:
    """A command for a person: Thai, without --json."""
    who = ["--login", login] if login else []
    return subprocess.run(
        [sys.executable, "-m", "tui.cli", *words, "--home", str(pc.home), *who],
        env=pc.environment(login), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at("1970-01-02"), "before the ledger's last line"),
        (at("2020-03-02"), "before the ledger's last line"),
        (at("2031-03-03"), "jumped ahead"),
    ],
)
def test_a_wrong_clock_is_warned_of_and_gives_no_visit_another_year(
    tmp_path: Path, moment: datetime, words: str
) -> None:
    home = copy_office(tmp_path / "home", moment=at("2026-11-16")).home
    pc = Pc(home, at("2026-11-16"), dict(PASSPHRASE))
    right = pc.run(*COPIED, login=OFFICER)
    assert (right.code, right.err) == (0, ""), right.err
    pc.moment = moment
    for n in (2, 3):
        wrong = pc.run(*COPIED, login=OFFICER)
        assert wrong.code == 0, wrong.err
        assert words in wrong.err
        assert wrong.err.count("\n") == 1
        assert wrong.json["visit"] == f"01-69-{n:05}"


def test_a_clock_beyond_all_calendars_is_one_sentence(pc: Pc) -> None:
    pc.moment = at("9998-12-31")
    ran = pc.run(*COPIED, login=OFFICER)
    assert (ran.code, ran.out) == (1, "")
    assert "clock" in ran.err
    assert "failed" not in ran.err
    assert ran.err.count("\n") == 1


def test_opening_hours_that_end_before_they_begin_are_refused(pc: Pc) -> None:
    late = pc.run("settings", "set", "office.open", "17:00", login=HEAD)
    assert (late.code, late.out) == (2, "")
    assert "after it closes" in late.err
    early = pc.run("settings", "set", "office.close", "08:00", login=HEAD)
    assert early.code == 2
    for name, value in (("office.close", "20:00"), ("office.open", "17:00")):
        assert pc.run("settings", "set", name, value, login=HEAD).code == 0


@pytest.mark.parametrize("name", ["\x1b[31mX[b]", "นาย\nก", "ก" * 40_000])
def test_a_name_with_control_characters_or_without_end_is_refused(pc: Pc, name: str) -> None:
    for words in (
        ["people", "change", OFFICER, "--name", name],
        ["people", "change", OFFICER, "--level", name],
    ):
        ran = pc.run(*words, login=HEAD)
        assert (ran.code, ran.out) == (2, ""), ran.err
    another = ("--on-behalf-of", f"person:{CITIZEN_ID[HEAD]}")
    for option in ("--purpose", "--reference", "--basis"):
        ran = pc.run(*COPIED, *another, option, name, login=OFFICER)
        assert (ran.code, ran.out) == (2, ""), ran.err
    assert pc.run("people", "change", OFFICER, "--name", "นาย\u200bสมชาย ใจงาม", login=HEAD).code == 0


def test_a_document_that_nothing_brings_by_itself_is_told_with_what_to_do(pc: Pc) -> None:
    ran = pc.run("visit", "--service", "S01", *SUBJECT, login=OFFICER)
    left = [one["document"] for one in ran.json["documents"] if one["state"] == "todo"]
    assert (ran.code, left) == (6, ["D01"])
    assert "D01 cannot come by itself" in ran.err
    assert ran.json["visit"] in ran.err
    assert "--channel copy" in ran.err


@pytest.mark.parametrize("documents", ["", "D02,,D04", "D02,"])
def test_an_empty_document_is_no_document_and_not_all_of_them(office: Pc, documents: str) -> None:
    ran = office.run("visit", "--service", "S01", *SUBJECT, "--documents", documents, login=OFFICER)
    assert (ran.code, ran.out) == (2, "")
    assert "empty document" in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--documents", "D02,D02"), "a document twice"),
        (("--comer", "heir"), "go with --on-behalf-of"),
        (("--basis", "mandate 7/2569"), "go with --on-behalf-of"),
        (("--on-behalf-of", f"person:{CITIZEN}"), "names the person who comes"),
    ],
)
def test_an_option_that_the_ledger_would_not_have_is_refused(
    office: Pc, options: tuple[str, ...], words: str
) -> None:
    ran = office.run(*COPIED, *options, login=OFFICER)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_how_identity_was_shown_is_not_asked_of_a_card(office: Pc) -> None:
    ran = office.run("visit", "--service", "S01", "--card", "--identity", "thaid", login=OFFICER)
    assert (ran.code, ran.out) == (2, "")
    assert "--identity goes with --subject" in ran.err


@pytest.mark.parametrize(("name", "value"), [("office.open", "๐๘:๓๐"), ("anomaly.same_citizen.visits", "1๐")])
def test_a_threshold_in_thai_digits_is_refused(office: Pc, name: str, value: str) -> None:
    ran = office.run("settings", "set", name, value, login=HEAD)
    assert (ran.code, ran.out) == (2, ""), ran.err


def test_without_a_gateway_the_advice_is_not_to_wait_for_the_network(pc: Pc) -> None:
    asked = pc.run("visit", "--service", "S01", "--documents", "D02", *SUBJECT, login=OFFICER)
    assert asked.code == 6
    for ran in (asked, pc.run("sync", login=OFFICER)):
        assert ran.code == 6
        assert "The address of GDx is not set" in ran.err
        assert "The head of the unit sets it" in ran.err


@pytest.mark.parametrize("content", [bytes(range(256)) * 4, b"", b"a,b\r\n1,2\r\n", b"PK\x03\x04zip"])
def test_verify_says_that_a_file_is_not_of_this_program(office: Pc, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    ran = office.run("verify", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert "not a file of this program" in ran.err


@pytest.mark.parametrize("head", ["nonsense", "/tmp", "12:zz", "99:abcd"])
def test_a_mistyped_head_is_not_reported_as_tampering(office: Pc, head: str) -> None:
    ran = office.run("ledger", "verify", "--head", head, login=OFFICER)
    assert (ran.code, ran.out) == (2, "")


def test_a_wrong_file_is_not_reported_as_tampering(office: Pc, random_file: Path, tmp_path: Path) -> None:
    trusted = office.run("station", "trust", str(random_file), "--fingerprint", "ABCD", login=HEAD)
    assert (trusted.code, "not a file of this program" in trusted.err) == (2, True), trusted.err
    published = office.run("centre", "publish", str(random_file), home=tmp_path / "centre")
    assert (published.code, "JSON" in published.err) == (2, True), published.err
    carried = office.run("carry", "in", str(random_file), login=OFFICER)
    assert "no bundle of this program" in carried.err
    (tmp_path / "sealed").write_bytes(b"age-encryption.org/v1\n-> X25519 a\n")
    sealed = office.run("carry", "in", str(tmp_path / "sealed"), login=OFFICER)
    assert "reports wait" not in sealed.err
    assert "not enrolled" in sealed.err


def test_line_numbers_larger_than_any_ledger_are_refused(office: Pc) -> None:
    assert office.run("ledger", "list", "--limit", "9" * 23, login=OFFICER).code == 2
    there_is_none = office.run("ledger", "correct", "9" * 26, "--reason", "x", login=OFFICER)
    assert (there_is_none.code, there_is_none.out) == (4, "")


def test_what_is_not_there_is_told(office: Pc, tmp_path: Path) -> None:
    before = office.run("month", "status", "1999-01", login=OFFICER)
    assert (before.code, before.out) == (4, ""), before.err
    thai_year = office.run("month", "status", "2569-11", login=OFFICER)
    assert (thai_year.code, "C.E." in thai_year.err) == (2, True)
    exported = office.run("station", "export", "2026-11", str(tmp_path / "out"), login=HEAD)
    assert (exported.code, "no other PC" in exported.err) == (4, True), exported.err


@pytest.mark.parametrize(
    "words",
    [
        ["ledger", "list", "--limit", "x"],
        ["visit", "--service", "S01", *SUBJECT, "--channel", "fax"],
        ["people", "end", OFFICER, "--on", "1/2/2026"],
        ["setup", "--from", "/tmp"],
        ["carry", "in", "/tmp"],
        ["ledger", "lst"],
        ["catalogue", "extra"],
    ],
)
def test_a_thai_sentence_has_no_english_sentence_in_it(office: Pc, words: list[str]) -> None:
    ran = in_thai(office, *words, login=None if words[0] == "setup" else OFFICER)
    assert ran.returncode in (2, 4)
    known = {
        *words,
        "channel",
        "limit",
        "from",
        "list",
        "fax",
        "FILE",
        "card",
        "linkage",
        "gdx",
        "copy",
        "sighted",
    }
    found = set(ENGLISH.findall(ran.stderr)) - {part for word in known for part in ENGLISH.findall(word)}
    assert found == set(), ran.stderr


def test_results_are_in_the_offices_words(pc: Pc) -> None:
    done = in_thai(pc, *COPIED, login=OFFICER)
    assert done.returncode == 0, done.stderr
    shown = done.stdout + in_thai(pc, "sync", login=OFFICER).stdout
    asked = in_thai(pc, "visit", "--service", "S01", "--documents", "D02", *SUBJECT, login=OFFICER).stdout
    (month,) = {line["month"] for line in pc.run("ledger", "list", login=OFFICER).json}
    shown += asked + in_thai(pc, "queue", "list", login=OFFICER).stdout
    shown += in_thai(pc, "month", "status", month, login=OFFICER).stdout
    for raw in ("closed", "obtained", "asked", "waiting", "unknown", "open", "copy", "lookup", "no_identity"):
        assert raw not in shown, shown
    for word in ("จบ", "ได้มา", "รอผล", "ยังไม่ได้ตั้งค่า"):
        assert word in shown


def test_the_end_of_a_visits_number_finds_that_visit_alone(pc: Pc) -> None:
    visit = pc.run(*COPIED, login=OFFICER).json["visit"]
    found = pc.run("ledger", "list", "--find", visit[-5:], login=OFFICER).json
    assert {line["visit"] for line in found} == {visit}
    # A line with that number is another matter.
    assert int(visit[-5:]) < pc.run("ledger", "verify", login=OFFICER).json["size"]
    assert int(visit[-5:]) not in {line["seq"] for line in found}


def test_a_group_alone_shows_its_help_and_ends_with_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["ledger"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "วิธีใช้:" in err
    assert err.endswith("\nระบุคำสั่งหนึ่งในรายการนี้\n")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert re.fullmatch(r"\d+(\.\d+)*\n", capsys.readouterr().out)


def test_the_ministrys_side_says_how_it_is_installed(tmp_path: Path) -> None:
    """In a process that cannot import what the extra brings."""
    code = "import sys; sys.modules['sqlalchemy'] = None; from tui import cli; cli.main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "centre", "serve", "--port", "0", "--home", str(tmp_path)],
        cwd=ROOT, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "./install.sh install --centre" in ran.stderr


def test_a_port_that_is_taken_is_one_sentence_and_no_wrong_passphrase(pc: Pc, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = pc.run("centre", "serve", "--port", port, home=tmp_path / "centre")
    assert (ran.code, ran.out) == (1, "")
    assert f"cannot listen at 127.0.0.1:{port}" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("unit", ["../x", "5001-2", "", "หน่วย"])
def test_no_letter_is_written_to_a_unit_that_no_form_could_name(pc: Pc, tmp_path: Path, unit: str) -> None:
    ran = pc.run("centre", "code", "--unit", unit, home=tmp_path / "centre")
    assert (ran.code, ran.out) == (2, "")
    assert "up to 12 letters and digits" in ran.err
    assert not (tmp_path / "centre").exists()
