"""The centre's protocol as calls and replies, without a web framework.

app.py (the ministry) and sync/practice/centre_twin.py both pass a Call to answer() and send back its Reply,
so practice answers exactly as the real centre does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reader.buddhist_date import stamp
from reader.sentences import mark
from store.formats.canonical import canonical, sha256_hex
from store.formats.errors import BadSignature
from sync.carry.bundle import SEALED_LIMIT
from sync.carry.errors import BundleError
from sync.centre import admission, carried, content, judge, limits, witness
from sync.centre.inflated import inflated
from sync.centre.judge import Centre, Decided
from sync.centre.openapi import document
from sync.centre.problem import CallRefused
from sync.centre.storage import Station, anew

BODY_LIMIT = 1_000_000  # bytes as sent; the largest unit's report is far below 100 KB
STATUS_HEADER = "nocopy-status"
RECEIPT_HEADER = "nocopy-receipt"

_JSON = "application/json"
_JOSE = "application/jose"
_SEALED = "application/octet-stream"
_CARRY = "/v1/carry"
_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]+={0,2}):\s*(?:,|$)")


@dataclass(frozen=True)
class Call:
    """One request. Header names are in lower case; a server may cut the body one byte after its limit.

    `address` is the caller's, "" where only this PC can call.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str = ""


@dataclass(frozen=True)
class Reply:
    """The reply to a Call."""

    status: int
    body: bytes
    media: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(centre: Centre, call: Call) -> Reply:
    """The reply to any call of the protocol; a refusal becomes problem+json."""
    try:
        _not_too_often(centre, call)
        limit = body_limit(call.path)
        if len(call.body) > limit:
            raise CallRefused("too-large", f"The centre takes {limit} bytes.")
        return _done_anew(_route(call), centre, call)
    except CallRefused as refused:
        return problem(refused)


def _done_anew(decide: Callable[[Centre, Call], Reply], centre: Centre, call: Call) -> Reply:
    """The decision; made anew where its transaction collided with another call's."""
    reply = anew(lambda: decide(centre, call))
    if reply is not None:
        return reply
    raise CallRefused("failed", "Too many calls met each other; nothing was received. Try again later.")


def body_limit(path: str) -> int:
    """The largest body, in bytes, that the centre reads at that address."""
    return SEALED_LIMIT if path == _CARRY else BODY_LIMIT


def _not_too_often(centre: Centre, call: Call) -> None:
    """Count the call by address and by token, more strictly for costly calls without a token."""
    centre.limits.take("address", call.address, limits.ADDRESS)
    if call.method == "POST" and call.path in _STRICTER:
        centre.limits.take(call.path, call.address, _STRICTER[call.path])
    token = _bearer(call)
    if token:
        centre.limits.take("token", sha256_hex(token.encode("utf-8")), limits.TOKEN)


def problem(refused: CallRefused) -> Reply:
    """The reply for a refusal."""
    headers = dict(refused.headers)
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Reply(refused.status, refused.document(), "application/problem+json", headers)


def _route(call: Call) -> Callable[[Centre, Call], Reply]:
    for shape, methods in _CALLS.items():
        if re.fullmatch(shape, call.path):
            if call.method not in methods:
                known = ", ".join(methods)
                raise CallRefused("method", f"Here the centre knows {known}.", {"Allow": known})
            return methods[call.method]
    raise CallRefused("not-found", "The centre has no such address.")


def _health(centre: Centre, _call: Call) -> Reply:
    health = {
        "service": "nocopy-centre",
        "time": stamp(centre.clock()),
        "key": centre.keys.public["receipt"],
    }
    return Reply(200, canonical(health))


def _openapi(_centre: Centre, _call: Call) -> Reply:
    return Reply(200, canonical(document()))


def _enrol(centre: Centre, call: Call) -> Reply:
    return Reply(201, canonical(admission.enrol(centre, call.body)))


def _people(centre: Centre, call: Call) -> Reply:
    station = _station(centre, call)
    unit = call.path.split("/")[3]
    return _receipt(admission.people(centre, station, unit, call.body, _own_receipt(call)))


