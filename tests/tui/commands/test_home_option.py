"""A damaged home: parts of the books are missing, damaged, or not writable for this user."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rig.command_line import ROOT, Pc
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE, copy_office, sheet_of, write_form

PAGES = (5000, 20_000, 60_000)  # bytes of the file of the books, each in another page


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(copy_office(tmp_path / "home").home, passphrases=dict(PASSPHRASE))


def lose_books(home: Path) -> None:
    for path in home.glob("books.db*"):
        path.unlink()


def lose_keys(home: Path) -> None:
    (home / "keys.json").unlink()


def books_are_a_folder(home: Path) -> None:
    lose_books(home)
    (home / "books.db").mkdir()


def only_backups_are_left(home: Path) -> None:
    lose_books(home)
    lose_keys(home)


@pytest.mark.parametrize("lose", [lose_books, lose_keys, books_are_a_folder, only_backups_are_left])
def test_a_part_of_an_office_is_never_set_up_anew_but_restored(
    pc: Pc, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    backup = Path(pc.run("backup", login=OFFICER).json["file"])
    lose(pc.home)
    keys = (pc.home / "keys.json").read_bytes() if (pc.home / "keys.json").exists() else None
    form, recovery = write_form(tmp_path), tmp_path / "new-recovery.txt"
    refused = pc.run("setup", "--from", str(form), "--recovery", str(recovery))
    assert (refused.code, refused.out) == (5, ""), refused.err
    assert "missing" in refused.err
    assert "restore" in refused.err
    assert not recovery.exists()
    assert ((pc.home / "keys.json").read_bytes() if (pc.home / "keys.json").exists() else None) == keys
    opened = pc.run("catalogue", login=OFFICER)
    assert (opened.code, opened.out) == (5, "")
    assert "nocopy restore FILE" in opened.err

    broken = {check["name"]: check for check in pc.run("doctor").json["checks"]}["books"]
    assert not broken["ok"]
    assert "nocopy restore FILE" in broken["do"]

    back = pc.run("restore", str(backup), "--sheet", str(sheet_of(pc.home)), "--replace")
    assert back.code == 0, back.err


def test_a_folder_that_only_waits_for_its_first_books_is_set_up(pc: Pc, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    (fresh / "backups").mkdir(parents=True)
    (fresh / "log").mkdir()
    nobody = pc.run("catalogue", login=OFFICER, home=fresh)
    assert nobody.code == 4
    assert "nocopy setup" in nobody.err
    made = pc.run("setup", "--from", str(write_form(tmp_path)), home=fresh)
    assert made.code == 0, made.err
    again = pc.run("setup", "--from", str(write_form(tmp_path)), home=fresh)
    assert (again.code, "already has books" in again.err) == (1, True)


@pytest.mark.parametrize("place", PAGES)
def test_one_byte_changed_anywhere_is_told_by_the_full_verification_and_the_doctor(
    pc: Pc, place: int
) -> None:
    # Write the log-in's own lines into the file first, so that what follows reads its pages.
    assert pc.run("ledger", "verify", login=OFFICER).code == 0
    with (pc.home / "books.db").open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 1]))
    verified = pc.run("ledger", "verify", login=OFFICER)
    assert verified.code == 5, "a file whose next write fails is not complete"
    assert "damaged" in verified.err
    checks = {check["name"]: check for check in pc.run("doctor", login=OFFICER).json["checks"]}
    assert not checks["pages"]["ok"]
    assert "nocopy restore FILE" in checks["pages"]["do"]


def test_the_doctor_with_a_log_in_finds_whole_books_whole(pc: Pc) -> None:
    checks = {check["name"]: check["ok"] for check in pc.run("doctor", login=OFFICER).json["checks"]}
    assert (checks["books"], checks["keys"], checks["pages"]) == (True, True, True)
    assert pc.run("doctor", login=HEAD).json["checks"]


@pytest.mark.parametrize(
    ("file", "content", "name"),
    [
        ("books.db", b"", "books"),
        ("books.db", b"x" * 5000, "books"),
        ("keys.json", b"[]", "keys"),
        ("keys.json", b"", "keys"),
    ],
)
def test_the_doctor_sees_broken_books_and_keys_without_a_passphrase(
    pc: Pc, file: str, content: bytes, name: str
) -> None:
    (pc.home / file).write_bytes(content)
    checks = {check["name"]: check for check in pc.run("doctor").json["checks"]}
    assert not checks[name]["ok"]
    assert "nocopy restore FILE" in checks[name]["do"]


def test_a_passphrase_of_bytes_that_are_no_text_is_a_wrong_one(pc: Pc) -> None:
    pc.passphrases[OFFICER] = "\udcff\udcfe"
    ran = pc.run("catalogue", login=OFFICER)
    assert (ran.code, ran.out) == (3, ""), ran.err
    new = pc.run("passphrase", login=CONTROLLER, new="\udcff\udcfe quiet harbour paper")
    assert (new.code, new.out) == (2, ""), new.err


def _bound_by_modes() -> None:
    """Root writes everywhere; without these two capabilities it is a user like another."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability)  # PR_CAPBSET_DROP


def run_as_others_do(pc: Pc, *words: str, login: str) -> subprocess.CompletedProcess[bytes]:
    bound = _bound_by_modes if os.geteuid() == 0 else None
    return subprocess.run(
        pc.line(*words, login=login), env=pc.environment(login), cwd=ROOT, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60, check=False, preexec_fn=bound,
    )  # fmt: skip


@pytest.mark.parametrize("closed", [".", "books.db", "keys.json", "backups"])
def test_a_folder_that_this_user_may_not_write_is_told_in_one_sentence(pc: Pc, closed: str) -> None:
    path = pc.home / closed
    path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        for words in (["catalogue"], ["visit", "--service", "S01", "--subject", f"person:{CITIZEN}"]):
            ran = run_as_others_do(pc, *words, login=OFFICER)
            assert (ran.returncode, ran.stdout) == (1, b"")
            assert ran.stderr.decode().count("\n") == 1
            assert f"may not write in {pc.home}" in ran.stderr.decode()
    finally:
        path.chmod(0o700)


def test_an_export_into_a_folder_that_is_not_there_leaves_no_line(pc: Pc) -> None:
    (month,) = {line["month"] for line in pc.run("ledger", "list", login=OFFICER).json}
    ran = pc.run("ledger", "export", "--month", month, "--to", "/nonexist/e.csv", login=OFFICER)
    assert (ran.code, ran.out) == (4, "")
    assert "There is no folder /nonexist." in ran.err
    assert "export" not in {line["kind"] for line in pc.run("ledger", "list", login=OFFICER).json}
