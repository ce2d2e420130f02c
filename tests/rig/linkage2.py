"""A gateway that speaks Linkage 2 as the real one does: log-in, renewal and requests."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from reader.citizen_id import is_valid
from sync.gateways import linkage2_session
from sync.gateways.drivers import linkage2
from sync.network.loopback import Handler, Loopback
from sync.practice.register import BY_ID, REGISTERS
from tests.rig.clock import now

ACCESS_TOKEN = "practice-thaid"
OFFICES = [
    {"id": 500100, "name": "สำนักงานเกษตรและสหกรณ์จังหวัดเชียงใหม่"},
    {"id": 500101, "name": "สำนักงานเกษตรจังหวัดเชียงใหม่"},
]
JOB = "7"
# The gateway's numbers for the registers. None is publicly known: these are placeholders.
SERVICES = {1: "001", 3: "003", 5: "005", 8: "008", 9: "009"}


class Linkage2Server:
    """`lasts_s` is a token's life; `faults` puts a (status, error) in the place of a service's answer."""

    def __init__(self, port: int = 0, *, lasts_s: float = 3600.0) -> None:
        self.lasts_s = lasts_s
        self.jobs = [JOB]
        self.faults: dict[int, tuple[int, str]] = {}
        self.requests: list[list[int]] = []
        self.renewals = 0
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()
        self._loopback = Loopback(_handler(self._answer), port)

    @property
    def url(self) -> str:
        return self._loopback.url

    @property
    def sessions(self) -> int:
        """How many tokens are in force."""
        return sum(1 for ends in self._ends.values() if ends > time.monotonic())

    def start(self) -> None:
        self._loopback.start()

    def stop(self) -> None:
        self._loopback.stop()

    def forget(self) -> None:
        """No token is in force any more, as after a restart of the gateway."""
        with self._lock:
            self._ends.clear()

    def _answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, Any]:
        with self._lock:
            if (method, path) == ("POST", linkage2_session.LOGIN_PATH):
                return self._login(body)
            if (method, path) == ("POST", linkage2_session.CONFIRM_PATH):
                return self._confirm(body)
            if self._ends.get(token, 0.0) <= time.monotonic():
                return 401, {"errorMessage": "Unauthorized", "errorNumber": 401}
            return self._inside(method, path, token, body)

    def _inside(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, Any]:
        match method, path:
            case "POST", linkage2_session.RENEW_PATH:
                self.renewals += 1
                del self._ends[token]
                return 200, {"token": self._new()}
            case "DELETE", linkage2_session.LOGIN_PATH:
                del self._ends[token]
                return 200, None
            case "GET", linkage2_session.JOBS_PATH:
                return 200, {"job": self.jobs}
            case "POST", linkage2.REQUEST_PATH:
                return self._request(body)
        return 404, {"errorMessage": "Not Found", "errorNumber": 404}

    def _login(self, body: dict[str, Any]) -> tuple[int, Any]:
        number = body.get("personalID")
        if (
            body.get("loginType") != linkage2_session.THAID
            or not isinstance(number, int)
            or not is_valid(f"{number:013}")
        ):
            return 400, {"errorMessage": "Bad Request", "errorNumber": 400}
        return 200, {"office": OFFICES}

    def _confirm(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body.get("accessToken") != ACCESS_TOKEN:
            return 403, {"errorMessage": "ThaID: access token is not valid", "errorNumber": 403}
        if body.get("officeID") not in [office["id"] for office in OFFICES]:
            return 400, {"errorMessage": "office", "errorNumber": 400}
        return 200, {"token": self._new()}

    def _new(self) -> str:
        made = int(now().timestamp())
        claims = {"iat": made, "exp": made + self.lasts_s, "jti": str(uuid.uuid4())}
        token = ".".join(_part(part) for part in ({"alg": "none"}, claims, {}))
        self._ends[token] = time.monotonic() + self.lasts_s
        return token

    def _request(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body.get("jobID") not in self.jobs:
            return 403, {"errorMessage": "job", "errorNumber": 403}
        asked = body.get("data")
        if not isinstance(asked, list) or not asked:
            return 400, {"errorMessage": "data", "errorNumber": 400}
        self.requests.append([one["serviceID"] for one in asked])
        return 200, {"data": [self._service(one) for one in asked], "executeTimeMs": 12}

    def _service(self, one: dict[str, Any]) -> dict[str, Any]:
        service, number = one["serviceID"], one["query"].get("personalID", "")
        status, error, data = 200, None, None
        if service in self.faults:
            status, error = self.faults[service]
        elif service not in SERVICES:
            status, error = 403, "service is not granted"
        elif number in BY_ID:
            data = REGISTERS[SERVICES[service]](BY_ID[number])
        else:
            status, error = 404, "[00001] ไม่พบข้อมูล"
        return {
            "serviceID": service,
            "responseStatus": status,
            "responseError": error,
            "responseTimeMs": 7,
            "responseData": data,
        }


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


_Answering = Callable[[str, str, str, dict[str, Any]], tuple[int, Any]]


def _handler(answer: _Answering) -> type[Handler]:
    class Linkage2Handler(Handler):
        def _go(self) -> None:
            try:
                body = json.loads(self.body() or b"{}")
            except ValueError:
                body = {}
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, said = answer(self.command, self.path, token, body if isinstance(body, dict) else {})
            content = b"" if said is None else json.dumps(said, ensure_ascii=False).encode()
            self.reply(status, content, "application/json")

        do_GET = do_POST = do_DELETE = _go  # noqa: N815 - the standard library's names

    return Linkage2Handler
