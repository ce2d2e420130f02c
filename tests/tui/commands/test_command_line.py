"""The command line: which commands there are, how they end, and what they never show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from store.base.database import Database
from store.people.vault import Keyring
from tests.rig.clock import MORNING
from tests.rig.command_line import ROOT, Pc
from tests.rig.office import CONTROLLER, FIRST, OFFICER, PASSPHRASE, copy_office, make_office
from tests.tui.commands.all_commands import commands
from tui import cli
from tui.frame.permitted import COMMANDS

# The commands that the design promises to those who drive the program from outside.
PROMISED = """
practice | setup | passphrase | card read | card watch | catalogue | doctor | sync | backup | restore |
verify | visit | visit show | visit close | visit cancel | ledger list | ledger verify | ledger export |
queue list | queue retry | queue cancel | month status | month cut-off | month summarise | month check |
month return | month approve | month flag | month submit | month paper | carry out | carry in |
station identity | station export | station import |
centre serve | centre code | centre status | centre accept | centre enrol
"""


@pytest.fixture(scope="module")
def pc(tmp_path_factory: pytest.TempPathFactory) -> Pc:
    """An office's PC on which a test changes nothing."""
    return Pc(copy_office(tmp_path_factory.mktemp("pc") / "home").home, MORNING, PASSPHRASE)


def test_every_promised_command_is_there_with_json_and_home() -> None:
    found = dict(commands(cli.root()))
    assert {words.strip() for words in PROMISED.split("|")} <= set(found) == set(COMMANDS)
    for words, command in found.items():
        names = {name for parameter in command.params for name in parameter.opts}
        assert names >= {"--json", "--home", "--lang"}, words


def test_the_common_options_may_stand_before_a_command_too(pc: Pc) -> None:
    after = ["verify", "--login", OFFICER]
    ran = subprocess.run(
        [sys.executable, "-m", "tui.cli", "--home", str(pc.home), "ledger", "--json", *after],
        env=pc.environment(OFFICER),
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout)["months"]


def test_the_screen_does_not_wait_where_there_is_no_terminal(pc: Pc) -> None:
    for words in ([], ["practice"]):
        ran = pc.run(*words)
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_it_speaks_thai_unless_told_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    assert "วิธีใช้:" in capsys.readouterr().out
    assert cli.run(["backup", "--daily"]) == 2
    assert "ระบุโฟลเดอร์ด้วย --to" in capsys.readouterr().err
    assert cli.run(["--lang", "en", "--help"]) == 0
    assert "Usage:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "login", "code"),
    [
        (["nonsense"], None, 2),
        (["ledger", "list"], None, 2),  # nobody said who is asking, and there is no terminal
        (["month", "status", "11-2569"], OFFICER, 2),
        (["visit", "--service", "S01", "--subject", "person:1234567890122"], OFFICER, 2),
        (["visit", "--service", "S01", "--subject", "person:1234567890121"], CONTROLLER, 3),
        (["visit", "show", "01-69-99999"], OFFICER, 4),
        (["visit", "--service", "S99", "--subject", "person:1234567890121"], OFFICER, 4),
        (["month", "approve", "2026-11"], OFFICER, 3),
    ],
)
def test_it_ends_with_the_agreed_code_and_one_line_on_stderr(
    pc: Pc, words: list[str], login: str | None, code: int
) -> None:
    ran = pc.run(*words, login=login)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.count("\n") == 1
    assert "1234567890" not in ran.err


def test_a_wrong_passphrase_is_not_allowed_and_no_books_are_not_there(pc: Pc, tmp_path: Path) -> None:
    wrong = Pc(pc.home, passphrases={OFFICER: "not the passphrase"}).run("queue", "list", login=OFFICER)
    assert (wrong.code, wrong.out) == (3, "")
    nothing = pc.run("queue", "list", login=OFFICER, home=tmp_path)
    assert (nothing.code, nothing.out) == (4, "")


def test_a_first_passphrase_is_good_for_nothing_but_its_change(tmp_path: Path) -> None:
    pc = Pc(make_office(tmp_path / "home", changed=False).home, passphrases=dict(FIRST))
    for words in (["ledger", "list"], ["visit", "--service", "S01", "--subject", "person:1234567890121"]):
        assert pc.run(*words, login=OFFICER).code == 3
    weak = pc.run("passphrase", login=OFFICER, new="short")
    assert weak.code == 2
    assert pc.run("passphrase", login=OFFICER, new=PASSPHRASE[OFFICER]).code == 0
    assert pc.run("ledger", "list", login=OFFICER).code == 3
    pc.passphrases[OFFICER] = PASSPHRASE[OFFICER]
    assert pc.run("ledger", "list", login=OFFICER).code == 0


def test_a_changed_ledger_is_broken(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home")
    pc = Pc(locations.home, passphrases=PASSPHRASE)
    key = Keyring(locations.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    database = Database(locations.books, key)
    with database.write() as db:
        db.execute("DROP TRIGGER ledger_fixed")
        db.execute(
            """UPDATE ledger SET body = replace(body, '"officer":null', '"officer":"me"') WHERE seq = 2"""
        )
    database.close()
    ran = pc.run("ledger", "verify", login=OFFICER)
    assert (ran.code, ran.json["problem"]["line"]) == (5, 2)
    assert "line 2" in ran.err


def test_no_other_process_finds_the_passphrase() -> None:
    look = (
        "import ctypes, os, tui.cli, subprocess, sys; subprocess.run(['env'], check=True);"
        "ctypes.CDLL(None).prctl(4, 1);"  # readable, as for the administrator
        "print(open('/proc/self/environ').read());"
        "assert tui.cli.passphrases.given() == 'four words of mine'"
    )
    env = {
        **os.environ,
        "NOCOPY_PASSPHRASE": "four words of mine",
        "NOCOPY_NEW_PASSPHRASE": "four other words",
    }
    ran = subprocess.run([sys.executable, "-c", look], env=env, cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout.count(b"PATH=") >= 2
    assert b"four" not in ran.stdout


def test_a_crash_shows_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(citizen_id: str) -> None:
        raise ValueError(citizen_id)

    monkeypatch.setattr("tui.commands.doctor.examine", lambda _home: fail("1234567890121"))
    (tmp_path / "home").mkdir()
    assert cli.run(["doctor", "--lang", "en", "--home", str(tmp_path / "home")]) == 1
    out, err = capsys.readouterr()
    log = (tmp_path / "home" / "log" / "crash.txt").read_text("utf-8")
    assert out == ""
    assert "ValueError" in err
    assert "test_command_line.py" in log
    assert "1234567890121" not in err + log
