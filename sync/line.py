"""Is there a line, and if not, what is in the way? Told apart by one small call, without any secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from store.books import Books
from store.endpoints import CENTRE, GDX, LINKAGE2
from sync.errors import CertificateExpired, LineProblem
from sync.gdx import TOKEN_PATH
from sync.http import Limits, Reply
from sync.line_state import LineReport, LineState, state_of
from sync.linkage2 import JOBS_PATH
from sync.open_wire import open_wire
from sync.outcome import Kind, classify
from sync.submissions import HEALTH_PATH

# A probe must not keep an officer waiting to hear that there is no line.
_LIMITS = Limits(connect=4.0, read=6.0, call=8.0, body=64 * 1024)
_SERVICE = "nocopy-centre"


@dataclass(frozen=True)
class _Seen:
    """What one look found; `ended` is the last day of a certificate that has ended, in words."""

    state: LineState
    ended: str = ""


def probe(books: Books) -> LineReport:
    """Ask the centre for its health, and the gateways whether they are there at all.

    The gateways are asked only where a lookup waits for one, or where the centre cannot tell: they are not
    this office's, and most of its looks are for the centre.
    """
    centre = _ask(books, CENTRE, HEALTH_PATH, _centre_state)
    if centre is not None and centre.state is LineState.ONLINE and not books.queue.wants(books.who.login):
        return LineReport(LineState.ONLINE, centre=LineState.ONLINE)
    gateways = [_ask(books, f"gateways.{name}", path, _gateway_state) for name, path in _GATEWAYS.items()]
    seen = [one for one in (centre, *gateways) if one is not None]
    # Certificates that ended on different days, and all of them in use: it is this PC's date that is wrong.
    is_clock = len({one.ended for one in seen if one.ended}) > 1
    told = [_Seen(LineState.CLOCK) if is_clock and one.ended else one for one in seen]
    best = min(told[centre is not None :], key=lambda one: _WORSE.index(one.state), default=None)
    return _together(None if centre is None else told[0], best)


# An address of each that a refusal without any secret answers.
_GATEWAYS = {GDX: TOKEN_PATH, LINKAGE2: JOBS_PATH}
# The best of several gateways counts; of what is in the way, what tells the officer most.
_WORSE = (LineState.ONLINE, LineState.PORTAL, LineState.CERTIFICATE, LineState.CLOCK, LineState.NO_LINE)


def _together(centre: _Seen | None, gateway: _Seen | None) -> LineReport:
    """One state of both sides: what the officer at the counter meets comes first."""
    if gateway is None:
        told = centre or _Seen(LineState.UNKNOWN)
    elif gateway.state is LineState.ONLINE and centre is not None and centre.state is not LineState.ONLINE:
        told = _Seen(LineState.CENTRE_DOWN)
    elif gateway.state is LineState.NO_LINE and centre is not None and centre.state is not LineState.ONLINE:
        told = centre
    else:
        told = gateway
    return LineReport(
        told.state,
        centre=None if centre is None else centre.state,
        gateways=None if gateway is None else gateway.state,
    )


def _ask(books: Books, side: str, path: str, state: Callable[[Reply], LineState]) -> _Seen | None:
    """What one call to that side finds; None where its address is not set."""
    at = books.settings.get(f"{side}.url")
    if not at:
        return None
    url = at.rstrip("/") + path
    wire = open_wire(books, side, _LIMITS)
    try:
        return _Seen(state(wire.call("GET", url)))
    except LineProblem as problem:
        ended = str(problem.facts["last"]) if isinstance(problem, CertificateExpired) else ""
        return _Seen(state_of(problem), ended)
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
