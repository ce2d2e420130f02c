"""Is there a line, and if not, what is in the way? Told apart by one small call, without any secret."""

from __future__ import annotations

import json
from collections.abc import Callable

from store.books import Books
from store.endpoints import CENTRE, GDX
from sync.errors import LineProblem
from sync.gdx import TOKEN_PATH
from sync.http import Limits, Reply, Wire, host_of
from sync.line_state import LineReport, LineState, state_of
from sync.outcome import Kind, classify
from sync.submissions import HEALTH_PATH

# A probe must not keep an officer waiting to hear that there is no line.
_LIMITS = Limits(connect=4.0, read=6.0, call=8.0, body=64 * 1024)
_SERVICE = "nocopy-centre"


def probe(books: Books) -> LineReport:
    """Ask the centre for its health, else the gateway whether it is there at all."""
    get = books.settings.get
    centre, gateway = get("centre.url"), get("gateways.gdx.url")
    seen = _ask(f"{centre.rstrip('/')}{HEALTH_PATH}", get("centre.ca"), _centre_state) if centre else None
    if seen is not None and seen.state is not LineState.NO_LINE:
        return seen
    if gateway is None:
        return seen or LineReport(LineState.UNKNOWN)
    beyond = _ask(f"{gateway.rstrip('/')}{TOKEN_PATH}", get("gateways.gdx.ca"), _gateway_state)
    if seen is not None and beyond.state is LineState.ONLINE:
        return LineReport(LineState.CENTRE_DOWN, seen.detail)
    return beyond


def _ask(url: str, ca_pem: str | None, state: Callable[[Reply], LineState]) -> LineReport:
    wire = Wire(ca_pem=ca_pem, limits=_LIMITS, connections=1)
    try:
        return LineReport(state(wire.call("GET", url)), host_of(url))
    except LineProblem as problem:
        return LineReport(state_of(problem), problem.detail)
    finally:
        wire.close()


def _centre_state(reply: Reply) -> LineState:
    if classify(CENTRE, reply.status, reply.headers, reply.body).kind is Kind.PORTAL:
        return LineState.PORTAL
    if reply.status != 200:
        return LineState.NO_LINE
    try:
        said = json.loads(reply.body)
    except ValueError:
        said = None
    if isinstance(said, dict) and said.get("service") == _SERVICE:
        return LineState.ONLINE
    return LineState.PORTAL  # whoever else answers 200 stands between this PC and the centre


def _gateway_state(reply: Reply) -> LineState:
    # Without a key the gateway refuses, and that proves that it is there.
    verdict = classify(GDX, reply.status, reply.headers, reply.body)
    if verdict.kind is Kind.PORTAL:
        return LineState.PORTAL
    return LineState.NO_LINE if reply.status in (502, 503, 504) else LineState.ONLINE
