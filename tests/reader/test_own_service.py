"""The pcscd that the tests start: it works without polkit where it can, and gives us access."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.rig import pcscd
from tests.rig.pcscd import VirtualReaders

_OFFERS = "      --disable-polkit           disable polkit support"


def stand_in(folder: Path, says: str) -> Path:
    """Write a pcscd that `says` this of its options and runs the real one; the file of its arguments."""
    real, notes = pcscd.command_line()[0], folder / "started-with"
    script = folder / "pcscd"
    script.write_text(
        "#!/bin/sh\n"
        f"if [ \"$1\" = --help ]; then echo '{says}'; exit; fi\n"
        f"echo \"$@\" > '{notes}'\n"
        f"exec '{real}' --foreground\n"
    )
    script.chmod(0o755)
    return notes


@pytest.mark.parametrize(
    ("says", "words"),
    [(_OFFERS, "--foreground --disable-polkit"), ("  -f, --foreground", "--foreground")],
    ids=["offered", "not offered"],
)
def test_pcscd_is_told_not_to_ask_polkit_where_it_offers_that(
    virtual_readers: VirtualReaders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, words: str
) -> None:
    notes = stand_in(tmp_path, says)
    virtual_readers.service.stop()
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        virtual_readers.service.start()
    assert notes.read_text().split("\n") == [words, ""]


def test_a_pcscd_that_refuses_us_is_replaced_by_our_own(
    virtual_readers: VirtualReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pcscd.running()
    monkeypatch.setattr(pcscd, "_refuses", lambda: pcscd.running() == before)
    virtual_readers.service.start()
    assert pcscd.running() != before


def test_one_that_refuses_us_too_is_told_in_one_sentence(
    virtual_readers: VirtualReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcscd, "_refuses", lambda: True)
    with pytest.raises(AssertionError, match="pcscd refuses this user"):
        virtual_readers.service.start()
