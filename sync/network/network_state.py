"""What the network is like, as a value: the screen shows it, and needs nothing of what finds it out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sync.errors import CertificateExpired, CertificateRefused, ClockWrong, NetworkProblem


class NetworkState(StrEnum):
    """What the network is like."""

    ONLINE = "online"
    PORTAL = "portal"  # a network that wants a sign-in first
    NO_NETWORK = "no_line"
    CENTRE_DOWN = "centre_down"  # the gateways can be reached, the centre cannot, whatever is in the way
    CERTIFICATE = "certificate"
    CLOCK = "clock"  # this PC's date is too wrong for any certificate
    UNKNOWN = "unknown"  # nowhere to ask: no address is set


UP = (NetworkState.ONLINE, NetworkState.CENTRE_DOWN)
"""The states in which a lookup can be answered."""


@dataclass(frozen=True)
class NetworkReport:
    """One state for the officer, and what each side's own look found.

    `centre` and `gateways` are None where nobody looked: there is no address, or nothing waits for it. Of
    several gateways the best counts.
    """

    state: NetworkState
    centre: NetworkState | None = None
    gateways: NetworkState | None = None


def state_of(problem: NetworkProblem) -> NetworkState:
    """The state of the network where a call met this problem."""
    if isinstance(problem, ClockWrong):
        return NetworkState.CLOCK
    if isinstance(problem, CertificateRefused | CertificateExpired):
        return NetworkState.CERTIFICATE
    return NetworkState.NO_NETWORK
