"""What the engine needs of a gateway. Each gateway is a driver behind these few calls, and knows no queue.

A driver lives as long as its engine (one log-in) and holds what must outlive a run: tokens and sessions, in
memory only. For each run it opens a gateway: one officer's connections to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from store.books import Books
from sync.http import Limits
from sync.outcome import Verdict


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
        """Ask once for these requests (frozen bodies of lookups, store/visit.py); one Looked for each.

        Each has its own Sends: `before()` is called before each time that it goes over the line, so also
        before the second try with a new token; never for calls that name no citizen (tokens, sessions).
        `until` is time.monotonic()'s. Trouble comes back as a verdict: nothing of it is raised.
        """

    def has_session(self, until: float) -> bool | None:
        """Is the officer logged in there now, so that what needs a log-in may go? None: it cannot tell."""

    def break_off(self) -> None:
        """End the calls that are under way, from any thread; later ones fail at once."""

    def close(self) -> None:
        """Close the connections, at the end of the run."""


class Driver(Protocol):
    """One kind of gateway under one log-in."""

    endpoint: str
    """The endpoint of its jobs in the queue (store/endpoints.py)."""
    name: str
    """As people know it."""

    def open(self, books: Books, limits: Limits) -> Gateway | None:
        """The gateway for a run of who has the books open; None where its address is not set."""
