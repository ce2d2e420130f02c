"""A true payload of each kind that the centre takes, and how it is signed and sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from store.formats import jws
from store.formats.canonical import b64, canonical, sha256_hex
from store.formats.report import submission_id
from sync.carry import bundle
from sync.centre.judge import Centre
from tests.sync.centre.about_payloads import ABOUT, ANY_ID
from tests.sync.centre.centre_office import (
    AGE_KEY,
    SIGNED_AT,
    Office,
    Submission,
    seed_of,
    signed_enrolment,
    signed_people,
)
from tests.sync.centre.centre_process import bearer
from tests.sync.centre.spoiling import About

MONTH = "2026-10"


@dataclass(frozen=True)
class Desk:
    """A centre, an office enrolled there with a code in hand for another PC, and a client."""

    centre: Centre
    office: Office
    code: str
    client: httpx.Client


@dataclass(frozen=True)
class Payload:
    """`true` makes the payload for a desk, `send` signs and sends any JSON text in its place."""

    about: About
    true: Callable[[Desk], dict[str, Any]]
    send: Callable[[Desk, str], httpx.Response]


def _report(desk: Desk) -> dict[str, Any]:
    row = ["officer", "S01", "D01", "card", "obtained", 3]
    other = [None, None, None, None, "unanswered", 0]
    return desk.office.payload(
        MONTH, use=[row, other], late=[[*row[:5], 1]], findings=[["outside_hours", 1], ["gap", 2]]
    )


def _send_report(
    desk: Desk,
    text: str,
    headers: dict[int, str] | None = None,
    findings: bytes | None = None,
    says: str = "approved",
) -> httpx.Response:
    """`headers` are JSON texts of a signer's own members, in place of the true ones."""
    made = []
    for n, role in enumerate(("officer", "controller", "head")):
        own = canonical(_header(role, says if role == "head" else ("summarised", "checked")[n], findings))
        made.append(
            _signature(
                text.encode(),
                (headers or {}).get(n, own.decode()),
                "nocopy-report+jws",
                seed_of(desk.office.unit, role),
            )
        )
    body = jws.assemble(text.encode(), made, findings=findings)
    id = submission_id(desk.office.unit, MONTH, "report", 1)
    return Submission(id, gzip.compress(body, mtime=0), desk.office.token).put(desk.client)


def _header(role: str, says: str, findings: bytes | None = None) -> dict[str, Any]:
    own = {"login": role, "role": role, "says": says, "at": SIGNED_AT}
    return {**own, "findings": sha256_hex(findings)} if findings is not None and role == "head" else own


def _signature(payload: bytes, own: str, typ: str, seed: bytes) -> tuple[str, str]:
    """A signature whose protected header has the members of the JSON text `own`, whatever stands there."""
    kid = jws.thumbprint(jws.public_of(seed))
    protected = b64(f'{{"alg":"Ed25519","typ":"{typ}","kid":"{kid}",{own[1:]}'.encode())
    key = jws.Ed25519PrivateKey.from_private_bytes(seed)
    return protected, b64(key.sign(f"{protected}.{b64(payload)}".encode("ascii")))


def _send_findings(desk: Desk, text: str) -> httpx.Response:
    return _send_report(desk, json.dumps(_report(desk)), findings=text.encode(), says="flagged")


def _send_header(desk: Desk, text: str) -> httpx.Response:
    return _send_report(desk, json.dumps(_report(desk)), headers={2: text})


def _people(desk: Desk, v: int) -> dict[str, Any]:
    office = desk.office
    people = [_with_more(one) if v == 2 else one for one in office.people]
    if v == 2:
        newcomer = _with_more(office.person("newcomer", "officer"))
        people.append({**newcomer, "kid": None, "key": None})
    return {"v": v, "unit": office.unit, "n": 2, "prev": office.list_sha256, "people": people}


def _with_more(person: dict[str, Any]) -> dict[str, Any]:
    return {**person, "level": "ชำนาญการ", "services": ["S01"], "acting": False}


def _send_people(desk: Desk, text: str) -> httpx.Response:
    own = canonical({"login": "head", "role": "head", "at": SIGNED_AT}).decode()
    return _put_people(desk, text.encode(), own)


def _send_people_header(desk: Desk, text: str) -> httpx.Response:
    return _put_people(desk, canonical(_people(desk, 1)), text)


def _put_people(desk: Desk, payload: bytes, own: str) -> httpx.Response:
    office = desk.office
    made = _signature(payload, own, "nocopy-people+jws", seed_of(office.unit, "head"))
    body = f"{made[0]}.{b64(payload)}.{made[1]}"
    return desk.client.put(f"/v1/units/{office.unit}/people", content=body, headers=bearer(office))


def _enrolment(desk: Desk, v: int) -> dict[str, Any]:
    office = desk.office
    public = jws.public_of(office.station_seed)
    return {
        "v": v,
        "unit": office.unit,
        "station": "01",
        "code": desk.code,
        "station_key": b64(public),
        "age_key": AGE_KEY,
        "n": 4,
        "people": _people(desk, v)["people"],
    }


