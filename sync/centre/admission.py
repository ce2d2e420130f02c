"""Admission to the centre: enrolment by code, bearer tokens, the people lists of a unit, revocation.

As in judge.py, what came is parsed and verified before the transaction begins. Raises CallRefused, and
Collided where the records have changed meanwhile: then it is to be judged anew.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import msgspec

from reader.buddhist_date import stamp
from store.errors import BadInput, NotFound
from store.exchange import payloads
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
from sync.centre.signed import opened, own_receipt, receipt_for, verified
from sync.centre.storage import Code, Collided, PeopleList, Station, Submission, Tables


def enrol(centre: Centre, body: bytes) -> dict[str, Any]:
    """POST /v1/stations: {token, centre_keys, people_receipt}. The same code and key give the same answer."""
    file = opened(body, ENROLMENT)
    asked, now = content.enrolment(file.value), centre.clock()
    code = content.code(asked)
    station_kid = jws.thumbprint(jws.key_bytes(asked.station_key))
    heads = _heads(file.value["people"], stamp(now))
    signed = verified(file, ENROLMENT, {station_kid: asked.station_key, **heads}, payloads.EnrolmentHeader)
    kids = {header["kid"] for header in signed.headers}
    if station_kid not in kids or not kids & heads.keys() - {station_kid}:
        raise CallRefused(
            "bad-signature", "An enrolment is signed by the station and by a head in its people."
        )
    first = _first_list(asked, file.value["people"], sha256_hex(body), stamp(now))
    with centre.records.transaction() as tables:
        known = _accepted_code(tables, asked, codes.hashed(code), first.received_at)
        token = centre.keys.token(
            unit=asked.unit, station=asked.station, station_key=asked.station_key, code=known.hashed
        )
        if known.receipt is None:
            receipt = _enrolled(centre, tables, asked, known, token, first)
        else:
            _still_good(tables, asked, token)
            receipt = known.receipt
    return {"token": token, "centre_keys": centre.keys.public, "people_receipt": receipt}


def station_of(centre: Centre, token: str) -> Station:
    """The station to which a bearer token was given."""
    with centre.records.reading() as tables:
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

    The list names the one before it by its hash, so all since the enrolment are confirmed with it; lists of
    an earlier enrolment are not. Returns that list, the newest of the station. Raises NotFound, and BadInput
    where the fingerprint is of another list.
    """
    with centre.records.transaction() as tables:
        lists = [one for one in tables.people(unit) if one.station == station]
        if not lists:
            raise NotFound(what="unit", name=f"{unit}/{station}")
        typed = re.sub(r"[\s-]", "", fingerprint).lower()
        if typed != grouped(lists[-1].sha256).replace(" ", ""):
            raise BadInput(what="the fingerprint", problem="it is not that of the newest people list")
        began = max((n for n, one in enumerate(lists) if one.begins), default=0)
        tables.confirm(lists[began:])
    return lists[-1]


def people(centre: Centre, station: Station, unit: str, body: bytes, receipt: str | None = None) -> Decided:
    """PUT /v1/units/{unit}/people: the next list, signed by a head of the list before.

    `receipt` is this centre's own receipt for these bytes, which a centre restored from a backup has lost.
    With it the list is stored again under that receipt.
    """
    if unit != station.unit:
        raise CallRefused("other-unit", "This token is of another unit.")
    with centre.records.reading() as tables:
        mine = [one for one in tables.people(unit) if one.station == station.station]
    for known in mine:
        if known.body_sha256 == sha256_hex(body):
            return Decided(known.receipt, new=False)
    file, last, now = opened(body, PEOPLE), mine[-1], stamp(centre.clock())
    asked = content.people_list(file.value, station)
    signed = verified(file, PEOPLE, _heads(last.people, now), payloads.PeopleHeader)
    if len(signed.headers) != 1:
        raise CallRefused("bad-signature", "A people list has one signature, of the head.")
    if (asked.n, asked.prev) != (last.n + 1, last.sha256):
        slug, member = (
            "behind" if asked.n > last.n + 1 else "not-next",
            "n" if asked.n != last.n + 1 else "prev",
        )
        said = f"The last list is number {last.n}; this one does not follow it."
        raise CallRefused(slug, said, member=member)
    made = PeopleList(
        unit=unit,
        station=station.station,
        n=asked.n,
        sha256=sha256_hex(signed.payload),
        body_sha256=sha256_hex(body),
        people=signed.value["people"],
        confirmed=last.confirmed,
        receipt="",
        received_at=now,
        begins=False,
    )
    made = _with_receipt(centre, made) if receipt is None else _received_before(centre, made, receipt)
    with centre.records.transaction() as tables:
        if tables.newest_list(unit, station.station) != (last.body_sha256, last.confirmed):
            raise Collided
        tables.put_people(made)
    return Decided(made.receipt, new=True)


