"""A session: the time from a person's log-in on, in which one process writes lines in that person's name.

Its key lives in that process's memory alone. Two signed files vouch for its lines:

    certificate  compact JWS, typ nocopy-session+jws, signed by the person's key (or the recovery sheet's):
                 {v, session, login, key, origin, size, root, roles, settings, previous}
    row          compact JWS, typ nocopy-session-row+jws, signed by the session's key:
                 {session, count, last, leaf}

`session` is the number of the line with which the session begins, `login` null for the recovery sheet's.
`size` (equal to `session`) and `root` (hex) are the ledger's before that line. `roles` and `settings` are the
numbers of the documents in force, null where there are none yet. `previous` is {session, last, leaf} of the
same person's session before, or null. The row is replaced with each line: `count` lines so far, the last of
them is `last`, with its `leaf` (hex). A leaf commits to every line before it, so the row vouches for all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from store.formats import jws
from store.formats.canonical import b64, canonical
from store.formats.errors import DamagedJws

CERTIFICATE = "nocopy-session+jws"
ROW = "nocopy-session-row+jws"


class Papers(NamedTuple):
    """A session's number, certificate and row, as they leave the books with its lines."""

    session: int
    certificate: str
    row: str


@dataclass(frozen=True)
class Tail:
    """Where a session's lines end: `count` lines, the last is number `last`, with `leaf` (32 bytes)."""

    session: int
    count: int
    last: int
    leaf: bytes

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical({**self.names(), "count": self.count})

    def names(self) -> dict[str, Any]:
        """The part of it that the next session's certificate binds."""
        return {"session": self.session, "last": self.last, "leaf": self.leaf.hex()}


@dataclass(frozen=True)
class Certificate:
    """A certificate's content. `kid` is the key that signed it, `key` (b64) the session's public key."""

    session: int
    login: str | None
    kid: str
    key: str
    origin: str
    root: bytes
    roles: int | None
    settings: int | None
    previous: dict[str, Any] | None

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical(
            {
                "v": 1,
                **{name: getattr(self, name) for name in ("session", "login", "key", "origin")},
                **{name: getattr(self, name) for name in ("roles", "settings", "previous")},
                "size": self.session,
                "root": self.root.hex(),
            }
        )


def sign_certificate(certificate: Certificate, seed: bytes) -> str:
    """The certificate as a compact JWS; `seed` (32 bytes) is the person's."""
    return jws.sign_compact(certificate.payload(), typ=CERTIFICATE, header={}, seed=seed)


def read_certificate(token: str, key_of: jws.KeyOf) -> Certificate:
    """A certificate that a key of `key_of` signed. Raises a BadSignature."""
    payload, kid = jws.read_plain(token, typ=CERTIFICATE, key_of=key_of)
    try:
        told = json.loads(payload)
        found = Certificate(
            **{name: told[name] for name in ("session", "login", "key", "origin")},
            **{name: told[name] for name in ("roles", "settings", "previous")},
            kid=kid,
            root=bytes.fromhex(told["root"]),
        )
        is_canonical = found.payload() == payload
    except (KeyError, TypeError, ValueError, RecursionError):
        is_canonical = False
    if not is_canonical:
        raise DamagedJws(part="payload")
    return found


class RowKey:
    """A session's signing key (its seed: 32 bytes), ready to sign a row for each line."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        raw = self._key.public_key().public_bytes_raw()
        self.public = b64(raw)
        header = {"alg": jws.ALGORITHM, "typ": ROW, "kid": jws.thumbprint(raw)}
        self._protected = b64(canonical(header))

    def sign(self, tail: Tail) -> str:
        """The row as a compact JWS, as jws.sign_compact() makes it."""
        signed = f"{self._protected}.{b64(tail.payload())}"
        return f"{signed}.{b64(self._key.sign(signed.encode('ascii')))}"


def sign_row(tail: Tail, seed: bytes) -> str:
    """The row as a compact JWS; `seed` (32 bytes) is the session's."""
    return RowKey(seed).sign(tail)


def read_row(token: str, key: str) -> Tail:
    """A row that the session's public key (b64) signed. Raises a BadSignature."""
    kid = jws.thumbprint(jws.key_bytes(key))
    payload, _ = jws.read_plain(token, typ=ROW, key_of=lambda one: key if one == kid else None)
    return _tail(payload)


def claimed_row(token: str) -> Tail:
    """A row's content, with NOTHING verified. Raises DamagedJws."""
    return _tail(jws.plain_payload(token))


def _tail(payload: bytes) -> Tail:
    try:
        told = json.loads(payload)
        tail = Tail(told["session"], told["count"], told["last"], bytes.fromhex(told["leaf"]))
        is_canonical = tail.payload() == payload
    except (KeyError, TypeError, ValueError, RecursionError):
        is_canonical = False
    if not is_canonical:
        raise DamagedJws(part="payload")
    return tail


def demand_vouched(
    lines: Iterable[tuple[int, Mapping[str, Any], bytes]], listed: Mapping[int, Papers]
) -> None:
    """Raises DamagedJws unless a row of these sessions vouches for each of the lines (number, body, leaf).

    For lines that left the books with their sessions' papers. Whose key signed a certificate says that PC's
    roles documents; here the session's own key must have signed its row.
    """
    last: dict[int, tuple[int, bytes]] = {}
    for seq, body, leaf in lines:
        if body["v"] != 1:
            last[body["session"]] = (seq, leaf)
    for session, (seq, leaf) in last.items():
        papers = listed.get(session)
        if papers is None:
            raise DamagedJws(part="session")
        told = json.loads(jws.plain_payload(papers.certificate))
        tail = read_row(papers.row, str(told["key"]))
        is_its = (told["session"], tail.session) == (session, session)
        if not is_its or tail.last < seq or (tail.last == seq and tail.leaf != leaf):
            raise DamagedJws(part="session")


def public_key(seed: bytes) -> str:
    """The public half (b64) of a session's seed."""
    return b64(jws.public_of(seed))
