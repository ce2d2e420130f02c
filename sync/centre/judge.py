"""What the centre decides: pure decisions over its records, the same for the ministry and for practice.

Each decision reads and writes in one transaction and returns the receipt; the reply goes out only after
that transaction ended, so a receipt that anyone holds is one that the centre remembers. Raises Refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reader.buddhist_date import stamp
from store import jws
from store.canonical import canonical, sha256_hex
from store.checkpoint import CHECKPOINT
from store.enrolment import ENROLMENT
from store.errors import BadSignature
from store.month_values import due_report
from store.people_list import PEOPLE
from store.report import RECEIPT, REPORT
from sync.centre import codes, content, witness
from sync.centre.keys import CentreKeys
from sync.centre.problem import Refused
from sync.centre.rows import Code, PeopleList, Records, Station, Submission, Tables

_ROLES = {"officer", "controller", "head"}


@dataclass(frozen=True)
class Centre:
    """A centre: what it keeps, its keys, and its clock."""

    records: Records
    keys: CentreKeys
    clock: Callable[[], datetime]


@dataclass(frozen=True)
class Decided:
    """A receipt (compact JWS); `new` is False where the same bytes had come before."""

    receipt: str
    new: bool


def enrol(centre: Centre, body: bytes) -> dict[str, Any]:
    """POST /v1/stations: {token, centre_keys, people_receipt}. The same code and key: the same answer."""
    payload = _claims(body, ENROLMENT)
    asked = content.enrolment(payload)
    station_kid = jws.thumbprint(content.key_bytes(asked.station_key))
    heads = {item["kid"]: item["key"] for item in asked.people if item["role"] == "head"}
    signed = _verified(body, ENROLMENT, {station_kid: asked.station_key, **heads})
    kids = {header["kid"] for header in signed.headers}
    if station_kid not in kids or not kids & heads.keys() - {station_kid}:
        raise Refused("bad-signature", "An enrolment is signed by the station and by a head in its people.")
    with centre.records.transaction() as tables:
        code = _accepted_code(centre, tables, asked)
        token = centre.keys.token(
            unit=asked.unit, station=asked.station, station_key=asked.station_key, code=code.hashed
        )
        receipt = code.receipt or _enrolled(centre, tables, asked, code, token, body)
    return {"token": token, "centre_keys": centre.keys.public, "people_receipt": receipt}


def station_of(centre: Centre, token: str) -> Station:
    """The station that a bearer token was given to."""
    with centre.records.transaction() as tables:
        station = tables.station_of_token(sha256_hex(token.encode("utf-8")))
    if station is None:
        raise Refused("no-token", "The token is not known; enrol again.")
    return station


def people(centre: Centre, station: Station, unit: str, body: bytes) -> Decided:
    """PUT /v1/units/{unit}/people: the next list, signed by a head of the list before."""
    if unit != station.unit:
        raise Refused("other-unit", "This token is of another unit.")
    with centre.records.transaction() as tables:
        mine = [one for one in tables.people(unit) if one.station == station.station]
        for known in mine:
            if known.body_sha256 == sha256_hex(body):
                return Decided(known.receipt, new=False)
        last = mine[-1]
        asked = content.people_list(_claims(body, PEOPLE))
        today = stamp(centre.clock())
        heads = {
            item["kid"]: item["key"]
            for item in last.people
            if item["role"] == "head" and not content.is_over(item, today)
        }
        signed = _verified(body, PEOPLE, heads)
        if len(signed.headers) != 1:
            raise Refused("bad-signature", "A people list has one signature, of the head.")
        if asked.unit != unit:
            raise Refused("other-unit", "The list is of another unit.")
        if (asked.n, asked.prev) != (last.n + 1, last.sha256):
            raise Refused("not-next", f"The last list is number {last.n}; this one does not follow it.")
        made = PeopleList(
            unit=unit,
            station=station.station,
            n=asked.n,
            sha256=sha256_hex(signed.payload),
            body_sha256=sha256_hex(body),
            people=asked.people,
            confirmed=last.confirmed,
            receipt="",
            received_at=today,
        )
        return Decided(_keep_list(centre, tables, made), new=True)


def submission(centre: Centre, station: Station, id: str, body: bytes, inflated: bytes) -> Decided:
    """PUT /v1/submissions/{id}: a report or a checkpoint; `body` is the gzip, `inflated` what is in it."""
    typ, payload = _read_claims(inflated)
    if payload.get("unit") != station.unit:
        raise Refused("other-unit", "This token is of another unit than the content.")
    with centre.records.transaction() as tables:
        known = tables.submission(id)
        if known is not None:
            if known.unit != station.unit or known.sha256 != sha256_hex(body):
                raise Refused("conflict", "Under this id other content was received before.")
            return Decided(known.receipt, new=False)
        if typ == REPORT:
            made, heads = _report(centre, tables, station, id, body, inflated)
        elif typ == CHECKPOINT:
            made, heads = _checkpoint(centre, tables, station, id, body, inflated)
        else:
            raise Refused("bad-content", "The centre takes reports and checkpoints.")
        confirmed = tables.people(station.unit)[-1].confirmed
        made = replace(made, receipt=_receipt(centre, made, confirmed, heads))
        tables.put_submission(made)
    return Decided(made.receipt, new=True)


def _accepted_code(centre: Centre, tables: Tables, asked: content.Enrolment) -> Code:
    code = tables.code(codes.hashed(asked.code))
    if code is None or code.unit != asked.unit:
        raise Refused("code-refused", "The code is not known for this unit.")
    if code.used_key is not None and (code.used_key, code.station) != (asked.station_key, asked.station):
        raise Refused("code-refused", "The code was used by another station.")
    if code.used_key is None and code.expires_at < stamp(centre.clock()):
        raise Refused("code-refused", "The code is older than 30 days.")
    return code


def _enrolled(
    centre: Centre, tables: Tables, asked: content.Enrolment, code: Code, token: str, body: bytes
) -> str:
    today = stamp(centre.clock())
    first = {"v": 1, "unit": asked.unit, "n": 1, "prev": None, "people": asked.people}
    made = PeopleList(
        unit=asked.unit,
        station=asked.station,
        n=1,
        sha256=sha256_hex(canonical(first)),
        body_sha256=sha256_hex(body),
        people=asked.people,
        confirmed=False,
        receipt="",
        received_at=today,
    )
    receipt = _keep_list(centre, tables, made)
    tables.put_station(
        Station(
            asked.unit,
            asked.station,
            asked.station_key,
            asked.age_key,
            sha256_hex(token.encode("utf-8")),
            today,
        )
    )
    tables.put_code(replace(code, used_key=asked.station_key, station=asked.station, receipt=receipt))
    return receipt


def _keep_list(centre: Centre, tables: Tables, made: PeopleList) -> str:
    as_received = Submission(
        id=made.sha256,
        unit=made.unit,
        station=made.station,
        kind="people",
        sha256=made.body_sha256,
        body=b"",
        month=None,
        revision=None,
        destination=None,
        received_at=made.received_at,
        late=False,
        receipt="",
    )
    receipt = _receipt(centre, as_received, made.confirmed, [])
    tables.put_people(replace(made, receipt=receipt))
    return receipt


def _report(
    centre: Centre, tables: Tables, station: Station, id: str, body: bytes, inflated: bytes
) -> tuple[Submission, list[str]]:
    lists = tables.people(station.unit)
    in_force = content.in_force(lists)
    signed = _verified(inflated, REPORT, {item["kid"]: item["key"] for item in in_force})
    head = _three_signers(signed.headers, in_force)
    asked = content.report(signed.value)
    if id != content.report_id(asked):
        raise Refused("bad-content", "The id is not the one of this unit, month and revision.")
    if asked.people not in {one.sha256 for one in lists}:
        raise Refused("bad-content", "The report names a people list that the centre does not have.")
    earlier = tables.report(station.unit, asked.month)
    if earlier is not None:
        raise Refused("conflict", f"The report of {asked.month} was received and not returned.")
    content.check_findings(head, signed.findings)
    received_at = stamp(centre.clock())
    made = Submission(
        id=id,
        unit=station.unit,
        station=station.station,
        kind="report",
        sha256=sha256_hex(body),
        body=body,
        month=asked.month,
        revision=asked.revision,
        destination="ict" if head["says"] == "flagged" else "supervisor",
        received_at=received_at,
        late=received_at[:10] > due_report(asked.month).isoformat(),
        receipt="",
    )
    heads = [tables.head(origin) for origin in asked.origins]
    return made, [one.note for one in heads if one is not None]


def _three_signers(headers: list[dict[str, Any]], in_force: list[dict[str, Any]]) -> dict[str, Any]:
    """The head's header, where officer, controller and head signed and each was appointed as such."""
    if len(headers) != 3 or {header.get("role") for header in headers} != _ROLES:
        raise Refused("bad-signature", "A report is signed by an officer, a controller and a head.")
    if len({header.get("login") for header in headers}) != 3:
        raise Refused("bad-signature", "One person signed twice.")
    for header in headers:
        named = (header["kid"], header.get("login"), header["role"])
        at = header.get("at")
        mine = [item for item in in_force if (item["kid"], item["login"], item["role"]) == named]
        if not mine:
            raise Refused("bad-signature", f"The people list has no such {header['role']}.")
        if not isinstance(at, str) or not any(content.holds(item, at) for item in mine):
            raise Refused("bad-signature", f"The {header['role']} was not appointed at the time of signing.")
    head = next(header for header in headers if header["role"] == "head")
    if head.get("says") not in ("approved", "flagged"):
        raise Refused("bad-signature", "The head says neither approved nor flagged.")
    return head


