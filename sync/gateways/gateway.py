"""What the engine needs of a gateway. Each gateway is a driver behind these few calls, and knows no queue.

A driver lives as long as its engine (one log-in) and holds what must outlive a run: tokens and sessions, in
memory only. For each run it opens a gateway: one officer's connections to it.
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
    """What came of one request: `fields` is the normalised answer where the verdict is DONE.

    `ms` is the time that the gateway took.
    """

    verdict: Verdict
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    ms: int = 0


class Sends(Protocol):
    """Sees to it that the ledger has an attempt line of one request before each of its sends."""

    def before(self) -> None:
        """It is about to leave this PC. What this raises goes through to the engine."""

    def unsent(self) -> None:
        """It certainly did not."""


class Gateway(Protocol):
    """One officer at one gateway during one run; all its calls may come from several threads at once."""

    at_once: int
    """How many calls may be under way side by side."""
    most: int
    """How many requests of one visit look_up() takes at once; the engine never gives more."""

    def look_up(self, asked: Sequence[bytes], sends: Sequence[Sends], until: float) -> Sequence[Looked]:
        """Ask once for these requests (frozen bodies, store/counter/visit.py); one Looked for each.

        Each has its own Sends: `before()` is called before each time that it is sent, so also
        before the second try with a new token; never for calls that name no citizen (tokens, sessions).
        `until` is time.monotonic()'s. Trouble comes back as a verdict: nothing of it is raised.
        """

    def has_session(self, until: float) -> bool | None:
        """Is the officer logged in there now, so that what needs a log-in may go? None: it cannot tell."""

    def break_off(self) -> None:
        """End the calls that are under way, from any thread; later ones fail at once."""

    def close(self) -> None:
        """Close the connections, at the end of the run."""


class Driver(ABC):
    """One kind of gateway under one log-in: made at the log-in without arguments, gone with it."""

    declaration: ClassVar[GatewayDeclaration]
    """Its name, settings, routes and log-in, as the books and the screens need them."""
    probe_path: ClassVar[str]
    """What to ask for, after its address, to see whether it is there at all: without any secret."""

    @property
    def endpoint(self) -> str:
        """The endpoint of its jobs in the queue."""
        return self.declaration.endpoint

    @property
    def name(self) -> str:
        """As people know it."""
        return self.declaration.name

    @abstractmethod
    def open(self, books: Books, limits: Limits) -> Gateway | None:
        """The gateway for a run of who has the books open; None where it is not set up."""

    def card_session(self, books: Books, limits: Limits) -> CardSession | None:  # noqa: ARG002 - for GovAMI alone
        """Who is logged in at GovAMI; None where it is not set up, or the officer logs in otherwise.

        Raises the Problem that came instead.
        """
        return None

    @property
    def thaid(self) -> ThaidLogin | None:
        """The log-in with the ThaID app; None where the officer logs in otherwise."""
        return None

    @classmethod
    def probed(cls, reply: Reply) -> NetworkState:
        """What the answer at `probe_path` says of the network: a refusal proves that the gateway is there."""
        verdict = classify(cls.declaration.endpoint, reply.status, reply.headers, reply.body)
        if verdict.kind is Kind.PORTAL:
            return NetworkState.PORTAL
        return NetworkState.NO_NETWORK if reply.status in (502, 503, 504) else NetworkState.ONLINE
