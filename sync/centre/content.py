"""Parses what a station may send. Each field's form is checked; signatures are not. Raises CallRefused.

A person of a people list is {login, name, role, kid, key, station, from, until}; a person with two roles is
in it twice. `from` and `until` are stamps or days; `until` is null while the appointment lasts.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyrage

from reader.sentences import mark
from store.exchange.enrolment import normal
from store.formats import jws
from store.formats.canonical import sha256_hex, unb64
from store.formats.errors import BadSignature
from store.formats.report import submission_id
from store.formats.required_signers import APPROVED, FLAGGED
from store.formats.roles import Role
from store.queue.job import JobKind
from sync.centre.problem import CallRefused
from sync.centre.storage import PeopleList, Station, StationStatus

_MOST = 1_000_000  # no queue has more jobs, and a database's integer holds it
INFLATED_LIMIT = 8_000_000  # bytes; the largest unit's report is far below 1 MB

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_PERSON = {"login", "name", "role", "kid", "key", "station", "from", "until"}
UNIT = re.compile(r"[0-9A-Za-z]{1,12}")
_STATION = re.compile(r"[0-9]{2}")
_MAX_PEOPLE = 500
_MAX_NOTE = 2000
_MAX_PROOF = 128  # hashes: twice the height of a tree of 2^64 lines


@dataclass(frozen=True)
class Enrolment:
    unit: str
    station: str
    code: str
    station_key: str
    age_key: str
    people: list[dict[str, Any]]


@dataclass(frozen=True)
class NextPeople:
    unit: str
    n: int
    prev: str
    people: list[dict[str, Any]]


@dataclass(frozen=True)
class Report:
    unit: str
    month: str
    revision: int
    replaces: str | None
    people: str
    origins: list[str]


@dataclass(frozen=True)
class Checkpoint:
    note: str
    came_from: int
    proof: list[str]


def enrolment(payload: dict[str, Any]) -> Enrolment:
    """The payload of POST /v1/stations, with the code in its normal form."""
    _version(payload)
    try:
        code = normal(text(payload, "code"))
    except ValueError as error:
        raise CallRefused("code-refused", "This is not an enrolment code.") from error
    station_key = text(payload, "station_key")
    key_bytes(station_key)
    unit, station = text(payload, "unit"), text(payload, "station")
    if not UNIT.fullmatch(unit) or not _STATION.fullmatch(station):
        raise CallRefused("bad-content", "A unit is up to 12 letters and digits, a station two digits.")
    age_key = text(payload, "age_key")
    try:
        pyrage.x25519.Recipient.from_str(age_key)
    except pyrage.RecipientError:
        raise CallRefused("bad-content", "age_key is no recipient of age.") from None
    return Enrolment(
        unit=unit,
        station=station,
        code=code,
        station_key=station_key,
        age_key=age_key,
        people=_people(payload),
    )


def people_list(payload: dict[str, Any]) -> NextPeople:
    """The payload of PUT /v1/units/{unit}/people."""
    _version(payload)
    return NextPeople(
        unit=text(payload, "unit"),
        n=number(payload, "n"),
        prev=text(payload, "prev"),
        people=_people(payload),
    )


def report(payload: dict[str, Any]) -> Report:
    """The fields of a monthly report that the centre acts on; the counts are only for its readers."""
    _version(payload)
    month = text(payload, "month")
    if not _MONTH.fullmatch(month):
        raise CallRefused("bad-content", "month is not written YYYY-MM.")
    chains = payload.get("chains")
    if not isinstance(chains, list) or not all(isinstance(chain, dict) for chain in chains):
        raise CallRefused("bad-content", "chains is not a list of chains.")
    return Report(
        unit=text(payload, "unit"),
        month=month,
        revision=number(payload, "revision"),
        replaces=text(payload, "replaces") if payload.get("replaces") is not None else None,
        people=text(payload, "people"),
        origins=[text(chain, "origin") for chain in chains],
    )


def checkpoint(payload: dict[str, Any]) -> Checkpoint:
    """A note, and the proof (hashes of 32 bytes, each b64) that it extends the one before.

    The payload's `from` (came_from) is the largest size that the station knows to be cosigned. The proof
    alone decides; `from` only distinguishes a fork from a centre that lost data.
    """
    _version(payload)
    proof = payload.get("proof")
    if not isinstance(proof, list) or len(proof) > _MAX_PROOF or not all(isinstance(p, str) for p in proof):
        raise CallRefused("bad-content", "The proof is not a list of hashes.")
    return Checkpoint(text(payload, "note", _MAX_NOTE), number(payload, "from"), proof)


def submission_name(id: str) -> str:
    """The id of a submission, from an address. Raises CallRefused where it is none."""
    if not _ID.fullmatch(id):
        raise CallRefused("bad-request", "The id is not a UUID in lower case.")
    return id


def report_id(asked: Report) -> str:
    """The only id under which this report may be sent."""
    return submission_id(asked.unit, asked.month, JobKind.REPORT, asked.revision)


def check_findings(head: dict[str, Any], findings: bytes | None) -> None:
    """Check a report's findings: a flagged report needs those that the head signed, an approved one none."""
    if head["says"] == APPROVED:
        if findings is not None:
            raise CallRefused("bad-content", mark("An approved report carries no findings."))
        return
    if findings is None:
        raise CallRefused("bad-content", mark("A flagged report carries the findings that the head marked."))
    if head.get("findings") != sha256_hex(findings):
        raise CallRefused("bad-signature", "The findings are not those that the head signed for.")
    try:
        jws.strict_object(findings, "findings")
    except BadSignature as error:
        raise CallRefused("bad-content", str(error)) from error