def _checkpoint(
    centre: Centre, tables: Tables, station: Station, id: str, body: bytes, inflated: bytes
) -> tuple[Submission, list[str]]:
    kid = jws.thumbprint(content.key_bytes(station.key))
    signed = _verified(inflated, CHECKPOINT, {kid: station.key})
    received_at = stamp(centre.clock())
    note = witness.cosign(centre.keys, centre.clock(), tables, station, signed.value)
    made = Submission(
        id=id,
        unit=station.unit,
        station=station.station,
        kind="checkpoint",
        sha256=sha256_hex(body),
        body=body,
        month=None,
        revision=None,
        destination=None,
        received_at=received_at,
        late=False,
        receipt="",
    )
    return made, [note]


def _receipt(centre: Centre, made: Submission, confirmed: bool, heads: list[str]) -> str:
    payload = {
        "v": 1,
        "id": made.id,
        "sha256": made.sha256,
        "kind": made.kind,
        "unit": made.unit,
        "station": made.station,
        "month": made.month,
        "revision": made.revision,
        "received_at": made.received_at,
        "late": made.late,
        "people": "confirmed" if confirmed else "unconfirmed",
        "heads": heads,
    }
    return jws.sign_compact(canonical(payload), typ=RECEIPT, header={}, seed=centre.keys.receipt_seed)


def _claims(body: bytes, typ: str) -> dict[str, Any]:
    found, payload = _read_claims(body)
    if found != typ:
        raise Refused("bad-content", f"The content is of another kind than {typ}.")
    return payload


def _read_claims(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        return jws.claims(body)
    except BadSignature as error:
        raise Refused("bad-signature", str(error)) from error


def _verified(body: bytes, typ: str, keys: dict[str, str]) -> jws.Signed:
    try:
        return jws.read(body, typ=typ, key_of=keys.get)
    except BadSignature as error:
        raise Refused("bad-signature", str(error)) from error
