"""A small web server on this PC alone, for practice and tests, which can be cut off.

It is made with the standard library, so that practice needs no further package. Cutting closes the listener
and every open connection, so clients see what a lost network shows: refused connections and broken answers.
"""

from __future__ import annotations

import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


class _Server(ThreadingHTTPServer):
    # On Windows it would let two programs share the port.
    allow_reuse_address = os.name != "nt"
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self._live: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((HOST, port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._live.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._live.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        with self._lock:
            live, self._live = self._live, set()
        for connection in live:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side closed it first

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore it: connections break on purpose here, and a traceback would go to the officer's screen."""


class Handler(BaseHTTPRequestHandler):
    """Handles requests over connections that stay open, and writes nothing to the terminal."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    # Head and body are two packets: with Nagle's algorithm the second waits 40 ms for the first one's ACK.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing, because a request's URL contains a secret."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _hold(port: int) -> socket.socket:
    """Bound and not listening: no other program of this PC gets the port, and calls to it are refused."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if _Server.allow_reuse_address:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((HOST, port))
    return held


class Loopback:
    """Serves `handler` on a port of 127.0.0.1 (0: any free one, the same again after a cut)."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self._handler = handler
        self._port = port
        self._server: _Server | None = None
        self._held: socket.socket | None = None  # keeps the port while it is cut: calls are refused
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    def start(self) -> None:
        """Listen; OSError where the port is taken."""
        if self._server is not None:
            return
        if self._held is not None:
            self._held.close()
            self._held = None
        self._server = _Server(self._port, self._handler)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and break every open connection. start() listens on the same port again."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        self._held = _hold(self._port)
        server.drop_connections()
        if self._thread is not None:
            self._thread.join()