def _send_enrolment(desk: Desk, text: str) -> httpx.Response:
    seed = seed_of(desk.office.unit, "head")
    body = signed_enrolment(text.encode(), desk.office.station_seed, seed)
    return desk.client.post("/v1/stations", content=body)


def _send_enrolment_header(desk: Desk, text: str) -> httpx.Response:
    payload, typ = canonical(_enrolment(desk, 1)), "nocopy-enrolment+jws"
    station = canonical({"role": "station", "at": SIGNED_AT}).decode()
    made = [
        _signature(payload, station, typ, desk.office.station_seed),
        _signature(payload, text, typ, seed_of(desk.office.unit, "head")),
    ]
    return desk.client.post("/v1/stations", content=jws.assemble(payload, made))


def _checkpoint(desk: Desk) -> dict[str, Any]:
    sent = desk.office.checkpoint([bytes(32)] * 3, 1)
    return jws.claims(sent.inflated())[1]


def _send_checkpoint(desk: Desk, text: str) -> httpx.Response:
    seed = desk.office.station_seed
    made = jws.sign_one(text.encode(), typ="nocopy-checkpoint+jws", header={}, seed=seed)
    body = gzip.compress(jws.assemble(text.encode(), [made]), mtime=0)
    return Submission(ANY_ID, body, desk.office.token).put(desk.client)


def _manifest(desk: Desk) -> dict[str, Any]:
    body = signed_people(_people(desk, 1), seed_of(desk.office.unit, "head"))
    return {
        "v": 1,
        "unit": desk.office.unit,
        "station": "01",
        "n": 1,
        "prev": None,
        "made_at": SIGNED_AT,
        "items": [{"id": ANY_ID, "kind": "people", "sha256": sha256_hex(body)}],
        "messages_seen": 0,
    }


def _send_manifest(desk: Desk, text: str) -> httpx.Response:
    made = jws.sign_one(text.encode(), typ=bundle.OUT, header={}, seed=desk.office.station_seed)
    files = {
        bundle.MANIFEST: f"{made[0]}.{b64(text.encode())}.{made[1]}".encode(),
        f"items/{ANY_ID}": signed_people(_people(desk, 1), seed_of(desk.office.unit, "head")),
    }
    sealed = bundle.seal(files, desk.centre.keys.public["age"])
    return desk.client.post("/v1/carry", content=sealed)


def _status(_desk: Desk) -> dict[str, Any]:
    return {"at": SIGNED_AT, "waiting": 2, "quarantined": 0, "version": "0.1.0"}


def _send_status(desk: Desk, text: str) -> httpx.Response:
    headers = {**bearer(desk.office), "Nocopy-Status": text}
    return desk.client.get("/v1/messages", headers=headers)


def _receipt(desk: Desk) -> dict[str, Any]:
    sent = desk.office.report(MONTH)
    return {
        "v": 1,
        "id": sent.id,
        "sha256": sha256_hex(sent.body),
        "kind": "report",
        "unit": desk.office.unit,
        "station": "01",
        "month": MONTH,
        "revision": 1,
        "received_at": SIGNED_AT,
        "late": False,
        "people": "confirmed",
        "heads": ["note"],
    }


def _send_receipt(desk: Desk, text: str) -> httpx.Response:
    seed = desk.centre.keys.receipt_seed
    made = jws.sign_one(text.encode(), typ="nocopy-receipt+jws", header={}, seed=seed)
    sent = desk.office.report(MONTH)
    sent.headers["Nocopy-Receipt"] = f"{made[0]}.{b64(text.encode())}.{made[1]}"
    return sent.put(desk.client)


PAYLOADS: dict[str, Payload] = {
    "report": Payload(ABOUT["report"], _report, lambda desk, text: _send_report(desk, text)),
    "findings": Payload(ABOUT["findings"], lambda desk: desk.office.findings(MONTH), _send_findings),
    "a report's header": Payload(
        ABOUT["a report's header"], lambda _desk: _header("head", "approved"), _send_header
    ),
    "people list, v 1": Payload(ABOUT["people list, v 1"], lambda desk: _people(desk, 1), _send_people),
    "people list, v 2": Payload(ABOUT["people list, v 2"], lambda desk: _people(desk, 2), _send_people),
    "a people list's header": Payload(
        ABOUT["a people list's header"],
        lambda _desk: {"login": "head", "role": "head", "at": SIGNED_AT},
        _send_people_header,
    ),
    "enrolment, v 1": Payload(ABOUT["enrolment, v 1"], lambda desk: _enrolment(desk, 1), _send_enrolment),
    "enrolment, v 2": Payload(ABOUT["enrolment, v 2"], lambda desk: _enrolment(desk, 2), _send_enrolment),
    "checkpoint": Payload(ABOUT["checkpoint"], _checkpoint, _send_checkpoint),
    "bundle": Payload(ABOUT["bundle"], _manifest, _send_manifest),
    "status": Payload(ABOUT["status"], _status, _send_status),
    "receipt": Payload(ABOUT["receipt"], _receipt, _send_receipt),
    "an enrolment's header": Payload(
        ABOUT["an enrolment's header"],
        lambda _desk: {"login": "head", "role": "head", "at": SIGNED_AT},
        _send_enrolment_header,
    ),
}
