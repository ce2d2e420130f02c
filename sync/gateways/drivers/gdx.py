"""GDx: an officer's token, and lookups with it (of the Linkage Center through GDx, and of companies).

GDx takes the secret and the citizen's number in the query string, so no URL of these calls is ever logged,
stored, shown or put in an error. A token is in memory only and belongs to one officer, because the operator's
log names the token's owner.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reader.sentences import mark
from store.books import Books
from store.settings.catalogue import Channel
from store.settings.gateways import OWN_CA, URL, GatewayDeclaration, GatewaySetting, LogIn, SettingKind
from sync.errors import (
    AboutAnother,
    Forbidden,
    GatewayFault,
    NetworkProblem,
    NoSession,
    Problem,
    RequestRefused,
    TokenRefused,
)
from sync.gateways.gateway import Driver, Looked, Sends
from sync.gateways.log_in import CardSession, SessionState
from sync.gateways.normalise import about_another, normalised, with_file
from sync.gateways.outcome import NO_SUCH_PERSON, Kind, Verdict, classify

if TYPE_CHECKING:
    from store.books import Books
    from sync.network.http import HttpClient, Limits, Reply

GDX = GatewayDeclaration(
    endpoint="gdx",
    name="GDx",
    heading=mark("GDx (the Linkage Center through it, too)"),
    position=1,
    settings=(
        URL,
        GatewaySetting("consumer_key", SettingKind.SECRET, mark("Consumer key"), mark("consumer key")),
        GatewaySetting(
            "consumer_secret", SettingKind.SECRET, mark("Consumer secret"), mark("consumer secret")
        ),
        OWN_CA,
    ),
    routes={Channel.LINKAGE: "linkage", Channel.GDX: "gdx", Channel.LASER: "laser"},
    log_in=LogIn.GOVAMI,
    company_keys=("JuristicID",),
)

TOKEN_PATH = "/ws/auth/validate"  # noqa: S105 - a path
LINK_PATH = "/ws/dopa/linkage/v1/link"
PERMISSION_PATH = "/ws/dopa/linkage/v1/agent/permission"
LASER_PATH = "/ws/dopa/verification/personal"
NOBODY = "0" * 13  # how the gateway writes a missing number
# The two refusals that are answers to a laser number, recognised by the number in brackets.
_LASER_NO = re.compile(r"\[([24])\]")
_LASER_SAYS = {"2": "cancelled", "4": "mismatch"}
# The gateway forgets a token after 60 minutes without use.
TOKEN_IDLE_S = 55 * 60.0


@dataclass(frozen=True)
class Address:
    """The address of GDx and this unit's credentials. Its repr shows none of them."""

    url: str = field(repr=False)
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)


@dataclass(frozen=True)
class Route:
    """The request of one lookup, from the job's frozen body: a path, its query, and a body for a POST."""

    path: str
    query: dict[str, str] = field(repr=False)
    body: dict[str, str] | None = field(default=None, repr=False)
    subject: str = field(default="", repr=False)

    @classmethod
    def of(cls, body: bytes) -> Route:
        """From a lookup's frozen body. Raises ValueError where its codes name no document of GDx.

        A document of the Linkage Center is requested by GET with the citizen's number or, where its codes
        hold a `key`, by POST with that key. Other documents name their own `path` and `key`, and further
        query parameters in `with`. For the laser number the body holds the card's values.
        """
        wanted = json.loads(body)
        codes, subject = wanted["route"], wanted["subject"]
        try:
            if wanted["channel"] == Channel.LASER:
                return cls(LASER_PATH, {"CitizenID": subject, **_card_face(wanted["face"])}, None, subject)
            if wanted["channel"] != Channel.LINKAGE:
                more = {str(name): str(value) for name, value in codes.get("with", {}).items()}
                return cls(codes["path"], {**more, codes["key"]: subject}, None, subject)
            names = {"OfficeID": codes["office"], "ServiceID": codes["service"], "Version": codes["version"]}
        except KeyError:
            raise ValueError("the document's codes are not complete") from None
        if "key" in codes:
            return cls(LINK_PATH, names, {codes["key"]: subject}, subject)
        return cls(LINK_PATH, {**names, "CitizenID": subject}, None, subject)


