"""A break of the ledger at the command line: what goes on, what is refused with 5, and what settles it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig.command_line import Pc
from tests.rig.lines import tamper
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, copy_office, open_books, sheet_of

_CHANGED = """UPDATE ledger SET body = replace(body, '"v":2', '"v":3') WHERE seq = 1"""


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    """A line that everybody's log-in has seen was changed."""
    locations = copy_office(tmp_path / "home")
    for login in PASSPHRASE:
        books = open_books(locations, login)
        key = books.database.key
        books.close()
    tamper(locations.books, _CHANGED, key=key)
    return Pc(locations.home, passphrases=PASSPHRASE)


def test_what_was_found_once_stops_and_is_settled_by_head_and_sheet(pc: Pc, tmp_path: Path) -> None:
    assert pc.run("ledger", "verify", "--offline", login=CONTROLLER).code == 5
    refused = pc.run("visit", "--service", "S01", "--subject", "person:1234567890121", login=OFFICER)
    assert (refused.code, "line 1" in refused.err) == (5, True)
    assert pc.run("people", "list", login=OFFICER).code == 0, "reading goes on"
    assert pc.run("backup", login=OFFICER).code == 0
    assert pc.run("sync", login=OFFICER).code in (0, 6)
    month = pc.run("ledger", "list", "--limit", "1", login=OFFICER).json[0]["month"]
    masked, whole = tmp_path / "masked.csv", tmp_path / "whole.csv"
    assert pc.run("ledger", "export", "--month", month, "--to", str(masked), login=HEAD).code == 5
    assert masked.is_file()
    pc.run("ledger", "export", "--month", month, "--to", str(whole), "--whole-ids", login=HEAD)
    assert not whole.exists()

    sheet = str(sheet_of(pc.home))
    accept = ("ledger", "accept-break", "--reason", "ICT looked", "--sheet", sheet)
    assert pc.run(*accept, login=CONTROLLER).code == 3
    assert pc.run(*accept, login=HEAD).json == {"line": 1, "accepted": True}
    assert pc.run("ledger", "verify", "--offline", login=CONTROLLER).code == 0
    assert pc.run(*accept, login=HEAD).code == 1, "nothing is left to accept"
