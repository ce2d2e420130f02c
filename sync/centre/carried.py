"""Bundles that came by hand: their items are judged exactly as if they had come over the network.

The answer is sealed to the station: receipts, refusals with their reasons, and the messages that the unit
has not seen. A bundle's number only tells whether one is missing. Each bundle holds all that waited when it
was made, so nothing of a lost one is missing once the next has come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reader.buddhist_date import stamp
from store.exchange import payloads
from store.exchange.agreed import MANIFEST, TWICE, agreed, formed
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.formats.errors import BadSignature, UnknownSigner, WrongMember, WrongSignature
from store.queue.job import JobKind
from sync.carry import bundle
from sync.carry.errors import BundleError, DamagedBundle
from sync.centre import admission, content, judge
from sync.centre.errors import ForgedBundle, UnknownStation
from sync.centre.inflated import LIMIT, inflated
from sync.centre.judge import Centre, Decided
from sync.centre.problem import CallRefused
from sync.centre.storage import Bundle, Station, anew

NEXT, AGAIN, LATE, GAP, OTHER = "next", "again", "late", "gap", "other"
"""How a bundle's number fits those before: the next; the same bundle again; an older one after a newer; one
before it is missing; another bundle came under this number, as after a restore of the office's books."""
INFLATED_LIMIT = 64_000_000
"""Bytes of all items of a bundle after inflating. Ten years of a large unit are far below."""


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


@dataclass
class _Verdicts:
    """What became of the items: by id the receipts, and the lists as in Carried."""

    receipts: dict[str, bytes] = field(default_factory=dict)
    received: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    reasons: dict[str, BadSignature] = field(default_factory=dict)


def accept(centre: Centre, sealed: bytes) -> Carried:
    """Take in a bundle and make the answer. Takes nothing where it raises a BundleError or a BadSignature."""
    members = bundle.unseal(sealed, centre.keys.age_identity)
    station, manifest, digest = _read(centre, members)
    bundle.check({f"items/{item.id}": item.sha256 for item in manifest.items}, members)
    order, missing = _numbered(centre, station, manifest, digest)
    verdicts = _judged_all(centre, station, manifest, members)
    with centre.records.reading() as tables:
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
        "receipts": _listed(verdicts.receipts),
        "refused": verdicts.refused,
        "messages": _listed(mail),
    }
    token = jws.sign_compact(
        canonical(answer), typ=bundle.BACK, header={}, seed=centre.keys.receipt_seed
    ).encode("ascii")
    files = {
        bundle.MANIFEST: token,
        **{f"receipts/{id}": data for id, data in verdicts.receipts.items()},
        **{f"messages/{n}": data for n, data in mail.items()},
    }
    return Carried(
        station.unit,
        station.station,
        manifest.n,
        order,
        missing,
        verdicts.received,
        verdicts.refused,
        len(mail),
        bundle.seal(files, station.age_key),
        verdicts.reasons,
    )


def _judged_all(
    centre: Centre, station: Station, manifest: payloads.Manifest, members: dict[str, bytes]
) -> _Verdicts:
    found, left = _Verdicts(), INFLATED_LIMIT
    for item in manifest.items:
        body = members[f"items/{item.id}"]
        try:
            whole = body if JobKind(item.kind) is JobKind.PEOPLE else inflated(body, min(LIMIT, left))
            left -= len(whole)
            receipt = _judged(centre, station, item, body, whole).encode("ascii")
        except CallRefused as why:
            found.refused.append({"id": item.id, "problem": why.slug, "detail": why.detail})
            if isinstance(why.__cause__, BadSignature):
                found.reasons[item.id] = why.__cause__
            continue
        claims = jws.claims(receipt)[1]
        found.receipts[item.id] = receipt
        found.received.append({name: claims[name] for name in ("kind", "month", "late")} | {"id": item.id})
    return found


def _listed(files: dict[str, bytes]) -> list[dict[str, str]]:
    return [{"id": id, "sha256": sha256_hex(data)} for id, data in files.items()]


def _read(centre: Centre, members: dict[str, bytes]) -> tuple[Station, payloads.Manifest, str]:
    """The station that signed the list, the list, and the SHA-256 of its payload."""
    file = jws.unverified(bundle.manifest(members))
    listed: payloads.Manifest = agreed(MANIFEST, file.value)
    ids = set()
    for n, item in enumerate(listed.items):
        if item.id in ids:
            raise WrongMember(member=f"items[{n}].id", problem=TWICE)
        ids.add(item.id)
    with centre.records.reading() as tables:
        station = tables.station(listed.unit, listed.station)
    if station is None or station.is_revoked:
        raise UnknownStation(unit=listed.unit, station=listed.station)
    kid = jws.thumbprint(jws.key_bytes(station.key))
    try:
        signed = file.verified(bundle.OUT, {kid: station.key}.get)
    except (UnknownSigner, WrongSignature):
        raise ForgedBundle(unit=listed.unit, station=listed.station) from None
    if len(signed.headers) != 1:
        raise DamagedBundle(part=bundle.MANIFEST)
    formed(payloads.Header, signed.headers[0], "signatures[0].protected")
    return station, listed, sha256_hex(signed.payload)


def _numbered(
    centre: Centre, station: Station, manifest: payloads.Manifest, digest: str
) -> tuple[str, list[int]]:
    """Record the bundle; returns how its number fits those before, and which are missing."""
    with centre.records.transaction() as tables:
        known = tables.bundles(station.unit, station.station)
        numbers = {one.n for one in known}
        last = max(numbers, default=0)
        if any((one.n, one.sha256) == (manifest.n, digest) for one in known):
            order = AGAIN
        else:
            tables.put_bundle(
                Bundle(station.unit, station.station, manifest.n, digest, stamp(centre.clock()))
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


def _judged(centre: Centre, station: Station, item: payloads.Item, body: bytes, whole: bytes) -> str:
    decided = anew(lambda: _decided(centre, station, item, body, whole))
    if decided is None:
        raise CallRefused("failed", "Too many calls met each other; nothing was received. Try again later.")
    return decided.receipt


def _decided(centre: Centre, station: Station, item: payloads.Item, body: bytes, whole: bytes) -> Decided:
    if JobKind(item.kind) is JobKind.PEOPLE:
        return admission.people(centre, station, station.unit, body)
    content.submission_name(item.id)
    return judge.submission(centre, station, item.id, body, whole)


def problem_of(error: BundleError | BadSignature) -> CallRefused:
    """The refusal that a bundle gets over the network."""
    member = str(error.facts["member"]) if isinstance(error, WrongMember) else None
    return CallRefused("bad-bundle", str(error), member=member)
