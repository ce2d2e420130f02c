"""The exact form of all that an office sends to the centre: one class for each kind of signed payload.

msgspec refuses every member that stands in no class here, and names the path of what it refuses. What one
member's form cannot say (whose unit, which months, a key and its thumbprint) the reader checks after it.
Loading this file costs a PC time that its first frame does not have: import it where something is judged.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from store.counter.visit import Identity
from store.formats.line import Outcome
from store.formats.roles import Role
from store.months.anomalies import Rule
from store.settings.catalogue import Channel

_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"T([01][0-9]|2[0-3])(:[0-5][0-9]){2}\+07:00"

Unit = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z]{1,12}\Z")]
StationNumber = Annotated[str, Meta(pattern=r"\A[0-9]{2}\Z")]
Login = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z][0-9A-Za-z._-]{0,63}\Z")]
Code = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z._-]{1,40}\Z")]
Month = Annotated[str, Meta(pattern=r"\A[0-9]{4}-(0[1-9]|1[0-2])\Z")]
Stamp = Annotated[str, Meta(pattern=rf"\A{_DAY}{_TIME}\Z")]
StampOrDay = Annotated[str, Meta(pattern=rf"\A{_DAY}({_TIME})?\Z")]
Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z", description="SHA-256 in hex")]
Bytes32 = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_-]{43}\Z", description="32 bytes in base64url")]
Id = Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", description="a UUID")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Level = Annotated[str, Meta(max_length=200)]
Words = Annotated[str, Meta(max_length=1000)]
Origin = Annotated[str, Meta(pattern=r"\Anocopy/[0-9A-Za-z]{1,12}/[0-9]{2}-[0-9a-f]{8}/e[1-9][0-9]{0,11}\Z")]
Note = Annotated[str, Meta(min_length=1, max_length=2000)]
Ledger = Annotated[str, Meta(pattern=r"\A[0-9]{2}(/e[1-9][0-9]{0,11})?\Z", description="of another PC")]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Number = Annotated[int, Meta(ge=1, le=10**9)]
Line = Annotated[int, Meta(ge=0, le=10**12)]
UseRow = tuple[Login | None, Code | None, Code | None, Channel | None, Outcome, Count]
RuleRow = tuple[Rule, Count]
Uses = Annotated[list[UseRow], Meta(max_length=20_000)]


class _Agreed(Struct, frozen=True, forbid_unknown_fields=True):
    """An object with exactly these members."""


class Chain(_Agreed, frozen=True, kw_only=True):
    """The lines of one ledger that a report counts."""

    origin: Origin
    from_: Line = field(name="from")
    to: Line
    root: Hash


class Report(_Agreed, frozen=True, kw_only=True):
    """A month's counts."""

    v: int
    unit: Unit
    month: Month
    revision: Annotated[int, Meta(ge=1, le=1000)]
    replaces: Id | None
    chains: Annotated[list[Chain], Meta(min_length=1, max_length=200)]
    use: Uses
    visits: Count
    spared: Count
    offline_min: Count
    unanswered: Count
    findings: Annotated[list[RuleRow], Meta(max_length=100)]
    lost_lines: Count
    late: Uses | UnsetType = UNSET
    people: Hash


class MarkedLine(_Agreed, frozen=True, kw_only=True):
    """A line of a finding; its citizen is a letter."""

    seq: Line
    station: Ledger | None
    at: Stamp
    officer: Login | None
    service: Code | None
    document: Code | None
    channel: Channel | None
    identity: Identity | None
    outcome: Outcome | None
    citizen: Annotated[str, Meta(pattern=r"\A[A-Z]{1,4}\Z")] | None


class MarkedFinding(_Agreed, frozen=True, kw_only=True):
    """A finding that the head did not accept."""

    rule: Rule
    about: Login
    explanation: Words | None
    reason: Words | None
    lines: Annotated[list[MarkedLine], Meta(max_length=10_000)]


class Findings(_Agreed, frozen=True, kw_only=True):
    """What stands beside a flagged report."""

    v: int
    unit: Unit
    month: Month
    revision: Annotated[int, Meta(ge=1, le=1000)]
    findings: Annotated[list[MarkedFinding], Meta(min_length=1, max_length=1000)]


class Person(_Agreed, frozen=True, kw_only=True):
    """One role of one person with one key, for the time in which both are valid."""

    login: Login
    name: Name
    role: Role
    kid: Bytes32 | None
    key: Bytes32 | None
    station: StationNumber
    from_: StampOrDay = field(name="from")
    until: StampOrDay | None


