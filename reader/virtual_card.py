"""A Thai ID card in software that behaves like a T=0 chip, for practice and for tests.

It refuses an applet that it does not have with 6A82, and each reset clears the selected applet and the
waiting answer. reader.practice uses it both in practice readers and behind pcscd.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from reader.t0_timing import ATRS

DEFAULT_ATR = ATRS["17"]
MUTE_ATR = b"\x3b" + b"\x00" * 39  # longer than an ATR can be, so pcscd reports a mute card
THAI_ID_APPLET = bytes.fromhex("A000000054480001")
FOREIGN_APPLET = bytes.fromhex("A000000003000000")
LASER_APPLET = bytes.fromhex("A000000084060002")

Way = Literal["61", "pieces", "direct", "bare", "6C"]
"""How a chip returns data, in this order: 61 LL, then GET RESPONSE; the same with at most 64 bytes at a time;
at once; 9000 alone, then GET RESPONSE; 6C LL until the command gives the length of the answer."""

_DONE = b"\x90\x00"
_WRONG_LENGTH = b"\x67\x00"
_NOT_CHOSEN = b"\x69\x85"
_NO_SUCH_APPLET = b"\x6a\x82"
_OUTSIDE_THE_FILE = b"\x6b\x00"
_NO_SUCH_COMMAND = b"\x6d\x00"
_NO_SUCH_CLASS = b"\x6e\x00"
_DESCRIPTION = bytes.fromhex("6F088406A00000005448")  # the answer to SELECT: 10 bytes
_PIECE = 64
_LASER_HEADER = bytes(7)


class Pulled(Exception):
    """The card was taken out during this command."""


@dataclass(frozen=True)
class Chip:
    """The kind of a card's chip, and its faults.

    `laser` is the number on the back (12 characters); where it is None the chip refuses that applet, as old
    chips do.

    Faults: `mute` (the ATR is invalid), another `applet` (a foreign card), `pulled_after` (the card comes out
    after so many answers, once; put in again it works), `held` (only in practice readers: so many connections
    are refused, as if another program held the card), `replies` (by the number of the answer, from 1: the
    data and status word that replace it).
    """

    atr: bytes = DEFAULT_ATR
    applet: bytes = THAI_ID_APPLET
    laser: str | None = None
    way: Way = "61"
    mute: bool = False
    pulled_after: int | None = None
    held: int = 0
    replies: Mapping[int, bytes] = field(default_factory=dict)


class VirtualCard:
    """A card; `trace` lists each command APDU that reached it.

    READ BINARY (80 B0) reads `file`; on a card of layout 0002, 80 B1 reads `first_file`. `on_command` is
    called with each command before it is answered.
    """

    def __init__(
        self,
        file: bytes,
        chip: Chip | None = None,
        on_command: Callable[[bytes], None] | None = None,
        *,
        first_file: bytes | None = None,
    ) -> None:
        self._chip = chip or Chip()
        self.atr = MUTE_ATR if self._chip.mute else self._chip.atr
        self.trace: list[bytes] = []
        self._files = {0xB0: file} if first_file is None else {0xB0: file, 0xB1: first_file}
        self._laser = self._chip.laser.encode("ascii") if self._chip.laser else None
        self._pulled_after = self._chip.pulled_after
        self._held = self._chip.held
        self._on_command = on_command
        self._chosen = b""
        self._waiting = b""

    @property
    def mute(self) -> bool:
        return self.atr == MUTE_ATR

    def is_held(self) -> bool:
        """Whether another program holds the card. Counts `held` down: call it once for each connection."""
        self._held -= 1
        return self._held >= 0

    def reset(self) -> None:
        """Clear what the chip remembers, as power on, power off and reset all do."""
        self._chosen = b""
        self._waiting = b""

    def answer(self, command: bytes) -> bytes:
        """The data, if any, and the two bytes of the status word for one command APDU; raises Pulled."""
        if self._pulled_after is not None and len(self.trace) >= self._pulled_after:
            self._pulled_after = None
            raise Pulled
        self.trace.append(command)
        if self._on_command:
            self._on_command(command)
        usual = self._answer(command)
        return self._chip.replies.get(len(self.trace), usual)

    def _answer(self, command: bytes) -> bytes:
        if len(command) < 4:
            return _WRONG_LENGTH
        if command[:2] == b"\x00\xc0":
            return self._hand_out(command[4] if len(command) > 4 else 0)
        self._waiting = b""
        if command[:2] == b"\x00\xa4":
            return self._choose(command)
        if self._chosen == LASER_APPLET and command[:4] == b"\x80\0\0\0":
            return self._read_laser(command)
        if command[0] == 0x80 and command[1] in self._files:
            return self._read(command, self._files[command[1]])
        return _NO_SUCH_COMMAND if command[0] in (0x00, 0x80) else _NO_SUCH_CLASS

    def _choose(self, command: bytes) -> bytes:
        asked = command[5 : 5 + command[4]] if command[2:4] == b"\x04\x00" else b""
        has = asked == self._chip.applet or (asked == LASER_APPLET and self._laser is not None)
        self._chosen = asked if has else b""
        if not has:
            return _NO_SUCH_APPLET
        if self._chip.way in ("direct", "bare"):
            return _DONE
        self._waiting = _DESCRIPTION
        return bytes((0x61, len(_DESCRIPTION)))

    def _read(self, command: bytes, file: bytes) -> bytes:
        if self._chosen != self._chip.applet:
            return _NOT_CHOSEN
        if len(command) not in (7, 8) or command[4] != 2:
            return _WRONG_LENGTH
        offset, length = int.from_bytes(command[2:4], "big"), int.from_bytes(command[5:7], "big")
        if not 0 < length <= 256:
            return _WRONG_LENGTH
        if offset + length > len(file):
            return _OUTSIDE_THE_FILE
        return self._give(file[offset : offset + length], le=command[7:])

    def _read_laser(self, command: bytes) -> bytes:
        assert self._laser is not None
        data = _LASER_HEADER + self._laser.ljust(12, b"\0") + bytes(4)
        if command[4:] == bytes((len(data),)):
            return data + _DONE
        if command[4:] == b"\x07":
            return self._give(data[len(_LASER_HEADER) :], le=b"")
        return bytes((0x6C, len(data)))

    def _give(self, data: bytes, le: bytes) -> bytes:
        if self._chip.way == "direct":
            return data + _DONE
        if self._chip.way == "6C":
            right = bytes((len(data) & 0xFF,))
            return data + _DONE if le == right else b"\x6c" + right
        self._waiting = data
        return _DONE if self._chip.way == "bare" else self._offer()

    def _offer(self) -> bytes:
        most = _PIECE if self._chip.way == "pieces" else 256
        return bytes((0x61, min(len(self._waiting), most) & 0xFF))

    def _hand_out(self, length: int) -> bytes:
        if not self._waiting:
            return _NOT_CHOSEN
        wanted = length or 256
        if self._chip.way == "pieces" and wanted <= len(self._waiting):
            data, self._waiting = self._waiting[:wanted], self._waiting[wanted:]
            return data + (self._offer() if self._waiting else _DONE)
        if wanted != len(self._waiting):
            return bytes((0x6C, len(self._waiting) & 0xFF))
        data, self._waiting = self._waiting, b""
        return data + _DONE
