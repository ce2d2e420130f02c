"""The centre's own keys: one signs receipts, one cosigns checkpoints, one (age) opens bundles sealed to it.

They are in `centre-keys.json` in the centre's home (mode 0600), not encrypted, because the centre starts
without a person. Whoever reads that file can write receipts, so the ministry must protect the machine.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pyrage

from store.base.private_file import write_new
from store.formats.canonical import b64, canonical, unb64
from store.formats.jws import public_of

KEYS = "centre-keys.json"


@dataclass(frozen=True, repr=False)
class CentreKeys:
    """The keys; `name` is the witness's name in checkpoints (no spaces, no plus). Seeds are 32 bytes."""

    name: str
    receipt_seed: bytes
    witness_seed: bytes
    age_identity: str
    token_secret: bytes

    @classmethod
    def make(cls, name: str = "nocopy-centre") -> CentreKeys:
        """Fresh keys."""
        return cls(
            name=name,
            receipt_seed=secrets.token_bytes(32),
            witness_seed=secrets.token_bytes(32),
            age_identity=str(pyrage.x25519.Identity.generate()),
            token_secret=secrets.token_bytes(32),
        )

    @classmethod
    def in_home(cls, home: Path) -> CentreKeys:
        """The keys in a centre's home; made where there are none."""
        path = home / KEYS
        if not path.exists():
            _write_new(path, cls.make())
        kept = json.loads(path.read_bytes())
        return cls(
            name=kept["name"],
            receipt_seed=unb64(kept["receipt_seed"]),
            witness_seed=unb64(kept["witness_seed"]),
            age_identity=kept["age_identity"],
            token_secret=unb64(kept["token_secret"]),
        )

    @property
    def public(self) -> dict[str, str]:
        """The public keys that a station keeps: {age, name, receipt, witness}, in b64; age as a recipient."""
        return {
            "age": str(pyrage.x25519.Identity.from_str(self.age_identity).to_public()),
            "name": self.name,
            "receipt": b64(public_of(self.receipt_seed)),
            "witness": b64(public_of(self.witness_seed)),
        }

    def token(self, *, unit: str, station: str, station_key: str, code: str) -> str:
        """The bearer token of one enrolment. `code` is the code's hash.

        It is derived, not random: where a reply was lost the centre can give the same token again, although
        it stores only the token's hash.
        """
        about = canonical(["nocopy-token", unit, station, station_key, code])
        return b64(hmac.digest(self.token_secret, about, hashlib.sha256))


def _write_new(path: Path, keys: CentreKeys) -> None:
    kept = {name: b64(value) if isinstance(value, bytes) else value for name, value in asdict(keys).items()}
    with suppress(FileExistsError):  # another process has just made some
        write_new(path, canonical(kept), lambda: None)
