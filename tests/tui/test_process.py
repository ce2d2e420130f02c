"""What the program's own process gives away: no memory dump, no foreign trust, no secret kept for long."""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.people.vault import Unlocked
from store.proof.checkpoint import make_checkpoint
from tests.rig.command_line import ROOT, Pc
from tests.rig.faults import ALWAYS, FaultServer, make_certificate, said
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, copy_office, decide, open_books
from tests.tui.counter import counter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(copy_office(tmp_path / "home").home, passphrases=PASSPHRASE)


def test_every_command_writes_no_memory_dump_and_lets_nobody_read_it(pc: Pc) -> None:
    checks = {check["name"]: check for check in pc.run("doctor").json["checks"]}
    assert checks["memory"]["ok"], checks["memory"]
    with pc.running("centre", "serve", "--port", "0", home=pc.home.parent / "centre") as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)


def test_it_is_so_before_a_secret_is_taken_from_the_environment() -> None:
    look = (
        "import ctypes, os, resource; take = os.environ.pop\n"
        "def seen(*given):\n"
        "    print(ctypes.CDLL(None).prctl(3), resource.getrlimit(resource.RLIMIT_CORE))\n"
        "    return take(*given)\n"
        "os.environ.pop = seen\n"
        "import tui.cli\n"
    )
    ran = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["0 (0, 0)"] * 3


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[FaultServer]:
    server = FaultServer(said(200, {}), certificate=make_certificate(tmp_path, ALWAYS))
    yield server
    server.stop()


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_environment_does_not_say_whom_the_program_trusts(
    pc: Pc, centre: FaultServer, tmp_path: Path, name: str
) -> None:
    books = open_books(copy_office(tmp_path / "other"), HEAD)
    decide(books, {"centre.url": centre.url})
    with books.database.write() as db:
        books.settings.put(db, "centre.token", "t")
    make_checkpoint(books)
    books.close()
    certificate = tmp_path / "certificate.pem"
    folder = tmp_path / "trusted"
    folder.mkdir()
    named = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", certificate], capture_output=True, text=True, check=True
    )
    (folder / f"{named.stdout.strip()}.0").write_bytes(certificate.read_bytes())
    trusted = {"SSL_CERT_FILE": str(certificate), "SSL_CERT_DIR": str(folder)}[name]
    line = pc.line("sync", login=HEAD, home=tmp_path / "other")
    env = pc.environment(HEAD) | {name: trusted}
    env.pop({"SSL_CERT_FILE": "SSL_CERT_DIR", "SSL_CERT_DIR": "SSL_CERT_FILE"}[name], None)
    ran = subprocess.run(line, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert '"line":"certificate"' in ran.stdout, ran.stdout + ran.stderr
    assert centre.calls == []


def still_held(passphrase: str) -> list[object]:
    """What this process still holds that passphrase by, but for the tests' own table."""
    gc.unfreeze()  # the program hides from the collector what exists at a log-in
    gc.collect()
    constants = {id(one) for one in (*PASSPHRASE, *PASSPHRASE.values())}
    return [
        holder
        for holder in gc.get_objects()
        for one in gc.get_referents(holder)
        if type(one) is str and one == passphrase and id(one) not in constants
    ]


async def test_the_screen_keeps_no_passphrase_and_no_key_of_a_person(tmp_path: Path) -> None:
    async with counter(copy_office(tmp_path / "home")) as at:
        for login in (OFFICER, CONTROLLER):
            await at.log_in(login)
            await at.until(
                lambda login=login: not still_held(PASSPHRASE[login]),  # type: ignore[misc]
                "the log-in's thread to have ended with what it was given",
            )
            assert [one for one in gc.get_objects() if isinstance(one, Unlocked)] == []
            await at.press("f12")
