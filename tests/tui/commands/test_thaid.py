"""The log-in with ThaID on the command line: for one command, logged out at its end, never stored."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.command_line import ROOT, Pc, Ran
from tests.rig.linkage2 import ACCESS_TOKEN, OFFICES, Linkage2Server
from tests.rig.office import CONTROLLER, OFFICER, PASSPHRASE, ask, copy_office, open_books


@pytest.fixture
def linkage2() -> Iterator[Linkage2Server]:
    one = Linkage2Server()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def pc(tmp_path: Path, linkage2: Linkage2Server) -> Pc:
    """An office with two lookups for Linkage 2."""
    locations = copy_office(tmp_path / "home", f'[gateways.linkage2]\nurl = "{linkage2.url}"\n')
    books = open_books(locations, OFFICER)
    ask(books, "D02", "D04")
    books.close()
    return Pc(locations.home, passphrases=PASSPHRASE)


def sync(pc: Pc, *words: str, login: str = OFFICER, code: str | None = ACCESS_TOKEN) -> Ran:
    environment = pc.environment(login) | ({} if code is None else {"NOCOPY_THAID": code})
    line = pc.line("sync", *words, login=login)
    ended = subprocess.run(
        line,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        encoding="utf-8",
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def test_what_waited_for_the_log_in_goes_and_the_session_ends_with_the_command(
    pc: Pc, linkage2: Linkage2Server
) -> None:
    office = str(OFFICES[0]["id"])
    first = pc.run("sync", login=OFFICER)
    assert (first.code, first.json["needs_login"], linkage2.requests) == (6, 2, [])
    assert "--thaid" in first.err
    ran = sync(pc, "--thaid", "--office", office)
    assert (ran.code, ran.json["done"], ran.json["needs_login"]) == (0, 2, 0), ran.err
    assert linkage2.requests == [[8, 3]]
    assert linkage2.sessions == 0
    files = [path.read_bytes() for path in pc.home.rglob("*") if path.is_file()]
    assert not [one for one in [*files, ran.out.encode(), ran.err.encode()] if ACCESS_TOKEN.encode() in one]


def test_without_an_office_a_code_or_the_right_one_nothing_is_sent(pc: Pc, linkage2: Linkage2Server) -> None:
    office = str(OFFICES[0]["id"])
    for code, words, thaid in (
        (2, ("--thaid",), ACCESS_TOKEN),  # there are two offices
        (2, ("--thaid", "--office", "7"), ACCESS_TOKEN),
        (2, ("--thaid", "--office", office), None),
        (2, ("--office", office), ACCESS_TOKEN),
        (6, ("--thaid", "--office", office), "another"),
    ):
        ran = sync(pc, *words, code=thaid)
        assert (ran.code, ran.out) == (code, ""), ran.err
        assert ran.err.count("\n") == 1 or code == 2
        if words == ("--thaid",):
            assert office in ran.err
    assert sync(pc, "--thaid", "--office", office, login=CONTROLLER).code == 3
    assert (linkage2.requests, linkage2.sessions) == ([], 0)


def test_the_code_is_taken_out_of_the_environment() -> None:
    shows = "import os, tui.passphrases as p; print('NOCOPY_THAID' in os.environ, p.given_thaid())"
    shows += "; import ctypes; ctypes.CDLL(None).prctl(4, 1)"  # readable, as for the administrator
    shows += "; print(b'telephone' in open('/proc/self/environ', 'rb').read())"
    ended = subprocess.run(
        [sys.executable, "-c", shows],
        env={**os.environ, "NOCOPY_THAID": "telephone"},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert ended.stdout.split() == ["False", "telephone", "False"]
