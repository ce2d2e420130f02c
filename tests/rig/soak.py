"""How often a repeated test repeats: a little in every run, much in `make soak`, whose result is kept."""

from __future__ import annotations

import os

from bench import results

SOAK = os.environ.get("NOCOPY_SOAK") == "1"


def times(test: int, soak: int) -> int:
    """The count for this run."""
    return soak if SOAK else test


def record(name: str, text: str) -> None:
    """In a soak: what was seen, into bench/RESULTS.md under the test's name. Called when it has held."""
    if SOAK:
        results.write(f"Soak: {name}", text)
