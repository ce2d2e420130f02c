"""Verifies a file without opening the books: who signed it, and what that proves.

A key is never trusted because the file brings it. It is trusted where its fingerprint was known before, from
the ministry's letter, or where an office's books hold it.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from store.exchange.errors import BringsNoKeys, NobodyVouches, OtherCentre, SealedFile
from store.exchange.ministry_messages import MESSAGE
from store.exchange.month_proof import PROOF
from store.formats import jws
from store.formats.canonical import sha256_hex, unb64
from store.formats.errors import BadReceipt, DamagedJws
from store.formats.note import read_note, verify_cosignature
from store.formats.report import RECEIPT, REPORT
from store.formats.required_signers import check_three
from store.settings.centre import fingerprint
from store.settings.publication import CATALOGUE
from store.stations.errors import NotOurFile

_LARGEST = 16_000_000  # bytes, compressed and uncompressed
AGE = b"age-encryption.org/v1\n"


class ProvedKind(StrEnum):
    """What a file can be; MONTH is a report with all that proves it, ANSWER the centre's to a bundle."""

    MONTH = "month"
    REPORT = "report"
    RECEIPT = "receipt"
    CHECKPOINT = "checkpoint"
    MESSAGE = "message"
    CATALOGUE = "catalogue"
    ANSWER = "answer"


# typ: what it is called, and the members that are told.
_SAID_BY_CENTRE = {
    RECEIPT: (
        ProvedKind.RECEIPT,
        ("id", "sha256", "unit", "station", "month", "revision", "received_at", "late", "people"),
    ),
    MESSAGE: (ProvedKind.MESSAGE, ("n", "unit", "from", "at", "month", "revision", "text")),
    CATALOGUE: (ProvedKind.CATALOGUE, ("n", "at")),
    "nocopy-answer+jws": (ProvedKind.ANSWER, ("unit", "station", "for", "made_at", "missing")),
}
_FINGERPRINT = re.compile(r"[A-Z2-7]{16}")