def _card_face(face: dict[str, str]) -> dict[str, str]:
    return {
        "FirstName": face["first"],
        "LastName": face["last"],
        "BEBirthDate": face["birth"],
        "LaserCode": face["laser"],
    }


class Tokens:
    """The officers' tokens, in memory for the lifetime of this object."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: dict[tuple[Address, str], tuple[str, float]] = {}

    def current(self, owner: tuple[Address, str], fetch: Callable[[], str | Verdict]) -> str | Verdict:
        """The officer's token, fetched where there is no fresh one; other threads wait for that fetch."""
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


class GdxDriver(Driver):
    """GDx under one log-in, with its tokens."""

    declaration = GDX
    probe_path = TOKEN_PATH

    def __init__(self) -> None:
        self._tokens = Tokens()

    def open(self, books: Books, limits: Limits) -> Gdx | None:
        """GDx for a run of the logged-in officer; None where its address or its secret is not set."""
        from sync.network.open_client import open_client

        url, key, secret = (
            books.settings.get(f"{GDX.table}.{name}") for name in ("url", "consumer_key", "consumer_secret")
        )
        if url is None or key is None or secret is None:
            return None
        wire = open_client(books, GDX.table, limits, Gdx.at_once)
        return Gdx(wire, Address(url, key, secret), books.who.citizen_id, self._tokens)

    def card_session(self, books: Books, limits: Limits) -> CardSession | None:
        """Who is logged in at GovAMI, asked for the logged-in officer; None where GDx is not set up.

        Raises a Problem where the gateway does not say.
        """
        gateway = self.open(books, limits)
        if gateway is None:
            return None
        try:
            return gateway.session(time.monotonic() + limits.call)
        finally:
            gateway.close()


DRIVER = GdxDriver


class Gdx:
    """Implements gateway.Gateway for one officer at GDx; `agent_id` is the officer's own citizen ID."""

    at_once = 4
    most = 1

    def __init__(self, wire: HttpClient, address: Address, agent_id: str, tokens: Tokens) -> None:
        self._wire = wire
        self._address = address
        self._agent_id = agent_id
        self._tokens = tokens

    def look_up(self, asked: Sequence[bytes], sends: Sequence[Sends], until: float) -> Sequence[Looked]:
        """Ask once, and after a 401 once more with a new token. `until` is a time.monotonic() time."""
        return [self._look_up(body, one, until) for body, one in zip(asked, sends, strict=True)]

    def has_session(self, until: float) -> bool | None:
        """Whether this officer is logged in at GovAMI; None where the gateway does not say."""
        try:
            found = self.session(until)
        except Problem:
            return None
        return found.state is not SessionState.NOBODY and found.agent_id in (None, self._agent_id)

    def session(self, until: float) -> CardSession:
        """Who is logged in at GovAMI. Raises a Problem where GDx does not say. Asks for no citizen's data."""
        query = {"Consumer": self._address.consumer_key, "CitizenID": self._agent_id}
        got = self._get(Route(PERMISSION_PATH, query), until, None)
        if got.verdict.kind is Kind.TOKEN:
            got = self._get(Route(PERMISSION_PATH, query), until, None)
        if got.verdict.kind is Kind.TOKEN:
            raise TokenRefused
        if got.verdict.problem is not None:
            raise got.verdict.problem
        return _session_of(got.verdict.value)

    def break_off(self) -> None:
        """End the calls that are under way."""
        self._wire.break_off()

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _look_up(self, body: bytes, sends: Sends, until: float) -> Looked:
        try:
            route = Route.of(body)
        except ValueError as error:
            return Looked(Verdict(Kind.QUARANTINE, RequestRefused(str(error))))
        looked = self._ask(route, sends, until)
        if looked.verdict.kind is Kind.TOKEN:
            looked = self._ask(route, sends, until)
            if looked.verdict.kind is Kind.TOKEN:
                return Looked(Verdict(Kind.NEEDS_LOGIN, TokenRefused()), ms=looked.ms)
        return looked

    def _ask(self, route: Route, sends: Sends, until: float) -> Looked:
        got = self._get(route, until, sends)
        if got.verdict.kind is not Kind.DONE:
            return Looked(got.verdict, ms=got.ms)
        try:
            fields = with_file(normalised(got.verdict.value))
        except ValueError as error:
            return Looked(Verdict(Kind.LATER, GatewayFault(f"200, {error}")), ms=got.ms)
        if about_another(fields, route.subject):
            return Looked(Verdict(Kind.QUARANTINE, AboutAnother()), ms=got.ms)
        return Looked(got.verdict, fields, got.ms)

    def _get(self, route: Route, until: float, sends: Sends | None) -> _Got:
        """One call with the officer's token; `sends` is given where the call names a citizen."""
        owner = self._address, self._agent_id
        token = self._tokens.current(owner, lambda: self._fetch_token(until))
        if isinstance(token, Verdict):
            return _Got(token)
        if sends is not None:
            sends.before()
        headers = {"Consumer-Key": self._address.consumer_key, "Token": token}
        content = None
        if route.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(route.body).encode()
        try:
            reply = self._wire.call(
                "GET" if content is None else "POST",
                self._base() + route.path,
                headers=headers,
                params=route.query,
                content=content,
                until=until,
            )
        except NetworkProblem as problem:
            if sends is not None and not problem.may_have_arrived:
                sends.unsent()
            return _Got(classify(GDX.endpoint, error=problem))
        laser = _laser_verdict(reply) if route.path == LASER_PATH else None
        verdict = laser or self._verdict(reply, token)
        if verdict.kind in (Kind.TOKEN, Kind.NEEDS_LOGIN):
            # Dropped also where there is no card session, because the old token would keep a stale session.
            self._tokens.drop(owner, token)
        return _Got(verdict, reply.ms)

    def _fetch_token(self, until: float) -> str | Verdict:
        try:
            reply = self._wire.call(
                "GET",
                self._base() + TOKEN_PATH,
                headers={"Consumer-Key": self._address.consumer_key},
                params={"ConsumerSecret": self._address.consumer_secret, "AgentID": self._agent_id},
                until=until,
            )
        except NetworkProblem as problem:
            return classify(GDX.endpoint, error=problem)
        return _token_of(reply, self._verdict(reply))

    def _verdict(self, reply: Reply, *more: str) -> Verdict:
        secrets = (self._address.consumer_secret, self._address.consumer_key, *more)
        return classify(GDX.endpoint, reply.status, reply.headers, reply.body, hide=secrets)

    def _base(self) -> str:
        return self._address.url.rstrip("/")


