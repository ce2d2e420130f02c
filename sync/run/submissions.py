"""Sends enrolments, people lists, reports and checkpoints to the ministry's centre, exactly as frozen."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from store.queue.endpoints import CENTRE
from store.queue.job import Job, JobKind
from sync.errors import GatewayFault, NetworkProblem, RequestRefused
from sync.gateways.outcome import Kind, Verdict, classify
from sync.network.http import HttpClient, Reply

HEALTH_PATH = "/v1/health"
BEHIND = "urn:nocopy:problem:behind"
_BEHIND = "409, the centre lost what came before"
_JWS = "application/jose+json"


@dataclass(frozen=True)
class CentreClient:
    """One station's client of the centre; `token` is None until the station is enrolled.

    An enrolment is sent to `enrol_url`, which differs from `url` until the enrolment there is accepted. The
    token is never sent to it.
    """

    wire: HttpClient
    url: str
    unit: str
    token: str | None = field(repr=False)
    enrol_url: str = ""

    def send(self, job: Job, until: float) -> Verdict:
        """One send. The value of DONE is the receipt (compact JWS, text), for an enrolment the answer's JSON.

        `until` is a time.monotonic() time.
        """
        try:
            reply = self._call(job, until)
        except NetworkProblem as problem:
            return classify(CENTRE, error=problem)
        verdict = classify(CENTRE, reply.status, reply.headers, reply.body)
        if _lacks_what_came_before(reply):
            # The centre was restored from a backup. A check-in sends again what it lost; then this can go.
            return Verdict(Kind.LATER, GatewayFault(_BEHIND))
        if job.kind == JobKind.ENROLMENT and verdict.kind is Kind.PAUSE and verdict.problem:
            # The centre refuses this code, not the unit, so waiting would not help.
            return Verdict(Kind.QUARANTINE, RequestRefused(verdict.problem.detail))
        return verdict

    def _call(self, job: Job, until: float) -> Reply:
        if job.kind == JobKind.ENROLMENT:
            base = (self.enrol_url or self.url).rstrip("/")
            headers = {"Content-Type": _JWS}
            return self.wire.call(
                "POST", f"{base}/v1/stations", headers=headers, content=job.body, until=until
            )
        return self._put(job, until)

    def offer_again(self, job: Job, receipt: str, until: float) -> Reply:
        """Send again what a restored centre lost, with the receipt that it gave for it."""
        return self._put(job, until, {"Nocopy-Receipt": receipt})

    def _put(self, job: Job, until: float, more: Mapping[str, str] | None = None) -> Reply:
        base = self.url.rstrip("/")
        headers = {"Content-Type": _JWS, **self._bearer(), **(more or {})}
        if job.kind == JobKind.PEOPLE:
            path = f"/v1/units/{quote(self.unit, safe='')}/people"
        else:
            path = f"/v1/submissions/{quote(job.id, safe='')}"
            headers["Content-Encoding"] = "gzip"
            headers["Repr-Digest"] = repr_digest(job.body)
        return self.wire.call("PUT", base + path, headers=headers, content=job.body, until=until)

    def ask(self, path: str, until: float, more: Mapping[str, str] | None = None) -> Reply:
        """A GET with the station's token."""
        headers = {**self._bearer(), **(more or {})}
        return self.wire.call("GET", self.url.rstrip("/") + path, headers=headers, until=until)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token or ''}"}


def _lacks_what_came_before(reply: Reply) -> bool:
    """Whether the centre answers 409 `behind`."""
    if reply.status != 409:
        return False
    try:
        said = json.loads(reply.body)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("type") == BEHIND


def lacks_what_came_before(verdict: Verdict) -> bool:
    """Whether the centre refused a submission for now, because it lacks an earlier one."""
    return verdict.problem is not None and verdict.problem.detail == _BEHIND


def repr_digest(body: bytes) -> str:
    """The Repr-Digest (RFC 9530) of the bytes as they are sent."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"
