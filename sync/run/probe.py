"""Is there a network, and if not, what is in the way? One small call, without any secret, says which."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from store.books import Books
from store.queue.endpoints import CENTRE
from sync.errors import CertificateExpired, NetworkProblem
from sync.gateways.outcome import Kind, classify
from sync.gateways.registry import driver_kinds
from sync.network.http import Limits, Reply
from sync.network.network_state import NetworkReport, NetworkState, state_of
from sync.network.open_client import open_client
from sync.run.submissions import HEALTH_PATH

# A probe must not keep an officer waiting to hear that there is no network.
_LIMITS = Limits(connect=4.0, read=6.0, call=8.0, body=64 * 1024)
_SERVICE = "nocopy-centre"


@dataclass(frozen=True)
class _Seen:
    """What one look found; `ended` is the last day of a certificate that has ended, in words."""

    state: NetworkState
    ended: str = ""


def probe(books: Books) -> NetworkReport:
    """Ask the centre for its health, and the gateways whether they are there at all.

    The gateways are asked only where a lookup waits for one, or where the centre cannot tell: they are not
    this office's, and most of its looks are for the centre.
    """
    centre = _ask(books, CENTRE, HEALTH_PATH, _centre_state)
    if centre is not None and centre.state is NetworkState.ONLINE and not books.queue.wants(books.who.login):
        return NetworkReport(NetworkState.ONLINE, centre=NetworkState.ONLINE)
    gateways = [_ask(books, one.declaration.table, one.probe_path, one.probed) for one in driver_kinds()]
    seen = [one for one in (centre, *gateways) if one is not None]
    # Certificates that ended on different days, and all of them in use: it is this PC's date that is wrong.
    is_clock = len({one.ended for one in seen if one.ended}) > 1
    judged = [_Seen(NetworkState.CLOCK) if is_clock and one.ended else one for one in seen]
    best = min(judged[centre is not None :], key=lambda one: _WORSE.index(one.state), default=None)
    return _together(None if centre is None else judged[0], best)


# The best of several gateways counts; of what is in the way, what tells the officer most.
_WORSE = (
    NetworkState.ONLINE,
    NetworkState.PORTAL,
    NetworkState.CERTIFICATE,
    NetworkState.CLOCK,
    NetworkState.NO_NETWORK,
)


def _together(centre: _Seen | None, gateway: _Seen | None) -> NetworkReport:
    """One state of both sides: what the officer at the counter meets comes first."""
    if gateway is None:
        shown = centre or _Seen(NetworkState.UNKNOWN)
    elif (
        gateway.state is NetworkState.ONLINE
        and centre is not None
        and centre.state is not NetworkState.ONLINE
    ):
        shown = _Seen(NetworkState.CENTRE_DOWN)
    elif (
        gateway.state is NetworkState.NO_NETWORK
        and centre is not None
        and centre.state is not NetworkState.ONLINE
    ):
        shown = centre
    else:
        shown = gateway
    return NetworkReport(
        shown.state,
        centre=None if centre is None else centre.state,
        gateways=None if gateway is None else gateway.state,
    )


def _ask(books: Books, side: str, path: str, state: Callable[[Reply], NetworkState]) -> _Seen | None:
    """What one call to that side finds; None where its address is not set."""
    at = books.settings.get(f"{side}.url")
    if not at:
        return None
    url = at.rstrip("/") + path
    wire = open_client(books, side, _LIMITS)
    try:
        return _Seen(state(wire.call("GET", url)))
    except NetworkProblem as problem:
        ended = str(problem.facts["last"]) if isinstance(problem, CertificateExpired) else ""
        return _Seen(state_of(problem), ended)
    finally:
        wire.close()


def _centre_state(reply: Reply) -> NetworkState:
    if classify(CENTRE, reply.status, reply.headers, reply.body).kind is Kind.PORTAL:
        return NetworkState.PORTAL
    if reply.status != 200:
        return NetworkState.NO_NETWORK
    try:
        said = json.loads(reply.body)
    except ValueError:
        said = None
    if isinstance(said, dict) and said.get("service") == _SERVICE:
        return NetworkState.ONLINE
    return NetworkState.PORTAL  # whoever else answers 200 stands between this PC and the centre
