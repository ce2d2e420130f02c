"""A true payload of each kind that the centre takes, how it is signed and sent, and what is foreign in it."""

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
_STRANGER = jws.public_of(seed_of("9999", "stranger"))
_KID = jws.thumbprint(_STRANGER)
_UUID = "00000000-0000-5000-8000-000000000000"
_WORDS = ("", "a b", "ก", "x\n")
_ROW = {"[0]": _WORDS, "[1]": _WORDS, "[2]": _WORDS, "[3]": ("post", "CARD"), "[4]": ("guessed", "")}


_NULLABLE_OF_A_LINE = (
    *("station", "officer", "service", "document"),
    *("channel", "identity", "outcome", "citizen"),
)


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


def _checkpoint(desk: Desk) -> dict[str, Any]:
    sent = desk.office.checkpoint([bytes(32)] * 3, 1)
    return jws.claims(sent.inflated())[1]


def _send_checkpoint(desk: Desk, text: str) -> httpx.Response:
    seed = desk.office.station_seed
    made = jws.sign_one(text.encode(), typ="nocopy-checkpoint+jws", header={}, seed=seed)
    body = gzip.compress(jws.assemble(text.encode(), [made]), mtime=0)
    return Submission(_UUID, body, desk.office.token).put(desk.client)


def _manifest(desk: Desk) -> dict[str, Any]:
    body = signed_people(_people(desk, 1), seed_of(desk.office.unit, "head"))
    return {
        "v": 1,
        "unit": desk.office.unit,
        "station": "01",
        "n": 1,
        "prev": None,
        "made_at": SIGNED_AT,
        "items": [{"id": _UUID, "kind": "people", "sha256": sha256_hex(body)}],
        "messages_seen": 0,
    }


