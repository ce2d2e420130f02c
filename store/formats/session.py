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

from dataclasses import dataclass
from typing import Any

from store.formats import jws
from store.formats.canonical import b64, canonical
from store.formats.errors import BadSignature, DamagedJws

CERTIFICATE = "nocopy-session+jws"
ROW = "nocopy-session-row+jws"


@dataclass(frozen=True)
class Tail:
    """Where a session's lines end: `count` lines, the last is number `last`, with `leaf` (32 bytes)."""

    session: int
    count: int
    last: int
    leaf: bytes

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
    signed = jws.read_compact(token, typ=CERTIFICATE, key_of=key_of)
    told = signed.value
    try:
        found = Certificate(
            **{name: told[name] for name in ("session", "login", "key", "origin")},
            **{name: told[name] for name in ("roles", "settings", "previous")},
            kid=signed.headers[0]["kid"],
            root=bytes.fromhex(told["root"]),
        )
        if told["size"] != told["session"] or found.payload() != signed.payload:
            raise DamagedJws(part="payload")
    except (KeyError, TypeError, ValueError):
        raise DamagedJws(part="payload") from None
    return found


def sign_row(tail: Tail, seed: bytes) -> str:
    """The row as a compact JWS; `seed` (32 bytes) is the session's."""
    payload = {**tail.names(), "count": tail.count}
    return jws.sign_compact(canonical(payload), typ=ROW, header={}, seed=seed)


def read_row(token: str, key: str) -> Tail:
    """A row that the session's public key (b64) signed. Raises a BadSignature."""
    return _tail(jws.read_compact(token, typ=ROW, key_of=lambda kid: key if kid == _kid(key) else None).value)


def claimed_row(token: str) -> Tail:
    """A row's content, with NOTHING verified. Raises DamagedJws."""
    return _tail(jws.claims(token.encode("ascii", "replace"))[1])


def _tail(told: dict[str, Any]) -> Tail:
    try:
        tail = Tail(told["session"], told["count"], told["last"], bytes.fromhex(told["leaf"]))
    except (KeyError, TypeError, ValueError):
        raise DamagedJws(part="payload") from None
    if not all(type(n) is int for n in (tail.session, tail.count, tail.last)):
        raise DamagedJws(part="payload")
    return tail


def _kid(key: str) -> str:
    return jws.thumbprint(jws.key_bytes(key))


def public_key(seed: bytes) -> str:
    """The public half (b64) of a session's seed."""
    return b64(jws.public_of(seed))


__all__ = [
    "CERTIFICATE",
    "ROW",
    "BadSignature",
    "Certificate",
    "Tail",
    "claimed_row",
    "public_key",
    "read_certificate",
    "read_row",
    "sign_certificate",
    "sign_row",
]
