"""GDx: the token of one officer, and lookups through it (Linkage's pass-through, and companies).

The secret travels in a query string and the citizen's number too, so no URL of these calls is ever logged,
stored, shown or put in an error. The token lives in memory only, and belongs to the officer whom the
operator's own log will name.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from store.endpoints import GDX
from sync.answers import normalised
from sync.errors import Forbidden, GatewayFault, LineProblem, NoSession, TokenRefused
from sync.http import Reply, Wire
from sync.outcome import Kind, Verdict, classify

TOKEN_PATH = "/ws/auth/validate"  # noqa: S105 - a path
LINK_PATH = "/ws/dopa/linkage/v1/link"
# The gateway forgets a token after 60 minutes without use.
TOKEN_IDLE_S = 55 * 60.0


@dataclass(frozen=True)
class Address:
    """Where GDx is, and what lets this unit in. Not shown in any representation."""

    url: str = field(repr=False)
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)


@dataclass(frozen=True)
class Route:
    """What one lookup asks for: a path and its query, built from the job's frozen body."""

    path: str
    query: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, body: bytes) -> Route:
        """From a lookup's frozen body; ValueError where its codes name nothing that GDx can give."""
        wanted = json.loads(body)
        codes, subject = wanted["route"], wanted["subject"]
        try:
            if wanted["channel"] != "linkage":
                return cls(codes["path"], {codes["key"]: subject})
            names = {"OfficeID": codes["office"], "ServiceID": codes["service"], "Version": codes["version"]}
        except KeyError:
            raise ValueError("the document's codes are not complete") from None
        return cls(LINK_PATH, {**names, "CitizenID": subject})


@dataclass(frozen=True)
class Looked:
    """`fields` is the normalised answer where the verdict is DONE; `ms` the time that the gateway took."""

    verdict: Verdict
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    ms: int = 0


class Sends(Protocol):
    """Sees to it that the ledger has an attempt line before each send."""

    def before(self) -> None:
        """A lookup is about to leave this PC."""

    def unsent(self) -> None:
        """It certainly did not."""


class Tokens:
    """The tokens in memory, each of one officer, for as long as this object lives."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: dict[tuple[Address, str], tuple[str, float]] = {}

    def current(self, owner: tuple[Address, str], fetch: Callable[[], str | Verdict]) -> str | Verdict:
        """The officer's token, fetched where there is none fresh enough; threads wait for one fetch."""
        with self._lock:
            token, used_at = self._kept.get(owner, ("", 0.0))
            if not token or self._monotonic() - used_at > TOKEN_IDLE_S:
                fetched = fetch()
                if isinstance(fetched, Verdict):
                    return fetched
                token = fetched
            self._kept[owner] = token, self._monotonic()
            return token

    def drop(self, owner: tuple[Address, str], token: str) -> None:
        """Forget this token, unless another thread has a newer one already."""
        with self._lock:
            if self._kept.get(owner, ("", 0.0))[0] == token:
                del self._kept[owner]


class Gdx:
    """One officer at GDx; `agent_id` is the officer's own citizen ID. Shared by the threads of a run."""

    def __init__(self, wire: Wire, address: Address, agent_id: str, tokens: Tokens) -> None:
        self._wire = wire
        self._address = address
        self._agent_id = agent_id
        self._tokens = tokens

    def look_up(self, route: Route, sends: Sends, until: float) -> Looked:
        """Ask once; after a 401 once more with a new token. `until` is time.monotonic()'s."""
        looked = self._ask(route, sends, until)
        if looked.verdict.kind is Kind.TOKEN:
            looked = self._ask(route, sends, until)
            if looked.verdict.kind is Kind.TOKEN:
                return Looked(Verdict(Kind.NEEDS_LOGIN, TokenRefused()), ms=looked.ms)
        return looked

    def _ask(self, route: Route, sends: Sends, until: float) -> Looked:
        owner = self._address, self._agent_id
        token = self._tokens.current(owner, lambda: self._fetch_token(until))
        if isinstance(token, Verdict):
            return Looked(token)
        sends.before()
        try:
            reply = self._wire.call(
                "GET",
                self._base() + route.path,
                headers={"Consumer-Key": self._address.consumer_key, "Token": token},
                params=route.query,
                until=until,
            )
        except LineProblem as problem:
            verdict = classify(GDX, error=problem)
            if not problem.may_have_arrived:
                sends.unsent()
            return Looked(verdict)
        verdict = self._verdict(reply, token)
        if verdict.kind in (Kind.TOKEN, Kind.NEEDS_LOGIN):
            # Also without a card session: a stale one would live on with the old token.
            self._tokens.drop(owner, token)
        if verdict.kind is Kind.DONE:
            return Looked(verdict, normalised(verdict.value), reply.ms)
        return Looked(verdict, ms=reply.ms)

    def _fetch_token(self, until: float) -> str | Verdict:
        try:
            reply = self._wire.call(
                "GET",
                self._base() + TOKEN_PATH,
                headers={"Consumer-Key": self._address.consumer_key},
                params={"ConsumerSecret": self._address.consumer_secret, "AgentID": self._agent_id},
                until=until,
            )
        except LineProblem as problem:
            return classify(GDX, error=problem)
        return _token_of(reply, self._verdict(reply))

    def _verdict(self, reply: Reply, *more: str) -> Verdict:
        secrets = (self._address.consumer_secret, self._address.consumer_key, *more)
        return classify(GDX, reply.status, reply.headers, reply.body, hide=secrets)

    def _base(self) -> str:
        return self._address.url.rstrip("/")


def _token_of(reply: Reply, verdict: Verdict) -> str | Verdict:
    if verdict.kind is Kind.TOKEN:
        return Verdict(Kind.NEEDS_LOGIN, TokenRefused())
    if verdict.kind is Kind.NOT_FOUND:
        # "No such person" is the officer here, whom the card session does not know.
        return Verdict(Kind.NEEDS_LOGIN, NoSession())
    if verdict.kind is Kind.QUARANTINE and verdict.problem:
        # What is refused is this unit's access, not any one job.
        return Verdict(Kind.PAUSE, Forbidden(verdict.problem.detail))
    if verdict.kind is not Kind.DONE:
        return verdict
    token = verdict.value.get("Result") if isinstance(verdict.value, dict) else None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        return Verdict(Kind.LATER, GatewayFault(f"{reply.status}, no token"))
    return token
