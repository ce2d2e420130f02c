"""A network that does harm: a TCP proxy between the program and a gateway or the centre, over real sockets.

For every request `plan` gives the Harm that it meets. A cut is a reset, as by a broken connection. All bytes
on the client's side are counted.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from tests.rig.faults import HTML, Answer, said
from tests.rig.waiting import until


class How(Enum):
    """What happens to one request."""

    PASS = "it goes through"
    CUT_BEFORE = "cut before a byte of it goes on"
    CUT_REQUEST = "cut when half of it went on"
    LOSE_REPLY = "it has its effect, and the reply is lost"
    CUT_REPLY = "it has its effect, and half of the reply comes"
    SAY = "something on the way answers; it has no effect"
    SAY_AFTER = "it has its effect, and something on the way answers instead"


@dataclass(frozen=True)
class Harm:
    """`seconds` to wait before anything else; `answer` replaces the real one."""

    how: How = How.PASS
    seconds: float = 0.0
    answer: Answer | None = None


class Proxy:
    """Listens on a port of its own; `close_door()` makes it refuse, `open_door()` listen there again."""

    def __init__(self, upstream: str, plan: Callable[[], Harm] = Harm) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 80)
        self.plan = plan
        self.met: Counter[How] = Counter()
        self.from_client = 0
        self.to_client = 0
        self.connections = 0
        self._lock = threading.Lock()
        self._live: set[socket.socket] = set()
        self._port = 0
        self._listener: socket.socket | None = None
        self.open_door()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open_door(self) -> None:
        if self._listener is not None:
            return
        until(self._listens, "the port to be free again", 60)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close_door(self) -> None:
        """Refuse connections, and break those that are open."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept()
            listener.close()
        with self._lock:
            live = list(self._live)
        for one in live:
            _reset(one)

    def _listens(self) -> bool:
        try:
            self._listener = socket.create_server(("127.0.0.1", self._port), backlog=64)
        except OSError:
            return False
        self._port = self._listener.getsockname()[1]
        return True

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._known(client), suppress(OSError, EOFError):
            server = socket.create_connection(self._upstream, timeout=30)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._known(server):
                source, back = _Reader(client), _Reader(server)
                while self._one(client, server, source, back):
                    pass

    def _one(self, client: socket.socket, server: socket.socket, source: _Reader, back: _Reader) -> bool:
        """Handle one request; False where the connection ends with it."""
        request = source.message()
        harm = self.plan()
        with self._lock:
            self.from_client += len(request)
            self.met[harm.how] += 1
        if harm.seconds:
            time.sleep(harm.seconds)  # a slow network is what is tested; this waits for nothing
        if harm.how in (How.CUT_BEFORE, How.CUT_REQUEST):
            if harm.how is How.CUT_REQUEST:
                server.sendall(request[: len(request) // 2])
            return False
        if harm.how is How.SAY:
            return self._say(client, harm)
        server.sendall(request)
        reply = back.message()
        if harm.how is How.LOSE_REPLY:
            return False
        if harm.how is How.SAY_AFTER:
            return self._say(client, harm)
        self._send(client, reply[: len(reply) // 2] if harm.how is How.CUT_REPLY else reply)
        return harm.how is How.PASS

    def _say(self, client: socket.socket, harm: Harm) -> bool:
        answer = harm.answer or Answer()
        headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": len(answer.body)}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._send(client, f"HTTP/1.1 {answer.status} Said\r\n{head}\r\n".encode() + answer.body)
        return True

    def _send(self, client: socket.socket, data: bytes) -> None:
        client.sendall(data)
        with self._lock:
            self.to_client += len(data)

    @contextmanager
    def _known(self, one: socket.socket) -> Iterator[None]:
        with self._lock:
            self._live.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._live.discard(one)
            _reset(one)
            one.close()


class _Reader:
    """Whole HTTP messages out of a socket, byte for byte as they came."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._left = b""

    def message(self) -> bytes:
        while (end := self._left.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self._left[:end].lower()
        if b"transfer-encoding" in head:  # how a server that fails in mid-work says 500, and then closes
            return self._to_the_end()
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name == b"content-length":
                length = int(value)
        while len(self._left) < end + 4 + length:
            self._more()
        whole, self._left = self._left[: end + 4 + length], self._left[end + 4 + length :]
        return whole

    def _to_the_end(self) -> bytes:
        with suppress(EOFError):
            while True:
                self._more()
        whole, self._left = self._left, b""
        return whole

    def _more(self) -> None:
        data = self._connection.recv(65536)
        if not data:
            raise EOFError
        self._left += data


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        # A linger of 0 s closes with a reset; shutting down wakes the thread that reads.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)


LIES = (
    Answer(200, HTML, {"Content-Type": "text/html"}),
    Answer(302, b"", {"Location": "http://login.example/"}),
    Answer(511, HTML, {"Content-Type": "text/html"}),
    Answer(200, b"", {"Content-Type": "application/json"}),
    Answer(200, b'{"houseNo": "1'),
    Answer(200, b"OK"),
    said(200, {"Message": "upstream timed out"}),
    said(200, {"ok": True}),
    Answer(200, b"a.b.c", {"Content-Type": "application/jose"}),
    said(401, {"Message": "UnauthorizedException: token not found"}),
    said(403, {"Message": "ForbiddenException"}),
    said(408, {}),
    said(422, {"Message": "UnprocessableEntity", "detail": "not as agreed"}),
    said(429, {}, Retry_After="0"),
    said(500, {"Message": "InternalServerError"}),
    said(500, {"Code": "90001", "Message": "agent not logged in"}),
    Answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
    said(503, {}, Retry_After="0"),
)
"""What stands in the way may say all this. None of it is a true answer, so nothing may be kept of it."""


class Storm:
    """A random plan: of 100 requests `harmed` meet harm; `slow_s` is longer than any call may take."""

    def __init__(
        self, seed: int, *, lies: Sequence[Answer] = LIES, harmed: int = 35, slow_s: float = 0.7
    ) -> None:
        self._chance = random.Random(seed)
        self._lies = lies
        self._harmed = harmed
        self._slow_s = slow_s
        self._lock = threading.Lock()
        self.is_over = False

    def __call__(self) -> Harm:
        with self._lock:
            chance = self._chance
            if self.is_over or chance.random() * 100 >= self._harmed:
                return Harm()
            how = chance.choice(list(How))
            if how is How.PASS:
                return Harm(seconds=chance.choice((0.01, 0.05, self._slow_s)))
            return Harm(how, answer=chance.choice(self._lies))
