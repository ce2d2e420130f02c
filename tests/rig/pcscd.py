"""The PC's card service with its two virtual readers, one test at a time on the whole machine.

The readers' ports (35963, 35964) and pcscd are there once on a machine. So whoever uses them holds
the lock file `nocopy-vpcd.lock` in the system's temporary folder, for one test; test runs of
other checkouts, other users and other workers wait for it. Use the fixture `virtual_readers`, or
`with virtual_reader_lock():` outside pytest. A run that ends, or is killed, takes pcscd away from nobody.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from reader.errors import CardServiceRefused
from reader.pcsc import PcscSlots
from reader.practice import AT_ONCE, VpcdCard
from reader.practice_people import PracticePerson
from reader.t0_timing import Pace
from reader.virtual_card import VirtualCard
from tests.rig.waiting import until

PORTS = (35963, 35964)
READERS = ("Virtual PCD 00 00", "Virtual PCD 00 01")
LOCK = Path(tempfile.gettempdir()) / "nocopy-vpcd.lock"

_SOCKET = "/run/pcscd/pcscd.comm"
_PID_FILE = Path("/run/pcscd/pcscd.pid")
_NO_POLKIT = "--disable-polkit"


@contextmanager
def virtual_reader_lock(wait: bool = True) -> Iterator[None]:
    """Hold pcscd and the virtual readers of this machine for ourselves; BlockingIOError if not to wait."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


class CardService:
    """pcscd: started when it is not there; stopped at the end by who started it, unless it is in use."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Have pcscd and both virtual readers ready; a pcscd that refuses us is replaced by ours."""
        if not _answers():
            self._run()
        else:
            if _PID_FILE.exists():
                _send(signal.SIGCONT)  # a run that was killed may have left it halted
            if _refuses():
                self.stop()
                self._run()
        assert not _refuses(), f"pcscd refuses this user, and it knows no {_NO_POLKIT}: let polkit allow us"
        until(_readers_are_empty, "two empty virtual readers (apt install vsmartcard-vpcd)")

    @contextmanager
    def hanging(self, now: bool = True) -> Iterator[None]:
        """It takes calls and answers none until the block's end: from `now` on, or from hang(). Locked."""
        try:
            if now:
                self.hang()
            yield
        finally:
            _send(signal.SIGCONT)

    def hang(self) -> None:
        """From now on it answers nobody; within a block of `hanging`."""
        _send(signal.SIGSTOP)

    @contextmanager
    def instead(self, environment: dict[str, str], *options: str) -> Iterator[None]:
        """Another pcscd in its place, with these settings; at the end the usual one again. Under the lock."""
        self.stop()
        self._run(environment, options)
        try:
            yield
        finally:
            self.stop()
            self.start()

    def _run(self, environment: dict[str, str] | None = None, options: Sequence[str] = ()) -> None:
        settings = [f"{name}={value}" for name, value in (environment or {}).items()]
        self._process = subprocess.Popen(
            [*_as_root(), "env", *settings, *command_line(), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # whoever ends our whole group leaves it to the run that uses it now
        )
        until(_answers, "pcscd to answer")

    def stop(self) -> None:
        """Stop pcscd, whoever started it; only under the lock."""
        if self._process and self._process.poll() is None:
            self._end()
        elif _answers():
            if shutil.which("systemctl") and _succeeds("systemctl", "is-active", "--quiet", "pcscd.socket"):
                subprocess.run([*_as_root(), "systemctl", "stop", "pcscd.socket"], check=True)
            _send(signal.SIGTERM)
        until(lambda: not _answers(), "pcscd to stop")

    def kill(self) -> None:
        """End the one that we started, also where it hangs; only under the lock."""
        assert self._process, "another run's would stay behind as a process that nobody has waited for"
        _send(signal.SIGKILL)
        self._process.wait(10)

    def leave(self) -> None:
        """At the end of the process: stop pcscd if we started it and nobody else uses it now."""
        try:
            with virtual_reader_lock(wait=False):
                if self._process and self._process.poll() is None:
                    self._end()
        except BlockingIOError:
            return  # another run goes on with it

    def _end(self) -> None:
        assert self._process
        _send(signal.SIGTERM, self._process.pid)
        self._process.wait(10)


class VirtualReaders:
    """The two readers during one test; every card put in is taken out at its end."""

    def __init__(self, service: CardService) -> None:
        self.service = service
        self._cards: list[VpcdCard] = []

    def insert(self, whose: PracticePerson | VirtualCard, reader: int = 0, pace: Pace = AT_ONCE) -> VpcdCard:
        """Put a card into the first (0) or second (1) reader, which is as slow as `pace` says."""
        card = VpcdCard(whose, port=PORTS[reader], pace=pace)
        self._cards.append(card)
        card.insert()
        return card

    def until_seen(self, *readers: int) -> None:
        """Until pcscd knows of the cards in these readers: it looks now and then only."""
        names = [READERS[reader] for reader in readers]
        until(lambda: all(_present().get(name) for name in names), f"cards in readers {readers}")

    def forget(self, card: VpcdCard) -> None:
        """That card was taken out by the test itself, and is not kept until the test's end."""
        self._cards.remove(card)

    def take_out(self) -> None:
        """Take every card out."""
        while self._cards:
            self._cards.pop().remove()

    def remove_all(self) -> None:
        self.take_out()
        if _answers():
            until(_readers_are_empty, "the virtual readers to be empty again")


def command_line() -> list[str]:
    """How pcscd is started here: in the foreground, and where it can do so without asking polkit.

    polkit answers through D-Bus. Where there is none (a container), pcscd refuses everybody, root too.
    """
    pcscd = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert pcscd, "pcscd is missing: apt install pcscd vsmartcard-vpcd"
    return [pcscd, "--foreground", *([_NO_POLKIT] if _NO_POLKIT in _help(pcscd) else [])]


@cache
def _help(pcscd: str) -> str:
    """What that pcscd says of its own options."""
    return subprocess.run([pcscd, "--help"], check=True, capture_output=True, text=True).stdout


_service = CardService()
atexit.register(_service.leave)


@pytest.fixture
def virtual_readers() -> Iterator[VirtualReaders]:
    """pcscd with two empty virtual readers, for this test alone."""
    with virtual_reader_lock():
        _service.start()
        both = VirtualReaders(_service)
        try:
            yield both
        finally:
            both.remove_all()


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _send(what: signal.Signals, pid: int | None = None) -> None:
    """To that process, or to the pcscd of this machine."""
    subprocess.run([*_as_root(), "kill", f"-{what.value}", str(pid or running())], check=True)


def running() -> int:
    """The process id of this machine's pcscd."""
    return int(_PID_FILE.read_text().strip("\n\0 "))


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _answers() -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(_SOCKET) == 0


def _refuses() -> bool:
    """Whether the pcscd that answers refuses this user (polkit said no, or could not be asked)."""
    try:
        _present()
    except CardServiceRefused:
        return True
    return False


def _readers_are_empty() -> bool:
    there = _present()
    return all(there.get(name) is False for name in READERS)


def _present() -> dict[str, bool]:
    """Of each reader, whether there is a card in it, as pcscd says."""
    desk = PcscSlots()
    try:
        return {slot.reader: slot.present for slot in desk.wait(None, 0)}
    finally:
        desk.close()
