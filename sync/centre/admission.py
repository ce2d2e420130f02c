"""Admission to the centre: enrolment by code, bearer tokens, the people lists of a unit, revocation.

Each decision reads and writes in one transaction. Raises CallRefused.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from reader.buddhist_date import stamp
from store.errors import BadInput, NotFound
from store.exchange.enrolment import ENROLMENT
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.formats.required_signers import is_over
from store.formats.roles import Role
from store.queue.job import JobKind
from store.staff.people_list import PEOPLE, grouped
from sync.centre import codes, content
from sync.centre.judge import Centre, Decided
from sync.centre.problem import CallRefused
from sync.centre.signed import claims_of, own_receipt, receipt_for, verified
from sync.centre.storage import Code, PeopleList, Station, Submission, Tables


def enrol(centre: Centre, body: bytes) -> dict[str, Any]:
    """POST /v1/stations: {token, centre_keys, people_receipt}. The same code and key give the same answer."""
    payload = claims_of(body, ENROLMENT)
    asked = content.enrolment(payload)
    station_kid = jws.thumbprint(content.key_bytes(asked.station_key))
    heads = {item["kid"]: item["key"] for item in asked.people if item["role"] == Role.HEAD}
    signed = verified(body, ENROLMENT, {station_kid: asked.station_key, **heads})
    kids = {header["kid"] for header in signed.headers}
    if station_kid not in kids or not kids & heads.keys() - {station_kid}:
        raise CallRefused(
            "bad-signature", "An enrolment is signed by the station and by a head in its people."
        )
    with centre.records.transaction() as tables:
        code = _accepted_code(centre, tables, asked)
        token = centre.keys.token(
            unit=asked.unit, station=asked.station, station_key=asked.station_key, code=code.hashed
        )
        if code.receipt is None:
            receipt = _enrolled(centre, tables, asked, code, token, body)
        else:
            _still_good(tables, asked, token)
            receipt = code.receipt
    return {"token": token, "centre_keys": centre.keys.public, "people_receipt": receipt}


def station_of(centre: Centre, token: str) -> Station:
    """The station to which a bearer token was given."""
    with centre.records.transaction() as tables:
        station = tables.station_of_token(sha256_hex(token.encode("utf-8")))
    if station is None:
        raise CallRefused("no-token", "The token is not known; enrol again.")
    return station


def revoke(centre: Centre, unit: str, station: str | None) -> list[str]:
    """Revoke the tokens of a unit, or of one of its stations.

    Returns the stations' numbers. Raises NotFound.
    """
    with centre.records.transaction() as tables:
        mine = [one for one in tables.stations() if one.unit == unit and station in (None, one.station)]
        if not mine:
            raise NotFound(what="unit", name=unit if station is None else f"{unit}/{station}")
        for one in mine:
            tables.put_station(one.revoked())
    return [one.station for one in mine]


def confirm(centre: Centre, unit: str, station: str, fingerprint: str) -> PeopleList:
    """Record that the head read out the fingerprint of the people list: the unit's receipts then say so.

    Returns that list, the newest of the station. Raises NotFound, and BadInput where the fingerprint is of
    another list.
    """
    with centre.records.transaction() as tables:
        lists = [one for one in tables.people(unit) if one.station == station]
        if not lists:
            raise NotFound(what="unit", name=f"{unit}/{station}")
        typed = re.sub(r"[\s-]", "", fingerprint).lower()
        if typed != grouped(lists[-1].sha256).replace(" ", ""):
            raise BadInput(what="the fingerprint", problem="it is not that of the newest people list")
        tables.confirm(unit, station)
    return lists[-1]


def people(centre: Centre, station: Station, unit: str, body: bytes, receipt: str | None = None) -> Decided:
    """PUT /v1/units/{unit}/people: the next list, signed by a head of the list before.

    `receipt` is this centre's own receipt for these bytes, which a centre restored from a backup has lost.
    With it the list is stored again under that receipt.
    """
    if unit != station.unit:
        raise CallRefused("other-unit", "This token is of another unit.")
    with centre.records.transaction() as tables:
        mine = [one for one in tables.people(unit) if one.station == station.station]
        for known in mine:
            if known.body_sha256 == sha256_hex(body):
                return Decided(known.receipt, new=False)
        last = mine[-1]
        asked = content.people_list(claims_of(body, PEOPLE))
        now = stamp(centre.clock())
        signed = verified(body, PEOPLE, _heads(last, now))
        if len(signed.headers) != 1:
            raise CallRefused("bad-signature", "A people list has one signature, of the head.")
        if asked.unit != unit:
            raise CallRefused("other-unit", "The list is of another unit.")
        if (asked.n, asked.prev) != (last.n + 1, last.sha256):
            slug = "behind" if asked.n > last.n + 1 else "not-next"
            raise CallRefused(slug, f"The last list is number {last.n}; this one does not follow it.")
        made = PeopleList(
            unit=unit,
            station=station.station,
            n=asked.n,
            sha256=sha256_hex(signed.payload),
            body_sha256=sha256_hex(body),
            people=asked.people,
            confirmed=last.confirmed,
            receipt="",
            received_at=now,
        )
        if receipt is not None:
            return Decided(_keep_again(centre, tables, made, receipt), new=True)
        return Decided(_keep(centre, tables, made), new=True)


def _heads(last: PeopleList, now: str) -> dict[str, str]:
    return {
        item["kid"]: item["key"]
        for item in last.people
        if item["role"] == Role.HEAD and not is_over(item, now)
    }


def _accepted_code(centre: Centre, tables: Tables, asked: content.Enrolment) -> Code:
    code = tables.code(codes.hashed(asked.code))
    if code is None or code.unit != asked.unit:
        raise CallRefused("code-refused", "The code is not known for this unit.")
    if code.used_key is not None and (code.used_key, code.station) != (asked.station_key, asked.station):
        raise CallRefused("code-refused", "The code was used by another station.")
    if code.used_key is None and code.expires_at < stamp(centre.clock()):
        raise CallRefused("code-refused", "The code is older than 30 days.")
    return code


def _still_good(tables: Tables, asked: content.Enrolment, token: str) -> None:
    """Demand that the token of a used code is still valid, so that it may be given again."""
    station = tables.station(asked.unit, asked.station)
    if station is None or station.token != sha256_hex(token.encode("utf-8")):
        raise CallRefused("code-refused", "The enrolment by this code ended; a new code is needed.")


def _enrolled(
    centre: Centre, tables: Tables, asked: content.Enrolment, code: Code, token: str, body: bytes
) -> str:
    now = stamp(centre.clock())
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
        received_at=now,
    )
    receipt = _keep(centre, tables, made)
    token_hash = sha256_hex(token.encode("utf-8"))
    tables.put_station(Station(asked.unit, asked.station, asked.station_key, asked.age_key, token_hash, now))
    tables.put_code(replace(code, used_key=asked.station_key, station=asked.station, receipt=receipt))
    return receipt


def _keep(centre: Centre, tables: Tables, made: PeopleList) -> str:
    as_received = Submission(
        id=made.sha256,
        unit=made.unit,
        station=made.station,
        kind=JobKind.PEOPLE,
        sha256=made.body_sha256,
        body=b"",
        month=None,
        revision=None,
        destination=None,
        received_at=made.received_at,
        late=False,
        receipt="",
    )
    receipt = receipt_for(centre.keys, as_received, made.confirmed, [])
    tables.put_people(replace(made, receipt=receipt))
    return receipt


def _keep_again(centre: Centre, tables: Tables, made: PeopleList, receipt: str) -> str:
    given = own_receipt(centre.keys, receipt)
    known = (given["id"], given["sha256"], given["unit"], given["station"])
    if known != (made.sha256, made.body_sha256, made.unit, made.station):
        raise CallRefused("bad-signature", "The receipt is for something else.")
    confirmed = given["people"] == "confirmed"
    tables.put_people(replace(made, receipt=receipt, received_at=given["received_at"], confirmed=confirmed))
    return receipt
