"""Measures the real program in a pseudo-terminal: its first frame, its memory, and the delay of a key.

`python -m bench.screen` makes books of 1,000,000 lines in a temporary folder; `--books DIR` uses those that
`python -m bench.ledger --books DIR` made there.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import results
from bench.books import CONTROLLER, HEAD, OFFICERS, PASSPHRASE, make_books

LINES = 1_000_000
_STARTS, _KEYS = 5, 300
_DEADLINE_S = 120.0
_EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted")
Empty().run(mouse=False)
"""


class Program:
    """A program in a terminal of 80x24; its output is read as bytes."""

    def __init__(self, command: Sequence[str]) -> None:
        self._terminal, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            # No card service, because the ledger's screen would search for a card that is put in.
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PCSCLITE_CSOCK_NAME": "/-"},
        )
        os.close(slave)

    def wait_for(self, text: str) -> float:
        """The monotonic time, in seconds, at which the terminal got this text."""
        seen, wanted, deadline = b"", text.encode(), time.monotonic() + _DEADLINE_S
        while time.monotonic() < deadline:
            seen = (seen + self._read(1.0))[-200_000:]
            if wanted in seen:
                return time.monotonic()
        raise RuntimeError(f"the screen never showed {text!r}")

    def watch(self, seconds: float) -> None:
        """Read and drop the output for so many seconds. It never pauses, because the cursor blinks."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._terminal, keys.encode())

    def memory(self) -> tuple[int, int]:
        """(resident, proportional) bytes of the process."""
        found = {}
        for line in Path(f"/proc/{self._process.pid}/smaps_rollup").read_text("ascii").splitlines()[1:]:
            name, value = line.split(":")
            found[name] = int(value.split()[0]) * 1024
        return found["Rss"], found["Pss"]

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        return os.read(self._terminal, 65536) if ready else b""


def first_frames(home: Path) -> tuple[float, float]:
    """Median seconds from the process's start to the first frame: of nocopy, and of an empty Textual app."""
    ours, empty = [], []
    for _ in range(_STARTS):
        ours.append(_painted(["-m", "tui.cli", "--home", str(home)], "ชื่อผู้ใช้งาน"))
        empty.append(_painted(["-c", _EMPTY], "painted"))
    return median(ours), median(empty)


def _painted(command: Sequence[str], text: str) -> float:
    program = Program(command)
    try:
        return program.wait_for(text) - program.begun
    finally:
        program.end()


def at_home(home: Path) -> Program:
    """The program after a log-in, with its first screen painted and its start-up work done."""
    program = Program(["-m", "tui.cli", "--home", str(home)])
    program.wait_for("รหัสผ่าน")
    program.watch(2.0)
    people = sorted((*OFFICERS, CONTROLLER, HEAD))
    # The last user is preselected: go up to the first person, then down to the officer.
    for key in ["\x1b[A"] * len(people) + ["\x1b[B"] * people.index(OFFICERS[0]):
        program.press(key)
        program.watch(0.2)
    program.press(PASSPHRASE)
    program.watch(0.5)
    program.press("\r")
    program.wait_for("หน้าหลัก")
    program.watch(8.0)
    return program


def keys_in_the_ledger(program: Program) -> list[float]:
    """Seconds from each key to its frame, in the list of all ledger lines: by row and by page."""
    program.press("\x1bOR")  # F3
    program.watch(3.0)
    took = []
    for n in range(_KEYS):
        begun = time.monotonic()
        program.press("\x1b[6~" if n % 4 == 3 else "\x1b[B")
        took.append(program.wait_for("►") - begun)  # the blinking cursor does not paint this
        program.watch(0.1)
    return sorted(took)


def main() -> None:
    """Run the measurements and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=Path, help="where bench.ledger kept its books")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nocopy-bench-") as folder:
        home = (given.books or Path(folder)) / "much"
        if not home.exists():
            make_books(home, LINES)
        results.write("Screen", _table(home))


def _table(home: Path) -> str:
    ours, empty = first_frames(home)
    program = at_home(home)
    try:
        resident, proportional = program.memory()
        took = keys_in_the_ledger(program)
        after = program.memory()[1]
    finally:
        program.end()
    ratio, p99 = f"{ours / empty:.2f}", took[len(took) * 99 // 100]
    rows = [
        ("first frame / an empty Textual app's", f"{ours:.2f} s / {empty:.2f} s", ratio, "≤ 1.5"),
        ("memory at the home screen", f"resident {_mb(resident)}", _mb(proportional), "≤ 120 MB"),
        ("memory after moving through the ledger", "", _mb(after), ""),
        (
            "key to its frame in the ledger",
            f"median {_ms(took[len(took) // 2])}",
            f"p99 {_ms(p99)}",
            "≤ 50 ms",
        ),
    ]
    return (
        "`nocopy` in a pseudo-terminal of 80x24 on books of 1,000,000 lines; "
        f"{_STARTS} starts in turn, {_KEYS} keys. "
        "A frame is its first bytes in the terminal. Memory: what the kernel counts as this process's share "
        "(PSS).\n\n" + results.table(("what", "", "measured", "promised"), rows)
    )


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
