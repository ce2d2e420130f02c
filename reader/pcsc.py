"""The readers of a real PC, and the cards in them, through PC/SC. The only file that uses pyscard.

pyscard is imported when the readers are first used. On a PC without it, or without libpcsclite, that raises
CardSoftwareMissing and the rest of the program works.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reader.errors import (
    CardHeld,
    CardRemoved,
    CardReset,
    CardServiceRefused,
    CardSoftwareMissing,
    MuteCard,
    NoCardService,
    ReaderError,
    ReaderFault,
    ReaderRefused,
)
from reader.slots import Slot

_HOT_PLUG = "\\\\?PnP?\\Notification"

# A cancel, or a reader plugged in, just before SCardGetStatusChange begins does not end its wait, so no wait
# is longer than this.
_LONGEST_WAIT_S = 2.0
_LOOKS = 10  # tries at listing the readers while one is being unplugged
# How long to wait for a card that another program holds, and how often to check for wake() meanwhile.
_HELD_S = 2.0
_GLANCE_S = 0.05

_OK = 0
_NO_READERS = 0x8010002E
_TIMEOUT = 0x8010000A
_CANCELLED = 0x80100002
_UNKNOWN_READER = 0x80100009
_READER_GONE = 0x80100017
_NOT_AUTHORISED = 0x8010006A

# SCARD_STATE_UNKNOWN and _UNAVAILABLE: a reader that is still listed, but is gone or does not answer.
_UNPLUGGED = 0x4 | 0x8

_ERRORS: dict[int, type[ReaderError]] = {
    0x80100066: MuteCard,
    0x80100067: MuteCard,
    0x80100068: CardReset,
    0x80100069: CardRemoved,
    0x8010000C: CardRemoved,
    _UNKNOWN_READER: CardRemoved,
    _READER_GONE: CardRemoved,
    0x8010000B: CardHeld,
    0x8010001D: NoCardService,
    0x8010001E: NoCardService,
    _NOT_AUTHORISED: ReaderRefused,
}


def _error(code: int) -> ReaderError:
    return _ERRORS.get(code, ReaderFault)(code=f"0x{code:08X}")


def _service_error(code: int) -> NoCardService:
    kind = CardServiceRefused if code & 0xFFFFFFFF == _NOT_AUTHORISED else NoCardService
    return kind(code=f"0x{code & 0xFFFFFFFF:08X}")


def _load() -> Any:
    """The module of PC/SC calls; raises CardSoftwareMissing."""
    if sys.platform.startswith("linux"):
        # Without this library pyscard writes to stdout during import, so check for it first.
        try:
            ctypes.CDLL("libpcsclite.so.1")
        except OSError:
            raise CardSoftwareMissing from None
    try:
        from smartcard import scard
    except ImportError:
        raise CardSoftwareMissing from None
    return scard


class PcscSlots:
    """All readers that the PC's card service offers. See reader.slots.ReaderSlots."""

    def __init__(self) -> None:
        self._scard: Any = None
        self._context: int | None = None
        self._services = 0  # contexts established so far; see _slot
        self._woken = threading.Event()
        self._waking: threading.Thread | None = None
        self._openings: dict[str, _Opening] = {}

    def wait(self, known: tuple[Slot, ...] | None, timeout_s: float) -> tuple[Slot, ...]:
        until = time.monotonic() + timeout_s
        while True:
            states = self._states()
            slots = tuple(self._slot(name, state) for name, state in states if not state & _UNPLUGGED)
            left = until - time.monotonic()
            if slots != known or left <= 0 or self._woken.is_set():
                self._woken.clear()
                return slots
            self._sleep_until_change(states, min(left, _LONGEST_WAIT_S))

    @contextmanager
    def connect(self, reader: str) -> Iterator[_PcscLink]:
        link = self._open(reader)
        try:
            yield link
        finally:
            link.close()

    def wake(self) -> None:
        self._woken.set()
        context = self._context
        if context is None or (self._waking and self._waking.is_alive()):
            return
        # Where the card service hangs this call hangs too, so it runs in a thread nobody waits for.
        self._waking = threading.Thread(
            target=self._scard.SCardCancel, args=(context,), name="card-waking", daemon=True
        )
        self._waking.start()

    def close(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)

    def _states(self) -> list[tuple[str, int]]:
        """Name and state of each reader. Raises NoCardService; the next call then opens a new context."""
        context = self._established()
        for _ in range(_LOOKS):
            code, names = self._scard.SCardListReaders(context, [])
            if code == _OK and names:
                asked = [(name, self._scard.SCARD_STATE_UNAWARE) for name in names]
                code, found = self._scard.SCardGetStatusChange(context, 0, asked)
                if code == _OK:
                    return [(name, state) for name, state, _ in found]
            code &= 0xFFFFFFFF
            if code in (_OK, _NO_READERS):
                return []
            if code not in (_UNKNOWN_READER, _READER_GONE):
                self.close()
                raise _service_error(code)
            # A reader was unplugged between the two calls: list again, since others may hold a card.
        return []

    def _slot(self, name: str, state: int) -> Slot:
        # 0x20: a card is present (also a mute one). The upper 16 bits count insertions and removals since
        # the service started; after a restart the same count may be another card, so _services is added.
        return Slot(name, bool(state & 0x20), self._services << 16 | state >> 16 & 0xFFFF)

    def _sleep_until_change(self, states: list[tuple[str, int]], seconds: float) -> None:
        changed = self._scard.SCARD_STATE_CHANGED
        asked = [(name, state & ~changed) for name, state in states]
        asked.append((_HOT_PLUG, len(states) << 16))
        code, _ = self._scard.SCardGetStatusChange(self._context, int(seconds * 1000), asked)
        if code & 0xFFFFFFFF not in (_OK, _TIMEOUT, _CANCELLED, _UNKNOWN_READER, _READER_GONE):
            self.close()  # the service stopped: the next _states() raises NoCardService

    def _established(self) -> int:
        if self._scard is None:
            self._scard = _load()
        if self._context is None:
            code, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
            if code != _OK:
                raise _service_error(code)
            self._context = context
            self._services += 1
        return self._context

    def _open(self, reader: str) -> _PcscLink:
        before = self._openings.get(reader)
        if before and before.is_alive():
            raise CardHeld
        self._established()
        self._woken.clear()
        self._openings[reader] = opening = _Opening(self._scard, reader)
        return opening.wait(_HELD_S, self._woken)


