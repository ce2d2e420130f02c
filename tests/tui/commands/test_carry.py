"""An office without a network, by the command line: stick out, the ministry's accept, stick back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from store.proof.checkpoint import make_checkpoint
from sync.carry.carry import take_in
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, copy_office, open_books
from tests.sync.centre.centre_process import running
from tui import passphrases
from tui.cli import run
from tui.commands.call import BROKEN, DONE, NOT_THERE, USAGE


def test_the_stick_goes_out_is_accepted_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    locations, home = copy_office(tmp_path / "office"), tmp_path / "centre"

    def said(code: int, *words: str, login: str | None = None) -> Any:
        """The JSON of a command, at the centre or, with a login, at the office."""
        monkeypatch.setattr(passphrases, "given", lambda: PASSPHRASE[login or HEAD])
        at = ["--home", str(locations.home), "--login", login] if login else ["--home", str(home)]
        capsys.readouterr()
        assert run([*words, "--json", "--lang", "en", *at]) == code, capsys.readouterr().err
        out = capsys.readouterr().out
        return json.loads(out) if out else None

    letter = said(DONE, "centre", "code", "--unit", "5001")["code"]
    out, back = tmp_path / "out.age", tmp_path / "back.age"
    with running(home) as client:
        url = str(client.base_url).rstrip("/")
        assert said(DONE, "centre", "enrol", "--url", url, "--code", letter, login=HEAD)["enrolled"]
        assert said(USAGE, "centre", "enrol", "--url", url, "--code", letter, login=HEAD) is None  # used up
    books = open_books(locations, HEAD)
    make_checkpoint(books)

    said(NOT_THERE, "carry", "in", str(back), login=HEAD)
    carried = said(DONE, "carry", "out", str(out), login=OFFICER)
    assert (carried["bundle"], carried["items"], carried["new"]) == (1, 1, True)
    accepted = said(DONE, "centre", "accept", str(out), "--receipts", str(back))
    assert (accepted["unit"], accepted["order"], len(accepted["received"])) == ("5001", "next", 1)

    # The courier may also send it by HTTP: the same checks, and an answer with the same receipt.
    with running(home) as client:
        posted = client.post("/v1/carry", content=out.read_bytes())
        assert (posted.status_code, posted.headers["content-type"]) == (200, "application/octet-stream")
        (tmp_path / "posted.age").write_bytes(posted.content)
        assert refused(client, b"no bundle") == "bad-bundle"
        assert refused(client, back.read_bytes()) == "bad-bundle"  # sealed to the office
        assert client.post("/v1/carry", content=bytes(16_000_001)).status_code == 413

    taken = said(DONE, "carry", "in", str(back), login=OFFICER)
    assert (taken["received"], taken["again"]) == (1, 0)
    again = take_in(books, tmp_path / "posted.age")
    assert (again.received, again.again, books.queue.list()) == (0, 1, [])
    books.close()
    assert said(BROKEN, "carry", "in", str(out), login=OFFICER) is None  # sealed to the centre

    [told] = said(DONE, "centre", "status")["units"]
    assert (told["pcs"][0]["bundles"], told["people"]) == (1, "unconfirmed")
    read_out = said(DONE, "centre", "fingerprints", login=HEAD)["people"]
    said(USAGE, "centre", "confirm", "--unit", "5001", "--fingerprint", "0000 0000 0000 0000")
    confirmed = said(DONE, "centre", "confirm", "--unit", "5001", "--fingerprint", read_out)
    assert len(confirmed["people"]) == 3
    said(DONE, "centre", "message", "--unit", "5001", "--text", "ขอบคุณ")
    said(DONE, "centre", "accept", str(out), "--receipts", str(back), "--replace")
    assert said(DONE, "carry", "in", str(back), login=OFFICER)["messages"] == 1
    assert [one["text"] for one in said(DONE, "centre", "messages", login=OFFICER)] == ["ขอบคุณ"]
    said(NOT_THERE, "centre", "return", "--unit", "5001", "--month", "2020-01", "--reason", "x")
    assert said(DONE, "centre", "revoke", "--unit", "5001")["stations"] == ["01"]
    said(BROKEN, "centre", "accept", str(out), "--receipts", str(back), "--replace")


def refused(client: httpx.Client, body: bytes) -> str:
    reply = client.post("/v1/carry", content=body)
    assert reply.status_code == 422
    return str(reply.json()["type"]).removeprefix("urn:nocopy:problem:")