class Person1(Person, frozen=True, kw_only=True):
    kid: Bytes32
    key: Bytes32


class Person2(Person, frozen=True, kw_only=True):
    """With what the program asks of a person; `kid` and `key` are null before the first key."""

    level: Level
    services: Annotated[list[Code], Meta(max_length=200)]
    acting: bool


People1 = Annotated[tuple[Person1, ...], Meta(min_length=1, max_length=500)]
People2 = Annotated[tuple[Person2, ...], Meta(min_length=1, max_length=500)]


class PeopleList(_Agreed, frozen=True, kw_only=True):
    """A list that follows another: `prev` is that one's SHA-256."""

    v: int
    unit: Unit
    n: Number
    prev: Hash
    people: tuple[Person, ...]


class PeopleList1(PeopleList, frozen=True, kw_only=True):
    people: People1


class PeopleList2(PeopleList, frozen=True, kw_only=True):
    people: People2


class Enrolment(_Agreed, frozen=True, kw_only=True):
    """`n` is the number of the people list that begins with it; an old PC leaves it out and means 1."""

    v: int
    unit: Unit
    station: StationNumber
    code: Annotated[str, Meta(pattern=r"\A[0-9A-Za-z\s-]{32,80}\Z")]
    station_key: Bytes32
    age_key: Annotated[str, Meta(pattern=r"\Aage1[0-9a-z]{58}\Z")]
    n: Number | UnsetType = UNSET
    people: tuple[Person, ...]


class Enrolment1(Enrolment, frozen=True, kw_only=True):
    people: People1


class Enrolment2(Enrolment, frozen=True, kw_only=True):
    people: People2


class Checkpoint(_Agreed, frozen=True, kw_only=True):
    """A signed note, and the proof that it extends the first `from` lines."""

    v: int
    unit: Unit
    station: StationNumber
    note: Note
    from_: Line = field(name="from")
    proof: Annotated[list[Bytes32], Meta(max_length=128)]  # twice the height of a tree of 2**64 lines


class Item(_Agreed, frozen=True, kw_only=True):
    id: Annotated[str, Meta(pattern=r"\A[0-9a-z-]{1,64}\Z")]
    kind: Literal["people", "report", "checkpoint"]
    sha256: Hash


class Manifest(_Agreed, frozen=True, kw_only=True):
    """The signed list of a bundle."""

    v: int
    unit: Unit
    station: StationNumber
    n: Number
    prev: Hash | None
    made_at: Stamp
    items: Annotated[list[Item], Meta(max_length=4500)]  # a list of more is over 1 MB
    messages_seen: Annotated[int, Meta(ge=0, le=10**15)]


class Receipt(_Agreed, frozen=True, kw_only=True):
    """A receipt of the centre itself, which comes back where a restored centre lost what it is for."""

    v: int
    id: Annotated[str, Meta(pattern=r"\A[0-9a-f-]{36,64}\Z")]
    sha256: Hash
    kind: Literal["people", "report", "checkpoint"]
    unit: Unit
    station: StationNumber
    month: Month | None
    revision: Annotated[int, Meta(ge=1, le=1000)] | None
    received_at: Stamp
    late: bool
    people: Literal["confirmed", "unconfirmed"]
    heads: Annotated[list[Note], Meta(max_length=200)]


class Broken(_Agreed, frozen=True, kw_only=True):
    """A break of a PC's ledger: its first bad line, and when it was found."""

    seq: Number
    found_at: Stamp


class Status(_Agreed, frozen=True, kw_only=True):
    """How a PC is, in counts; `broken` only where its ledger is known to be broken."""

    at: Stamp
    waiting: Annotated[int, Meta(ge=0, le=10**6)]
    quarantined: Annotated[int, Meta(ge=0, le=10**6)]
    version: Annotated[str, Meta(min_length=1, max_length=40)]
    broken: Broken | UnsetType = UNSET


class Header(_Agreed, frozen=True, kw_only=True):
    """A protected header; alg, typ and kid are checked where the signature is."""

    alg: str
    typ: str
    kid: str


class ReportHeader(Header, frozen=True, kw_only=True):
    login: Login
    role: Role
    says: Literal["summarised", "checked", "approved", "flagged"]
    at: Stamp
    findings: Hash | UnsetType = UNSET


class PeopleHeader(Header, frozen=True, kw_only=True):
    login: Login
    role: Literal["head"]
    at: Stamp


class EnrolmentHeader(Header, frozen=True, kw_only=True):
    role: Literal["station", "head"]
    login: Login | UnsetType = UNSET
    at: Stamp
