"""Bundles that came by hand: their items are judged exactly as if they had come over the network.

The answer is sealed to the station: receipts, refusals with their reasons, and the messages that the unit
has not seen. A bundle's number only tells whether one is missing. Each bundle holds all that waited when it
was made, so nothing of a lost one is missing once the next has come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reader.buddhist_date import stamp
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.formats.errors import BadSignature, UnknownSigner, WrongSignature
from store.queue.job import JobKind
from sync.carry import bundle
from sync.carry.errors import BundleError, DamagedBundle
from sync.centre import admission, content, judge
from sync.centre.errors import ForgedBundle, UnknownStation
from sync.centre.judge import Centre
from sync.centre.problem import CallRefused
from sync.centre.storage import Bundle, Station

NEXT, AGAIN, LATE, GAP, OTHER = "next", "again", "late", "gap", "other"
"""How a bundle's number fits those before: the next; the same bundle again; an older one after a newer; one
before it is missing; another bundle came under this number, as after a restore of the office's books."""

_LARGEST_N = 10**9


@dataclass(frozen=True)
class Carried:
    """The result of a bundle: `sealed` is the answer for its station.

    received: [{id, kind, month, late}]; refused: [{id, problem, detail}]; missing: numbers that never came;
    reasons: by id, what is wrong with a signature, for translation.
    """

    unit: str
    station: str
    n: int
    order: str
    missing: list[int]
    received: list[dict[str, Any]]
    refused: list[dict[str, str]]
    messages: int
    sealed: bytes
    reasons: dict[str, BadSignature] = field(default_factory=dict)


@dataclass(frozen=True)
class _Manifest:
    n: int
    sha256: str
    items: list[dict[str, str]]
    messages_seen: int


def accept(centre: Centre, sealed: bytes) -> Carried:
    """Take in a bundle and make the answer. Takes nothing where it raises a BundleError or a BadSignature."""
    members = bundle.unseal(sealed, centre.keys.age_identity)
    station, manifest = _read(centre, members)
    bundle.check({f"items/{item['id']}": item["sha256"] for item in manifest.items}, members)
    order, missing = _numbered(centre, station, manifest)
    receipts: dict[str, bytes] = {}
    received: list[dict[str, Any]] = []
    refused: list[dict[str, str]] = []
    reasons: dict[str, BadSignature] = {}
    for item in manifest.items:
        try:
            receipt = _judged(centre, station, item, members[f"items/{item['id']}"])
        except CallRefused as why:
            refused.append({"id": item["id"], "problem": why.slug, "detail": why.detail})
            if isinstance(why.__cause__, BadSignature):
                reasons[item["id"]] = why.__cause__
            continue
        claims = jws.claims(receipt.encode("ascii"))[1]
        receipts[item["id"]] = receipt.encode("ascii")
        received.append({name: claims[name] for name in ("kind", "month", "late")} | {"id": item["id"]})
    with centre.records.transaction() as tables:
        mail = {
            str(one.n): one.body.encode("ascii")
            for one in tables.messages(station.unit, manifest.messages_seen)
        }
    answer = {
        "v": 1,
        "unit": station.unit,
        "station": station.station,
        "for": manifest.n,
        "order": order,
        "missing": missing,
        "made_at": stamp(centre.clock()),
        "receipts": _listed(receipts),
        "refused": refused,
        "messages": _listed(mail),
    }
    token = jws.sign_compact(
        canonical(answer), typ=bundle.BACK, header={}, seed=centre.keys.receipt_seed
    ).encode("ascii")
    files = {
        bundle.MANIFEST: token,
        **{f"receipts/{id}": data for id, data in receipts.items()},
        **{f"messages/{n}": data for n, data in mail.items()},
    }
    return Carried(
        station.unit,
        station.station,
        manifest.n,
        order,
        missing,
        received,
        refused,
        len(mail),
        bundle.seal(files, station.age_key),
        reasons,
    )


def _listed(files: dict[str, bytes]) -> list[dict[str, str]]:
    return [{"id": id, "sha256": sha256_hex(data)} for id, data in files.items()]


def _read(centre: Centre, members: dict[str, bytes]) -> tuple[Station, _Manifest]:
    """The station that signed the list, and the list."""
    body = bundle.manifest(members)
    said = jws.claims(body)[1]
    unit, number = (str(said.get(name))[:12] for name in ("unit", "station"))
    with centre.records.transaction() as tables:
        station = tables.station(unit, number)
    if station is None or station.is_revoked:
        raise UnknownStation(unit=unit, station=number)
    kid = jws.thumbprint(content.key_bytes(station.key))
    try:
        signed = jws.read(body, typ=bundle.OUT, key_of={kid: station.key}.get)
    except (UnknownSigner, WrongSignature):
        raise ForgedBundle(unit=unit, station=number) from None
    if len(signed.headers) != 1:
        raise DamagedBundle(part=bundle.MANIFEST)
    return station, _listing(signed.value, sha256_hex(signed.payload))


def _listing(value: dict[str, Any], digest: str) -> _Manifest:
    try:
        if value.get("v") != 1:
            raise CallRefused("bad-content", "another version")
        n, seen = content.number(value, "n"), content.number(value, "messages_seen")
        items = [
            {name: content.text(item, name) for name in ("id", "kind", "sha256")} for item in value["items"]
        ]
    except (CallRefused, KeyError, TypeError, AttributeError):
        raise DamagedBundle(part=bundle.MANIFEST) from None
    if not 0 < n <= _LARGEST_N or len({item["id"] for item in items}) != len(items):
        raise DamagedBundle(part=bundle.MANIFEST)
    return _Manifest(n, digest, items, seen)


def _numbered(centre: Centre, station: Station, manifest: _Manifest) -> tuple[str, list[int]]:
    """Record the bundle; returns how its number fits those before, and which are missing."""
    with centre.records.transaction() as tables:
        known = tables.bundles(station.unit, station.station)
        numbers = {one.n for one in known}
        last = max(numbers, default=0)
        if any((one.n, one.sha256) == (manifest.n, manifest.sha256) for one in known):
            order = AGAIN
        else:
            tables.put_bundle(
                Bundle(station.unit, station.station, manifest.n, manifest.sha256, stamp(centre.clock()))
            )
            if manifest.n in numbers:
                order = OTHER
            elif manifest.n < last:
                order = LATE
            else:
                order = NEXT if manifest.n == last + 1 else GAP
    return order, missing_numbers({*numbers, manifest.n})


def missing_numbers(numbers: set[int]) -> list[int]:
    """The highest hundred of the numbers from 1 to the largest that never came."""
    largest = max(numbers, default=0)
    return [n for n in range(max(1, largest - 100), largest) if n not in numbers]


def _judged(centre: Centre, station: Station, item: dict[str, str], body: bytes) -> str:
    if item["kind"] == JobKind.PEOPLE:
        return admission.people(centre, station, station.unit, body).receipt
    content.submission_name(item["id"])
    return judge.submission(centre, station, item["id"], body, content.inflated(body)).receipt


def problem_of(error: BundleError | BadSignature) -> CallRefused:
    """The refusal that a bundle gets over the network."""
    return CallRefused("bad-bundle", str(error))
