"""Practice cards: in readers made of software, or in a virtual reader of pcscd.

`python -m reader.practice --person 0 --port 35963` keeps a card in that virtual reader until its standard
input ends; `--help` lists its speeds and faults.
"""

from __future__ import annotations

import argparse
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import get_args

from reader.errors import CardHeld, CardRemoved, MuteCard
from reader.practice_people import ODD_CARDS, PEOPLE, PracticePerson
from reader.slots import Slot
from reader.t0_timing import ATRS, Pace
from reader.virtual_card import FOREIGN_APPLET, Pulled, VirtualCard, Way

__all__ = ["PEOPLE", "PracticePerson", "PracticeSlots", "VirtualCard", "VpcdCard"]

READER = "Practice reader"
PORT = 35963  # of the first virtual reader; the second has the next port
AT_ONCE = Pace()
_MOST_LATE_S = 0.002  # a longer delay is not the timer's, so it is not compensated


def _card_of(whose: PracticePerson | VirtualCard) -> VirtualCard:
    return whose.card() if isinstance(whose, PracticePerson) else whose


class _Wire:
    """Delays each answer by the time that a real reader and wire would take.

    A sleep ends a little late, and handing over an answer takes time too. So each answer comes earlier by
    the lateness of the one before.
    """

    def __init__(self, card: VirtualCard, pace: Pace) -> None:
        self._card = card
        self._pace = pace
        self._due = 0.0
        self._late = 0.0

    def answer(self, command: bytes, begun: float) -> bytes:
        """The card's answer to a command that began at the monotonic time `begun`; raises Pulled."""
        answer = self._card.answer(command)
        self._due = begun + self._pace.seconds(self._card.atr, command, answer) - self._late
        if (left := self._due - time.monotonic()) > 0:
            time.sleep(left)
        return answer

    def handed_over(self) -> None:
        """To be called when the reader has the answer: measures how late it came."""
        self._late = min(max(0.0, time.monotonic() - self._due), _MOST_LATE_S)


class PracticeSlots:
    """Readers in software; any thread may put a card in. See reader.slots.ReaderSlots.

    `pace` makes them as slow as real ones; `readers` are their names.
    """

    def __init__(self, pace: Pace = AT_ONCE, readers: Sequence[str] = (READER,)) -> None:
        self._pace = pace
        self._change = threading.Condition()
        self._readers = list(readers)
        self._cards: dict[str, VirtualCard] = {}
        self._insertions = dict.fromkeys(readers, 0)
        self._woken = False

    def insert(self, whose: PracticePerson | VirtualCard, reader: int = 0) -> None:
        """Put this card in, after taking out the one that is in the reader."""
        self.remove(reader)
        with self._change:
            name = self._readers[reader]
            self._cards[name] = _card_of(whose)
            self._insertions[name] += 1
            self._change.notify_all()

    def remove(self, reader: int = 0) -> None:
        """Take the card out, if there is one."""
        with self._change:
            name = self._readers[reader]
            if self._cards.pop(name, None):
                self._insertions[name] += 1
                self._change.notify_all()

    def unplug(self) -> None:
        """Unplug all readers, with the cards in them."""
        with self._change:
            self._readers.clear()
            self._cards.clear()
            self._change.notify_all()

    def plug(self, *readers: str) -> None:
        """Plug one more reader in, or several; each is empty."""
        with self._change:
            for name in readers or (READER,):
                self._readers.append(name)
                self._insertions[name] = self._insertions.get(name, 0) + 1
            self._change.notify_all()

    def wait(self, known: tuple[Slot, ...] | None, timeout_s: float) -> tuple[Slot, ...]:
        with self._change:
            self._change.wait_for(lambda: self._woken or self.slots() != known, timeout_s)
            self._woken = False
            return self.slots()

    def slots(self) -> tuple[Slot, ...]:
        """The readers and what is in them now; from any thread."""
        with self._change:
            return tuple(Slot(name, name in self._cards, self._insertions[name]) for name in self._readers)

    @contextmanager
    def connect(self, reader: str) -> Iterator[_PracticeLink]:
        with self._change:
            card = self._cards.get(reader)
        if card is None:
            raise CardRemoved
        if card.mute:
            raise MuteCard(code="0x80100066")
        if card.is_held():
            raise CardHeld(code="0x8010000B")
        card.reset()
        yield _PracticeLink(self, reader, card, self._pace)

    def wake(self) -> None:
        with self._change:
            self._woken = True
            self._change.notify_all()

    def close(self) -> None:
        pass

    def holds(self, reader: str, card: VirtualCard) -> bool:
        """True while that very card is in that reader."""
        with self._change:
            return self._cards.get(reader) is card

    def pull(self, reader: str) -> None:
        """Take the card out of the reader of that name."""
        with self._change:
            where = self._readers.index(reader)
        self.remove(where)


