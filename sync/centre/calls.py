"""The centre's protocol as calls and replies, without a web framework: what a server moves is decided here.

app.py (the ministry) and the practice line both hand over a Call and send back the Reply, so that
practice answers exactly as the real centre does.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reader.buddhist_date import stamp
from store.canonical import canonical
from sync.centre import judge
from sync.centre.judge import Centre, Decided
from sync.centre.problem import Refused
from sync.centre.rows import Station

BODY_LIMIT = 1_000_000  # bytes as sent; the largest unit's report is far below 100 KB
INFLATED_LIMIT = 8_000_000

_JSON = "application/json"
_RECEIPT = "application/jose"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]+={0,2}):\s*(?:,|$)")


@dataclass(frozen=True)
class Call:
    """One request. Header names are in lower case; a server may cut the body after BODY_LIMIT + 1 bytes."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int
    body: bytes
    media: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(centre: Centre, call: Call) -> Reply:
    """Every call of the protocol; what is refused becomes problem+json."""
    try:
        if len(call.body) > BODY_LIMIT:
            raise Refused("too-large", f"The centre takes {BODY_LIMIT} bytes.")
        return _route(call)(centre, call)
    except Refused as refused:
        return problem(refused)


def problem(refused: Refused) -> Reply:
    """The reply that says why not."""
    headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else {}
    return Reply(refused.status, refused.document(), "application/problem+json", headers)


def _route(call: Call) -> Callable[[Centre, Call], Reply]:
    for shape, methods in _CALLS.items():
        if re.fullmatch(shape, call.path):
            if call.method not in methods:
                raise Refused("method", f"Here the centre knows {', '.join(methods)}.")
            return methods[call.method]
    raise Refused("not-found", "The centre has no such address.")


def _health(centre: Centre, _call: Call) -> Reply:
    told = {
        "service": "nocopy-centre",
        "time": stamp(centre.clock()),
        "key": centre.keys.public["receipt"],
    }
    return Reply(200, canonical(told))


def _enrol(centre: Centre, call: Call) -> Reply:
    return Reply(201, canonical(judge.enrol(centre, call.body)))


def _people(centre: Centre, call: Call) -> Reply:
    station = _station(centre, call)
    unit = call.path.split("/")[3]
    return _receipt(judge.people(centre, station, unit, call.body))


def _submission(centre: Centre, call: Call) -> Reply:
    station = _station(centre, call)
    id = call.path.split("/")[3]
    if not _ID.fullmatch(id):
        raise Refused("bad-request", "The id is not a UUID in lower case.")
    if call.headers.get("content-type", "").split(";")[0].strip() != "application/jose+json":
        raise Refused("media-type", "A submission is application/jose+json.")
    if call.headers.get("content-encoding") != "gzip":
        raise Refused("media-type", "A submission is encoded with gzip.")
    _check_digest(call)
    return _receipt(judge.submission(centre, station, id, call.body, _inflated(call.body)))


def _witness(centre: Centre, call: Call) -> Reply:
    with centre.records.transaction() as tables:
        head = tables.head(call.query.get("origin", ""))
    if head is None:
        raise Refused("not-found", "No checkpoint of this origin was cosigned.")
    return Reply(200, head.note.encode("utf-8"), "text/plain; charset=utf-8")


def _messages(centre: Centre, call: Call) -> Reply:
    station = _station(centre, call)
    after = call.query.get("after", "0")
    if not re.fullmatch(r"\d{1,15}", after, re.ASCII):
        raise Refused("bad-request", "after is not a number.")
    with centre.records.transaction() as tables:
        messages = tables.messages(station.unit, int(after))
    told = {"messages": [{"n": message.n, "message": message.body} for message in messages]}
    return Reply(200, canonical(told))


def _catalogue(_centre: Centre, _call: Call) -> Reply:
    raise Refused("not-found", "The ministry has published no catalogue.")


_CALLS: dict[str, dict[str, Callable[[Centre, Call], Reply]]] = {
    r"/v1/health": {"GET": _health},
    r"/v1/stations": {"POST": _enrol},
    r"/v1/units/[^/]+/people": {"PUT": _people},
    r"/v1/submissions/[^/]+": {"PUT": _submission},
    r"/v1/witness": {"GET": _witness},
    r"/v1/messages": {"GET": _messages},
    r"/v1/catalogue": {"GET": _catalogue},
}


def _station(centre: Centre, call: Call) -> Station:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("no-token", "A bearer token is needed; enrolment gives it.")
    return judge.station_of(centre, token.strip())


def _receipt(decided: Decided) -> Reply:
    return Reply(201 if decided.new else 200, decided.receipt.encode("ascii"), _RECEIPT)


def _check_digest(call: Call) -> None:
    told = _DIGEST.search(call.headers.get("repr-digest", ""))
    if told is None:
        raise Refused("digest-mismatch", "Repr-Digest with sha-256 is missing.")
    if told[1] != base64.b64encode(hashlib.sha256(call.body).digest()).decode("ascii"):
        raise Refused("digest-mismatch", "The body was changed on its way.")


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        inflated = inflater.decompress(body, INFLATED_LIMIT + 1)
    except zlib.error as error:
        raise Refused("bad-request", "The body is no gzip.") from error
    if len(inflated) > INFLATED_LIMIT:
        raise Refused("too-large", f"The centre takes {INFLATED_LIMIT} bytes after inflating.")
    if not inflater.eof or inflater.unused_data:
        raise Refused("bad-request", "The gzip is cut short, or something follows it.")
    return inflated
