"""A PC before its first start."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.base.locations import Locations
from tests.rig.argon import make_cheap
from tui import usb_drives


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    """A PC without books and without a stick, whose user has a folder for papers; passphrases cost little."""
    make_cheap(monkeypatch)
    monkeypatch.setattr(usb_drives, "_MOUNTS", (f"{tmp_path}/media/*",))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path / "papers"))
    (tmp_path / "papers").mkdir()
    return Locations(tmp_path / "home")
