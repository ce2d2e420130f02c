"""Cards for practice: a desk without any reader, and a card behind the virtual reader of pcscd.

`python -m reader.practice --person 0 --port 35963` puts a card into that virtual reader until its
standard input ends.
"""

from __future__ import annotations

import argparse
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from reader.desk import Slot
from reader.errors import CardRemoved
from reader.people import PEOPLE, PracticePerson
from reader.virtual_card import VirtualCard

__all__ = ["PEOPLE", "PracticeDesk", "PracticePerson", "VirtualCard", "VpcdCard"]

READER = "Practice reader"


def _card_of(whose: PracticePerson | VirtualCard) -> VirtualCard:
    return VirtualCard(whose.file()) if isinstance(whose, PracticePerson) else whose


class PracticeDesk:
    """One reader in software; any thread may put a card in. See reader.desk.Desk.

    `seconds_per_command` makes it as slow as a real reader (0.02 is usual).
    """

    def __init__(self, seconds_per_command: float = 0.0) -> None:
        self._pace = seconds_per_command
        self._change = threading.Condition()
        self._card: VirtualCard | None = None
        self._insertion = 0
        self._woken = False

    def insert(self, whose: PracticePerson | VirtualCard) -> None:
        """Put this card in, in place of the one that is there."""
        self.remove()
        with self._change:
            self._card = _card_of(whose)
            self._insertion += 1
            self._change.notify_all()

    def remove(self) -> None:
        """Take the card out, if there is one."""
        with self._change:
            if self._card:
                self._card = None
                self._insertion += 1
                self._change.notify_all()

    def wait(self, known: tuple[Slot, ...] | None, timeout_s: float) -> tuple[Slot, ...]:
        with self._change:
            self._change.wait_for(lambda: self._woken or self._slots() != known, timeout_s)
            self._woken = False
            return self._slots()

    @contextmanager
    def connect(self, reader: str) -> Iterator[_PracticeLink]:
        with self._change:
            if self._card is None or reader != READER:
                raise CardRemoved
            self._card.reset()
            link = _PracticeLink(self, self._card, self._pace)
        yield link

    def wake(self) -> None:
        with self._change:
            self._woken = True
            self._change.notify_all()

    def close(self) -> None:
        pass

    def holds(self, card: VirtualCard) -> bool:
        """True while that very card is in the reader."""
        with self._change:
            return self._card is card

    def _slots(self) -> tuple[Slot, ...]:
        return (Slot(READER, self._card is not None, self._insertion),)


class _PracticeLink:
    def __init__(self, desk: PracticeDesk, card: VirtualCard, pace: float) -> None:
        self.atr = card.atr
        self._desk = desk
        self._card = card
        self._pace = pace

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if self._pace:
            time.sleep(self._pace)
        if not self._desk.holds(self._card):
            raise CardRemoved
        answer = self._card.answer(command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")


class VpcdCard:
    """A virtual card behind pcscd: a client of vsmartcard-vpcd, served by a thread of its own.

    `insert` raises OSError when no virtual reader listens there.
    """

    _POWER_OFF, _POWER_ON, _RESET, _ATR = b"\x00", b"\x01", b"\x02", b"\x04"

    def __init__(
        self, whose: PracticePerson | VirtualCard, host: str = "127.0.0.1", port: int = 35963
    ) -> None:
        self.card = _card_of(whose)
        self._address = (host, port)
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self) -> None:
        """Put the card into the virtual reader."""
        self._line = socket.create_connection(self._address, timeout=5)
        self._line.settimeout(None)
        # Small frames both ways: without these two options each command costs 40 ms.
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(target=self._serve, args=(self._line,), name="vpcd-card", daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take the card out; may be called from the card's own `on_command`."""
        line, self._line = self._line, None
        if line:
            # The thread closes the socket when it finds it shut, or did when the reader went away.
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self, line: socket.socket) -> None:
        with line:
            try:
                while (payload := self._receive(line)) is not None:
                    self._handle(line, payload)
            except OSError:
                return  # removed while it was answering

    def _handle(self, line: socket.socket, payload: bytes) -> None:
        if payload in (self._POWER_OFF, self._POWER_ON, self._RESET):
            self.card.reset()
            return
        answer = self.card.atr if payload == self._ATR else self.card.answer(payload)
        line.sendall(len(answer).to_bytes(2, "big") + answer)

    def _receive(self, line: socket.socket) -> bytes | None:
        header = _exactly(line, 2)
        return header and _exactly(line, int.from_bytes(header, "big"))


def _exactly(line: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        if quick := getattr(socket, "TCP_QUICKACK", None):  # Linux forgets it after each use
            line.setsockopt(socket.IPPROTO_TCP, quick, 1)
        part = line.recv(count - len(data))
        if not part:
            return None
        data += part
    return data


def main() -> None:
    """Put one practice card into a virtual reader until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m reader.practice", description=main.__doc__)
    parser.add_argument("--person", type=int, default=0, help=f"0 to {len(PEOPLE) - 1}")
    parser.add_argument("--port", type=int, default=35963, help="35963 or 35964")
    chosen = parser.parse_args()
    card = VpcdCard(PEOPLE[chosen.person], port=chosen.port)
    card.insert()
    sys.stdin.read()
    card.remove()


if __name__ == "__main__":
    main()
