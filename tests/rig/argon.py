"""What a passphrase costs in a test: Argon2 itself, with its smallest numbers."""

from __future__ import annotations

import pytest

from store.people import vault


def make_cheap(patch: pytest.MonkeyPatch) -> None:
    """New passphrases cost next to nothing, as long as the patch lasts."""
    patch.setattr(vault, "MEMORY_KIB", 8)
    patch.setattr(vault, "PASSES", 1)
