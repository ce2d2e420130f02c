"""The process that holds a job, told apart from a later one that was given the same number."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


def process_token() -> str:
    """This process as `pid:start`, so that a number given to another process later is not taken for it."""
    return f"{os.getpid()}:{_started(os.getpid()) or 'unknown'}"


def is_alive(token: str | None) -> bool:
    """False only where the process of that token is surely gone. Where nobody can tell, its lease decides."""
    pid, _, start = (token or "").partition(":")
    if not _can_tell() or not pid.isdigit():
        return True
    return _started(int(pid)) == start


@cache
def _can_tell() -> bool:
    return Path("/proc/self/stat").exists()


def _started(pid: int) -> str | None:
    """The start time in the kernel's ticks, or None where there is no such process or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # The name of the program stands in parentheses and may hold anything. A zombie is gone, too.
    rest = stat.rpartition(")")[2].split()
    return None if rest[0] == "Z" else rest[19]
