"""Finds the network's state, and the obstacle where it is down, by one small call without any secret."""

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

# Short, because an officer waits to learn that there is no network.
_LIMITS = Limits(connect=4.0, read=6.0, call=8.0, body=64 * 1024)
_SERVICE = "nocopy-centre"


@dataclass(frozen=True)
class _Seen:
    """What one call found; `ended` is the last day of an expired certificate, as text."""

    state: NetworkState
    ended: str = ""


def probe(books: Books) -> NetworkReport:
    """Ask the centre for its health, and whether the gateways answer.

    The gateways are asked only where a lookup waits or the centre is not up. They belong to others, and a
    probe that needs only the centre should not load them.
    """
    centre = _ask(books, CENTRE, HEALTH_PATH, _centre_state)
    if centre is not None and centre.state is NetworkState.ONLINE and not books.queue.wants(books.who.login):
        return NetworkReport(NetworkState.ONLINE, centre=NetworkState.ONLINE)
    gateways = [_ask(books, one.declaration.table, one.probe_path, one.probed) for one in driver_kinds()]
    seen = [one for one in (centre, *gateways) if one is not None]
    # Certificates that expired on different days are all in use, so this PC's date must be wrong.
    is_clock = len({one.ended for one in seen if one.ended}) > 1
    judged = [_Seen(NetworkState.CLOCK) if is_clock and one.ended else one for one in seen]
    best = min(judged[centre is not None :], key=lambda one: _WORSE.index(one.state), default=None)
    return _together(None if centre is None else judged[0], best)


# The states from best to worst. Of several gateways the best counts; the most specific failure comes first.
_WORSE = (
    NetworkState.ONLINE,
    NetworkState.PORTAL,
    NetworkState.CERTIFICATE,
    NetworkState.CLOCK,
    NetworkState.NO_NETWORK,
)


def _together(centre: _Seen | None, gateway: _Seen | None) -> NetworkReport:
    """One state of both sides. The gateway's decides mostly, because the counter needs it."""
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
    """The result of one call to that side; None where its address is not set."""
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
    return NetworkState.PORTAL  # another server answered in the centre's place
