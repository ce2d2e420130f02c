"""The PC died: a stick with a backup, the recovery sheet and a new PC are all that is left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from store.base.locations import Locations
from store.books import Books
from store.proof.checkpoint import make_checkpoint
from tests.rig.command_line import Pc
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, ask, copy_office, sheet_of


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(copy_office(tmp_path / "home").home, passphrases=dict(PASSPHRASE))


@pytest.fixture
def centre(pc: Pc, tmp_path: Path) -> Iterator[str]:
    """The ministry's centre in a process of its own, and the office enrolled there; its address."""
    with pc.running("centre", "serve", "--port", "0", home=tmp_path / "centre") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        enrol(pc, tmp_path, url)
        yield url


def enrol(pc: Pc, tmp_path: Path, url: str) -> None:
    letter = pc.run("centre", "code", "--unit", "5001", home=tmp_path / "centre").json["code"]
    done = pc.run("centre", "enrol", "--url", url, "--code", letter, login=HEAD)
    assert (done.code, done.json["enrolled"]) == (0, True), done.err


def work(pc: Pc, visits: int = 1) -> None:
    """Serve some citizens, and send to the centre what the day leaves."""
    books = Books.open(Locations(pc.home), OFFICER, pc.passphrases[OFFICER])
    for _ in range(visits):
        ask(books)
    make_checkpoint(books)
    books.close()


def begin_again(pc: Pc, sheet: Path) -> None:
    """The head makes new keys with the sheet, and lets the officer in."""
    rescued = pc.run("passphrase", "--recovery", str(sheet), login=HEAD, new="seven quiet boats ashore")
    assert rescued.code == 0, rescued.err
    pc.passphrases = {HEAD: "seven quiet boats ashore"}
    reset = pc.run("people", "reset", OFFICER, login=HEAD, new="first of somchai now")
    assert reset.code == 0, reset.err
    pc.passphrases[OFFICER] = "first of somchai now"
    changed = pc.run("passphrase", login=OFFICER, new="a second beginning of all")
    assert changed.code == 0, changed.err
    pc.passphrases[OFFICER] = "a second beginning of all"


@pytest.mark.timeout(300)
def test_a_stick_and_the_sheet_bring_an_office_back(pc: Pc, centre: str, tmp_path: Path) -> None:
    stick, sheet = tmp_path / "stick", sheet_of(pc.home)
    stick.mkdir()
    work(pc)
    made = pc.run("backup", "--to", str(stick), login=OFFICER)
    assert made.code == 0, made.err
    backup = Path(made.json["file"])
    assert backup.parent == stick
    work(pc, 3)
    before = pc.run("sync", login=OFFICER)
    verified = pc.run("ledger", "verify", login=HEAD).json
    assert (verified["witness"], verified["fixed"]["kind"], verified["lost"]) == ("asked", "witness", 0)
    cosigned = verified["fixed"]["size"]
    assert before.json["done"] >= 1

    # The PC is gone. A thief of the stick gets nowhere without the sheet.
    shutil.rmtree(pc.home)
    other = tmp_path / "another.txt"
    other.write_text(f"  {pyrage.x25519.Identity.generate()}\n", "utf-8")
    stolen = pc.run("restore", str(backup), "--sheet", str(other))
    assert (stolen.code, stolen.out) == (3, ""), stolen.err
    assert not (pc.home / "books.db").exists()

    back = pc.run("restore", str(backup), "--sheet", str(sheet))
    assert back.code == 0, back.err
    told = back.json
    assert (told["size"], told["heads"], told["witness"]) == (made.json["size"], [HEAD], True)
    assert told["lost"] == cosigned - made.json["size"] > 0, "the witness shows what the restored books lost"
    assert not told["origin"].endswith("/e1")

    # Nobody's old passphrase opens anything; the head begins with the sheet.
    assert pc.run("ledger", "verify", login=HEAD).code == 3
    begin_again(pc, sheet)

    # Earlier requests have ended: a lookup is not sent again for a citizen who has gone home.
    states = {job["kind"]: job["state"] for job in pc.run("queue", "list", "--all", login=OFFICER).json}
    assert states["lookup"] == "expired"

    enrol(pc, tmp_path, centre)
    work(pc)
    assert pc.run("sync", login=OFFICER).json["quarantined"] == 0
    again = pc.run("ledger", "verify", login=HEAD)
    assert again.code == 0, again.err
    assert (again.json["fixed"]["kind"], again.json["fixed"]["origin"]) == ("witness", told["origin"])
    assert again.json["lost"] == told["lost"]
    second_life = again.json["fixed"]["size"]

    # The new PC is lost too, and that backup is still the only one: what the new PC did is counted as lost.
    shutil.rmtree(pc.home)
    third = pc.run("restore", str(backup), "--sheet", str(sheet)).json
    assert third["origin"] not in (told["origin"], verified["fixed"]["origin"])
    assert third["lost"] == told["lost"] + second_life - third["size"]
    begin_again(pc, sheet)
    enrol(pc, tmp_path, centre)
    work(pc)
    assert pc.run("sync", login=OFFICER).json["quarantined"] == 0
    fixed = pc.run("ledger", "verify", login=HEAD)
    assert (fixed.code, fixed.json["fixed"]["origin"]) == (0, third["origin"]), fixed.err
    assert fixed.json["lost"] == third["lost"]
