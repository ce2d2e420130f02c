"""Is there a line, and if not, what is in the way? Told apart by one small call, without any secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from store.books import Books
from store.endpoints import CENTRE, GDX, LINKAGE2
from sync.errors import LineProblem
from sync.gdx import TOKEN_PATH
from sync.http import Limits, Reply, Wire, host_of
from sync.line_state import LineReport, LineState, state_of
from sync.linkage2 import JOBS_PATH
from sync.outcome import Kind, classify
from sync.submissions import HEALTH_PATH

# A probe must not keep an officer waiting to hear that there is no line.
_LIMITS = Limits(connect=4.0, read=6.0, call=8.0, body=64 * 1024)
_SERVICE = "nocopy-centre"


@dataclass(frozen=True)
class _Seen:
    """What one look found."""

    state: LineState
    detail: str


def probe(books: Books) -> LineReport:
    """Ask the centre for its health, and the gateways whether they are there at all.

    The gateways are asked only where a lookup waits for one, or where the centre cannot tell: they are not
    this office's, and most of its looks are for the centre.
    """
    get = books.settings.get
    url = get("centre.url")
    centre = _ask(f"{url.rstrip('/')}{HEALTH_PATH}", get("centre.ca"), _centre_state) if url else None
    if centre is not None and centre.state is LineState.ONLINE and not books.queue.wants(books.who.login):
        return LineReport(LineState.ONLINE, centre.detail, centre=LineState.ONLINE)
    gateways = [
        _ask(f"{at.rstrip('/')}{path}", get(f"gateways.{name}.ca"), _gateway_state)
        for name, path in _GATEWAYS.items()
        if (at := get(f"gateways.{name}.url")) is not None
    ]
    return _together(centre, min(gateways, key=lambda seen: _WORSE.index(seen.state), default=None))


# An address of each that a refusal without any secret answers.
_GATEWAYS = {GDX: TOKEN_PATH, LINKAGE2: JOBS_PATH}
# The best of several gateways counts; of what is in the way, what tells the officer most.
_WORSE = (LineState.ONLINE, LineState.PORTAL, LineState.CERTIFICATE, LineState.CLOCK, LineState.NO_LINE)


def _together(centre: _Seen | None, gateway: _Seen | None) -> LineReport:
    """One state of both sides: what the officer at the counter meets comes first."""
    if gateway is None:
        told = centre or _Seen(LineState.UNKNOWN, "")
    elif gateway.state is LineState.ONLINE and centre is not None and centre.state is not LineState.ONLINE:
        told = _Seen(LineState.CENTRE_DOWN, centre.detail)
    elif gateway.state is LineState.NO_LINE and centre is not None and centre.state is not LineState.ONLINE:
        told = centre
    else:
        told = gateway
    return LineReport(
        told.state,
        told.detail,
        centre=None if centre is None else centre.state,
        gateways=None if gateway is None else gateway.state,
    )


def _ask(url: str, ca_pem: str | None, state: Callable[[Reply], LineState]) -> _Seen:
    wire = Wire(ca_pem=ca_pem, limits=_LIMITS, connections=1)
    try:
        return _Seen(state(wire.call("GET", url)), host_of(url))
    except LineProblem as problem:
        return _Seen(state_of(problem), problem.detail)
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
