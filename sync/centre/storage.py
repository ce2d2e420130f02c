"""The centre's data, and the interface of its storage.

records.py (SQLAlchemy, the ministry) and memory.py (practice) implement it. All times are stamps with
+07:00, so they compare as text; every hash is lower-case hex.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

Decision = TypeVar("Decision")
_REVOKED = "revoked/"
_TRIES = 10


@dataclass(frozen=True)
class Code:
    """An enrolment code, by its hash. `used_key` is the key of the station that used it,
    `receipt` the receipt that it was given."""

    hashed: str
    unit: str
    expires_at: str
    used_key: str | None = None
    station: str | None = None
    receipt: str | None = None


@dataclass(frozen=True)
class Station:
    """An enrolled PC. `token` is the SHA-256 of its bearer token; `key` verifies its checkpoints."""

    unit: str
    station: str
    key: str
    age_key: str
    token: str
    enrolled_at: str

    @property
    def is_revoked(self) -> bool:
        """True where the ministry revoked its token."""
        return self.token.startswith(_REVOKED)

    def revoked(self) -> Station:
        """The station with its token revoked: the mark in its place is no SHA-256, so no token matches it."""
        return replace(self, token=f"{_REVOKED}{self.unit}/{self.station}")


@dataclass(frozen=True)
class StationStatus:
    """The last status of a station, in counts, without any citizen.

    `said_at` is by the station's clock, `seen_at` by the centre's. `broken_seq` and `broken_at` (a stamp) are
    the first bad line of its ledger and when that was found; None where no break is known there.
    """

    unit: str
    station: str
    seen_at: str
    said_at: str
    waiting: int
    quarantined: int
    version: str
    broken_seq: int | None = None
    broken_at: str | None = None


@dataclass(frozen=True)
class Bundle:
    """A bundle received on a stick: its number and the SHA-256 of its manifest's payload."""

    unit: str
    station: str
    n: int
    sha256: str
    received_at: str


@dataclass(frozen=True)
class Catalogue:
    """A catalogue that the ministry published: `body` is a JWS of the centre, `sha256` the hash of `body`."""

    n: int
    sha256: str
    body: str


@dataclass(frozen=True)
class PeopleList:
    """One people list of a station: `sha256` is of the canonical list, `body_sha256` of the bytes sent.

    `begins` is True for the first list of an enrolment; each later one follows the list before it.
    """

    unit: str
    station: str
    n: int
    sha256: str
    body_sha256: str
    people: list[dict[str, Any]]
    confirmed: bool
    receipt: str
    received_at: str
    begins: bool


@dataclass(frozen=True)
class Submission:
    """A report or checkpoint as received (`body`, gzip) with the receipt given for it.

    `destination` of a report: supervisor (approved) or ict (flagged).
    """

    id: str
    unit: str
    station: str
    kind: str
    sha256: str
    body: bytes
    month: str | None
    revision: int | None
    destination: str | None
    received_at: str
    late: bool
    receipt: str


@dataclass(frozen=True)
class Head:
    """The largest checkpoint of an origin that the witness has cosigned."""

    origin: str
    size: int
    root: bytes
    note: str
    at: str


@dataclass(frozen=True)
class Message:
    """A message of Supervisor or ICT to a unit: a JWS of the centre.

    `returns` is the id of the report that it returns, or None.
    """

    n: int
    unit: str
    body: str
    returns: str | None = None


class Tables(Protocol):
    """Reading and writing inside one transaction."""

    def code(self, hashed: str) -> Code | None: ...
    def put_code(self, code: Code) -> None:
        """Insert, or replace the one with the same hash."""

    def station_of_token(self, token: str) -> Station | None:
        """By the token's SHA-256."""

    def station(self, unit: str, station: str) -> Station | None: ...

    def put_station(self, station: Station) -> None:
        """Insert, or replace the one of the same unit and number, whose old token is then invalid."""

    def stations(self) -> list[Station]: ...
    def people(self, unit: str) -> list[PeopleList]:
        """Every list of a unit, the oldest first."""

    def newest_list(self, unit: str, station: str) -> tuple[str, bool] | None:
        """(body_sha256, confirmed) of a station's newest list, without reading its people."""

    def put_people(self, people: PeopleList) -> None: ...
    def confirm(self, lists: list[PeopleList]) -> None:
        """Mark these lists as confirmed."""

    def submission(self, id: str) -> Submission | None: ...
    def report(self, unit: str, month: str) -> Submission | None:
        """The report of that month with the highest revision."""

    def reports(self) -> list[Submission]: ...
    def received(self, unit: str, station: str) -> list[str]:
        """The ids of all submissions of a station and the SHA-256 of its people lists."""

    def put_submission(self, submission: Submission) -> None: ...
    def head(self, origin: str) -> Head | None: ...
    def heads(self, station: str) -> list[Head]:
        """The heads of all epochs of the station with that name (nocopy/UNIT/STATION-KEY)."""

    def put_head(self, head: Head) -> None:
        """Insert, or replace the one of the same origin."""

    def messages(self, unit: str, after: int) -> list[Message]: ...
    def last_message(self) -> int:
        """The highest number of any message, 0 where there is none."""

    def put_message(self, message: Message) -> None: ...
    def is_returned(self, id: str) -> bool:
        """Whether a message returned that report."""

    def statuses(self) -> list[StationStatus]: ...
    def put_status(self, status: StationStatus) -> None:
        """Insert, or replace the station's earlier status."""

    def bundles(self, unit: str, station: str) -> list[Bundle]:
        """The bundles that came from a station, by number."""

    def put_bundle(self, bundle: Bundle) -> None: ...
    def catalogue(self) -> Catalogue | None:
        """The newest one."""

    def put_catalogue(self, catalogue: Catalogue) -> None: ...


class Collided(Exception):
    """Two transactions collided. Nothing of this one was stored; it can be repeated."""


class Records(Protocol):
    """The durable storage of the centre."""

    def transaction(self) -> AbstractContextManager[Tables]:
        """A serializable transaction: committed durably when it ends, undone where its body raises.

        While it lasts no other one may begin, so nothing is parsed or verified inside. May raise Collided at
        any point.
        """

    def reading(self) -> AbstractContextManager[Tables]:
        """One state of the records, to read only; it waits for nobody, and nobody for it."""


def anew(decide: Callable[[], Decision]) -> Decision | None:
    """The decision, repeated where its transaction collided with another's; None where it always did."""
    for _ in range(_TRIES):
        with suppress(Collided):
            return decide()
    return None
