"""The time from a card's insertion to its number on the terminal, in the real program in a pseudo-terminal.

Run as a program (`python -m bench.card_screen HOME FD`) this is the real screen, whose readers write the
monotonic time of each insertion to the file descriptor FD. The parent process reads the terminal and notes
when the card's number appears.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import results
from reader.citizen_id import shown
from reader.pcsc import PcscSlots
from reader.practice import VpcdCard
from reader.practice_people import PEOPLE
from reader.slots import Slot
from reader.t0_timing import Pace
from store.base.locations import Locations
from tests.rig.office import OFFICER, PASSPHRASE, make_office
from tui.app import NocopyApp
from tui.words import translate

PROMISE_S = 0.6
_DEADLINE_S = 60.0
_PERSON = PEOPLE[1]


class _TimedSlots(PcscSlots):
    """Writes the monotonic time at which each insertion is first seen."""

    def __init__(self, told: int) -> None:
        super().__init__()
        self._told = told
        self._seen: set[tuple[str, int]] = set()

    def wait(self, known: tuple[Slot, ...] | None, timeout_s: float) -> tuple[Slot, ...]:
        slots = super().wait(known, timeout_s)
        for slot in slots:
            if slot.present and (slot.reader, slot.insertion) not in self._seen:
                self._seen.add((slot.reader, slot.insertion))
                os.write(self._told, f"{time.monotonic()}\n".encode())
        return slots


class _Screen:
    """The program in a pseudo-terminal of 80x24."""

    def __init__(self, home: Path) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        read_end, write_end = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.card_screen", str(home), str(write_end)],
            pass_fds=(write_end,),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        )
        os.close(slave)
        os.close(write_end)
        self._terminal, self._events = master, read_end
        self._tail = b""

    def wait_for(self, text: str) -> float:
        """The monotonic time, in seconds, at which the terminal got this text."""
        wanted = text.encode()
        deadline = time.monotonic() + _DEADLINE_S
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self._terminal], [], [], 1.0)
            if ready:
                data = os.read(self._terminal, 65536)
                now = time.monotonic()
                self._tail = (self._tail + data)[-200_000:]
                if wanted in self._tail:
                    self._tail = b""
                    return now
        raise RuntimeError(f"the screen never showed {text!r}")

    def inserted_at(self) -> float:
        """The monotonic time of the newest insertion."""
        return float(os.read(self._events, 4096).split()[-1])

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)
        os.close(self._events)


def measure(runs: int, readers: Sequence[tuple[str, bytes, int]]) -> str:
    """The table of these readers (TA1, ATR, milliseconds for each APDU), as Markdown."""
    rows = []
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make_office(home)
        program = _Screen(home)
        try:
            program.wait_for("รหัสผ่าน")
            time.sleep(1.0)  # the program first queries the terminal's keyboard
            program.type("\x1b[B")  # the officer is the second in the list
            program.type(PASSPHRASE[OFFICER])
            time.sleep(0.5)  # as a person would: a key too soon after a change of the screen is ignored
            program.type("\r")
            program.wait_for("พร้อมรับเรื่องใหม่")
            for ta1, atr, delay_ms in readers:
                took = [_once(program, atr, delay_ms) for _ in range(runs)]
                rows.append(
                    [
                        f"TA1 {ta1}, {delay_ms} ms",
                        f"{median(took):.3f} s",
                        f"{max(took):.3f} s",
                        f"{PROMISE_S} s",
                    ]
                )
        finally:
            program.end()
    return (
        "From the insertion event to the card's number in the terminal's bytes, the real program in a"
        " pseudo-terminal.\n\n" + results.table(["reader", "median", "longest", "promised"], rows)
    )


def _once(program: _Screen, atr: bytes, delay_ms: int) -> float:
    card = VpcdCard(_PERSON.card(atr=atr), pace=Pace(delay_ms / 1000, wire=True))
    card.insert()
    painted = program.wait_for(shown(_PERSON.citizen_id))
    took = painted - program.inserted_at()
    card.remove()
    program.wait_for("เสียบบัตรประชาชน")  # Home again
    return took


def main() -> None:
    """Show the real screen on the books in the folder given."""
    translate.use("th")
    NocopyApp(Locations(Path(sys.argv[1])), _TimedSlots(int(sys.argv[2]))).run(mouse=False)


if __name__ == "__main__":
    main()
