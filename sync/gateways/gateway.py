"""The interface between the engine and the gateways. A gateway's driver does not know the queue.

A driver lives as long as its engine (one log-in) and holds tokens and sessions, in memory only, because they
outlive a run. For each run it opens a Gateway: one officer's connections.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sync.gateways.outcome import Kind, Verdict, classify
from sync.network.network_state import NetworkState

if TYPE_CHECKING:
    from store.books import Books
    from store.settings.gateways import GatewayDeclaration
    from sync.gateways.log_in import CardSession, ThaidLogin
    from sync.network.http import Limits, Reply


@dataclass(frozen=True)
class Looked:
    """The result of one request: `fields` is the normalised answer where the verdict is DONE.

    `ms` is the gateway's time in milliseconds.
    """

    verdict: Verdict
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    ms: int = 0


class Sends(Protocol):
    """Makes sure that the ledger has an attempt line of one request before each of its sends."""

    def before(self) -> None:
        """To be called before the request leaves this PC. Its exceptions must reach the engine."""

    def unsent(self) -> None:
        """To be called where the request certainly did not leave this PC after all."""


class Gateway(Protocol):
    """One officer at one gateway during one run; several threads may call it at once."""

    at_once: int
    """The largest number of concurrent calls."""
    most: int
    """The largest number of requests, all of one visit, that look_up() takes; the engine never gives more."""

    def look_up(self, asked: Sequence[bytes], sends: Sequence[Sends], until: float) -> Sequence[Looked]:
        """Ask once for these requests (frozen bodies, store/counter/visit.py); one Looked for each.

        Each request has its own Sends. Its `before()` is called before each send, so also before a second
        try with a new token, but not for calls that name no citizen (tokens, sessions). `until` is a
        time.monotonic() time. Failures are returned as verdicts, not raised.
        """

    def has_session(self, until: float) -> bool | None:
        """Whether the officer is logged in there now; None where the gateway does not say."""

    def break_off(self) -> None:
        """End the running calls, from any thread; later ones fail at once."""

    def close(self) -> None:
        """Close the connections, at the end of the run."""


class Driver(ABC):
    """One kind of gateway during one log-in. It is constructed without arguments at the log-in."""

    declaration: ClassVar[GatewayDeclaration]
    """Its name, settings, routes and log-in, for the books and the screens."""
    probe_path: ClassVar[str]
    """The path, appended to its address, that shows without any secret whether the gateway is reachable."""

    @property
    def endpoint(self) -> str:
        """The endpoint of its jobs in the queue."""
        return self.declaration.endpoint

    @property
    def name(self) -> str:
        """The name that people know it by."""
        return self.declaration.name

    @abstractmethod
    def open(self, books: Books, limits: Limits) -> Gateway | None:
        """The gateway for a run of the logged-in officer; None where it is not set up."""

    def card_session(self, books: Books, limits: Limits) -> CardSession | None:  # noqa: ARG002 - for GovAMI alone
        """Who is logged in at GovAMI; None where it is not set up, or the officer logs in otherwise.

        Raises a Problem where the gateway does not say.
        """
        return None

    @property
    def thaid(self) -> ThaidLogin | None:
        """The log-in with the ThaID app; None where the officer logs in otherwise."""
        return None

    @classmethod
    def probed(cls, reply: Reply) -> NetworkState:
        """The network's state by the answer at `probe_path`; a refusal too proves that the gateway is up."""
        verdict = classify(cls.declaration.endpoint, reply.status, reply.headers, reply.body)
        if verdict.kind is Kind.PORTAL:
            return NetworkState.PORTAL
        return NetworkState.NO_NETWORK if reply.status in (502, 503, 504) else NetworkState.ONLINE
