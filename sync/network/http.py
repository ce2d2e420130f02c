"""HTTP calls with one deadline for the whole call, and the meaning of failures. The only file with httpx.

The callers must know whether a failed call may have had an effect: Unreachable means that nothing left this
PC, AnswerLost that the request may have arrived. No error here holds a URL, because those of GDx contain its
secret.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
import truststore
from cryptography import x509

from reader.buddhist_date import BANGKOK, now
from sync.errors import (
    AnswerLost,
    CertificateExpired,
    CertificateRefused,
    ClockWrong,
    NetworkProblem,
    Unreachable,
)
from sync.network.connection import Connecting, Cutter, SocketHold

CONNECT_S = 10.0
READ_S = 20.0  # other clients of these gateways use 10 to 30 s
CALL_S = 30.0
BODY_LIMIT = 8 * 1024 * 1024
_CERTIFICATE_S = 5.0
# X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED. OpenSSL checks dates last, so nothing else is
# wrong with the certificate. Windows has one code for both, CERT_E_EXPIRED.
_NOT_YET_VALID, _ENDED, _EITHER = 9, 10, 0x800B0101

for _name in ("httpx", "httpcore"):
    # They log whole URLs, which contain the gateway's secret and the citizen's number.
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
    logging.getLogger(_name).propagate = False
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Reply:
    """An answer: header names in lower case, the body decompressed, the milliseconds that the call took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: int


@dataclass(frozen=True)
class Limits:
    """How long a call may take in seconds, and how large its answer may be in bytes."""

    connect: float = CONNECT_S
    read: float = READ_S
    call: float = CALL_S
    body: int = BODY_LIMIT


class HttpClient:
    """Connections to the gateways or the centre, kept open and shared by all threads.

    `ca_pem` is an office's own certificate authority, trusted beside the PC's. Proxies of the environment
    are not used, redirects are not followed, certificates are always verified. `undoubted` gives the latest
    time that has certainly passed: where a certificate expired after it, this PC's date may be wrong.
    `before` is called before each call, which is not made where it raises.
    """

    def __init__(
        self,
        *,
        ca_pem: str | None = None,
        limits: Limits | None = None,
        connections: int = 8,
        undoubted: Callable[[], datetime] = now,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._limits = limits or Limits()
        self._undoubted = undoubted
        self._before = before
        self._backend = _Backend()
        self._client = httpx.Client(
            transport=_Transport(_trust(ca_pem), connections, self._backend),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
            headers={"User-Agent": "nocopy"},
        )

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        until: float | None = None,
    ) -> Reply:
        """One request and its whole answer, until `until` (a time.monotonic() time) at the latest.

        Raises Unreachable, AnswerLost, CertificateRefused, CertificateExpired or ClockWrong.
        """
        self._before()
        started = time.monotonic()
        end = min(started + self._limits.call, until if until is not None else float("inf"))
        reply: Reply | None = None
        failed: Exception | None = None
        with _deadline(end):
            try:
                request = self._client.build_request(
                    method, url, headers=headers, params=params, content=content
                )
                reply = self._whole(self._client.send(request, stream=True), started)
            except _FAILURES as error:
                failed = error
        if reply is None:
            # Raised outside the handler, so that no traceback holds the request with its URL.
            raise self._meaning(failed, url)
        return reply

    def break_off(self) -> None:
        """End every running call, from any thread; later ones fail at once."""
        self._backend.cutter.break_off()

    def close(self) -> None:
        self._client.close()

    def _meaning(self, failed: Exception | None, url: str) -> NetworkProblem:
        refused = _certificate_error(failed)
        if refused is not None:
            return self._certificate_problem(refused, url)
        return Unreachable(host_of(url)) if isinstance(failed, _BEFORE_SENDING) else AnswerLost(host_of(url))

    def _certificate_problem(self, refused: ssl.SSLCertVerificationError, url: str) -> NetworkProblem:
        code, shown, moment = getattr(refused, "verify_code", 0), _shown(url), now()
        # Where this certificate's dates are good, an authority's certificate above it has expired.
        fits = shown is not None and shown.not_valid_before_utc <= moment <= shown.not_valid_after_utc
        if code not in (_NOT_YET_VALID, _ENDED, _EITHER) or fits:
            issuer = shown.issuer.rfc4514_string()[:120] if shown else host_of(url)
            return CertificateRefused(f"{issuer}; {getattr(refused, 'verify_message', '') or 'not trusted'}")
        has_ended = code != _NOT_YET_VALID and (
            shown is None or self._undoubted() >= shown.not_valid_after_utc
        )
        kind = CertificateExpired if has_ended else ClockWrong
        return kind.of(host_of(url), moment.date(), _days_of(shown))

    def _whole(self, response: httpx.Response, started: float) -> Reply:
        body = bytearray()
        try:
            for part in response.iter_bytes():
                body += part
                if len(body) > self._limits.body:
                    raise _TooLarge
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, bytes(body), round((time.monotonic() - started) * 1000))


