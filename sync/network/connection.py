"""Connections that another thread can cut: in the making (a name's look-up takes no deadline), and made."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Cuttable(Protocol):
    """What can be ended from any thread, at any time."""

    def cut(self) -> None:
        """End it."""


class Cutter:
    """Everything that is to end when a run is broken off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[Cuttable] = set()
        self._is_broken = False

    def add(self, one: Cuttable) -> None:
        """From now on this ends, too; ConnectionAbortedError where all was broken off already."""
        with self._lock:
            if self._is_broken:
                raise ConnectionAbortedError
            self._live.add(one)

    def drop(self, one: Cuttable) -> None:
        """This has ended by itself."""
        with self._lock:
            self._live.discard(one)

    def break_off(self) -> None:
        """End all of it, for good."""
        with self._lock:
            self._is_broken = True
            live = list(self._live)
        for one in live:
            one.cut()


class Connecting(Generic[T]):
    """A connection in the making, in a thread of its own, which is left behind where it takes too long.

    `connect` makes it; `discard` closes one that came after nobody waited any more.
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
        """The connection; raises what `connect` raises, TimeoutError, ConnectionAbortedError after cut()."""
        threading.Thread(target=self._work, name="connect", daemon=True).start()
        self._settled.wait(seconds)
        with self._lock:
            if self._made:
                return self._made[0]
            self._left_behind = True
            raise self._error

    def cut(self) -> None:
        """Whoever waits for it waits no longer."""
        with self._lock:
            if not self._settled.is_set():
                self._error = ConnectionAbortedError()
                self._left_behind = True
                self._settled.set()

    def _work(self) -> None:
        try:
            made = self._connect()
        except BaseException as failed:  # noqa: BLE001 - raised in the thread that waits for it
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
    """A second hold on a connection's socket: it can be cut while another thread waits at the first."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection.dup()

    def cut(self) -> None:
        """Shut it down; whoever reads or writes there meets its end."""
        with suppress(OSError):  # it was closed already
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of this hold."""
        self._socket.close()
