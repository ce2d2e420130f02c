"""The roles document: who is who in the unit, signed and numbered; the tables of people are copies of it.

    {v, unit, station, n, prev, people: [PERSON], adopts}      compact JWS, typ nocopy-roles+jws
    PERSON  {login, name, level, services, citizen, first, keys: [KEY], appointments: [APPOINTMENT]}
    first   {key, age_key, until}, or null: the temporary keys under a first passphrase, good until that stamp
    KEY     {kid, key, age_key, from, until}; `until` is null for the key in force, `from` for the first
    APPOINTMENT  {role, acting, order, from, until}

`citizen` is b64(HMAC-SHA-256(the books' lookup_key, login | 00 | citizen's number)), so that nobody takes
another's number. `prev` is the SHA-256 (hex) of the payload before, null in the first. `adopts` is null, but
in the first document of books that an earlier version began, where a head signed it: {list, receipt}, the
people list (as text) that the centre confirmed, and its receipt.

Ended appointments and former keys stay: earlier signatures must verify.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from store.formats import jws
from store.formats.canonical import b64, canonical, sha256_hex
from store.formats.errors import BadSignature, DamagedJws
from store.formats.jws import KeyOf
from store.formats.roles import Role
from store.people.vault import Signer

ROLES = "nocopy-roles+jws"
KEYS = "nocopy-keys+jws"
SHEET = "nocopy-sheet+jws"
VERSION = 1
Entry = dict[str, Any]
"""A PERSON of the document."""

_DOCUMENT = {"v", "unit", "station", "n", "prev", "people", "adopts"}
_PERSON = {
    "login": str,
    "name": str,
    "level": str,
    "services": list,
    "citizen": str,
    "first": (dict, type(None)),
    "keys": list,
    "appointments": list,
}
_FIRST = {"key": str, "age_key": str, "until": str}
_KEY = {"kid": str, "key": str, "age_key": str, "from": (str, type(None)), "until": (str, type(None))}
_APPOINTMENT = {
    "role": str,
    "acting": bool,
    "order": (str, type(None)),
    "from": str,
    "until": (str, type(None)),
}
_ADOPTS = {"list": str, "receipt": str}


def sign_document(place: Mapping[str, Any], people: Iterable[Entry], signer: Signer) -> tuple[str, str]:
    """The signed document, and the SHA-256 (hex) of its payload.

    `place` holds unit, station, n and prev, and `adopts` where that is wanted.
    """
    people = sorted(people, key=lambda one: str(one["login"]))
    payload = canonical({"adopts": None, **place, "v": VERSION, "people": people})
    token = jws.sign_compact(payload, typ=ROLES, header={"login": signer.login}, seed=signer.seed)
    return token, sha256_hex(payload)


def read_document(token: str, key_of: KeyOf) -> tuple[dict[str, Any], str, str]:
    """A document, the `kid` of its signer, and the SHA-256 (hex) of its payload.

    Raises a BadSignature, also where a member is missing, foreign or of another type.
    """
    signed = jws.read_compact(token, typ=ROLES, key_of=key_of)
    if not _is_document(signed.value):
        raise DamagedJws(part="payload")
    return signed.value, str(signed.headers[0]["kid"]), sha256_hex(signed.payload)


def sign_keys(facts: Mapping[str, Any], signer: Signer) -> str:
    """The word of a first key, or of the sheet, for a person's new keys.

    `facts` are unit, station, login, kid, key, age_key and roles_n, the number of the document in force.
    """
    payload = canonical({"v": VERSION, **facts})
    return jws.sign_compact(payload, typ=KEYS, header={}, seed=signer.seed)


def sign_sheet(facts: Mapping[str, Any], signer: Signer) -> str:
    """The word of a head, or of the sheet before, for a sheet: unit, station, n, key and recovery_key."""
    payload = canonical({"v": VERSION, **facts})
    return jws.sign_compact(payload, typ=SHEET, header={}, seed=signer.seed)


def signer_of(token: object, typ: str, facts: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    """The public key (b64) of these that signed just these facts; None where none of them did."""
    known = {str(kid_of(key)): key for key in keys}
    try:
        signed = jws.read_compact(str(token), typ=typ, key_of=known.get)
    except BadSignature:
        return None
    return known[str(signed.headers[0]["kid"])] if signed.value == {"v": VERSION, **facts} else None


def citizen_mark(lookup_key: bytes, login: str, number: str) -> str:
    """The mark of a person's citizen's number in the document."""
    return b64(hmac.digest(lookup_key, f"{login}\x00{number}".encode(), "sha256"))


def appointment(role: str, from_at: str, until_at: str | None, acting: bool, order: str | None) -> Entry:
    """An APPOINTMENT."""
    return {"role": str(role), "acting": acting, "order": order, "from": from_at, "until": until_at}


def is_over(one: Entry, at: str) -> bool:
    """Whether an APPOINTMENT has ended by that stamp."""
    return one["until"] is not None and at >= one["until"]


def holds(one: Entry, at: str) -> bool:
    """Whether an APPOINTMENT is in force at that stamp."""
    return one["from"] <= at and not is_over(one, at)


@lru_cache(maxsize=256)
def kid_of(key: str) -> str | None:
    """The thumbprint of a public key (b64); None where it is none."""
    try:
        return jws.thumbprint(jws.key_bytes(key))
    except DamagedJws:
        return None


def key_in_force(person: Entry) -> Entry | None:
    """The person's KEY that has not ended."""
    return next((key for key in person["keys"] if key["until"] is None), None)


def _is_document(value: Mapping[str, Any]) -> bool:
    if value.keys() != _DOCUMENT or (value["v"], type(value["n"])) != (VERSION, int) or value["n"] < 0:
        return False
    prev, people, adopts = value["prev"], value["people"], value["adopts"]
    if prev is not None and type(prev) is not str:
        return False
    if type(people) is not list or not all(_is_person(one) for one in people):
        return False
    if adopts is not None and not _has(adopts, _ADOPTS):
        return False
    logins = [one["login"] for one in people]
    kids = [key["kid"] for one in people for key in one["keys"]]
    return len(set(logins)) == len(logins) and len(set(kids)) == len(kids)


def _is_person(one: object) -> bool:
    if not _has(one, _PERSON):
        return False
    assert isinstance(one, dict)
    if one["first"] is not None and not (_has(one["first"], _FIRST) and _is_key(one["first"])):
        return False
    if not all(type(code) is str for code in one["services"]):
        return False
    if not all(_has(key, _KEY) and _is_key(key) for key in one["keys"]):
        return False
    if not all(_has(held, _APPOINTMENT) and held["role"] in tuple(Role) for held in one["appointments"]):
        return False
    in_force = [key for key in one["keys"] if key["until"] is None]
    return len(in_force) + (one["first"] is not None) <= 1


def _is_key(one: Mapping[str, Any]) -> bool:
    kid = kid_of(one["key"])
    return kid is not None and one.get("kid") in (None, kid)


def _has(value: object, members: Mapping[str, Any]) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == members.keys()
        and all(isinstance(value[name], kind) for name, kind in members.items())
    )
