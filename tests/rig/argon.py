"""Argon2 with its smallest costs, so that passphrases take no time in tests."""

from __future__ import annotations

import pytest

from store.people import vault


def make_cheap(patch: pytest.MonkeyPatch) -> None:
    """Give new passphrases the smallest costs, as long as the patch lasts."""
    patch.setattr(vault, "MEMORY_KIB", 8)
    patch.setattr(vault, "PASSES", 1)
