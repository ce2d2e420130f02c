"""The recovery sheet's signing key: an Ed25519 key that is derived from the identity printed on the sheet.

    seed = HKDF-SHA-256(the text AGE-SECRET-KEY-1..., no salt, info "nocopy sheet sign v1", 32 bytes)

Line 0 names its public half as `sheet_key`, so whoever has the paper can sign what nobody at the office may
sign alone: the first documents of the books, and a new head in the place of a lost one.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.formats.canonical import b64
from store.formats.jws import public_of, thumbprint
from store.people.vault import Signer

_INFO = b"nocopy sheet sign v1"


def sheet_signer(identity: str) -> Signer:
    """The signer of the sheet with that age identity; its login is "", because the sheet is no person."""
    seed = HKDF(SHA256(), 32, salt=None, info=_INFO).derive(identity.encode("ascii"))
    return Signer("", thumbprint(public_of(seed)), seed)


def sheet_key(signer: Signer) -> str:
    """The public half of a sheet's key (b64), as line 0 and a renewed sheet's line name it."""
    return b64(public_of(signer.seed))
