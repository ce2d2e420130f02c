"""A Thai ID card in software, as a T=0 chip behaves: for practice and for tests, never for a real card.

It answers commands with `61 LL`, hands the data out by GET RESPONSE, refuses an applet that it does
not have with 6A82, and forgets the chosen applet and the waiting answer at each reset.
"""

from __future__ import annotations

from collections.abc import Callable

DEFAULT_ATR = bytes.fromhex("3B79960000") + b"TH NID 17"
THAI_ID_APPLET = bytes.fromhex("A000000054480001")

_DONE = b"\x90\x00"
_WRONG_LENGTH = b"\x67\x00"
_NOT_CHOSEN = b"\x69\x85"
_NO_SUCH_APPLET = b"\x6a\x82"
_OUTSIDE_THE_FILE = b"\x6b\x00"
_NO_SUCH_COMMAND = b"\x6d\x00"
_NO_SUCH_CLASS = b"\x6e\x00"
_DESCRIPTION = bytes.fromhex("6F088406A00000005448")  # what the applet says of itself: 10 bytes


class VirtualCard:
    """The chip. `file` is its whole file (layout 0003); each command APDU is kept in `trace`.

    `on_command` is called with each command before it is answered: the place to pull the card.
    """

    def __init__(
        self,
        file: bytes,
        atr: bytes = DEFAULT_ATR,
        applet: bytes = THAI_ID_APPLET,
        on_command: Callable[[bytes], None] | None = None,
    ) -> None:
        self.atr = atr
        self.trace: list[bytes] = []
        self._file = file
        self._applet = applet
        self._on_command = on_command
        self._chosen = False
        self._waiting = b""

    def reset(self) -> None:
        """Power on, power off and reset all clear what the chip remembers."""
        self._chosen = False
        self._waiting = b""

    def answer(self, command: bytes) -> bytes:
        """The data, if any, and the two bytes of the status word for one command APDU."""
        self.trace.append(command)
        if self._on_command:
            self._on_command(command)
        if len(command) < 4:
            return _WRONG_LENGTH
        if command[:2] == b"\x00\xc0":
            return self._hand_out(command[4] if len(command) > 4 else 0)
        self._waiting = b""
        if command[:2] == b"\x00\xa4":
            return self._choose(command)
        if command[:2] == b"\x80\xb0":
            return self._read(command)
        return _NO_SUCH_COMMAND if command[0] in (0x00, 0x80) else _NO_SUCH_CLASS

    def _choose(self, command: bytes) -> bytes:
        self._chosen = command[2:4] == b"\x04\x00" and command[5 : 5 + command[4]] == self._applet
        return self._wait_with(_DESCRIPTION) if self._chosen else _NO_SUCH_APPLET

    def _read(self, command: bytes) -> bytes:
        if not self._chosen:
            return _NOT_CHOSEN
        if len(command) != 7 or command[4] != 2:
            return _WRONG_LENGTH
        offset, length = int.from_bytes(command[2:4], "big"), int.from_bytes(command[5:7], "big")
        if not 0 < length <= 256:
            return _WRONG_LENGTH
        if offset + length > len(self._file):
            return _OUTSIDE_THE_FILE
        return self._wait_with(self._file[offset : offset + length])

    def _wait_with(self, data: bytes) -> bytes:
        self._waiting = data
        return bytes((0x61, len(data) & 0xFF))

    def _hand_out(self, length: int) -> bytes:
        if not self._waiting:
            return _NOT_CHOSEN
        if (length or 256) != len(self._waiting):
            return bytes((0x6C, len(self._waiting) & 0xFF))
        data, self._waiting = self._waiting, b""
        return data + _DONE