class _PracticeLink:
    def __init__(self, readers: PracticeSlots, reader: str, card: VirtualCard, pace: Pace) -> None:
        self.atr = card.atr
        self._readers = readers
        self._reader = reader
        self._card = card
        self._wire = _Wire(card, pace)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if not self._readers.holds(self._reader, self._card):
            raise CardRemoved
        try:
            answer = self._wire.answer(command, time.monotonic())
        except Pulled:
            self._readers.pull(self._reader)
            raise CardRemoved from None
        self._wire.handed_over()
        if not self._readers.holds(self._reader, self._card):
            raise CardRemoved
        return answer[:-2], int.from_bytes(answer[-2:], "big")


class VpcdCard:
    """A virtual card behind pcscd: a client of vsmartcard-vpcd, in a thread of its own.

    `insert` raises OSError where no virtual reader listens at `port`. `pace` makes the reader as slow as a
    real one.
    """

    _POWER_OFF, _POWER_ON, _RESET, _ATR = b"\x00", b"\x01", b"\x02", b"\x04"

    def __init__(
        self,
        whose: PracticePerson | VirtualCard,
        port: int = PORT,
        pace: Pace = AT_ONCE,
    ) -> None:
        self.card = _card_of(whose)
        self._wire = _Wire(self.card, pace)
        self._begun = 0.0  # the monotonic time at which the command began to arrive
        self._address = ("127.0.0.1", port)
        self._connection: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self) -> None:
        """Put the card into the virtual reader."""
        self._connection = socket.create_connection(self._address, timeout=5)
        self._connection.settimeout(None)
        # Small frames both ways: without these two options each command costs 40 ms.
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(
            target=self._serve, args=(self._connection,), name="vpcd-card", daemon=True
        )
        self._thread.start()

    def remove(self) -> None:
        """Take the card out; may be called from the card's own `on_command`."""
        connection, self._connection = self._connection, None
        if connection:
            # The thread closes the socket when it is shut down; it did already if the reader went away.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (payload := self._receive(connection)) is not None:
                    self._handle(connection, payload)
            except OSError:
                return  # removed while it was answering

    def _handle(self, connection: socket.socket, payload: bytes) -> None:
        if payload in (self._POWER_OFF, self._POWER_ON, self._RESET):
            self.card.reset()
            return
        if payload == self._ATR:
            self._send(connection, self.card.atr)
            return
        try:
            answer = self._wire.answer(payload, self._begun)
        except Pulled:
            self.remove()
            return
        self._send(connection, answer)
        self._wire.handed_over()

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        connection.sendall(len(answer).to_bytes(2, "big") + answer)

    def _receive(self, connection: socket.socket) -> bytes | None:
        header = _exactly(connection, 2)
        self._begun = time.monotonic()
        return header and _exactly(connection, int.from_bytes(header, "big"))


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        if quick := getattr(socket, "TCP_QUICKACK", None):  # Linux resets this option after each use
            connection.setsockopt(socket.IPPROTO_TCP, quick, 1)
        part = connection.recv(count - len(data))
        if not part:
            return None
        data += part
    return data


def _about(card: PracticePerson) -> str:
    name = " ".join(card.name_th.replace("#", " ").split())
    return f"{name}: {card.about}" if card.about else name


def main() -> None:
    """Put one practice card into a virtual reader until standard input ends."""
    cards = (*PEOPLE, *ODD_CARDS)
    parser = argparse.ArgumentParser(
        prog="python -m reader.practice",
        description=main.__doc__,
        epilog="the cards:\n" + "\n".join(f"  {n:2}  {_about(card)}" for n, card in enumerate(cards)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--person",
        type=int,
        default=0,
        choices=range(len(cards)),
        metavar="N",
        help="whose card, a number of the list below (0)",
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"{PORT} (first reader), {PORT + 1}")
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds for each command")
    parser.add_argument("--wire", action="store_true", help="as slow as the wire of the card's ATR")
    parser.add_argument("--atr", choices=sorted(ATRS), help="another ATR: the number at its end")
    parser.add_argument("--way", choices=get_args(Way), default="61", help="how answers are handed out (61)")
    parser.add_argument("--laser", metavar="NUMBER", help="another number on the back, 12 characters")
    parser.add_argument("--mute", action="store_true", help="a chip that does not answer")
    parser.add_argument("--foreign", action="store_true", help="not an ID card")
    parser.add_argument("--pulled-after", type=int, metavar="N", help="comes out after N answers")
    chosen = parser.parse_args()
    person = cards[chosen.person]
    if chosen.laser is not None:
        person = replace(person, laser=chosen.laser)
    foreign = {"applet": FOREIGN_APPLET} if chosen.foreign else {}
    speed = {"atr": ATRS[chosen.atr]} if chosen.atr else {}
    chip = person.card(way=chosen.way, mute=chosen.mute, pulled_after=chosen.pulled_after, **speed, **foreign)
    card = VpcdCard(chip, port=chosen.port, pace=Pace(chosen.delay / 1000, chosen.wire))
    try:
        card.insert()
    except OSError as error:
        parser.error(f"no virtual reader takes a card at port {chosen.port}: {error.strerror}")
    with suppress(KeyboardInterrupt):  # Ctrl+C takes the card out, like the end of the input
        sys.stdin.read()
    card.remove()


if __name__ == "__main__":
    main()
