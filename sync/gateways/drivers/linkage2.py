"""Linkage 2: the Linkage Center asked directly, several services in one request, each with its own status.

The officer logs in with ThaID, the state's telephone app: the gateway lists the offices, the officer chooses
one and types the code that the app shows. The token (a JWT) is in memory only and belongs to that officer.
Source of the calls and their fields: one public client of the service. Hosts and numbers are settings.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reader.sentences import mark
from store.settings.catalogue import Channel
from store.settings.gateways import OWN_CA, URL, GatewayDeclaration, GatewaySetting, LogIn, SettingKind
from sync.errors import AboutAnother, GatewayFault, NotConfigured, NoThaid, RequestRefused
from sync.gateways.gateway import Driver, Looked, Sends
from sync.gateways.linkage2_session import ENDPOINT, JOB, JOBS_PATH, Called, Door, Session
from sync.gateways.log_in import OfficeThere, ThaidLogin
from sync.gateways.normalise import about_another, normalised
from sync.gateways.outcome import Kind, Verdict, classify

if TYPE_CHECKING:
    from store.books import Books
    from sync.network.http import HttpClient, Limits

LINKAGE2 = GatewayDeclaration(
    endpoint=ENDPOINT,
    name="Linkage 2",
    heading=mark("Linkage 2 (the Linkage Center asked directly)"),
    position=2,
    settings=(
        URL,
        GatewaySetting(
            "job",
            SettingKind.WORD,
            mark("Job there"),
            mark("the officers' job there"),
            hint=mark("Only where an officer has several"),
            optional=True,
        ),
        OWN_CA,
    ),
    routes={Channel.LINKAGE: "linkage2"},
    log_in=LogIn.THAID,
)

REQUEST_PATH = "/api/center/request/"
MOST = 8  # services in one request


@dataclass(frozen=True)
class Route:
    """One service about one person. `service` is the gateway's number for it."""

    service: int
    query: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, body: bytes) -> Route:
        """From a lookup's frozen body. Raises ValueError where its codes name no service."""
        wanted = json.loads(body)
        codes = wanted["route"]
        service = codes.get("service")
        if not isinstance(service, int) or isinstance(service, bool):
            raise ValueError("the document's codes are not complete")
        return cls(service, {codes.get("key", "personalID"): wanted["subject"]})


class Linkage2Driver(Driver):
    """Linkage 2 under one log-in, with the officer's session there. Implements log_in.ThaidLogin."""

    declaration = LINKAGE2
    probe_path = JOBS_PATH

    def __init__(self) -> None:
        self._session: Session | None = None

    def open(self, books: Books, limits: Limits) -> Linkage2 | None:
        """Linkage 2 for a run of the logged-in officer; None where its address is not set."""
        from sync.network.open_client import open_client

        url = books.settings.get(LINKAGE2.url)
        if url is None:
            return None
        wire = open_client(books, LINKAGE2.table, limits, Linkage2.at_once)
        return Linkage2(wire, url, self.session(books), books.settings.get(JOB))

    @property
    def thaid(self) -> ThaidLogin:
        return self

    def is_set_up(self, books: Books) -> bool:
        return books.settings.get(LINKAGE2.url) is not None

    def is_logged_in(self, books: Books) -> bool:
        return self.session(books).is_open

    def session(self, books: Books) -> Session:
        """The session of the officer who has the books open, whether logged in at the gateway or not."""
        if self._session is None:
            self._session = Session(books.who.citizen_id)
        return self._session

    def offices(self, books: Books) -> list[OfficeThere]:
        """The first step: the offices that this officer may choose."""
        with _door(books) as (door, until):
            return self.session(books).offices(door, until)

    def confirm(self, books: Books, office: int, access_token: str) -> None:
        """The second step: the number of the office, and the code that ThaID shows."""
        with _door(books) as (door, until):
            self.session(books).confirm(door, office, access_token, until)

    def log_out(self, books: Books) -> None:
        """End the session there, where there is one."""
        if self.is_logged_in(books):
            with _door(books) as (door, until):
                self.session(books).end(door, until)


DRIVER = Linkage2Driver


@contextmanager
def _door(books: Books) -> Iterator[tuple[Door, float]]:
    from sync.network.http import Limits
    from sync.network.open_client import open_client

    url = books.settings.get(LINKAGE2.url)
    if url is None:
        raise NotConfigured(what=LINKAGE2.name)
    limits = Limits()
    wire = open_client(books, LINKAGE2.table, limits)
    try:
        yield Door(wire, url), time.monotonic() + limits.call
    finally:
        wire.close()


