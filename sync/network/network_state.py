"""The network's state as a value, so that the screen can show it without importing the probe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sync.errors import CertificateExpired, CertificateRefused, ClockWrong, NetworkProblem


class NetworkState(StrEnum):
    """The network's state, as shown to the officer."""

    ONLINE = "online"
    PORTAL = "portal"  # the network demands a sign-in first
    NO_NETWORK = "no_line"
    CENTRE_DOWN = "centre_down"  # a gateway can be reached, the centre cannot, for any reason
    CERTIFICATE = "certificate"
    CLOCK = "clock"  # this PC's date is too wrong for any certificate
    UNKNOWN = "unknown"  # no address is set, so nothing was asked


UP = (NetworkState.ONLINE, NetworkState.CENTRE_DOWN)
"""The states in which a lookup can be answered."""


@dataclass(frozen=True)
class NetworkReport:
    """One state for the officer, and the state of each side.

    `centre` and `gateways` are None where they were not asked: no address is set, or nothing waits for them.
    Of several gateways the best state counts.
    """

    state: NetworkState
    centre: NetworkState | None = None
    gateways: NetworkState | None = None


def state_of(problem: NetworkProblem) -> NetworkState:
    """The state of the network where a call failed with this problem."""
    if isinstance(problem, ClockWrong):
        return NetworkState.CLOCK
    if isinstance(problem, CertificateRefused | CertificateExpired):
        return NetworkState.CERTIFICATE
    return NetworkState.NO_NETWORK
