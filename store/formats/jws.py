"""Signed JSON (JWS, RFC 7515), in the only form that this program writes and reads.

`alg` must be Ed25519 (RFC 9864); `typ` names the kind of file; `kid` is the RFC 7638 thumbprint of the key.
Keys come from the reader's own books, never from the file. Header and payload are JSON objects without
duplicate keys and without floats, because those can be read in two ways; one parser reads both serialisations
for the same reason.

Public keys are 32 bytes; as text they are base64url without padding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from store.formats.canonical import b64, canonical, unb64
from store.formats.errors import (
    DamagedJws,
    ForbiddenHeader,
    SameSigner,
    UnknownSigner,
    WrongAlgorithm,
    WrongKind,
    WrongSignature,
)
from store.formats.strict_json import not_strict

ALGORITHM = "Ed25519"
COMPACT = b"eyJ"
"""The first bytes of every compact file: `{"` in base64url."""
KeyOf = Callable[[str], str | None]
"""A function from a `kid` to the public key (b64) that the reader trusts for it, or None."""

_OWN = frozenset({"alg", "typ", "kid"})
# Each of these would let the file say which key to trust, or how to read it.
_REFUSED = frozenset({"jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256", "crit", "b64"})


@dataclass(frozen=True)
class Signed:
    """The content of a file whose signatures were all verified.

    `payload` is the bytes that were signed, `value` the object in them, `headers` one protected header for
    each signature, in the file's order. `findings` are beside the payload and covered by NO signature: they
    are proved only where a header names their SHA-256.
    """

    payload: bytes
    value: dict[str, Any]
    headers: list[dict[str, Any]]
    findings: bytes | None


@dataclass(frozen=True)
class UnverifiedSignature:
    protected: str
    header: dict[str, Any]
    signature: bytes


@dataclass(frozen=True)
class Unverified:
    """A signed file that was read, with NOTHING verified; `value` is the object in its payload.

    Use it only to choose how to verify the file, and to find keys that the payload itself contains.
    """

    segment: str
    payload: bytes
    value: dict[str, Any]
    signatures: list[UnverifiedSignature]
    findings: bytes | None

    @property
    def typ(self) -> str:
        """The kind of file that its first signature names. Raises DamagedJws."""
        typ = self.signatures[0].header.get("typ") if self.signatures else None
        if not isinstance(typ, str):
            raise DamagedJws(part="typ" if self.signatures else "signatures")
        return typ

    def verified(self, typ: str, key_of: KeyOf) -> Signed:
        """The content, where every signature holds. Raises a BadSignature."""
        return _verified(self, typ, key_of)


def key_bytes(public: str) -> bytes:
    """The 32 bytes of a public key in b64; raises DamagedJws for anything else."""
    raw = _decoded(public, "key")
    if len(raw) != 32:
        raise DamagedJws(part="key")
    return raw


def thumbprint(public: bytes) -> str:
    """The `kid` of a public key (32 bytes): its RFC 7638 thumbprint."""
    return b64(sha256(canonical(_jwk(public))).digest())


def _jwk(public: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": b64(public)}


def public_of(seed: bytes) -> bytes:
    """The public key (32 bytes) of a seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign_one(payload: bytes, *, typ: str, header: Mapping[str, Any], seed: bytes) -> tuple[str, str]:
    """One signature over `payload`: the protected header and the signature, both b64.

    `header` holds the members besides alg, typ and kid, which are set here; ValueError where it names one of
    these or a forbidden member.
    """
    taken = (_OWN | _REFUSED) & header.keys()
    if taken:
        raise ValueError(f"not a member of its own: {sorted(taken)}")
    own = {**header, "alg": ALGORITHM, "typ": typ, "kid": thumbprint(public_of(seed))}
    protected = b64(canonical(own))
    made = Ed25519PrivateKey.from_private_bytes(seed).sign(_signed_bytes(protected, b64(payload)))
    return protected, b64(made)


def assemble(
    payload: bytes, signatures: Sequence[tuple[str, str]], *, findings: bytes | None = None
) -> bytes:
    """The general JSON serialisation of signatures that sign_one() made over the same payload.

    `findings` are added unsigned; a signer covers them by their SHA-256 in the header.
    """
    outer: dict[str, Any] = {
        "payload": b64(payload),
        "signatures": [{"protected": protected, "signature": made} for protected, made in signatures],
    }
    if findings is not None:
        outer["findings"] = b64(findings)
    return canonical(outer)


def sign_compact(payload: bytes, *, typ: str, header: Mapping[str, Any], seed: bytes) -> str:
    """The compact serialisation with one signature."""
    protected, made = sign_one(payload, typ=typ, header=header, seed=seed)
    return f"{protected}.{b64(payload)}.{made}"


def read_general(data: bytes, *, typ: str, key_of: KeyOf) -> Signed:
    """Verifies every signature of a general JSON serialisation. Raises a BadSignature."""
    return _verified(_general(data), typ, key_of)


def read_compact(token: str, *, typ: str, key_of: KeyOf) -> Signed:
    """Verifies a compact serialisation. Raises a BadSignature."""
    return _verified(_compact(token), typ, key_of)


def read_plain(token: str, *, typ: str, key_of: KeyOf) -> tuple[bytes, str]:
    """(payload, kid) of a compact file whose header has only alg, kid and typ. Raises a BadSignature.

    For thousands of files of a few signers: headers and keys are read once. The payload is not parsed; the
    caller compares it with what it expects, or parses it strictly.
    """
    head, segment, made = _three(token)
    kid = _plain_kid(head, typ)
    public = key_of(kid)
    if public is None or _kid_of(public) != kid:
        raise UnknownSigner(kid=kid)
    try:
        _key(public).verify(_decoded(made, "signature"), f"{head}.{segment}".encode("ascii"))
    except InvalidSignature:
        raise WrongSignature(kid=kid) from None
    return _decoded(segment, "payload"), kid


