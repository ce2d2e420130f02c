"""Linkage 2: the Linkage Center asked directly, several services in one request, each with its own status.

The officer logs in with ThaID, the state's telephone app: the gateway names the offices, the officer chooses
one and types in what the app gave. The token (a JWT) lives in memory only and belongs to that officer.
The calls and their fields are those of one public client of the service; hosts and numbers are settings.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from reader.buddhist_date import now
from store.books import Books
from store.endpoints import LINKAGE2
from sync.answers import about_another, normalised
from sync.errors import (
    AboutAnother,
    EmptyAnswer,
    Forbidden,
    GatewayFault,
    LineProblem,
    NotConfigured,
    NoThaid,
    Refused,
)
from sync.gateway import Looked, Sends
from sync.http import Limits, Wire
from sync.open_wire import open_wire
from sync.outcome import Kind, Verdict, classify

LOGIN_PATH = "/api/center/login/"
CONFIRM_PATH = "/api/center/login/confirm"
RENEW_PATH = "/api/center/login/renew"
JOBS_PATH = "/api/center/user/job"
REQUEST_PATH = "/api/center/request/"
THAID = 2  # the loginType of the telephone app
RENEW_LEFT_S = 10 * 60.0
MOST = 8  # services in one request


@dataclass(frozen=True)
class Office:
    """An office in whose name the officer may ask."""

    id: int
    name: str


@dataclass(frozen=True)
class Route:
    """One service about one person. `service` is the gateway's number for it."""

    service: int
    query: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, body: bytes) -> Route:
        """From a lookup's frozen body; ValueError where its codes name no service."""
        wanted = json.loads(body)
        codes = wanted["route"]
        service = codes.get("service")
        if not isinstance(service, int) or isinstance(service, bool):
            raise ValueError("the document's codes are not complete")
        return cls(service, {codes.get("key", "personalID"): wanted["subject"]})


