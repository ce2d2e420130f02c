"""What the program's own process gives away: no memory dump, no foreign trust, no secret kept for long."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.proof.checkpoint import make_checkpoint
from tests.rig.command_line import ROOT, Pc
from tests.rig.faults import ALWAYS, FaultServer, make_certificate, said
from tests.rig.office import HEAD, PASSPHRASE, copy_office, decide, open_books

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


def test_the_screen_keeps_no_passphrase_and_no_key_of_a_person() -> None:
    file = Path(__file__).with_name("heap_after_a_log_in.py")
    # Nothing of the run around it: neither its plugins' options nor its workers.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    look = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    ran = subprocess.run(look, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
