"""The floors hold: an import goes down, one file knows a driver, and nothing needs more than its floor."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.floors import ROOT, imported, sources

# The only file that may import each driver. A driver that two files import is hard to replace.
ONE_FILE = {
    "smartcard": "reader/pcsc.py",
    "httpx": "sync/network/http.py",
    "httpcore": "sync/network/http.py",
    "typst": "tui/papers/pdf.py",
    "sqlcipher3": "store/base/database.py",
    "sqlite_utils": "store/base/database.py",  # before the aliases there it would not know SQLCipher's errors
}

# What must not be loaded once every module of the floor is imported, but for the files of the table above:
# without a card driver practice still starts, and without the extra `centre` an office's PC still sends.
NOT_LOADED = {
    "reader": {
        "store",
        "sync",
        "tui",
        "textual",
        "click",
        "httpx",
        "sqlcipher3",
        "sqlite3",
        "sqlite_utils",
        "smartcard",
    },
    "store": {"sync", "tui", "textual", "httpx", "smartcard", "starlette", "sqlalchemy"},
    "sync": {"tui", "textual", "smartcard"},
    "sync.practice": {"tui", "textual", "smartcard", "starlette", "sqlalchemy", "uvicorn"},
    "tui.cli": {"typst", "textual", "smartcard", "httpx", "starlette", "sqlalchemy"},
    # The first frame asks who logs in: no books are open yet, and nobody waits for what opens them.
    "tui.app": {"typst", "smartcard", "httpx", "starlette", "sqlalchemy", "sqlcipher3", "sqlite_utils"},
}

# Offices have Windows too.
UNIX_ONLY = {"fcntl", "grp", "pwd", "resource", "syslog", "termios", "tty", "pty", "curses", "readline"}


def modules_of(floor: str) -> list[str]:
    """Every module of a floor but those that may name a driver; a dotted name stands for itself."""
    if "." in floor:
        return [floor]
    paths = [path for path in sources() if path.startswith(floor + "/") and path not in ONE_FILE.values()]
    return [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in paths]


def test_imports_go_down_the_floors() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    ran = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 broken" in ran.stdout


@pytest.mark.parametrize("floor", NOT_LOADED)
def test_a_floor_loads_nothing_from_above(floor: str) -> None:
    program = "import importlib, json, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    program += "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    ran = subprocess.run(
        [sys.executable, "-c", program, *modules_of(floor)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert set(json.loads(ran.stdout)) & NOT_LOADED[floor] == set()


@pytest.mark.parametrize("driver", ONE_FILE)
def test_a_driver_is_named_in_one_file(driver: str) -> None:
    assert [path for path, tree in sources().items() if driver in imported(tree)] == [ONE_FILE[driver]]


def test_nothing_needs_unix() -> None:
    found = {path: imported(tree) & UNIX_ONLY for path, tree in sources().items()}
    assert {path: names for path, names in found.items() if names} == {}
