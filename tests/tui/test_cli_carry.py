"""An office without a line on its own command line: stick out, the ministry's accept, stick back."""

from __future__ import annotations

from pathlib import Path

import httpx

from store.checkpoint import make_checkpoint
from sync.carry import take_in
from tests.rig.command_line import Pc
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, copy_office, open_books
from tests.sync.test_centre import running
from tui.commands.call import BROKEN, DONE, NOT_THERE


def test_the_stick_goes_out_is_accepted_and_comes_back(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "office")
    office, home = Pc(locations.home, passphrases=PASSPHRASE), tmp_path / "centre"
    letter = office.run("centre", "code", "--unit", "5001", home=home).json["code"]
    out, back = tmp_path / "out.age", tmp_path / "back.age"
    with running(home) as client:
        url = str(client.base_url).rstrip("/")
        enrolled = office.run("centre", "enrol", "--url", url, "--code", letter, login=HEAD)
        assert enrolled.json["enrolled"], enrolled.err
    books = open_books(locations, HEAD)
    make_checkpoint(books)

    assert office.run("carry", "in", str(back), login=HEAD).code == NOT_THERE
    carried = office.run("carry", "out", str(out), login=OFFICER)
    assert (carried.code, carried.json["bundle"], carried.json["items"]) == (DONE, 1, 1)
    accepted = office.run("centre", "accept", str(out), "--receipts", str(back), home=home)
    assert (accepted.code, accepted.json["unit"], accepted.json["order"]) == (DONE, "5001", "next")
    assert len(accepted.json["received"]) == 1

    # The courier may as well post it: the same judge, and an answer that brings the same receipt.
    with running(home) as client:
        posted = client.post("/v1/carry", content=out.read_bytes())
        assert (posted.status_code, posted.headers["content-type"]) == (200, "application/octet-stream")
        (tmp_path / "posted.age").write_bytes(posted.content)
        assert refused(client, b"no bundle") == "bad-bundle"
        assert refused(client, back.read_bytes()) == "bad-bundle"  # sealed to the office
        assert client.post("/v1/carry", content=bytes(16_000_001)).status_code == 413

    taken = office.run("carry", "in", str(back), login=OFFICER)
    assert (taken.code, taken.json["received"], taken.json["again"]) == (DONE, 1, 0)
    again = take_in(books, tmp_path / "posted.age")
    assert (again.received, again.again) == (0, 1)
    assert books.queue.list() == []
    books.close()
    wrong = office.run("carry", "in", str(out), login=OFFICER)
    assert (wrong.code, wrong.out) == (BROKEN, "")
    assert "sealed to somebody else" in wrong.err
    told = office.run("centre", "status", home=home).json["units"][0]
    assert (told["pcs"][0]["bundles"], told["people"]) == (1, "unconfirmed")
    fingerprints = office.run("centre", "fingerprints", login=HEAD).json
    confirmed = office.run(
        "centre", "confirm", "--unit", "5001", "--fingerprint", fingerprints["people"], home=home
    )
    assert (confirmed.code, len(confirmed.json["people"])) == (DONE, 3)


def refused(client: httpx.Client, body: bytes) -> str:
    reply = client.post("/v1/carry", content=body)
    assert reply.status_code == 422
    return str(reply.json()["type"]).removeprefix("urn:nocopy:problem:")