def _send_manifest(desk: Desk, text: str) -> httpx.Response:
    made = jws.sign_one(text.encode(), typ=bundle.OUT, header={}, seed=desk.office.station_seed)
    files = {
        bundle.MANIFEST: f"{made[0]}.{b64(text.encode())}.{made[1]}".encode(),
        f"items/{_UUID}": signed_people(_people(desk, 1), seed_of(desk.office.unit, "head")),
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


_SOON = ("soon", "2026-11-31T09:00:00Z", "2026-11-02")
_PERSON: dict[str, tuple[Any, ...]] = {
    "people[0].login": _WORDS,
    "people[0].name": ("a\x07b", "\u202e", ""),
    "people[0].role": ("minister", "Head"),
    "people[0].kid": (_KID, "x"),
    "people[0].key": ("A" * 42, "A" * 42 + "B"),
    "people[0].station": ("77", "1"),
    "people[0].from": ("yesterday", "2019-13-01", "2019-01-01T00:00:00Z"),
    "people[0].until": ("2018-12-31", "never"),
}
_PERSON_2 = {**_PERSON, "people[0].level": (), "people[0].services[0]": _WORDS}
_SHA = ("f" * 63, "F" * 64, "x")
_ENROLMENT = {
    "v": (0, 3),
    "unit": ("9999", "50 01"),
    "station": ("7", "A1"),
    "code": ("A" * 32, "A" * 31, "!" * 32),
    "station_key": ("A" * 42, "A" * 42 + "B"),
    "age_key": ("age1" + "q" * 58, AGE_KEY.upper()),
    "n": (0,),
}
_LISTS = {"people": 500}

PAYLOADS: dict[str, Payload] = {
    "report": Payload(
        About(
            optional=frozenset({"late"}),
            nullable=frozenset(
                {"replaces", *(f"{name}[0][{n}]" for name in ("use", "late") for n in range(4))}
            ),
            filled=frozenset({"chains"}),
            longest={"chains": 200, "use": 20_000, "late": 20_000, "findings": 100},
            foreign={
                "v": (0, 3),
                "unit": ("9999", "5001 "),
                "month": ("2026-12", "2027-01", "2018-12", "2026-13", "ตุลาคม"),
                "replaces": (_UUID, "x"),
                "chains[0].origin": ("nocopy/9999/01-9f2c41aa/e1", "nocopy/5001/02-9f2c41aa/e1", "x"),
                "chains[0].root": (*_SHA, "A" * 43),
                **{f"use[0]{place}": values for place, values in _ROW.items()},
                **{f"late[0]{place}": values for place, values in _ROW.items()},
                "use[0]": ([None, None, None, None, "unanswered", 1],),
                "findings[0]": (["gap", 1],),
                "findings[0][0]": ("mood", ""),
                "people": ("0" * 64, *_SHA),
            },
        ),
        _report,
        lambda desk, text: _send_report(desk, text),
    ),
    "findings": Payload(
        About(
            nullable=frozenset(
                {
                    "findings[0].explanation",
                    "findings[0].reason",
                    *(f"findings[0].lines[0].{name}" for name in _NULLABLE_OF_A_LINE),
                }
            ),
            filled=frozenset({"findings"}),
            longest={"findings": 1000, "findings[0].lines": 10_000},
            foreign={
                "v": (0, 3),
                "unit": ("9999",),
                "month": ("2026-09", "2026-13"),
                "revision": (2,),
                "findings[0].rule": ("mood",),
                "findings[0].about": _WORDS,
                "findings[0].lines[0].at": _SOON,
                "findings[0].lines[0].officer": _WORDS,
                "findings[0].lines[0].service": _WORDS,
                "findings[0].lines[0].document": _WORDS,
                "findings[0].lines[0].channel": ("post",),
                "findings[0].lines[0].identity": ("face",),
                "findings[0].lines[0].outcome": ("guessed",),
                "findings[0].lines[0].citizen": ("1103700123456", "นายก", ""),
            },
        ),
        lambda desk: desk.office.findings(MONTH),
        _send_findings,
    ),
    "a report's header": Payload(
        About(
            foreign={
                "login": ("a b",),
                "role": ("minister", "station"),
                "says": ("seen", "checked"),
                "at": _SOON,
            }
        ),
        lambda _desk: _header("head", "approved"),
        _send_header,
    ),
    "people list, v 1": Payload(
        About(
            nullable=frozenset({"people[0].until"}),
            filled=frozenset({"people"}),
            longest=_LISTS,
            foreign={
                "v": (0, 3),
                "unit": ("9999", "5001\n"),
                "n": (1, 3),
                "prev": ("f" * 64, *_SHA),
                **_PERSON,
            },
        ),
        lambda desk: _people(desk, 1),
        _send_people,
    ),
    "people list, v 2": Payload(
        About(
            nullable=frozenset({"people[0].until"}),
            filled=frozenset({"people"}),
            longest={**_LISTS, "people[0].services": 200},
            foreign={
                "v": (0, 3),
                "unit": ("9999",),
                "n": (1, 3),
                "prev": ("f" * 64,),
                **{name: values for name, values in _PERSON_2.items() if values},
            },
        ),
        lambda desk: _people(desk, 2),
        _send_people,
    ),
    "a people list's header": Payload(
        About(foreign={"login": ("a b",), "role": ("officer", "station"), "at": _SOON}),
        lambda _desk: {"login": "head", "role": "head", "at": SIGNED_AT},
        _send_people_header,
    ),
    "enrolment, v 1": Payload(
        About(
            optional=frozenset({"n"}),
            nullable=frozenset({"people[0].until"}),
            filled=frozenset({"people"}),
            longest=_LISTS,
            foreign={**_ENROLMENT, **_PERSON},
        ),
        lambda desk: _enrolment(desk, 1),
        _send_enrolment,
    ),
    "enrolment, v 2": Payload(
        About(
            optional=frozenset({"n"}),
            nullable=frozenset({"people[0].until"}),
            filled=frozenset({"people"}),
            longest={**_LISTS, "people[0].services": 200},
            foreign={**_ENROLMENT, **{name: values for name, values in _PERSON_2.items() if values}},
        ),
        lambda desk: _enrolment(desk, 2),
        _send_enrolment,
    ),
    "checkpoint": Payload(
        About(
            longest={"proof": 128},
            foreign={
                "v": (0, 2),
                "unit": ("9999",),
                "station": ("02", "1"),
                "note": ("x", "nocopy/9999/01-9f2c41aa/e1\n3\nAA\n\n"),
                "proof[0]": ("A" * 42, "A" * 42 + "B"),
            },
        ),
        _checkpoint,
        _send_checkpoint,
    ),
    "bundle": Payload(
        About(
            nullable=frozenset({"prev"}),
            longest={"items": 4500},
            foreign={
                "v": (0, 2),
                "unit": ("50 01",),
                "station": ("1",),
                "n": (0,),
                "prev": _SHA,
                "made_at": _SOON,
                "items[0].id": ("../x", ""),
                "items[0].kind": ("enrolment", ""),
                "items[0].sha256": _SHA,
            },
        ),
        _manifest,
        _send_manifest,
    ),
    "status": Payload(
        About(foreign={"at": _SOON, "version": ("\x01", "")}, longest_text=300),
        _status,
        _send_status,
    ),
    "receipt": Payload(
        About(
            nullable=frozenset({"month", "revision"}),
            longest={"heads": 200},
            foreign={
                "v": (0, 2),
                "id": ("x" * 36, "0"),
                "sha256": _SHA,
                "kind": ("enrolment",),
                "unit": ("50 01",),
                "station": ("1",),
                "month": ("2026-13",),
                "received_at": _SOON,
                "people": ("maybe",),
                "heads[0]": ("",),
            },
        ),
        _receipt,
        _send_receipt,
    ),
}