def plain_payload(token: str) -> bytes:
    """The payload of a compact serialisation, with NOTHING verified. Raises DamagedJws."""
    return _decoded(_three(token)[1], "payload")


@lru_cache(1024)
def _plain_kid(head: str, typ: str) -> str:
    header = strict_object(_decoded(head, "protected"), "protected")
    kid = _checked_header(header, typ)
    if header.keys() != _OWN:
        raise DamagedJws(part="protected")
    return kid


@lru_cache(1024)
def _kid_of(public: str) -> str:
    return thumbprint(key_bytes(public))


@lru_cache(1024)
def _key(public: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key_bytes(public))


def claims(data: bytes) -> tuple[str, dict[str, Any]]:
    """The `typ` and the payload of a signed file, with NOTHING verified. Raises DamagedJws."""
    parts = unverified(data)
    return parts.typ, parts.value


def read(data: bytes, *, typ: str, key_of: KeyOf) -> Signed:
    """Verifies a file of either serialisation. Raises a BadSignature."""
    return unverified(data).verified(typ, key_of)


def strict_object(data: bytes, part: str) -> dict[str, Any]:
    """The JSON object in the bytes; raises DamagedJws, naming `part`, also for duplicate keys and floats.

    It is a WrongMember where one member of the object is to blame.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
        )
        canonical(value)  # refuses fractions, half a surrogate pair, an integer too large
    except (ValueError, TypeError, RecursionError) as error:
        raise not_strict(data, part) from error
    if not isinstance(value, dict):
        raise DamagedJws(part=part)
    return value


def unverified(data: bytes) -> Unverified:
    """A file of either serialisation, read once; `verified()` of it verifies. Raises DamagedJws."""
    if data.lstrip()[:1] == b"{":
        return _general(data)
    try:
        token = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise DamagedJws(part="token") from error
    return _compact(token)


def _general(data: bytes) -> Unverified:
    outer = strict_object(data, "outer")
    signatures = outer.get("signatures")
    if outer.keys() - {"findings"} != {"payload", "signatures"} or not isinstance(signatures, list):
        raise DamagedJws(part="outer")
    findings = _decoded(outer["findings"], "findings") if "findings" in outer else None
    pairs = []
    for item in signatures:
        if isinstance(item, dict) and "header" in item:
            raise ForbiddenHeader(name="header")
        if not isinstance(item, dict) or item.keys() != {"protected", "signature"}:
            raise DamagedJws(part="signatures")
        pairs.append((item["protected"], item["signature"]))
    return _read_parts(outer["payload"], pairs, findings)


def _compact(token: str) -> Unverified:
    head, segment, made = _three(token)
    return _read_parts(segment, [(head, made)], None)


def _three(token: str) -> list[str]:
    pieces = token.split(".")
    if len(pieces) != 3 or not token.isascii():
        raise DamagedJws(part="token")
    return pieces


def _read_parts(segment: Any, pairs: list[tuple[Any, Any]], findings: bytes | None) -> Unverified:
    payload = _decoded(segment, "payload")
    signatures = []
    for n, (protected, made) in enumerate(pairs):
        header = strict_object(_decoded(protected, "protected"), f"signatures[{n}].protected")
        signatures.append(UnverifiedSignature(protected, header, _decoded(made, "signature")))
    return Unverified(segment, payload, strict_object(payload, "payload"), signatures, findings)


def _verified(parts: Unverified, typ: str, key_of: KeyOf) -> Signed:
    if not parts.signatures:
        raise DamagedJws(part="signatures")
    seen: set[str] = set()
    for one in parts.signatures:
        kid = _checked_header(one.header, typ)
        if kid in seen:
            raise SameSigner(kid=kid)
        seen.add(kid)
        public = key_of(kid)
        if public is None:
            raise UnknownSigner(kid=kid)
        raw = key_bytes(public)
        if thumbprint(raw) != kid:
            raise UnknownSigner(kid=kid)
        if not _is_signed(one, parts.segment, raw):
            raise WrongSignature(kid=kid)
    return Signed(parts.payload, parts.value, [one.header for one in parts.signatures], parts.findings)


def _is_signed(one: UnverifiedSignature, segment: str, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            one.signature, _signed_bytes(one.protected, segment)
        )
    except InvalidSignature:
        return False
    return True


def _checked_header(header: dict[str, Any], typ: str) -> str:
    refused = sorted(_REFUSED & header.keys())
    if refused:
        raise ForbiddenHeader(name=refused[0])
    if header.get("alg") != ALGORITHM:
        raise WrongAlgorithm(alg=_told(header.get("alg")))
    if header.get("typ") != typ:
        raise WrongKind(typ=_told(header.get("typ")), expected=typ)
    kid = header.get("kid")
    if not isinstance(kid, str) or _told(kid) != kid:
        raise DamagedJws(part="kid")
    return kid


def _told(value: Any) -> str:
    # A forger's text is shown to an officer, so it is cut to 64 characters, without control characters.
    return "".join(mark for mark in str(value)[:64] if mark.isprintable())


def _signed_bytes(protected: str, segment: str) -> bytes:
    return f"{protected}.{segment}".encode("ascii")


def _decoded(text: Any, part: str) -> bytes:
    if not isinstance(text, str):
        raise DamagedJws(part=part)
    try:
        return unb64(text)
    except ValueError as error:
        raise DamagedJws(part=part) from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
