"""Connections that another thread can end, while they are opened (a DNS lookup has no timeout) and after."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Cuttable(Protocol):
    """Something that any thread can end at any time."""

    def cut(self) -> None:
        """End it."""


class Cutter:
    """The set of everything to be ended when a run is broken off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[Cuttable] = set()
        self._is_broken = False

    def add(self, one: Cuttable) -> None:
        """Add one to the set. Raises ConnectionAbortedError after break_off()."""
        with self._lock:
            if self._is_broken:
                raise ConnectionAbortedError
            self._live.add(one)

    def drop(self, one: Cuttable) -> None:
        """Remove one that has ended by itself."""
        with self._lock:
            self._live.discard(one)

    def break_off(self) -> None:
        """End all of them; later add() calls fail."""
        with self._lock:
            self._is_broken = True
            live = list(self._live)
        for one in live:
            one.cut()


class Connecting(Generic[T]):
    """Opens a connection in a thread of its own, which is left behind where it takes too long.

    `connect` opens it; `discard` closes one that opened after the wait for it had ended.
    """

    def __init__(self, connect: Callable[[], T], discard: Callable[[T], None]) -> None:
        self._connect = connect
        self._discard = discard
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._left_behind = False
        self._made: list[T] = []
        self._error: BaseException = TimeoutError()

    def wait(self, seconds: float) -> T:
        """The connection. Raises what `connect` raises, TimeoutError, ConnectionAbortedError after cut()."""
        threading.Thread(target=self._work, name="connect", daemon=True).start()
        self._settled.wait(seconds)
        with self._lock:
            if self._made:
                return self._made[0]
            self._left_behind = True
            raise self._error

    def cut(self) -> None:
        """End wait() with ConnectionAbortedError."""
        with self._lock:
            if not self._settled.is_set():
                self._error = ConnectionAbortedError()
                self._left_behind = True
                self._settled.set()

    def _work(self) -> None:
        try:
            made = self._connect()
        except BaseException as failed:  # noqa: BLE001 - raised again in the thread that waits
            with self._lock:
                if not self._left_behind:
                    self._error = failed
                    self._settled.set()
            return
        with self._lock:
            if not self._left_behind:
                self._made.append(made)
                self._settled.set()
                return
        self._discard(made)


class SocketHold:
    """A duplicate of a connection's socket: shutting it down ends another thread's wait on the original."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection.dup()

    def cut(self) -> None:
        """Shut the connection down; reads and writes on it end."""
        with suppress(OSError):  # it was closed already
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close this duplicate; the original stays open."""
        self._socket.close()