def _submission(centre: Centre, call: Call) -> Reply:
    station = _station(centre, call)
    id = content.submission_name(call.path.split("/")[3])
    if call.headers.get("content-type", "").split(";")[0].strip() != "application/jose+json":
        raise CallRefused("media-type", "A submission is application/jose+json.")
    if call.headers.get("content-encoding") != "gzip":
        raise CallRefused("media-type", "A submission is encoded with gzip.")
    _check_digest(call)
    content_of = inflated(call.body)
    return _receipt(judge.submission(centre, station, id, call.body, content_of, _own_receipt(call)))


def _received(centre: Centre, call: Call) -> Reply:
    station = _station(centre, call)
    with centre.records.reading() as tables:
        ids = tables.received(station.unit, station.station)
    return Reply(200, canonical({"ids": ids}))


def _carry(centre: Centre, call: Call) -> Reply:
    try:
        return Reply(200, carried.accept(centre, call.body).sealed, _SEALED)
    except (BundleError, BadSignature) as error:
        raise carried.problem_of(error) from error


def _witness(centre: Centre, call: Call) -> Reply:
    with centre.records.reading() as tables:
        if "before" in call.query:
            head = witness.before(tables, call.query["before"])
        else:
            head = tables.head(call.query.get("origin", ""))
    if head is None:
        raise CallRefused("not-found", "No checkpoint of this origin was cosigned.")
    return Reply(200, head.note.encode("utf-8"), "text/plain; charset=utf-8")


def _messages(centre: Centre, call: Call) -> Reply:
    station = _station(centre, call)
    after = call.query.get("after", "0")
    if not re.fullmatch(r"\d{1,15}", after, re.ASCII):
        raise CallRefused("bad-request", "after is not a number.")
    said = call.headers.get(STATUS_HEADER)
    now = stamp(centre.clock())
    status = content.status(station, said, now) if said is not None else None
    with centre.records.reading() as tables:
        messages = tables.messages(station.unit, int(after))
        received = len(tables.received(station.unit, station.station))
    if status is not None:
        with centre.records.transaction() as tables:
            tables.put_status(status)
    mail = [{"n": message.n, "message": message.body} for message in messages]
    return Reply(200, canonical({"messages": mail, "received": received}))


def _catalogue(centre: Centre, call: Call) -> Reply:
    with centre.records.reading() as tables:
        found = tables.catalogue()
    if found is None:
        raise CallRefused("not-found", "The ministry has published no catalogue.")
    etag = f'"{found.sha256}"'
    if etag in (one.strip() for one in call.headers.get("if-none-match", "").split(",")):
        return Reply(304, b"", _JOSE, {"ETag": etag})
    return Reply(200, found.body.encode("ascii"), _JOSE, {"ETag": etag})


_STRICTER = {"/v1/stations": limits.ENROLMENT, _CARRY: limits.CARRY}
_CALLS: dict[str, dict[str, Callable[[Centre, Call], Reply]]] = {
    r"/v1/health": {"GET": _health},
    r"/v1/openapi\.json": {"GET": _openapi},
    r"/v1/stations": {"POST": _enrol},
    r"/v1/units/[^/]+/people": {"PUT": _people},
    r"/v1/submissions": {"GET": _received},
    r"/v1/submissions/[^/]+": {"PUT": _submission},
    r"/v1/witness": {"GET": _witness},
    r"/v1/messages": {"GET": _messages},
    r"/v1/catalogue": {"GET": _catalogue},
    r"/v1/carry": {"POST": _carry},
}


def _bearer(call: Call) -> str:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _station(centre: Centre, call: Call) -> Station:
    token = _bearer(call)
    if not token:
        raise CallRefused("no-token", "A bearer token is needed; enrolment gives it.")
    return admission.station_of(centre, token)


def _own_receipt(call: Call) -> str | None:
    """The centre's own receipt, which comes with a submission that a restored centre has lost."""
    return call.headers.get(RECEIPT_HEADER)


def _receipt(decided: Decided) -> Reply:
    return Reply(201 if decided.new else 200, decided.receipt.encode("ascii"), _JOSE)


def _check_digest(call: Call) -> None:
    digest = _DIGEST.search(call.headers.get("repr-digest", ""))
    if digest is None:
        raise CallRefused("digest-mismatch", "Repr-Digest with sha-256 is missing.")
    if digest[1] != base64.b64encode(hashlib.sha256(call.body).digest()).decode("ascii"):
        raise CallRefused("digest-mismatch", mark("The body was changed on its way."))
