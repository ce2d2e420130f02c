"""The clock of the tests: a working morning, whatever this PC's own clock says.

Within the tests `reader.buddhist_date.now()` tells the tests' clock. It begins anew for each test, at
MORNING, and ticks with the monotonic clock. Processes of their own get theirs by `environment()`,
from clock.c.

    python -m tests.rig.clock 2026-12-31T23:59:30 python -m pytest tests/tui

runs the suite, or any command, as on a PC whose clock says that (Thai time): every test must do the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path

from reader import buddhist_date
from reader.buddhist_date import BANGKOK, now
from tests.rig.folder import once_folder

__all__ = [
    "MORNING",
    "SET_UP",
    "WIDER",
    "LaterClock",
    "NoClockYet",
    "at",
    "begin",
    "environment",
    "install",
    "now",
]

MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=BANGKOK)  # a Wednesday within office hours, no holiday near
SET_UP = MORNING - timedelta(hours=1)  # when the office was set up that is made once and copied
WIDER = MORNING - timedelta(minutes=30)  # when fixtures of more than one test begin

_SOURCE = Path(__file__).with_suffix(".c")
_AHEAD = "TESTS_CLOCK_AHEAD"
_begun: tuple[datetime, float] | None = None  # what the clock said at which time.monotonic()


class LaterClock:
    """The tests' clock, which a test may set."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return now() + self.ahead


class NoClockYet(AssertionError):
    """The time was read while no test runs, as at the import of a test's file."""

    def __init__(self) -> None:
        super().__init__(
            "No test runs yet, so there is no time: tests do not read this PC's clock."
            " Ask tests.rig.clock.now() within a test or a fixture, or use tests.rig.clock.MORNING."
        )


class _AnyDatetime(type):
    """Every datetime is one of the tests', because the program asks isinstance(..., datetime), too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class _TestsDatetime(datetime, metaclass=_AnyDatetime):
    """The datetime that reader.buddhist_date gets."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        if _begun is None:
            raise NoClockYet
        moment, then = _begun
        return (moment + timedelta(seconds=time.monotonic() - then)).astimezone(tz)


def install() -> None:
    """From now on the program in this process, and in those forked from it, reads the tests' clock alone.

    What now() reads is replaced, not now() itself, which is the default of many parameters already.
    """
    buddhist_date.datetime = _TestsDatetime  # type: ignore[misc]


def begin(moment: datetime) -> None:
    """Set the tests' clock; it ticks from there."""
    global _begun
    _begun = moment, time.monotonic()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block the tests' clock begins at that moment; afterwards it is as without the block."""
    global _begun
    before = _begun
    begin(moment)
    try:
        yield
    finally:
        _begun = before


def environment(moment: datetime | None = None) -> dict[str, str]:
    """This process's environment for one whose clock begins at that moment, by default the tests' present.

    Its monotonic clock is the real one. Processes that it starts inherit its clock.
    """
    seconds, nanoseconds = map(
        int, os.environ.get(_AHEAD, "0 0").split()
    )  # the suite itself, at another hour
    true = time.time_ns() - seconds * 1_000_000_000 - nanoseconds
    ahead = int((moment or now()).timestamp() * 1_000_000) * 1_000 - true
    # Not by a program that sets the clock: signals meant for the command would reach that program instead.
    return {
        **os.environ,
        "TZ": "Asia/Bangkok",
        "LD_PRELOAD": str(_library()),
        _AHEAD: "{} {}".format(*divmod(ahead, 1_000_000_000)),
    }


@cache
def _library() -> Path:
    library = once_folder("nocopy-clock-") / "clock.so"
    cc = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", str(_SOURCE), "-o", str(library)]
    subprocess.run(cc, check=True)
    return library


def main() -> int:
    """Run a command at a moment; its exit code."""
    moment = datetime.fromisoformat(sys.argv[1]).replace(tzinfo=BANGKOK)
    return subprocess.run(sys.argv[2:], env=environment(moment), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
