"""The ministry's centre in a process of its own, or without a server, and how its answers are read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from store.formats import jws
from sync.centre.judge import Centre
from sync.centre.protocol import Call, answer
from tests.rig.clock import environment
from tests.rig.office import HEAD, decide
from tests.sync.centre.centre_office import Office
from tests.sync.unit import Unit

_SERVE = """
import os, signal, sys
from pathlib import Path
from sync.centre.serve import serve
{before}
serve(Path(sys.argv[1]), 0, ready=lambda port: print(port, flush=True))
"""


@contextmanager
def running(home: Path, before: str = "") -> Iterator[httpx.Client]:
    """The centre of that home in its own process; a client that speaks to it."""
    command = [sys.executable, "-c", _SERVE.format(before=before), str(home)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(), stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, process.stderr.read() if process.stderr else ""
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
                yield client
        finally:
            process.terminate()
            rest, _ = process.communicate(timeout=30)
            assert rest == ""


class InProcess(httpx.BaseTransport):
    """A centre without a server: the same decisions, as in practice."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.method, request.url.path, dict(request.url.params), headers, request.read())
        reply = answer(self.centre, call)
        return httpx.Response(
            reply.status,
            stream=httpx.ByteStream(reply.body),
            headers={"content-type": reply.media, **reply.headers},
        )


def problem_of(reply: httpx.Response) -> str:
    """The slug of a problem, once its form has been checked."""
    assert reply.headers["content-type"] == "application/problem+json"
    told = reply.json()
    assert told.keys() - {"member"} == {"type", "title", "status", "detail"}
    assert told["status"] == reply.status_code
    assert told["detail"].isprintable()
    return str(told["type"]).removeprefix("urn:nocopy:problem:")


def receipt_of(client: httpx.Client, token: str) -> dict[str, Any]:
    """The content of a receipt, after a check of its signature with the key that the centre publishes."""
    key = client.get("/v1/health").json()["key"]
    return jws.read_compact(token, typ="nocopy-receipt+jws", key_of=lambda _kid: key).value


def bearer(office: Office) -> dict[str, str]:
    return {"Authorization": f"Bearer {office.token}"}


@contextmanager
def speaking(home: Path, unit: Unit) -> Iterator[httpx.Client]:
    """The centre of that home in its own process; the office knows its address."""
    with running(home) as client:
        unit.url = str(client.base_url).rstrip("/")
        books = unit.books(HEAD)
        if books.is_enrolled:
            decide(books, {"centre.url": unit.url})
        yield client
