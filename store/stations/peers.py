"""Another PC of the office: how it is known, and a month that was brought from it."""

from __future__ import annotations

import base64
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import pyrage

from store.formats import jws
from store.formats.canonical import canonical
from store.formats.errors import BadSignature
from store.formats.note import station_name
from store.spans import Span, ledger_name
from store.stations.errors import (
    NotOurFile,
    StationForged,
)

if TYPE_CHECKING:
    pass


IDENTITY = "nocopy-station+jws"


_LETTERS, _GROUP = 20, 4


@dataclass(frozen=True)
class Identity:
    """What another PC must know of a station: its public keys (b64; age1...)."""

    unit: str
    station: str
    key: str
    age_key: str

    @property
    def fingerprint(self) -> str:
        """Twenty letters in groups, of the SHA-256 of all of it: what people compare."""
        letters = base64.b32encode(sha256(self.payload).digest()).decode("ascii")[:_LETTERS]
        return "-".join(letters[n : n + _GROUP] for n in range(0, _LETTERS, _GROUP))

    @property
    def name(self) -> str:
        """What the origins of its ledgers begin with."""
        return station_name(self.unit, self.station, jws.key_bytes(self.key))

    @property
    def payload(self) -> bytes:
        """Canonical JSON {v, unit, station, key, age_key}."""
        return canonical({"v": 1, **asdict(self)})


@dataclass(frozen=True)
class Peer:
    """Another PC that the head trusts. Months: from the first that counts to the last that is expected."""

    station: str
    origin: str
    signing_key: str
    age_key: str
    from_month: str
    until_month: str | None
    trusted_by: str
    trusted_at: str


@dataclass(frozen=True)
class Brought:
    """A month of another PC that stands here. root is hex, of the lines up to and with last_seq.

    `epoch`: 1, or the moment of its last restore (store.epoch). Where the backup was older than what stood
    here, the month comes once more from the restore on; `counted_in` is the month whose report counts that.
    `lost`: how many lines it is known to have lost by restores.
    """

    station: str
    month: str
    epoch: int
    n: int
    first_seq: int
    last_seq: int
    root: str
    note: str
    counted_in: str
    lost: int
    offline_min: int
    outages: int
    imported_by: str
    imported_at: str

    @property
    def span(self) -> Span:
        """Its lines."""
        return Span(self.first_seq, self.last_seq, ledger_name(self.station, self.epoch))


def read_identity(token: str) -> Identity:
    """An identity file that the key in it has signed; whether it is the right one, people must compare.

    Raises NotOurFile, StationForged, BadSignature.
    """
    if not token.strip().encode().startswith(jws.COMPACT):
        raise NotOurFile
    _, value = jws.claims(token.strip().encode())
    fields = [value.get(name) for name in ("unit", "station", "key", "age_key")]
    if not all(isinstance(one, str) for one in fields):
        raise StationForged(station="?")
    found = Identity(*(str(one) for one in fields))
    try:
        kid = jws.thumbprint(jws.key_bytes(found.key))
        jws.read_compact(token.strip(), typ=IDENTITY, key_of={kid: found.key}.get)
        pyrage.x25519.Recipient.from_str(found.age_key)
    except (BadSignature, pyrage.RecipientError):
        raise StationForged(station=found.station) from None
    return found


def bare_fingerprint(fingerprint: str) -> str:
    """As people type it: case and dashes do not matter; 0 and 8, which it never has, are read as letters."""
    return re.sub(r"[\s-]", "", fingerprint).upper().replace("0", "O").replace("8", "B")
