"""Identifies the process that holds a job; a later process with the same number is a different one."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


def process_token() -> str:
    """This process as `pid:start`; the start time distinguishes it from a later process with the same pid."""
    return f"{os.getpid()}:{_started(os.getpid()) or 'unknown'}"


def is_alive(token: str | None) -> bool:
    """False only where the token's process is surely gone. Without /proc always True: the lease decides."""
    pid, _, start = (token or "").partition(":")
    if not _can_tell() or not pid.isdigit():
        return True
    return _started(int(pid)) == start


@cache
def _can_tell() -> bool:
    return Path("/proc/self/stat").exists()


def _started(pid: int) -> str | None:
    """The process's start time in kernel ticks; None where there is no such process, or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # The program's name is in parentheses and may contain anything, also ")". A zombie counts as gone.
    rest = stat.rpartition(")")[2].split()
    return None if rest[0] == "Z" else rest[19]