def host_of(url: str) -> str:
    """The host (and port) of an address, the only part of it that may be shown."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return ""  # a bad port, or no closing bracket: reported as unreachable without a name


class _TooLarge(Exception):
    """The answer is larger than Limits.body."""


_FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    UnicodeError,
    _TooLarge,
)
# The errors of httpx and httpcore that are raised before a byte of the request is sent.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,  # a header that is not ASCII, or a host's name that is too long
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.UnsupportedProtocol,
)


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _shown(url: str) -> x509.Certificate | None:
    """The refused certificate, fetched once more without a request; None where that fails."""
    parts = urlsplit(url)
    try:
        pem = ssl.get_server_certificate((parts.hostname or "", parts.port or 443), timeout=_CERTIFICATE_S)
        return x509.load_pem_x509_certificate(pem.encode())
    except (OSError, ValueError):
        return None


def _days_of(shown: x509.Certificate | None) -> tuple[date, date] | None:
    """The first and the last day of a certificate, in Thai time."""
    if shown is None:
        return None
    ends = (shown.not_valid_before_utc, shown.not_valid_after_utc)
    first, last = (moment.astimezone(BANGKOK).date() for moment in ends)
    return first, last


def _trust(ca_pem: str | None) -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    return context


# httpx limits each single wait, not the whole call: a gateway that sends a byte now and then would block an
# officer's run for ever. So every wait on a socket is limited to the time left of the call.
_time = threading.local()


@contextmanager
def _deadline(end: float) -> Iterator[None]:
    _time.end = end
    try:
        yield
    finally:
        del _time.end


def _left(timeout: float | None, over: type[Exception]) -> float:
    left = float(getattr(_time, "end", float("inf"))) - time.monotonic()
    if left <= 0:
        raise over("the call took too long")
    return left if timeout is None else min(timeout, left)


class _Transport(httpx.BaseTransport):
    """httpx's own transport, with sockets that keep the call's deadline."""

    def __init__(self, trust: ssl.SSLContext, connections: int, backend: _Backend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        reply = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(reply.stream, Iterable)
        return httpx.Response(
            reply.status, headers=reply.headers, stream=_Body(reply), extensions=reply.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._reply.stream, Iterable)
        yield from self._reply.stream

    def close(self) -> None:
        self._reply.close()


class _Backend(httpcore.SyncBackend):
    """Connects within the call's deadline, the DNS lookup included; its connections can be ended at once."""

    def __init__(self) -> None:
        self.cutter = Cutter()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        # The system's resolver has no timeout, so its thread is left behind where it takes too long.
        connecting = Connecting(
            lambda: super(_Backend, self).connect_tcp(host, port, left, local_address, socket_options),
            lambda stream: stream.close(),
        )
        try:
            self.cutter.add(connecting)
            stream = connecting.wait(left)
            made = _Stream(stream, SocketHold(stream.get_extra_info("socket")), self.cutter)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name or the connection took too long") from None
        except ConnectionAbortedError:
            raise httpcore.ConnectError("broken off") from None
        finally:
            self.cutter.drop(connecting)
        return made


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, hold: SocketHold, cutter: Cutter) -> None:
        self._stream = stream
        self._hold = hold
        self._cutter = cutter
        try:
            cutter.add(hold)
        except ConnectionAbortedError:
            self.close()
            raise

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()
        self._cutter.drop(self._hold)
        self._hold.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            left = _left(timeout, httpcore.ConnectTimeout)
            secured = self._stream.start_tls(ssl_context, server_hostname, left)
        except BaseException:
            self.close()
            raise
        return _Stream(secured, self._hold, self._cutter)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
