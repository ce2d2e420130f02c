"""An outsider at the command line, with a file, the ministry's letter, and no books."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store.exchange import month_proof
from store.exchange.stick import centre_keys
from store.formats import jws
from store.formats.canonical import b64, canonical, unb64
from store.proof.checkpoint import make_checkpoint
from store.settings.centre import fingerprint
from sync.carry import carry
from sync.centre.carried import accept
from sync.centre.keys import CentreKeys
from sync.practice.centre_twin import PracticeCentre
from tests.rig.office import HEAD, PASSPHRASE
from tests.sync.carried_month import OCTOBER, receipt_of, submit_october
from tests.sync.unit import SET_UP, Unit
from tui import passphrases
from tui.cli import run
from tui.commands.call import BROKEN, DONE, FAILED, NOT_THERE, USAGE


@dataclass
class Files:
    """What an office can hand to an outsider, and the fingerprint in the ministry's letter."""

    folder: Path
    letter: str
    proof: dict[str, Any]
    report: bytes
    receipt: str
    note: str
    home: Path
    answer: bytes

    def put(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    folder = tmp_path_factory.mktemp("outsider")
    centre = PracticeCentre(clock=lambda: SET_UP + timedelta(days=30))
    centre.start()
    unit = Unit(folder / "home", centre.url)
    unit.enrol(centre.code("5001"))
    make_checkpoint(unit.books(HEAD))
    unit.run(unit.books(HEAD))
    head = submit_october(unit)
    assert unit.run(head).exit_code == 0
    row = head.database.row("SELECT submission FROM month")
    note = head.database.value("SELECT cosigned FROM checkpoint WHERE cosigned IS NOT NULL")
    assert row is not None
    carry.out(head, folder / "out.age", replace=False)
    yield Files(
        folder,
        fingerprint(centre_keys(head)),
        json.loads(month_proof.make(head, OCTOBER)),
        bytes(row["submission"]),
        receipt_of(head),
        str(note),
        unit.locations.home,
        accept(centre.centre, (folder / "out.age").read_bytes()).sealed,
    )
    unit.close()
    centre.stop()


def verified(*words: str) -> int:
    return run(["verify", *words, "--json", "--lang", "en"])


def test_a_month_is_proved_by_the_letters_fingerprint_alone(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    path = files.put("month.json", canonical(files.proof))
    assert verified(path, "--centre-key", files.letter.lower()) == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["vouched_by"], told["unit"], told["month"]) == (
        "month",
        "fingerprint",
        "5001",
        OCTOBER,
    )
    assert [one["role"] for one in told["signers"]] == ["officer", "controller", "head"]
    assert (told["people"], told["says"]) == ("unconfirmed", "approved")
    assert told["fixed"]
    # In words, for a person; and what it does not prove.
    assert run(["verify", path, "--centre-key", files.letter, "--lang", "en"]) == DONE
    words = capsys.readouterr().out
    assert "fixed up to line" in words
    assert "Not proved" in words


@pytest.mark.parametrize("what", ["proof", "report", "receipt", "note"])
def test_without_a_fingerprint_nobody_vouches(
    files: Files, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {
        "proof": canonical(files.proof),
        "report": files.report,
        "receipt": files.receipt.encode(),
        "note": files.note.encode(),
    }[what]
    assert verified(files.put(what, data)) == FAILED
    told = capsys.readouterr()
    assert told.out == ""
    assert "Nobody vouches for these keys" in told.err
    if what != "proof":  # a fingerprint is no key: these bring none
        assert verified(files.put(what, data), "--centre-key", files.letter) == FAILED


def test_a_file_that_was_changed_or_made_up_is_found_out_each_in_its_own_words(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    forger = CentreKeys.make()

    def receipt_by_forger() -> str:
        return jws.sign_compact(
            canonical(jws.claims(files.receipt.encode())[1]),
            typ="nocopy-receipt+jws",
            header={},
            seed=forger.receipt_seed,
        )

    def changed(**members: Any) -> bytes:
        return canonical({**files.proof, **members})

    people = files.proof["people"]
    other_report = bytearray(unb64(files.proof["report"]))
    other_report[60] ^= 1
    cases = {
        "keys of its own": changed(centre_keys=forger.public, receipt=receipt_by_forger()),
        "a forged receipt": changed(receipt=receipt_by_forger()),
        "another report": changed(report=b64(bytes(other_report))),
        "another list": changed(people={**people, "list": people["list"].replace("somchai", "somchay")}),
        "a receipt for something else": changed(receipt=people["receipt"]),
        "members missing": changed(people=None),
    }
    told = set()
    for name, data in cases.items():
        assert verified(files.put("forged", data), "--centre-key", files.letter) == BROKEN, name
        said = capsys.readouterr()
        assert said.out == ""
        told.add(said.err)
    assert len(told) == len(cases) - 1  # the last but one is about other bytes, as the third is
    assert verified(files.put("m", canonical(files.proof)), "--centre-key", "AAAA" * 4) == BROKEN
    assert verified(files.put("m", canonical(files.proof)), "--centre-key", "short") == USAGE
    assert (
        verified(files.put("sealed", b"age-encryption.org/v1\n..."), "--centre-key", files.letter) == FAILED
    )
    assert "sealed" in capsys.readouterr().err
    assert verified(str(files.folder / "nowhere"), "--centre-key", files.letter) == NOT_THERE


@pytest.mark.parametrize("what", ["proof", "report", "receipt", "note", "answer"])
def test_the_books_vouch_for_whoever_may_open_them(
    files: Files, what: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {
        "proof": canonical(files.proof),
        "report": files.report,
        "receipt": files.receipt.encode(),
        "note": files.note.encode(),
        "answer": files.answer,
    }[what]
    monkeypatch.setattr(passphrases, "given", lambda: PASSPHRASE[HEAD])
    home = ["--home", str(files.home), "--login", HEAD]
    assert verified(files.put(what, data), *home) == DONE
    told = json.loads(capsys.readouterr().out)
    kinds = {
        "proof": "month",
        "report": "report",
        "receipt": "receipt",
        "note": "checkpoint",
        "answer": "answer",
    }
    assert (told["kind"], told["vouched_by"]) == (kinds[what], "books")