@dataclass(frozen=True)
class _Got:
    verdict: Verdict
    ms: int = 0


def _session_of(value: Any) -> CardSession:
    if not isinstance(value, dict):
        raise GatewayFault("200, no session")
    try:
        state = SessionState(str(value.get("SessionState")))
    except ValueError:
        raise GatewayFault("200, a session in an unknown state") from None
    named = [value.get(name) for name in ("AgentID", "CitizenID")]
    agent, citizen = (one if isinstance(one, str) and one != NOBODY else None for one in named)
    return CardSession(state, agent, citizen if state is SessionState.CITIZEN else None)


def _laser_verdict(reply: Reply) -> Verdict | None:
    """The verdict on a refused check, which is an answer sent as a 500; None for any other reply."""
    found = _LASER_NO.search(reply.body.decode("utf-8", "replace")) if reply.status == 500 else None
    if found is None:
        return None
    return Verdict(Kind.DONE, value={"Result": False, "Reason": _LASER_SAYS[found[1]]})


def _token_of(reply: Reply, verdict: Verdict) -> str | Verdict:
    if verdict.kind is Kind.TOKEN:
        return Verdict(Kind.NEEDS_LOGIN, TokenRefused())
    if verdict.kind is Kind.NOT_FOUND:
        if not NO_SUCH_PERSON.search(reply.body.decode("utf-8", "replace")):
            # Only nulls: for a lookup that means "not found", here that no token came.
            return Verdict(Kind.LATER, GatewayFault(f"{reply.status}, no token"))
        # "No such person" means the officer here, who has no card session.
        return Verdict(Kind.NEEDS_LOGIN, NoSession())
    if verdict.kind is Kind.QUARANTINE and verdict.problem:
        # The gateway refuses this unit's access, not one job.
        return Verdict(Kind.PAUSE, Forbidden(verdict.problem.detail))
    if verdict.kind is not Kind.DONE:
        return verdict
    token = verdict.value.get("Result") if isinstance(verdict.value, dict) else None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        return Verdict(Kind.LATER, GatewayFault(f"{reply.status}, no token"))
    return token
