"""To the ministry's centre: enrolment, people lists, reports and checkpoints, exactly as they were frozen."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import quote

from store.endpoints import CENTRE
from store.job import Job
from sync.errors import LineProblem, Refused
from sync.http import Reply, Wire
from sync.outcome import Kind, Verdict, classify

HEALTH_PATH = "/v1/health"
_JWS = "application/jose+json"


@dataclass(frozen=True)
class CentreClient:
    """The centre as one station sees it; `token` is None until it is enrolled."""

    wire: Wire
    url: str
    unit: str
    token: str | None = field(repr=False)

    def send(self, job: Job, until: float) -> Verdict:
        """One send. DONE carries the receipt (compact JWS, text), for an enrolment the answer's JSON.

        `until` is time.monotonic()'s.
        """
        try:
            reply = self._call(job, until)
        except LineProblem as problem:
            return classify(CENTRE, error=problem)
        verdict = classify(CENTRE, reply.status, reply.headers, reply.body)
        if job.kind == "enrolment" and verdict.kind is Kind.PAUSE and verdict.problem:
            # What is refused is this code, not the unit: waiting would not help it.
            return Verdict(Kind.QUARANTINE, Refused(verdict.problem.detail))
        return verdict

    def _call(self, job: Job, until: float) -> Reply:
        base = self.url.rstrip("/")
        if job.kind == "enrolment":
            return self.wire.call(
                "POST", f"{base}/v1/stations", headers={"Content-Type": _JWS}, content=job.body, until=until
            )
        headers = {"Content-Type": _JWS, "Authorization": f"Bearer {self.token or ''}"}
        if job.kind == "people":
            path = f"/v1/units/{quote(self.unit, safe='')}/people"
        else:
            path = f"/v1/submissions/{quote(job.id, safe='')}"
            headers["Content-Encoding"] = "gzip"
            headers["Repr-Digest"] = repr_digest(job.body)
        return self.wire.call("PUT", base + path, headers=headers, content=job.body, until=until)


def repr_digest(body: bytes) -> str:
    """RFC 9530's Repr-Digest of the bytes that travel."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"
