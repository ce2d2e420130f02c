"""An office with two PCs, through the command line alone: compare, trust, write out, take in, sum up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from tests.rig.argon import make_cheap
from tests.rig.command_line import Pc
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, HEAD, OFFICER, PASSPHRASE
from tests.store.stations.two_pcs import numbered


@pytest.fixture
def pcs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Pc, Pc]:
    make_cheap(monkeypatch)
    begin = HandClock("2026-11-30T08:00:00")
    homes = [numbered(tmp_path, number, clock=begin).home for number in ("01", "02")]
    morning = datetime(2026, 11, 30, 9, tzinfo=BANGKOK)
    first, second = (Pc(home, morning, dict(PASSPHRASE)) for home in homes)
    return first, second


def shown_by(other: Pc, file: Path) -> str:
    """The fingerprint on that PC's screen; its keys go into the file."""
    fingerprint: str = other.run("station", "identity", "--out", str(file), login=OFFICER).json["fingerprint"]
    return fingerprint


def trust(pc: Pc, file: Path, fingerprint: str, login: str = HEAD) -> int:
    return pc.run("station", "trust", str(file), "--fingerprint", fingerprint, login=login).code


def test_two_pcs_one_report(pcs: tuple[Pc, Pc], tmp_path: Path) -> None:
    head, other = pcs
    theirs, mine = tmp_path / "02.jws", tmp_path / "01.jws"
    shown = shown_by(other, theirs)
    assert trust(head, theirs, "AAAA-AAAA-AAAA-AAAA-AAAA") == 3
    assert trust(head, theirs, shown, OFFICER) == 3
    assert trust(head, theirs, shown) == 0
    assert trust(other, mine, shown_by(head, mine)) == 0
    for pc in (head, other):
        visit = ("visit", "--service", "S01", "--documents", "D11", "--subject", f"person:{CITIZEN}")
        assert pc.run(*visit, "--channel", "sighted", "--identity", "card_face", login=OFFICER).code == 0
        pc.moment = datetime.fromisoformat("2026-12-01T09:00:00")
    early = head.run("month", "summarise", "2026-11", login=OFFICER)
    assert early.code == 1
    assert "station 02" in early.err

    stick = tmp_path / "november.age"
    written = other.run("station", "export", "2026-11", str(stick), login=OFFICER)
    assert (written.code, written.json["for"]) == (0, "01")
    assert other.run("station", "import", str(stick), login=OFFICER).code == 5  # sealed to the head's PC
    taken = head.run("station", "import", str(stick), login=OFFICER)
    assert (taken.code, taken.json["new"], taken.json["lines"]) == (0, True, written.json["lines"])
    again = head.run("station", "import", str(stick), login=OFFICER)
    assert (again.code, again.json["new"]) == (0, False)

    view = head.run("month", "summarise", "2026-11", login=OFFICER).json
    assert (view["state"], view["total"], view["visits"], view["stations"]) == ("summarised", 2, 2, ["02"])
    (known,) = head.run("station", "list", login=OFFICER).json
    assert [one["month"] for one in known["months"]] == ["2026-11"]
    gone = ("station", "release", "02", "--after", "2026-11", "--reason", "เครื่องเสีย")
    assert head.run(*gone, login=HEAD).json["until_month"] == "2026-11"