class Linkage2:
    """Implements gateway.Gateway for one officer at Linkage 2; `job` is the setting of that name."""

    at_once = 2
    most = MOST

    def __init__(self, wire: HttpClient, url: str, session: Session, job: str | None = None) -> None:
        self._wire = wire
        self._door = Door(wire, url)
        self._session = session
        self._job = job

    def look_up(self, asked: Sequence[bytes], sends: Sequence[Sends], until: float) -> Sequence[Looked]:
        """Ask for all of them in as few requests as possible; one Looked for each, in their order."""
        looked: dict[int, Looked] = {}
        routes: dict[int, Route] = {}
        for n, body in enumerate(asked):
            try:
                routes[n] = Route.of(body)
            except ValueError as error:
                looked[n] = Looked(Verdict(Kind.QUARANTINE, RequestRefused(str(error))))
        for group in _groups(routes):
            answers = self._ask([routes[n] for n in group], [sends[n] for n in group], until)
            looked |= dict(zip(group, answers, strict=True))
        return [looked[n] for n in range(len(asked))]

    def has_session(self, until: float) -> bool | None:  # noqa: ARG002 - known without asking
        """Whether the officer is logged in."""
        return self._session.is_open

    def break_off(self) -> None:
        """End the calls that are under way."""
        self._wire.break_off()

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _ask(self, routes: Sequence[Route], sends: Sequence[Sends], until: float) -> list[Looked]:
        token = self._session.token(self._door, until)
        if isinstance(token, Verdict):
            return [Looked(token)] * len(routes)
        job = self._session.job(self._door, token, self._job, until)
        if isinstance(job, Verdict):
            return [Looked(self._known(job, token))] * len(routes)
        for one in sends:
            one.before()
        body = {
            "jobID": job,
            "data": [{"serviceID": route.service, "query": route.query} for route in routes],
        }
        called = self._door.call("POST", REQUEST_PATH, until, body, token=token)
        if not called.arrived:
            for one in sends:
                one.unsent()
        if called.verdict.kind is not Kind.DONE:
            return [Looked(self._known(called.verdict, token), ms=called.ms)] * len(routes)
        return [_one_of(called, route) for route in routes]

    def _known(self, verdict: Verdict, token: str) -> Verdict:
        """The verdict; where the gateway refused the token it is dropped, and a new log-in is needed."""
        if verdict.kind in (Kind.TOKEN, Kind.NEEDS_LOGIN):
            self._session.drop(token)
            return Verdict(Kind.NEEDS_LOGIN, NoThaid())
        return verdict


def _groups(routes: Mapping[int, Route]) -> Iterator[list[int]]:
    """The indices of routes that may share a request: of one person, and each service once.

    An answer names only its service, so the answers for two persons in one request could be confused.
    """
    left = list(routes)
    while left:
        first, group, services = left[0], list[int](), set[int]()
        for n in left:
            fits = routes[n].query == routes[first].query and routes[n].service not in services
            if fits and len(group) < MOST:
                group.append(n)
                services.add(routes[n].service)
        left = [n for n in left if n not in group]
        yield group


def _one_of(called: Called, route: Route) -> Looked:
    """The answer to one service of a request."""
    value = called.verdict.value
    items = value.get("data") if isinstance(value, dict) else None
    mine = [
        item
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and item.get("serviceID") == route.service
    ]
    if len(mine) != 1:
        return Looked(Verdict(Kind.LATER, GatewayFault("200, no answer for this service")), ms=called.ms)
    took = mine[0].get("responseTimeMs")
    ms = took if isinstance(took, int) and not isinstance(took, bool) and took >= 0 else called.ms
    verdict = _item_verdict(mine[0])
    if verdict.kind is not Kind.DONE:
        return Looked(verdict, ms=ms)
    fields = normalised(verdict.value)
    if about_another(fields, *route.query.values()):
        return Looked(Verdict(Kind.QUARANTINE, AboutAnother()), ms=ms)
    return Looked(verdict, fields, ms)


def _item_verdict(item: dict[str, Any]) -> Verdict:
    status, error, data = item.get("responseStatus"), item.get("responseError"), item.get("responseData")
    if not isinstance(status, int) or isinstance(status, bool):
        return Verdict(Kind.LATER, GatewayFault("200, a service without a status"))
    said: Any = data
    if error in (None, "") and isinstance(data, str) and not _is_json(data):
        error = data  # text where data should be
    if error not in (None, "") or status >= 400:
        said = error if isinstance(error, dict) else {"errorMessage": str(error or data or status)}
    body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
    verdict = classify(LINKAGE2.endpoint, status, {}, body)
    if verdict.kind in (Kind.TOKEN, Kind.PAUSE, Kind.PORTAL, Kind.NEEDS_LOGIN):
        # The request itself was accepted: only this one service is refused.
        detail = verdict.problem.detail if verdict.problem else ""
        return Verdict(Kind.QUARANTINE, RequestRefused(detail or str(status)))
    if verdict.kind is Kind.THROTTLED:
        return Verdict(Kind.LATER, verdict.problem)
    return verdict


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
