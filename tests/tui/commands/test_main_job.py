"""The main job by the command line: real processes, a real gateway, a real centre, two weeks of an office."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reader.buddhist_date import BANGKOK
from reader.citizen_id import shown
from reader.practice_people import PEOPLE
from store.base.database import Database
from store.people.vault import Keyring
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET
from tests.rig.command_line import Pc, practice_gateway
from tests.rig.office import CITIZEN_ID, CONTROLLER, FIRST, HEAD, OFFICER, PASSPHRASE, copy_office, write_form
from tests.rig.waiting import until

CITIZEN = PEOPLE[0].citizen_id
GATEWAYS = """
[gateways.gdx]
url = "{url}"
consumer_key = "{key}"
consumer_secret = "{secret}"
"""


@pytest.fixture(scope="module")
def gateway_url() -> str:
    """An address without a server until a test starts the gateway there."""
    with practice_gateway() as url:
        return url


@pytest.fixture
def pc(tmp_path: Path, gateway_url: str) -> Pc:
    """An office's PC on a Friday in November, set up by the command line, everybody with a passphrase."""
    found = Pc(tmp_path / "home", datetime(2026, 11, 20, 9, tzinfo=BANGKOK), dict(FIRST))
    form = write_form(tmp_path, settings(gateway_url))
    made = found.run("setup", "--from", str(form), "--delete-file")
    assert made.code == 0, made.err
    assert not form.exists()
    for login, passphrase in PASSPHRASE.items():
        changed = found.run("passphrase", login=login, new=passphrase)
        assert changed.code == 0, changed.err
        found.passphrases[login] = passphrase
    return found


def settings(url: str) -> str:
    """The part of the setup form that names the gateway."""
    return GATEWAYS.format(url=url, key=CONSUMER_KEY, secret=CONSUMER_SECRET)


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def visit(pc: Pc) -> tuple[int, dict[str, object]]:
    ran = pc.run(
        "visit", "--service", "S01", "--documents", "D02,D03", "--subject", f"person:{CITIZEN}", login=OFFICER
    )
    return ran.code, ran.json


def kinds(pc: Pc, visit_id: str) -> list[str]:
    """The kinds of a visit's ledger lines, oldest first."""
    ran = pc.run("ledger", "list", "--visit", visit_id, login=OFFICER)
    return [line["kind"] for line in reversed(ran.json)]


@pytest.mark.timeout(300)
def test_from_setup_to_the_ministrys_receipt(pc: Pc, gateway_url: str, tmp_path: Path) -> None:
    # The network is down: the visit waits, and the books hold all that is needed to continue.
    code, waiting = visit(pc)
    assert (code, waiting["state"]) == (6, "waiting")
    visit_id = str(waiting["visit"])
    assert kinds(pc, visit_id)[:2] == ["use", "use"]
    queued = pc.run("queue", "list", login=OFFICER).json
    assert [(job["kind"], job["state"], job["visit"]) for job in queued] == [
        ("lookup", "waiting", visit_id)
    ] * 2

    # The network is back: one command brings both documents and closes the visit.
    with practice_gateway(port_of(gateway_url)):
        sent = pc.run("sync", login=OFFICER)
    assert (sent.code, sent.json["done"], sent.json["waiting"]) == (0, 2, 0), sent.err
    closed = pc.run("visit", "show", visit_id, login=OFFICER).json
    assert closed["state"] == "closed"
    assert [document["state"] for document in closed["documents"]] == ["obtained", "obtained"]
    assert "houseNo" in closed["documents"][0]["fields"]
    after = kinds(pc, visit_id)
    assert after.count("use") == after.count("answer") == 2
    assert after.count("attempt") >= 4  # two in vain, two that brought the answers

    _the_month(pc, tmp_path)
    checked = pc.run("ledger", "verify", login=HEAD)
    assert (checked.code, checked.json["months"]) == (0, ["2026-11", "2026-12"])
    assert _found_in(pc.home, _secrets(tmp_path)) == []


