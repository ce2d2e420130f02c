"""Processes that sync and can be killed by the hundred: forked from one that has everything imported.

    python -m tests.rig.workers HOME LOGIN LOG      the database key (hex) is the first line on stdin

Each further line on stdin starts one worker; its process id comes back as a line. A worker sends like `nocopy
sync`, run after run, until nothing waits any more. What it prints and logs, down to the last detail of every
library, goes to the file LOG.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from store.counter import lookups, visits  # noqa: F401 - books ask for them late
from store.months import months  # noqa: F401 - books ask for them late
from store.queue import endpoints, queue  # noqa: F401 - books ask for them late
from store.settings import catalogue  # noqa: F401 - books ask for them late
from store.settings.office_hours import load as load_holidays
from sync.errors import NetworkProblem
from sync.network.http import HttpClient, Limits
from sync.run.engine import Engine
from tests.rig.clock import environment, now
from tests.rig.faults import refused_url
from tests.rig.office import books_by_key
from tests.rig.waiting import until

ROOT = Path(__file__).parents[2]
LIMITS = Limits(connect=1.0, read=0.5, call=1.0)


class Workers:
    """Starts and kills them; a context manager."""

    def __init__(self, home: Path, key: bytes, login: str, log: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.rig.workers", str(home), login, str(log)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="ascii",
        )
        self._say(key.hex())

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def start(self) -> int:
        """A new worker's process id."""
        self._say("go")
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def kill(self, pid: int) -> bool:
        """kill -9; True where it was still at work."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.wait(pid, 10)
        return True

    def wait(self, pid: int, seconds: float) -> None:
        """Until the worker has ended."""
        until(lambda: not Path(f"/proc/{pid}").exists(), f"worker {pid} to end", seconds)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def _work(home: Path, key: bytes, login: str, parent: int) -> None:
    logging.basicConfig(level=logging.DEBUG)
    books = books_by_key(home, key, login)
    # A twentieth of the time between quick tries, so that the storm is short.
    engine = Engine(books, limits=LIMITS, sleep=lambda seconds: time.sleep(seconds / 20))
    # Where the test was interrupted, the parent has gone: an orphan would run for ever.
    while os.getppid() == parent:
        report = engine.run(now=True)
        sys.stdout.write(f"{report!r}\n")
        sys.stdout.flush()
        if not report.waiting and not report.needs_login:
            return


def _warm_up() -> None:
    """Everything that is imported only at a first call, once for all workers."""
    with suppress(NetworkProblem):
        HttpClient().call("GET", refused_url())
    load_holidays(now().year)
    until(lambda: threading.active_count() == 1, "no thread to be left: they do not survive a fork")


def main() -> None:
    home, login, log = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    key = bytes.fromhex(sys.stdin.readline())
    _warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to collect them
    parent = os.getpid()
    while sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            for stream in (1, 2):
                os.dup2(told, stream)
            _work(home, key, login, parent)
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
