"""The practice gateway: answers like GDx and the Linkage Center, about invented people only."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from reader.citizen_id import is_valid
from sync.gateways.drivers.gdx import LASER_PATH, LINK_PATH, NOBODY, PERMISSION_PATH, TOKEN_PATH
from sync.gateways.log_in import SessionState
from sync.network.loopback import Handler, Loopback
from sync.practice.register import BY_ID, COMPANY, COMPANY_FIELDS, REGISTERS

CONSUMER_KEY = "practice-key"
CONSUMER_SECRET = "practice-secret"  # noqa: S105 - opens nothing but this
JURISTIC_PATH = "/ws/dbd/juristic/v4/profile/information"
LASER_CODE = "JT1234567890"  # on the back of every invented card
OFFICE = "00023"


class Fault(StrEnum):
    """The faults that the gateway can be set to."""

    HTML = "html"  # 200 with a log-in page, as a hotel's network sends
    REDIRECT = "redirect"
    TOKEN_ONCE = "token_once"  # noqa: S105 - the next lookup's token is refused, once
    NO_SESSION = "no_session"  # 90001: nobody is logged in at GovAMI
    ERROR_500 = "error_500"
    BUSY = "busy"  # 503 with Retry-After: 1
    SILENT = "silent"  # takes the lookup and never answers, until the network is cut


class PracticeGateway:
    """GDx with the Linkage Center behind it. `fault` may be set at any time; `lookups` counts what arrived.

    `session` is the answer of agent/permission: GovAMI's state, the officer's number (None for the one who
    asks), and the citizen's.
    """

    def __init__(self, port: int = 0, *, delay_s: float = 0.0, fault: Fault | None = None) -> None:
        self.fault = fault
        self.lookups = 0
        self.session: tuple[str, str | None, str] = (SessionState.OFFICER, None, NOBODY)
        self.delay_s = delay_s
        self._lock = threading.Lock()
        self._tokens: set[str] = set()
        self._cut = threading.Event()
        self._loopback = Loopback(_handler(self._answer), port)

    @property
    def url(self) -> str:
        return self._loopback.url

    def start(self) -> None:
        self._cut.clear()
        self._loopback.start()

    def stop(self) -> None:
        self._cut.set()
        self._loopback.stop()

    def _answer(
        self, path: str, query: dict[str, str], key: str, token: str, body: bytes | None
    ) -> tuple[int, Any]:
        if self.fault is Fault.HTML:
            return 200, "<!DOCTYPE html><html><title>Free Wi-Fi</title><form>...</form></html>"
        if self.fault is Fault.REDIRECT:
            return 302, ""
        if key != CONSUMER_KEY:
            return 403, {"Message": "ForbiddenException: consumer not found"}
        if path == TOKEN_PATH:
            return self._validate(query)
        if path == PERMISSION_PATH:
            return self._permission(query, token)
        with self._lock:
            self.lookups += 1
        self._take_time(self.delay_s)
        with self._lock:
            known = token in self._tokens
            if self.fault is Fault.TOKEN_ONCE:
                self.fault, known = None, False
                self._tokens.discard(token)
        if not known:
            return 401, {"Message": "UnauthorizedException: token not found"}
        return self._faulty() or _data(path, query, body)

    def _permission(self, query: dict[str, str], token: str) -> tuple[int, Any]:
        if token not in self._tokens:
            return 401, {"Message": "UnauthorizedException: token not found"}
        state, agent, citizen = self.session
        if self.fault is Fault.NO_SESSION:
            state = SessionState.NOBODY
        present = state != SessionState.NOBODY
        agent = (agent or query.get("CitizenID", NOBODY)) if present else NOBODY
        citizen = citizen if state == SessionState.CITIZEN else NOBODY
        return 200, {"AgentID": agent, "CitizenID": citizen, "SessionState": state}

    def _validate(self, query: dict[str, str]) -> tuple[int, Any]:
        if query.get("ConsumerSecret") != CONSUMER_SECRET:
            return 401, {"Message": "UnauthorizedException: consumer secret not valid"}
        if not is_valid(query.get("AgentID", "")):
            return 400, {"Message": "BadRequestException: AgentID"}
        token = str(uuid.uuid4())
        with self._lock:
            self._tokens.add(token)
        return 200, {"Result": token}

    def _faulty(self) -> tuple[int, Any] | None:
        if self.fault is Fault.NO_SESSION:
            return 500, {"Code": "90001", "Message": "Agent is not logged in"}
        if self.fault is Fault.ERROR_500:
            return 500, {"Message": "InternalServerError"}
        if self.fault is Fault.BUSY:
            return 503, {"Message": "ServiceUnavailable"}
        if self.fault is Fault.SILENT:
            self._take_time(None)
        return None

    def _take_time(self, seconds: float | None) -> None:
        """Wait so many seconds (None: for ever). A cut network ends the wait, and then there is no reply."""
        if self._cut.wait(seconds):
            raise ConnectionAbortedError


_Answering = Callable[[str, dict[str, str], str, str, bytes | None], tuple[int, Any]]


def _handler(answer: _Answering) -> type[Handler]:
    class GatewayHandler(Handler):
        def do_GET(self) -> None:  # noqa: N802 - the standard library's name
            self._go(None)

        def do_POST(self) -> None:  # noqa: N802
            self._go(self.body())

        def _go(self, body: bytes | None) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = self.headers
            status, said = answer(
                parts.path, query, headers.get("Consumer-Key", ""), headers.get("Token", ""), body
            )
            if isinstance(said, str):
                extra = {"Location": "http://login.example/"} if status == 302 else {}
                self.reply(status, said.encode(), "text/html; charset=utf-8", **extra)
                return
            extra = {"Retry_After": "1"} if status == 503 else {}
            self.reply(status, json.dumps(said, ensure_ascii=False).encode(), "application/json", **extra)

    return GatewayHandler


def _data(path: str, query: dict[str, str], body: bytes | None) -> tuple[int, Any]:
    if path.startswith(JURISTIC_PATH):
        return _company(path.removeprefix(JURISTIC_PATH), query.get("JuristicID", ""))
    if path == LASER_PATH:
        return _laser(query)
    if path != LINK_PATH:
        return 404, {"Message": "NotFoundException"}
    if body is not None:
        return _link(query, _posted(body).get("personalID", ""))
    return _link(query, query.get("CitizenID", ""))


def _posted(body: bytes) -> dict[str, str]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _link(query: dict[str, str], number: str) -> tuple[int, Any]:
    if not is_valid(number):
        return 400, {"Message": "BadRequestException: CitizenID"}
    register = REGISTERS.get(query.get("ServiceID", "")) if query.get("OfficeID") == OFFICE else None
    if register is None:
        return 400, {"Message": "BadRequestException: service is not granted to this office"}
    person = BY_ID.get(number)
    answer = register(person) if person else None
    if answer is None:
        return 500, {"Message": "[00001] ไม่พบข้อมูล"}
    return 200, answer


def _laser(query: dict[str, str]) -> tuple[int, Any]:
    """The answer to a check of the laser number. A real "no" is sent as a 500, as GDx does."""
    person = BY_ID.get(query.get("CitizenID", ""))
    if person is None:
        return 500, {"Message": "[4] ข้อมูลไม่ตรง"}
    _, first, _, last = person.name_th.split("#")
    given = [query.get(name) for name in ("FirstName", "LastName", "BEBirthDate", "LaserCode")]
    if given != [first, last, person.birth_date, LASER_CODE]:
        return 500, {"Message": "[4] ข้อมูลไม่ตรง"}
    return 200, {"Result": True}


def _company(what: str, number: str) -> tuple[int, Any]:
    if not is_valid(number):
        return 400, {"Message": "BadRequestException: JuristicID"}
    if what == "/pdf":
        return 200, _certificate() if number == COMPANY else dict.fromkeys(_certificate())
    if what:
        return 404, {"Message": "NotFoundException"}
    found = [COMPANY_FIELDS] if number == COMPANY else []
    return 200, {"ResultList": found, "RawData": ""}


def _certificate() -> dict[str, Any]:
    """A PDF of one empty page, the smallest that a viewer opens."""
    pdf = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
    return {
        "ID": "1",
        "FileName": f"{COMPANY}.pdf",
        "FileSize": len(pdf),
        "mimeType": "application/pdf",
        "Hashes": sha256(pdf).hexdigest(),
        "Result": base64.urlsafe_b64encode(pdf).decode(),
    }
