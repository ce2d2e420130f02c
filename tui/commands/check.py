"""One thing that `nocopy doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing looked at: a name for programs, whether it is right, what was found, what to do."""

    name: str
    ok: bool
    found: str
    do: str = ""
