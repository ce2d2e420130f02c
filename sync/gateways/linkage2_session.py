"""The officer's session at Linkage 2, and single calls to it.

The token (a JWT) is in memory only and belongs to the officer who logged in with ThaID.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import now
from sync.errors import EmptyAnswer, Forbidden, GatewayFault, NetworkProblem, NoThaid
from sync.gateways.log_in import OfficeThere
from sync.gateways.outcome import Kind, Verdict, classify

if TYPE_CHECKING:
    from sync.network.http import HttpClient

ENDPOINT = "linkage2"
JOB = f"gateways.{ENDPOINT}.job"
"""The setting that names the job, the purpose for which an officer asks."""
LOGIN_PATH = "/api/center/login/"
CONFIRM_PATH = "/api/center/login/confirm"
RENEW_PATH = "/api/center/login/renew"
JOBS_PATH = "/api/center/user/job"
THAID = 2  # the loginType of the telephone app
RENEW_LEFT_S = 10 * 60.0


class Session:
    """One officer's log-in at the gateway, in memory only; shared by the threads of a run."""

    def __init__(self, personal_id: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._personal_id = personal_id
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._ends = float("inf")
        self._job = ""

    @property
    def is_open(self) -> bool:
        """Whether there is a token that has not expired."""
        return bool(self._token) and self._monotonic() < self._ends

    def offices(self, door: Door, until: float) -> list[OfficeThere]:
        """The first step: the offices that this officer may choose. Raises a Problem where that fails."""
        value = door.asked("POST", LOGIN_PATH, until, {"loginType": THAID, "personalID": self._number()})
        found = value.get("office") if isinstance(value, dict) else None
        if not isinstance(found, list):
            raise GatewayFault("200, no offices")
        return [
            OfficeThere(one["id"], str(one.get("name", "")))
            for one in found
            if isinstance(one, dict) and isinstance(one.get("id"), int)
        ]

    def confirm(self, door: Door, office: int, access_token: str, until: float) -> None:
        """The second step: the office, and the code that ThaID shows. Raises a Problem where that fails."""
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
        """Log out. The token is dropped here whatever the gateway answers."""
        with self._lock:
            token, self._token, self._job = self._token, "", ""
        if token:
            with suppress(EmptyAnswer):  # an empty answer is a success here
                door.asked("DELETE", LOGIN_PATH, until, token=token)

    def drop(self, token: str) -> None:
        """Forget this token, unless there is a newer one already."""
        with self._lock:
            if self._token == token:
                self._token, self._job = "", ""

    def token(self, door: Door, until: float) -> str | Verdict:
        """The token, renewed where it expires within ten minutes; after that only a new log-in gives one."""
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
            return self._token  # where the renewal failed, the old one is still valid

    def job(self, door: Door, token: str, wanted: str | None, until: float) -> str | Verdict:
        """The job for which the officer asks: the one in the settings, or the only one the gateway lists."""
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
                return Verdict(Kind.PAUSE, Forbidden(f"{JOB}: {len(jobs)}"))
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
    """The result of one call, and its milliseconds; `arrived` is False where nothing left this PC."""

    verdict: Verdict
    ms: int = 0
    arrived: bool = True


class Door:
    """Makes calls to the gateway's address, one at a time."""

    def __init__(self, wire: HttpClient, url: str) -> None:
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
        """One call and its verdict; it raises nothing for what the gateway answers."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        try:
            reply = self._wire.call(method, self._url + path, headers=headers, content=content, until=until)
        except NetworkProblem as problem:
            return Called(classify(ENDPOINT, error=problem), arrived=problem.may_have_arrived)
        secrets = [*hide, *([token] if token else [])]
        return Called(classify(ENDPOINT, reply.status, reply.headers, reply.body, hide=secrets), reply.ms)

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
        """The answer's JSON, for the steps of a log-in. Raises a Problem where the call fails."""
        verdict = self.call(method, path, until, body, token=token, hide=hide).verdict
        if verdict.problem is not None:
            raise NoThaid() if verdict.kind is Kind.TOKEN else verdict.problem
        return verdict.value


def _token_in(value: Any) -> str:
    """The token of an answer, "" where there is none that fits in a header."""
    token = value.get("token") if isinstance(value, dict) else None
    usable = isinstance(token, str) and token.isascii() and token.isprintable()
    return str(token) if usable else ""


def _lifetime(token: str) -> float | None:
    """The token's lifetime in seconds, by its own claims; None where it has none.

    The token's signature is not verified. Its claims only decide when to renew it; the gateway refuses a
    token that it did not sign.
    """
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        made, ends = claims.get("iat", now().timestamp()), claims["exp"]
        return max(float(ends) - float(made), 0.0)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return None
