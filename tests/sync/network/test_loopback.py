"""The server on this PC alone that practice and the tests cut and restore."""

from __future__ import annotations

import socket

import pytest

from sync.network.loopback import Handler, Loopback


def test_while_it_is_cut_its_port_refuses_calls_and_is_kept() -> None:
    server = Loopback(Handler)
    server.start()
    port = int(server.url.rpartition(":")[2])
    for _ in range(3):
        server.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        server.start()
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    server.stop()