class _Opening(threading.Thread):
    """Opens a link in a thread of its own.

    The call blocks while another program holds the card, and PC/SC cannot cancel it. wait() then raises
    CardHeld, and this thread closes the link as soon as it gets it. As a daemon thread it does not delay
    the program's end.
    """

    def __init__(self, scard: Any, reader: str) -> None:
        super().__init__(name="card-opening", daemon=True)
        self._scard = scard
        self._reader = reader
        self._given_up = False
        self._lock = threading.Lock()
        self._link: _PcscLink | None = None
        self._error: ReaderError | None = None
        self.start()

    def run(self) -> None:
        try:
            link = _PcscLink(self._scard, self._reader)
        except ReaderError as error:
            self._error = error
            return
        with self._lock:
            if not self._given_up:
                self._link = link
                return
        link.close()

    def wait(self, seconds: float, woken: threading.Event) -> _PcscLink:
        """The open link. Raises CardHeld where it takes longer or `woken` is set, or what opening raised."""
        until = time.monotonic() + seconds
        self.join(_GLANCE_S)
        while self.is_alive() and not woken.is_set() and (left := until - time.monotonic()) > 0:
            self.join(min(_GLANCE_S, left))
        with self._lock:
            if self._error:
                raise self._error
            if self._link is None:
                self._given_up = True
                raise CardHeld
            return self._link


class _PcscLink:
    """A connected card within a transaction, with a context of its own."""

    def __init__(self, scard: Any, reader: str) -> None:
        self._scard = scard
        self._card: int | None = None
        code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if code != _OK:
            raise _service_error(code)
        self._context: int = context
        try:
            self._begin(reader)
        except ReaderError:
            self.close()
            raise

    def _begin(self, reader: str) -> None:
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        code, card, protocol = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_SHARED, protocols)
        self._check(code)
        self._card = card
        self._pci = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        self._check(scard.SCardBeginTransaction(card))
        code, _, _, _, atr = scard.SCardStatus(card)
        self._check(code)
        self.atr = bytes(atr)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        code, answer = self._scard.SCardTransmit(self._card, self._pci, list(command))
        self._check(code)
        if len(answer) < 2:
            raise ReaderFault(code="no status word")
        return bytes(answer[:-2]), answer[-2] << 8 | answer[-1]

    def close(self) -> None:
        # A failure here is ignored: the card may be gone already.
        if self._card is not None:
            self._scard.SCardEndTransaction(self._card, self._scard.SCARD_LEAVE_CARD)
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_LEAVE_CARD)
        self._scard.SCardReleaseContext(self._context)

    @staticmethod
    def _check(code: int) -> None:
        if code != _OK:
            raise _error(code & 0xFFFFFFFF)
