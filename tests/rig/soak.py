"""How often a repeated test repeats: a few times in a run, many in `make soak`, which keeps the result."""

from __future__ import annotations

import os

from bench import results

SOAK = os.environ.get("NOCOPY_SOAK") == "1"


def times(test: int, soak: int) -> int:
    """The count for this run."""
    return soak if SOAK else test


def record(name: str, text: str) -> None:
    """In a soak, write the result of a test that passed into bench/RESULTS.md, under `name`."""
    if SOAK:
        results.write(f"Soak: {name}", text)
