"""An office as the centre sees it: a station, three people with keys, and what they sign."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from store.formats import jws, tree
from store.formats.canonical import b64, canonical
from store.formats.note import sign_note
from store.formats.report import submission_id

ROLES = ("officer", "controller", "head")
SAYS = {"officer": "summarised", "controller": "checked", "head": "approved"}
SIGNED_AT = "2026-11-02T09:00:00+07:00"
AGE_KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def seed_of(*parts: str) -> bytes:
    """A seed that is the same in every run."""
    return hashlib.sha256("/".join(parts).encode()).digest()


def signed_enrolment(payload: bytes, station_seed: bytes, head_seed: bytes, login: str = "head") -> bytes:
    """The bytes of an enrolment, signed by the station and the head."""
    typ = "nocopy-enrolment+jws"
    made = [
        jws.sign_one(payload, typ=typ, header={"role": "station", "at": SIGNED_AT}, seed=station_seed),
        jws.sign_one(
            payload, typ=typ, header={"role": "head", "login": login, "at": SIGNED_AT}, seed=head_seed
        ),
    ]
    return jws.assemble(payload, made)


def signed_people(payload: dict[str, Any], seed: bytes, login: str = "head") -> bytes:
    """The bytes of a people list, signed by a head."""
    header = {"login": login, "role": "head", "at": SIGNED_AT}
    return jws.sign_compact(canonical(payload), typ="nocopy-people+jws", header=header, seed=seed).encode()


@dataclass
class Office:
    """One station of a unit. `people` is its list as last sent."""

    unit: str = "5001"
    station: str = "01"
    token: str = ""
    n: int = 1
    people: list[dict[str, Any]] = field(default_factory=list)
    list_sha256: str = ""

    def __post_init__(self) -> None:
        self.station_seed = seed_of(self.unit, "station")
        self.people = self.people or [self.person(role, role) for role in ROLES]

    def person(self, login: str, role: str, until: str | None = None) -> dict[str, Any]:
        public = jws.public_of(seed_of(self.unit, login))
        return {
            "login": login,
            "name": f"นาย{login}",
            "role": role,
            "kid": jws.thumbprint(public),
            "key": b64(public),
            "station": self.station,
            "from": "2019-01-01T00:00:00+07:00",
            "until": until,
        }

    def enrolment(
        self, code: str, *, station_seed: bytes | None = None, head: str = "head", n: int | None = None
    ) -> bytes:
        seed = station_seed or self.station_seed
        payload = canonical(
            {
                "v": 1,
                "unit": self.unit,
                "station": self.station,
                "code": code,
                "station_key": b64(jws.public_of(seed)),
                "age_key": AGE_KEY,
                "people": self.people,
                **({} if n is None else {"n": n}),
            }
        )
        return signed_enrolment(payload, seed, seed_of(self.unit, head), head)

    def enrol(
        self, client: httpx.Client, code: str, *, head: str = "head", n: int | None = None
    ) -> dict[str, Any]:
        reply = client.post("/v1/stations", content=self.enrolment(code, head=head, n=n))
        assert reply.status_code == 201, reply.text
        told: dict[str, Any] = reply.json()
        self.token = told["token"]
        first = {"v": 1, "unit": self.unit, "n": n or 1, "prev": None, "people": self.people}
        self.list_sha256 = hashlib.sha256(canonical(first)).hexdigest()
        return told

    def next_people(self, people: list[dict[str, Any]], *, n: int = 2, by: str = "head", v: int = 1) -> bytes:
        payload = {"v": v, "unit": self.unit, "n": n, "prev": self.list_sha256, "people": people}
        return signed_people(payload, seed_of(self.unit, by), by)

    def payload(self, month: str, **changed: Any) -> dict[str, Any]:
        payload = {
            "v": 1,
            "unit": self.unit,
            "month": month,
            "revision": 1,
            "replaces": None,
            "chains": [{"origin": self.origin, "from": 0, "to": 5, "root": bytes(32).hex()}],
            "use": [["officer", "S01", "D01", "card", "obtained", 3]],
            "visits": 3,
            "spared": 3,
            "offline_min": 0,
            "unanswered": 0,
            "findings": [],
            "lost_lines": 0,
            "people": self.list_sha256,
        }
        return {**payload, **changed}

    def findings(self, month: str) -> dict[str, Any]:
        """What stands beside a flagged report of that month."""
        line = {
            "seq": 3,
            "station": None,
            "at": "2026-11-02T20:00:00+07:00",
            "officer": "officer",
            "service": "S01",
            "document": "D01",
            "channel": "linkage",
            "identity": "chip",
            "outcome": "obtained",
            "citizen": "A",
        }
        marked = {"rule": "outside_hours", "about": "officer", "explanation": None, "reason": "นอกเวลาราชการ"}
        return {
            "v": 1,
            "unit": self.unit,
            "month": month,
            "revision": 1,
            "findings": [{**marked, "lines": [line]}],
        }

    @property
    def origin(self) -> str:
        prefix = hashlib.sha256(jws.public_of(self.station_seed)).hexdigest()[:8]
        return f"nocopy/{self.unit}/{self.station}-{prefix}/e1"

    def checkpoint(
        self,
        leaves: list[bytes],
        before: int,
        *,
        seed: bytes | None = None,
        note_seed: bytes | None = None,
        origin: str | None = None,
    ) -> Submission:
        """The checkpoint over these leaves, proved to extend the first `before` of them."""
        size = len(leaves)
        node_at = _nodes(leaves)
        key = seed or self.station_seed
        payload = {
            "v": 1,
            "unit": self.unit,
            "station": self.station,
            "note": sign_note(origin or self.origin, size, tree.root(size, node_at), note_seed or key),
            "from": before,
            "proof": [b64(one) for one in tree.consistency(before, size, node_at)],
        }
        token = jws.sign_compact(canonical(payload), typ="nocopy-checkpoint+jws", header={}, seed=key)
        id = submission_id(self.unit, tree.root(size, node_at).hex(), "checkpoint", size)
        return Submission(id, gzip.compress(token.encode(), mtime=0), self.token)

    def report(
        self,
        month: str,
        *,
        signers: dict[str, dict[str, Any]] | None = None,
        findings: bytes | None = None,
        **changed: Any,
    ) -> Submission:
        """A signed report; `signers` changes headers by role, may name a `seed` or `leave_out` a role."""
        payload = canonical(self.payload(month, **changed))
        made = []
        for role in ROLES:
            own: dict[str, Any] = {
                "login": role,
                "role": role,
                "says": SAYS[role],
                "at": SIGNED_AT,
            }
            own |= (signers or {}).get(role, {})
            if own.pop("leave_out", False):
                continue
            seed = own.pop("seed", seed_of(self.unit, role))
            made.append(jws.sign_one(payload, typ="nocopy-report+jws", header=own, seed=seed))
        id = submission_id(self.unit, month, "report", changed.get("revision", 1))
        body = jws.assemble(payload, made, findings=findings)
        return Submission(id, gzip.compress(body, mtime=0), self.token)


@dataclass(frozen=True)
class Submission:
    """A PUT as it is sent; each part can be damaged."""

    id: str
    body: bytes
    token: str
    digest: str | None = ""
    headers: dict[str, str] = field(default_factory=dict)

    def inflated(self) -> bytes:
        return gzip.decompress(self.body)

    def with_content(self, content: bytes) -> Submission:
        return replace(self, body=gzip.compress(content, mtime=0))

    def put(self, client: httpx.Client) -> httpx.Response:
        headers = {"Content-Type": "application/jose+json", "Content-Encoding": "gzip"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.digest is not None:
            made = base64.b64encode(hashlib.sha256(self.body).digest()).decode()
            headers["Repr-Digest"] = self.digest or f"sha-256=:{made}:"
        headers |= self.headers
        return client.put(f"/v1/submissions/{self.id}", content=self.body, headers=headers)


def _nodes(leaves: list[bytes]) -> tree.NodeAt:
    def at(level: int, n: int) -> bytes:
        if level == 0:
            return leaves[n]
        return tree.inner(at(level - 1, 2 * n), at(level - 1, 2 * n + 1))

    return at
