"""A gateway that does what a test tells it, over real sockets: refuses, breaks off, answers wrong, is slow.

Each call takes the next answer of the script; when the script is empty, `usual` answers. Token calls have a
script of their own, and usually succeed.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.gateways.drivers.gdx import TOKEN_PATH
from sync.network.loopback import Handler

TOKEN = "0b5f2c1e-7d55-4a09-9a3c-5f0d8e7c6b21"
# When a certificate is valid: OpenSSL, in the tests' own process, sees no clock but this PC's.
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC), datetime(2100, 4, 1, tzinfo=UTC)
HTML = b"<!DOCTYPE html><html><body><form action='/login'>Free Wi-Fi</form></body></html>"


@dataclass(frozen=True)
class Answer:
    """What one call gets. `cut` closes with a reset after that many bytes of the body; None: the whole of it.

    `silent` says nothing until the server stops.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    silent: bool = False


def said(status: int, value: Any, **headers: str) -> Answer:
    """A JSON answer; header names with _ for -."""
    return Answer(
        status, json.dumps(value).encode(), {name.replace("_", "-"): v for name, v in headers.items()}
    )


@dataclass(frozen=True)
class Seen:
    """One call as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class FaultServer:
    """`calls` are all that arrived: `lookups` were no token calls, `submissions` what a station sent."""

    def __init__(self, usual: Answer, *, certificate: tuple[Path, Path] | None = None) -> None:
        self.usual = usual
        self.script: list[Answer] = []
        self.token_script: list[Answer] = []
        self.calls: list[Seen] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def lookups(self) -> list[Seen]:
        return [call for call in self.calls if call.path != TOKEN_PATH]

    @property
    def submissions(self) -> list[Seen]:
        """The submissions that arrived, without a station's other calls."""
        return [call for call in self.calls if call.method == "PUT"]

    def stop(self) -> None:
        if not self.stopping.is_set():
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()

    def take(self, call: Seen) -> Answer:
        with self._lock:
            self.calls.append(call)
            if call.path == TOKEN_PATH:
                return self.token_script.pop(0) if self.token_script else said(200, {"Result": TOKEN})
            return self.script.pop(0) if self.script else self.usual


def _handler(server: FaultServer) -> type[Handler]:
    class FaultHandler(Handler):
        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def _go(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            answer = server.take(Seen(self.command, parts.path, query, dict(self.headers), self.body()))
            if answer.silent:
                server.stopping.wait()
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if answer.cut is None:
                self.wfile.write(answer.body)
                return
            self.wfile.write(answer.body[: answer.cut])
            self.wfile.flush()
            # A linger of 0 s closes with a reset, like a broken connection.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        do_GET = do_PUT = do_POST = do_DELETE = _go  # noqa: N815 - the standard library's names

    return FaultHandler


def refused_url() -> str:
    """An address of this PC at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def make_certificate(
    folder: Path, valid: tuple[datetime, datetime] = ALWAYS, issued_by: tuple[Path, Path] | None = None
) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, valid from one moment to another.

    `issued_by` is the certificate and the key that sign it; its own where nothing is given.
    """
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Office Test CA")])
    signing = key
    if issued_by is not None:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Office Test Server")])
        signer = serialization.load_pem_private_key(issued_by[1].read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        signing = signer
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