@dataclass
class Proved:
    """The kind of a verified file, and its `facts` for a program."""

    kind: ProvedKind
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What is known before: the centre's keys (from the books), its fingerprint, {hash: people list}."""

    keys: Mapping[str, str] | None = None
    fingerprint: str | None = None
    people: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    def vouch(self, brought: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """The centre's keys to trust; `brought` are those in the file.

        Raises NobodyVouches, BringsNoKeys, OtherCentre.
        """
        if self.keys is None and self.fingerprint is None:
            raise NobodyVouches
        if self.keys is not None:
            if brought is not None and dict(brought) != dict(self.keys):
                raise OtherCentre
            return self.keys
        if brought is None:
            raise BringsNoKeys  # a fingerprint can confirm keys, but not provide them
        if fingerprint(brought) != self.fingerprint:
            raise OtherCentre
        return brought


def known_fingerprint(typed: str) -> str:
    """The 16 characters of a typed fingerprint; ValueError where it is none."""
    bare = re.sub(r"[\s-]", "", typed).upper().replace("0", "O").replace("8", "B")
    if not _FINGERPRINT.fullmatch(bare):
        raise ValueError("not a fingerprint")
    return bare


def check(data: bytes, known: Known) -> Proved:
    """Verifies a file of up to 16 MB.

    Raises a BadSignature, BadReceipt or BadNote, NobodyVouches, BringsNoKeys, OtherCentre, SealedFile,
    NotOurFile.
    """
    if len(data) > _LARGEST:
        raise DamagedJws(part="size")
    if data.startswith(AGE):
        raise SealedFile
    if data.startswith(b"nocopy/"):
        return _note(data, known)
    if data[:2] == b"\x1f\x8b":
        return _report(data, known)
    if not data.lstrip().startswith((b"{", jws.COMPACT)):
        raise NotOurFile
    if data.lstrip()[:1] == b"{":
        value = jws.strict_object(data, "outer")
        return _month(value, known) if value.get("kind") == PROOF else _report(data, known)
    return _by_the_centre(data, known)


def _month(value: dict[str, Any], known: Known) -> Proved:
    """Verifies a month from store/exchange/month_proof.py: keys, people, signatures, receipt, witness."""
    keys = known.vouch(_keys(value.get("centre_keys")))
    people, report = value.get("people"), value.get("report")
    if not isinstance(people, dict) or not isinstance(report, str):
        raise DamagedJws(part="members")
    listed, list_receipt, receipt = people.get("list"), people.get("receipt"), value.get("receipt")
    if not (isinstance(listed, str) and isinstance(list_receipt, str) and isinstance(receipt, str)):
        raise DamagedJws(part="members")
    try:
        body = unb64(report)
    except ValueError as error:
        raise DamagedJws(part="report") from error
    vouched = _by_centre(list_receipt, keys)
    if (vouched.get("kind"), vouched.get("id")) != ("people", sha256_hex(listed.encode("utf-8"))):
        raise BadReceipt(part="people")
    items = _people(listed)
    told = _by_centre(receipt, keys)
    if told.get("sha256") != sha256_hex(body):
        raise BadReceipt(part="sha256")
    proved = _signed(body, items, sha256_hex(listed.encode("utf-8")))
    proved.kind = ProvedKind.MONTH
    fixed = [_cosigned(note, keys) for note in told.get("heads", [])]
    _same_ledger(proved.facts["chains"], fixed)
    proved.facts |= {
        "received_at": told.get("received_at"),
        "late": told.get("late"),
        "people": told.get("people"),
        "fixed": fixed,
    }
    return proved


def _same_ledger(chains: Any, fixed: list[dict[str, Any]]) -> None:
    """Raises BadReceipt where the witness signed another root for the line at which the month ends."""
    ends = {(one["origin"], one["to"] + 1): one["root"] for one in chains or []}
    for head in fixed:
        if ends.get((head["origin"], head["size"]), head["root"]) != head["root"]:
            raise BadReceipt(part="heads")


def _report(data: bytes, known: Known) -> Proved:
    """Verifies a report without its people list, which only the books have."""
    known.vouch()
    body = _inflated(data) if data[:2] == b"\x1f\x8b" else data
    named = jws.claims(body)[1].get("people")
    items = known.people.get(str(named))
    if items is None:
        raise NobodyVouches
    return _signed(body, items, str(named))


def _by_the_centre(data: bytes, known: Known) -> Proved:
    """Verifies a compact JWS of the centre."""
    keys = known.vouch()
    typ, said = jws.claims(data.strip())
    if typ not in _SAID_BY_CENTRE:
        raise NobodyVouches  # signed by a station or a person, whose key is not known here
    kid = jws.thumbprint(jws.key_bytes(keys["receipt"]))
    said = jws.read(data.strip(), typ=typ, key_of={kid: keys["receipt"]}.get).value
    kind, names = _SAID_BY_CENTRE[typ]
    facts = {name: said.get(name) for name in names}
    if typ == RECEIPT:
        facts["about"] = said.get("kind")
        facts["fixed"] = [_cosigned(note, keys) for note in said.get("heads", [])]
    return Proved(kind, facts)


def _note(data: bytes, known: Known) -> Proved:
    keys = known.vouch()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedJws(part="note") from error
    return Proved(ProvedKind.CHECKPOINT, {"fixed": [_cosigned(text, keys)]})


def _signed(body: bytes, people: list[dict[str, Any]], named: str) -> Proved:
    """Verifies the three signatures under a report, which must be of these people."""
    if body[:2] == b"\x1f\x8b":
        body = _inflated(body)
    signed = jws.read(body, typ=REPORT, key_of={item["kid"]: item["key"] for item in people}.get)
    head = check_three(signed.headers, people)
    if signed.value.get("people") != named:
        raise BadReceipt(part="people")
    if signed.findings is not None and head.get("findings") != sha256_hex(signed.findings):
        raise BadReceipt(part="findings")
    names = {item["login"]: item["name"] for item in people}
    signers = [
        {
            "role": one["role"],
            "login": one["login"],
            "name": names[one["login"]],
            "says": one["says"],
            "at": one["at"],
        }
        for one in signed.headers
    ]
    facts = {
        name: signed.value.get(name) for name in ("unit", "month", "revision", "visits", "spared", "chains")
    }
    return Proved(ProvedKind.REPORT, {**facts, "says": head["says"], "signers": signers})


def _cosigned(note: Any, keys: Mapping[str, str]) -> dict[str, Any]:
    """The facts of a checkpoint that the witness signed: {origin, size, root (hex), at}."""
    if not isinstance(note, str):
        raise DamagedJws(part="heads")
    at = verify_cosignature(note, keys["name"], unb64(keys["witness"]))
    head = read_note(note)
    return {"origin": head.origin, "size": head.size, "root": head.root.hex(), "at": at.isoformat()}


def _by_centre(token: str, keys: Mapping[str, str]) -> dict[str, Any]:
    kid = jws.thumbprint(jws.key_bytes(keys["receipt"]))
    return jws.read_compact(token, typ=RECEIPT, key_of={kid: keys["receipt"]}.get).value


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or {type(one) for one in value.values()} != {str}:
        raise DamagedJws(part="centre_keys")
    if value.keys() != {"age", "name", "receipt", "witness"}:
        raise DamagedJws(part="centre_keys")
    return value


def _people(listed: str) -> list[dict[str, Any]]:
    people = jws.strict_object(listed.encode("utf-8"), "people").get("people")
    if not isinstance(people, list) or not all(isinstance(one, dict) for one in people):
        raise DamagedJws(part="people")
    return people


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        found = inflater.decompress(data, _LARGEST + 1)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise DamagedJws(part="gzip") from error
    if len(found) > _LARGEST or not inflater.eof:
        raise DamagedJws(part="gzip")
    return found
