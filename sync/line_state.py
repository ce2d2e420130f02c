"""What the line is like, as a value: the screen tells it, and needs nothing of what finds it out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sync.errors import CertificateExpired, CertificateRefused, ClockWrong, LineProblem


class LineState(StrEnum):
    """What the line is like."""

    ONLINE = "online"
    PORTAL = "portal"  # a network that wants a sign-in first
    NO_LINE = "no_line"
    CENTRE_DOWN = "centre_down"  # the gateways can be reached, the centre cannot, whatever is in the way
    CERTIFICATE = "certificate"
    CLOCK = "clock"  # this PC's date is too wrong for any certificate
    UNKNOWN = "unknown"  # nowhere to ask: no address is set


UP = (LineState.ONLINE, LineState.CENTRE_DOWN)
"""The states in which a lookup can be answered."""


@dataclass(frozen=True)
class LineReport:
    """One state for the officer, and what each side's own look found.

    `centre` and `gateways` are None where nobody looked: there is no address, or nothing waits for it. Of
    several gateways the best counts.
    """

    state: LineState
    centre: LineState | None = None
    gateways: LineState | None = None


def state_of(problem: LineProblem) -> LineState:
    """The line's state where a call met this problem."""
    if isinstance(problem, ClockWrong):
        return LineState.CLOCK
    if isinstance(problem, CertificateRefused | CertificateExpired):
        return LineState.CERTIFICATE
    return LineState.NO_LINE
