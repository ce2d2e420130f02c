"""The clock of the tests: a working morning, whatever this PC's own clock says.

Within the tests `reader.buddhist_date.now()` tells the tests' clock. It begins anew for each test, at
MORNING, and ticks with the monotonic clock. Processes of their own get theirs by `environment()`, from
libfaketime (the Debian package faketime).

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

__all__ = ["MORNING", "SET_UP", "WIDER", "NoClockYet", "at", "begin", "environment", "install", "now"]

MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=BANGKOK)  # a Wednesday within office hours, no holiday near
SET_UP = MORNING - timedelta(hours=1)  # when an office was set up that is made once and copied
WIDER = MORNING - timedelta(minutes=30)  # when fixtures begin that serve more than one test

_SLEEP = Path(__file__).with_name("true_sleep.c")
_begun: tuple[datetime, float] | None = None  # what the clock said at which time.monotonic()


class NoClockYet(AssertionError):
    """The time was asked where no test runs, as at the import of a test's file."""

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
    """What reader.buddhist_date takes for datetime."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        if _begun is None:
            raise NoClockYet
        moment, then = _begun
        return (moment + timedelta(seconds=time.monotonic() - then)).astimezone(tz)


def install() -> None:
    """From now on the program in this process, and in those forked from it, knows the tests' clock alone.

    What the function now() reads is replaced, not the function, which many defaults hold already.
    """
    buddhist_date.datetime = _TestsDatetime  # type: ignore[misc]


def begin(moment: datetime) -> None:
    """The tests' clock says that, and ticks on."""
    global _begun
    _begun = moment, time.monotonic()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block the tests' clock begins at that moment; afterwards it goes on as it was before."""
    global _begun
    before = _begun
    begin(moment)
    try:
        yield
    finally:
        _begun = before


def environment(moment: datetime | None = None) -> dict[str, str]:
    """This process's environment for one whose clock begins at that moment, by default the tests' present.

    Its monotonic clock is the true one. Processes that it starts go on with its clock.
    """
    shown = (moment or now()).astimezone(BANGKOK)
    # FAKETIME_SHARED would tie it to the clock of the tests' own process, where that runs under libfaketime.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FAKETIME")}
    return inherited | {
        "TZ": "Asia/Bangkok",
        # Not the program `faketime`: what is meant for the command would reach that instead of it.
        "LD_PRELOAD": " ".join(map(str, _libraries())),
        "FAKETIME": f"@{shown:%Y-%m-%d %H:%M:%S}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",  # with other times of its files each process would compile the program anew
    }


@cache
def _libraries() -> tuple[Path, Path]:
    (faketime,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    sleep = once_folder("nocopy-clock-") / "true_sleep.so"
    cc = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", str(_SLEEP), "-o", str(sleep)]
    subprocess.run(cc, check=True)
    return sleep, faketime


def main() -> int:
    """Run a command at a moment; its exit code."""
    moment = datetime.fromisoformat(sys.argv[1]).replace(tzinfo=BANGKOK)
    return subprocess.run(sys.argv[2:], env=environment(moment), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