def _the_month(pc: Pc, tmp_path: Path) -> None:
    pc.moment = datetime(2026, 12, 1, 9, tzinfo=BANGKOK)
    # Nobody was here for ten days: the date must be confirmed before anything is frozen under it.
    doubted = pc.run("month", "summarise", "2026-11", login=OFFICER)
    assert (doubted.code, doubted.out) == (1, "")
    assert pc.run("month", "cut-off", "2026-11", login=HEAD).json["state"] == "cut_off"
    for step, login in (("summarise", OFFICER), ("check", CONTROLLER)):
        done = pc.run("month", step, "2026-11", login=login)
        assert done.code == 0, done.err
    early = pc.run("month", "submit", "2026-11", login=HEAD)
    assert (early.code, early.out) == (1, ""), "nothing is sent before the third signature"
    approved = pc.run("month", "approve", "2026-11", "--reason", "the line was cut for a test", login=HEAD)
    assert (approved.code, approved.json["state"]) == (0, "approved"), approved.err

    for _time in range(2):  # at once again: it is tried again, and why it waits is said again
        queued = pc.run("month", "submit", "2026-11", login=HEAD)
        assert (queued.code, queued.json["state"], queued.json["receipt"]) == (6, "submitted", None)
        assert queued.err.count("\n") == 1, queued.err
    centre_home = tmp_path / "centre"
    letter = pc.run("centre", "code", "--unit", "5001", home=centre_home)
    pc.moment = datetime(2026, 12, 2, 9, tzinfo=BANGKOK)
    with pc.running("centre", "serve", "--port", "0", home=centre_home) as centre:
        assert centre.stdout is not None
        url = json.loads(centre.stdout.readline())["url"]
        enrolled = pc.run("centre", "enrol", "--url", url, "--code", letter.json["code"], login=HEAD)
        assert (enrolled.code, enrolled.json["enrolled"]) == (0, True), enrolled.err
        first = pc.run("month", "submit", "2026-11", login=HEAD)
        assert (first.code, first.json["state"]) == (0, "acknowledged"), first.err
    # Without the centre: nothing is sent a second time.
    second = pc.run("month", "submit", "2026-11", login=HEAD)
    assert second.code == 0
    assert second.json["receipt"] == first.json["receipt"]
    assert second.json["receipt"]["kind"] == "report"
    proof = tmp_path / "november.proof"
    assert pc.run("centre", "proof", "2026-11", str(proof), login=HEAD).code == 0
    written = proof.read_bytes()
    again = pc.run("centre", "proof", "2026-11", str(proof), login=HEAD)
    assert (again.code, proof.read_bytes()) == (2, written)
    assert "มีอยู่แล้ว" in again.err or "there already" in again.err
    (unit,) = pc.run("centre", "status", home=centre_home).json["units"]
    assert [(month["month"], month["late"]) for month in unit["months"]] == [("2026-11", False)]


def test_a_killed_sync_loses_and_doubles_nothing(gateway_url: str, tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home", settings(gateway_url))
    pc = Pc(locations.home, passphrases=PASSPHRASE)
    _code, waiting = visit(pc)
    visit_id = str(waiting["visit"])
    books = Database(locations.books, Keyring(locations.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key)

    def attempts() -> int:
        return int(books.value("SELECT count(*) FROM ledger WHERE kind = 'attempt'"))

    before = attempts()
    with (
        practice_gateway(port_of(gateway_url), "--fault", "silent"),
        pc.running("sync", login=OFFICER) as sending,
    ):
        until(lambda: attempts() >= before + 2, "both lookups to be under way", 60)
        sending.kill()
        sending.wait()
    books.close()
    with practice_gateway(port_of(gateway_url)):
        sent = pc.run("sync", login=OFFICER)
    assert (sent.code, sent.json["done"]) == (0, 2), sent.err
    after = kinds(pc, visit_id)
    assert (after.count("use"), after.count("answer")) == (2, 2)
    assert pc.run("ledger", "verify", login=OFFICER).code == 0


def _secrets(tmp_path: Path) -> list[str]:
    numbers = [CITIZEN, *CITIZEN_ID.values()]
    recovery = (tmp_path / "nocopy-recovery-5001-01.html").read_text("utf-8")
    keys = [word for word in recovery.split() if word.startswith("AGE-SECRET-KEY-")]
    assert keys
    return [
        *numbers,
        *(shown(number) for number in numbers),
        *FIRST.values(),
        *PASSPHRASE.values(),
        *keys,
        CONSUMER_KEY,
        CONSUMER_SECRET,
    ]


def _found_in(home: Path, secrets: list[str]) -> list[str]:
    """Which secret is readable in which file, in any of the encodings that a Thai PC writes."""
    found = []
    for path in (path for path in sorted(home.rglob("*")) if path.is_file()):
        content = path.read_bytes()
        for secret in secrets:
            forms = {secret.encode(name, "ignore") for name in ("utf-8", "utf-16-le", "utf-16-be", "cp874")}
            if any(form in content for form in forms if len(form) >= 8):
                found.append(f"{path.name}: {secret}")
    return found
