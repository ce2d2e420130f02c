"""What the centre keeps, and what any place that keeps it must be able to do.

Two places do: records.py (SQLAlchemy, the ministry) and memory.py (practice). All times are stamps with
+07:00, so they compare as text; every hash is lower-case hex.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Code:
    """An enrolment code, by its hash. `used_key` is the station key that used it, with the receipt given."""

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


@dataclass(frozen=True)
class PeopleList:
    """One people list of a station: `sha256` is of the canonical list, `body_sha256` of the bytes sent."""

    unit: str
    station: str
    n: int
    sha256: str
    body_sha256: str
    people: list[dict[str, Any]]
    confirmed: bool
    receipt: str
    received_at: str


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
    """What Supervisor or ICT say to a unit: a JWS of the centre."""

    n: int
    unit: str
    body: str


class Tables(Protocol):
    """Reading and writing inside one transaction."""

    def code(self, hashed: str) -> Code | None: ...
    def put_code(self, code: Code) -> None:
        """Insert, or replace the one with the same hash."""

    def station_of_token(self, token: str) -> Station | None:
        """By the token's SHA-256."""

    def put_station(self, station: Station) -> None:
        """Insert, or replace the one of the same unit and number: its old token is dead at once."""

    def stations(self) -> list[Station]: ...
    def people(self, unit: str) -> list[PeopleList]:
        """Every list of a unit, the oldest first."""

    def put_people(self, people: PeopleList) -> None: ...
    def submission(self, id: str) -> Submission | None: ...
    def report(self, unit: str, month: str) -> Submission | None: ...
    def reports(self) -> list[Submission]: ...
    def put_submission(self, submission: Submission) -> None: ...
    def head(self, origin: str) -> Head | None: ...
    def put_head(self, head: Head) -> None:
        """Insert, or replace the one of the same origin."""

    def messages(self, unit: str, after: int) -> list[Message]: ...


class Records(Protocol):
    """Where the centre keeps what it must not lose."""

    def transaction(self) -> AbstractContextManager[Tables]:
        """One at a time; everything inside is kept, durably, when it ends, or nothing where it raises."""
