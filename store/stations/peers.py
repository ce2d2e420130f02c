"""Another PC of the office as a value: its identity, the trust in it, and a month imported from it."""

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
    """What another PC must know of a station: `key` is Ed25519 (b64, 32 bytes), `age_key` age1..."""

    unit: str
    station: str
    key: str
    age_key: str

    @property
    def fingerprint(self) -> str:
        """What people compare: 20 base32 letters of the payload's SHA-256, in groups of four."""
        letters = base64.b32encode(sha256(self.payload).digest()).decode("ascii")[:_LETTERS]
        return "-".join(letters[n : n + _GROUP] for n in range(0, _LETTERS, _GROUP))

    @property
    def name(self) -> str:
        """The beginning of the origins of its ledgers."""
        return station_name(self.unit, self.station, jws.key_bytes(self.key))

    @property
    def payload(self) -> bytes:
        """Canonical JSON {v, unit, station, key, age_key}."""
        return canonical({"v": 1, **asdict(self)})


@dataclass(frozen=True)
class Peer:
    """Another PC that the head trusts.

    Its months are expected from `from_month` to `until_month`, None while it is not released. `origin` is the
    beginning of its ledgers' origins.
    """

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
    """An imported month of another PC. `root` (hex) is of that ledger's lines up to and with `last_seq`.

    `epoch` is the number of the PC's epoch (store/proof/epoch.py). Where a PC was restored from a backup that
    ends before lines imported here, the month is imported again from the restore on, as a second part.
    `counted_in` is the month whose report counts the part; `lost` the number of lines that this part shows to
    be lost.
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
        """The span of its lines."""
        return Span(self.first_seq, self.last_seq, ledger_name(self.station, self.epoch))


def read_identity(token: str) -> Identity:
    """The identity in a file that is signed with the key in it; people must compare its fingerprint.

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
    """A typed fingerprint in capitals, without spaces and dashes; 0 and 8, which none has, become O and B."""
    return re.sub(r"[\s-]", "", fingerprint).upper().replace("0", "O").replace("8", "B")