def status(station: Station, said: str, now: str) -> StationStatus:
    """The status in a station's header: JSON {at, waiting, quarantined, version}, counts only.

    A station whose ledger is known to be broken adds `broken`: {seq, found_at}.
    """
    try:
        value = jws.strict_object(said.encode("utf-8"), "status")
        found = StationStatus(
            unit=station.unit,
            station=station.station,
            seen_at=now,
            said_at=text(value, "at", 25),
            waiting=min(number(value, "waiting"), _MOST),
            quarantined=min(number(value, "quarantined"), _MOST),
            version=text(value, "version", 40),
            **_broken(value.get("broken")),
        )
        seconds_between(found.said_at, now)
    except (BadSignature, ValueError):
        raise CallRefused("bad-request", "The status header is not in the agreed form.") from None
    if not found.version.isprintable():
        raise CallRefused("bad-request", "The status header is not in the agreed form.")
    return found


def _broken(said: Any) -> dict[str, Any]:
    """The break that a status tells of; raises ValueError where it is not in the agreed form."""
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise ValueError("not an object")
    at = text(said, "found_at", 25)
    seconds_between(at, at)
    return {"broken_seq": min(number(said, "seq"), _MOST), "broken_at": at}


def seconds_between(said: str, now: str) -> int:
    """How far a station's clock is ahead of the centre's, in seconds. Raises ValueError for a bad stamp."""
    ahead = datetime.fromisoformat(said), datetime.fromisoformat(now)
    if ahead[0].tzinfo is None:
        raise ValueError("a stamp without a zone")
    return round((ahead[0] - ahead[1]).total_seconds())


def destination_of(says: str) -> str:
    """Who reads a report at the ministry, by the head's decision on the month."""
    return "ict" if says == FLAGGED else "supervisor"


def destination(report_jws: bytes) -> str:
    """Who reads a report that this centre itself gave a receipt for; its signatures are not checked."""
    for one in jws.strict_object(report_jws, "outer")["signatures"]:
        header = jws.strict_object(unb64(one["protected"]), "protected")
        if header.get("role") == Role.HEAD:
            return destination_of(str(header.get("says")))
    raise CallRefused("bad-content", mark("Nobody signed the report as its head."))


def inflated(body: bytes) -> bytes:
    """The content of the gzip. Raises CallRefused where it is damaged, cut short or too large."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        found = inflater.decompress(body, INFLATED_LIMIT + 1)
    except zlib.error as error:
        raise CallRefused("bad-request", "The body is no gzip.") from error
    if len(found) > INFLATED_LIMIT:
        raise CallRefused("too-large", f"The centre takes {INFLATED_LIMIT} bytes after inflating.")
    if not inflater.eof or inflater.unused_data:
        raise CallRefused("bad-request", "The gzip is cut short, or something follows it.")
    return found


def in_force(lists: list[PeopleList]) -> list[dict[str, Any]]:
    """The present people of a unit: those of the newest list of each of its stations."""
    newest = {one.station: one.people for one in lists}
    return [item for people in newest.values() for item in people]


def key_bytes(key: str) -> bytes:
    """The 32 bytes of a public key in b64."""
    try:
        return jws.key_bytes(key)
    except BadSignature:
        raise CallRefused("bad-content", "A public key is not 32 bytes in base64url.") from None


def text(payload: dict[str, Any], name: str, longest: int = 300) -> str:
    """A text of 1 to `longest` characters."""
    value = payload.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise CallRefused("bad-content", f"{name} is missing or not a short text.")
    return value


def number(payload: dict[str, Any], name: str) -> int:
    """A number that is not negative."""
    value = payload.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CallRefused("bad-content", f"{name} is missing or not a number.")
    return value


def _version(payload: dict[str, Any]) -> None:
    if payload.get("v") != 1:
        raise CallRefused("bad-content", mark("This centre knows version 1 alone."))


def _people(payload: dict[str, Any]) -> list[dict[str, Any]]:
    people = payload.get("people")
    if not isinstance(people, list) or not 0 < len(people) <= _MAX_PEOPLE:
        raise CallRefused("bad-content", "people is missing or not a list.")
    for item in people:
        if not isinstance(item, dict) or item.keys() != _PERSON:
            raise CallRefused("bad-content", "A person of the list has other fields than agreed.")
        for name in _PERSON - {"until"}:
            text(item, name)
        if item["until"] is not None:
            text(item, "until")
        if item["role"] not in tuple(Role):
            raise CallRefused("bad-content", mark("A person of the list has an unknown role."))
        if jws.thumbprint(key_bytes(item["key"])) != item["kid"]:
            raise CallRefused("bad-content", "A person's kid is not the thumbprint of the key.")
    return people