def _heads(people: list[dict[str, Any]], now: str) -> dict[str, str]:
    """{kid: key} of those who are head now."""
    return {
        item["kid"]: item["key"]
        for item in people
        if item["role"] == Role.HEAD and item["kid"] is not None and not is_over(item, now)
    }


def _accepted_code(tables: Tables, asked: payloads.Enrolment, hashed: str, now: str) -> Code:
    code = tables.code(hashed)
    if code is None or code.unit != asked.unit:
        member = "code" if code is None else "unit"
        raise CallRefused("code-refused", "The code is not known for this unit.", member=member)
    if code.used_key is not None and (code.used_key, code.station) != (asked.station_key, asked.station):
        raise CallRefused("code-refused", "The code was used by another station.")
    if code.used_key is None and code.expires_at < now:
        raise CallRefused("code-refused", "The code is older than 30 days.")
    return code


def _still_good(tables: Tables, asked: payloads.Enrolment, token: str) -> None:
    """Demand that the token of a used code is still valid, so that it may be given again."""
    station = tables.station(asked.unit, asked.station)
    if station is None or station.token != sha256_hex(token.encode("utf-8")):
        raise CallRefused("code-refused", "The enrolment by this code ended; a new code is needed.")


def _first_list(
    asked: payloads.Enrolment, people: list[dict[str, Any]], body_sha256: str, now: str
) -> PeopleList:
    """The list that begins with an enrolment: of the enrolment's version, with the number that it names."""
    n = 1 if asked.n is msgspec.UNSET else asked.n
    first = {"v": asked.v, "unit": asked.unit, "n": n, "prev": None, "people": people}
    return PeopleList(
        unit=asked.unit,
        station=asked.station,
        n=n,
        sha256=sha256_hex(canonical(first)),
        body_sha256=body_sha256,
        people=people,
        confirmed=False,
        receipt="",
        received_at=now,
        begins=True,
    )


def _enrolled(
    centre: Centre, tables: Tables, asked: payloads.Enrolment, code: Code, token: str, first: PeopleList
) -> str:
    made = _with_receipt(centre, first)
    tables.put_people(made)
    token_hash = sha256_hex(token.encode("utf-8"))
    at = made.received_at
    tables.put_station(Station(asked.unit, asked.station, asked.station_key, asked.age_key, token_hash, at))
    tables.put_code(replace(code, used_key=asked.station_key, station=asked.station, receipt=made.receipt))
    return made.receipt


def _with_receipt(centre: Centre, made: PeopleList) -> PeopleList:
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
    return replace(made, receipt=receipt_for(centre.keys, as_received, made.confirmed, []))


def _received_before(centre: Centre, made: PeopleList, receipt: str) -> PeopleList:
    """The list as the receipt says that this centre had received it."""
    given = own_receipt(centre.keys, receipt)
    known = (given.id, given.sha256, given.unit, given.station, given.kind)
    if known != (made.sha256, made.body_sha256, made.unit, made.station, JobKind.PEOPLE):
        raise CallRefused("bad-signature", "The receipt is for something else.")
    confirmed = given.people == "confirmed"
    return replace(made, receipt=receipt, received_at=given.received_at, confirmed=confirmed)