class Session:
    """One officer's log-in at the gateway, in memory alone; shared by the threads of a run."""

    def __init__(self, personal_id: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._personal_id = personal_id
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._ends = float("inf")
        self._job = ""

    @property
    def is_open(self) -> bool:
        """Whether there is a token that has not passed its end."""
        return bool(self._token) and self._monotonic() < self._ends

    def offices(self, door: Door, until: float) -> list[Office]:
        """The first step: the offices that this officer may choose. Raises the Problem that came instead."""
        value = door.asked("POST", LOGIN_PATH, until, {"loginType": THAID, "personalID": self._number()})
        found = value.get("office") if isinstance(value, dict) else None
        if not isinstance(found, list):
            raise GatewayFault("200, no offices")
        return [
            Office(one["id"], str(one.get("name", "")))
            for one in found
            if isinstance(one, dict) and isinstance(one.get("id"), int)
        ]

    def confirm(self, door: Door, office: int, access_token: str, until: float) -> None:
        """The second step: the office, and what ThaID gave. Raises the Problem that came instead."""
        body = {
            "loginType": THAID,
            "officeID": office,
            "personalID": self._number(),
            "accessToken": access_token,
        }
        value = door.asked("POST", CONFIRM_PATH, until, body, hide=(access_token,))
        token = _token_in(value)
        if not token:
            raise GatewayFault("200, no token")
        with self._lock:
            self._take(token)
            self._job = ""

    def end(self, door: Door, until: float) -> None:
        """Log out. The token is forgotten here whatever the gateway answers."""
        with self._lock:
            token, self._token, self._job = self._token, "", ""
        if token:
            with suppress(EmptyAnswer):  # there is nothing to say
                door.asked("DELETE", LOGIN_PATH, until, token=token)

    def drop(self, token: str) -> None:
        """Forget this token, unless there is a newer one already."""
        with self._lock:
            if self._token == token:
                self._token, self._job = "", ""

    def token(self, door: Door, until: float) -> str | Verdict:
        """The token, renewed where ten minutes or less are left; past its end only a new log-in helps."""
        with self._lock:
            if not self.is_open:
                self._token, self._job = "", ""
                return Verdict(Kind.NEEDS_LOGIN, NoThaid())
            if self._ends - self._monotonic() > RENEW_LEFT_S:
                return self._token
            reply = door.call("POST", RENEW_PATH, until, token=self._token)
            if reply.verdict.kind is Kind.TOKEN:
                self._token, self._job = "", ""
                return Verdict(Kind.NEEDS_LOGIN, NoThaid())
            renewed = _token_in(reply.verdict.value)
            if renewed:
                self._take(renewed)
            return self._token  # without a new one, what is left of the old one still counts

    def job(self, door: Door, token: str, wanted: str | None, until: float) -> str | Verdict:
        """The job in whose course the officer asks: the one of the settings, or the only one there is."""
        if wanted:
            return wanted
        with self._lock:
            if self._job:
                return self._job
            reply = door.call("GET", JOBS_PATH, until, token=token)
            if reply.verdict.kind is not Kind.DONE:
                return reply.verdict
            value = reply.verdict.value
            jobs = value.get("job") if isinstance(value, dict) else None
            if not isinstance(jobs, list) or not all(isinstance(one, str | int) for one in jobs):
                return Verdict(Kind.LATER, GatewayFault("200, no jobs"))
            if len(jobs) != 1:
                return Verdict(Kind.PAUSE, Forbidden(f"gateways.linkage2.job: {len(jobs)}"))
            self._job = str(jobs[0])
            return self._job

    def _take(self, token: str) -> None:
        lasts = _lifetime(token)
        self._token = token
        self._ends = float("inf") if lasts is None else self._monotonic() + lasts

    def _number(self) -> int:
        return int(self._personal_id)


@dataclass(frozen=True)
class Called:
    """What one call came to, and the milliseconds it took; `arrived` is False where nothing left this PC."""

    verdict: Verdict
    ms: int = 0
    arrived: bool = True


class Door:
    """The gateway's address, and one call at a time through it."""

    def __init__(self, wire: Wire, url: str) -> None:
        self._wire = wire
        self._url = url.rstrip("/")

    def call(
        self,
        method: str,
        path: str,
        until: float,
        body: Any = None,
        *,
        token: str = "",
        hide: Sequence[str] = (),
    ) -> Called:
        """One call and what it means, never raising for what the gateway says."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        try:
            reply = self._wire.call(method, self._url + path, headers=headers, content=content, until=until)
        except LineProblem as problem:
            return Called(classify(LINKAGE2, error=problem), arrived=problem.may_have_arrived)
        secrets = [*hide, *([token] if token else [])]
        return Called(classify(LINKAGE2, reply.status, reply.headers, reply.body, hide=secrets), reply.ms)

    def asked(
        self,
        method: str,
        path: str,
        until: float,
        body: Any = None,
        *,
        token: str = "",
        hide: Sequence[str] = (),
    ) -> Any:
        """The answer's JSON, for the steps of a log-in; raises the Problem that came instead."""
        verdict = self.call(method, path, until, body, token=token, hide=hide).verdict
        if verdict.problem is not None:
            raise NoThaid() if verdict.kind is Kind.TOKEN else verdict.problem
        return verdict.value


class Linkage2Driver:
    """gateway.Driver: Linkage 2 under one log-in, with the officer's session there.

    The steps of the log-in raise NotConfigured where no address is set, and the Problem that came instead of
    an answer. Each takes as long as a call may take.
    """

    endpoint = LINKAGE2
    name = "Linkage 2"

    def __init__(self) -> None:
        self._session: Session | None = None

    def open(self, books: Books, limits: Limits) -> Linkage2 | None:
        """Linkage 2 for a run of who has the books open; None where its address is not set."""
        url = books.settings.get("gateways.linkage2.url")
        if url is None:
            return None
        wire = open_wire(books, "gateways.linkage2", limits, Linkage2.at_once)
        return Linkage2(wire, url, self.session(books), books.settings.get("gateways.linkage2.job"))

    def session(self, books: Books) -> Session:
        """The session of who has the books open, logged in or not."""
        if self._session is None:
            self._session = Session(books.who.citizen_id)
        return self._session

    def offices(self, books: Books) -> list[Office]:
        """The first step: the offices that this officer may choose."""
        with _door(books) as (door, until):
            return self.session(books).offices(door, until)

    def confirm(self, books: Books, office: int, access_token: str) -> None:
        """The second step: the office, and what ThaID gave."""
        with _door(books) as (door, until):
            self.session(books).confirm(door, office, access_token, until)

    def log_out(self, books: Books) -> None:
        """End the session there, where there is one."""
        if self.session(books).is_open:
            with _door(books) as (door, until):
                self.session(books).end(door, until)


@contextmanager
def _door(books: Books) -> Iterator[tuple[Door, float]]:
    url = books.settings.get("gateways.linkage2.url")
    if url is None:
        raise NotConfigured(what="Linkage 2")
    limits = Limits()
    wire = open_wire(books, "gateways.linkage2", limits)
    try:
        yield Door(wire, url), time.monotonic() + limits.call
    finally:
        wire.close()


class Linkage2:
    """gateway.Gateway: one officer at Linkage 2; `job` is the setting gateways.linkage2.job."""

    at_once = 2
    most = MOST

    def __init__(self, wire: Wire, url: str, session: Session, job: str | None = None) -> None:
        self._wire = wire
        self._door = Door(wire, url)
        self._session = session
        self._job = job

    def look_up(self, asked: Sequence[bytes], sends: Sequence[Sends], until: float) -> Sequence[Looked]:
        """Ask for all of them, in as few requests as may be; an answer for each, in their order."""
        looked: dict[int, Looked] = {}
        routes: dict[int, Route] = {}
        for n, body in enumerate(asked):
            try:
                routes[n] = Route.of(body)
            except ValueError as error:
                looked[n] = Looked(Verdict(Kind.QUARANTINE, Refused(str(error))))
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
        """The same, but a token that is no longer taken is dropped, and asks for a new log-in."""
        if verdict.kind in (Kind.TOKEN, Kind.NEEDS_LOGIN):
            self._session.drop(token)
            return Verdict(Kind.NEEDS_LOGIN, NoThaid())
        return verdict


def _groups(routes: Mapping[int, Route]) -> Iterator[list[int]]:
    """The places of routes that may share a request: of one person, and each service once.

    An answer names its service alone, so two persons in one request could be taken for each other.
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
    verdict = classify(LINKAGE2, status, {}, body)
    if verdict.kind in (Kind.TOKEN, Kind.PAUSE, Kind.PORTAL, Kind.NEEDS_LOGIN):
        # The request was let in: it is this one service that is refused.
        detail = verdict.problem.detail if verdict.problem else ""
        return Verdict(Kind.QUARANTINE, Refused(detail or str(status)))
    if verdict.kind is Kind.THROTTLED:
        return Verdict(Kind.LATER, verdict.problem)
    return verdict


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _token_in(value: Any) -> str:
    """The token of an answer, or "" where there is none that could stand in a header."""
    token = value.get("token") if isinstance(value, dict) else None
    usable = isinstance(token, str) and token.isascii() and token.isprintable()
    return str(token) if usable else ""


def _lifetime(token: str) -> float | None:
    """Seconds from its making to its end, as the token itself says; None where it does not.

    Nothing is trusted on the token's word but when to renew it: the gateway refuses what it did not sign.
    """
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        made, ends = claims.get("iat", now().timestamp()), claims["exp"]
        return max(float(ends) - float(made), 0.0)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return None
