"""A line of the ledger: what is written down, its exact form and its hashes.

The form is fixed for outsiders who verify it with their own code:
    body      canonical JSON {v, seq, kind, at, month, clock, station, officer, visit, service, document,
              channel, subject_kind, comer, identity, card_seen_at, legal, outcome, error, ms, about, nonce,
              sealed}; a field without a value is null; administrative lines may also have `facts`
    leaf      SHA-256(00 | prev | body); prev is the leaf before, 32 zero bytes for line 0
    sealed.x  b64(HMAC-SHA-256(key = 32 random bytes of that field of that line, x | 00 | value)), or null
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from store.formats.canonical import b64, canonical

VERSION = 1
FIRST_PREV = bytes(32)
SEALED = ("subject", "comer", "basis", "reference", "purpose")


class LineKind(StrEnum):
    """What a line is about."""

    USE = "use"
    ATTEMPT = "attempt"
    ANSWER = "answer"
    CORRECTION = "correction"
    EXPIRED = "expired"
    LOGIN = "login"
    PEOPLE = "people"
    KEYS = "keys"
    CATALOGUE = "catalogue"
    SETTINGS = "settings"
    CLOCK = "clock"
    OUTAGE = "outage"
    QUARANTINE = "quarantine"
    EXPORT = "export"
    PAPER = "paper"
    PURGED = "purged"
    CUT_OFF = "cut_off"
    MONTH = "month"
    BACKUP = "backup"
    RESTORE = "restore"
    RECEIPT = "receipt"


_KINDS = frozenset(LineKind)
USE_KINDS = frozenset(
    {LineKind.USE, LineKind.ATTEMPT, LineKind.ANSWER, LineKind.CORRECTION, LineKind.EXPIRED}
)
"""The life of a lookup: these carry exactly the fixed fields."""
OUTCOME_KINDS = (LineKind.ANSWER, LineKind.EXPIRED, LineKind.CORRECTION, LineKind.QUARANTINE)
"""The lines that say what has become of the use that they are about."""


class Outcome(StrEnum):
    """What has become of a use, in the order in which a report lists it.

    UNANSWERED is never written on a line: a report says it of what was still asked at the month's end.
    NOT_NEEDED: obtained for a service that had been chosen by mistake. CORRECTED: a correction names no other
    outcome.
    """

    OBTAINED = "obtained"
    ASKED = "asked"
    NOT_FOUND = "not_found"
    UNANSWERED = "unanswered"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOT_NEEDED = "not_needed"
    CORRECTED = "corrected"


class ClockWord(StrEnum):
    """What a line says of this PC's clock at the moment when it was written."""

    OK = "ok"
    BACK = "back"
    DOUBTFUL = "doubtful"


_OPEN_FIELDS = (
    *("officer", "visit", "service", "document", "channel", "subject_kind", "comer", "identity"),
    *("card_seen_at", "legal", "outcome", "error", "ms", "about"),
)


@dataclass(frozen=True)
class Entry:
    """What is to be written down; the ledger adds number, time, month and seals.

    subject, comer_id, basis, reference and purpose are sealed: their values stand apart, each under a key of
    its own. Everything else can be read by whoever is shown the line: never a citizen's number, nor its hash.
    `facts` is for administrative lines alone.
    """

    kind: str
    officer: str | None
    visit: str | None = None
    service: str | None = None
    document: str | None = None
    channel: str | None = None
    subject_kind: str | None = None
    comer: str | None = None
    identity: str | None = None
    card_seen_at: str | None = None
    legal: str | None = None
    outcome: str | None = None
    error: str | None = None
    ms: int | None = None
    about: int | None = None
    subject: str | None = None
    comer_id: str | None = None
    basis: str | None = None
    reference: str | None = None
    purpose: str | None = None
    facts: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"no kind of line: {self.kind}")
        if self.facts is not None and self.kind in USE_KINDS:
            raise ValueError(f"a line of kind {self.kind} has no facts")

    def __repr__(self) -> str:
        return f"Entry({self.kind})"  # the sealed values must not reach a log


@dataclass(frozen=True)
class Line:
    """A line as it stands in the ledger; `subject` is None where it was purged; leaf is hex.

    `stands` and `whom` are no part of it: how a use stands by the newest line about it (`outcome` is what
    the line itself says), and the citizen's number of the use that the line is about.
    """

    seq: int
    kind: str
    at: str
    month: str
    clock: str
    station: str
    officer: str | None
    visit: str | None
    service: str | None
    document: str | None
    channel: str | None
    subject_kind: str | None
    comer: str | None
    identity: str | None
    card_seen_at: str | None
    legal: str | None
    outcome: str | None
    error: str | None
    ms: int | None
    about: int | None
    facts: dict[str, Any]
    subject: str | None
    leaf: str
    stands: str | None = None
    whom: str | None = None

    def __repr__(self) -> str:
        return f"Line({self.seq}, {self.kind})"


def says_outcome(line: str) -> str:
    """SQL: does that line of the ledger (the name of its table) say what has become of a use?"""
    kinds = sql_words(OUTCOME_KINDS)
    return f"{line}.kind IN ({kinds}) AND ({line}.outcome IS NOT NULL OR {line}.kind = 'correction')"


def sql_words(words: Iterable[StrEnum]) -> str:
    """SQL: the words between the brackets of an IN (...)."""
    return ", ".join(f"'{word}'" for word in words)


def month_after(month: str) -> str:
    """2026-12 to 2027-01."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def leaf_hash(prev: bytes, body: bytes) -> bytes:
    """SHA-256(00 | prev | body)."""
    return sha256(b"\x00" + prev + body).digest()


def seal(key: bytes, field: str, value: str) -> str:
    """The open mark of a sealed value: b64(HMAC-SHA-256(key, field | 00 | value))."""
    return b64(hmac.digest(key, field.encode() + b"\x00" + value.encode(), "sha256"))


def month_before(month: str) -> str:
    """2027-01 to 2026-12."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1:04}-12" if number == 1 else f"{year:04}-{number - 1:02}"


def write_body(entry: Entry, place: dict[str, Any]) -> tuple[bytes, list[tuple[str, bytes, str]]]:
    """A line's body, and its sealed values as (field, key, value).

    `place` is what the ledger knows: seq, at, month, clock, station.
    """
    values = (entry.subject, entry.comer_id, entry.basis, entry.reference, entry.purpose)
    sealed = [
        (name, secrets.token_bytes(32), value)
        for name, value in zip(SEALED, values, strict=True)
        if value is not None
    ]
    marks: dict[str, str | None] = dict.fromkeys(SEALED)
    marks.update((name, seal(key, name, value)) for name, key, value in sealed)
    body: dict[str, Any] = {
        "v": VERSION,
        "kind": entry.kind,
        **place,
        **{name: getattr(entry, name) for name in _OPEN_FIELDS},
        "nonce": b64(secrets.token_bytes(16)),
        "sealed": marks,
    }
    if entry.facts is not None:
        body["facts"] = entry.facts
    return canonical(body), sealed


def read_line(row: dict[str, Any]) -> Line:
    body = json.loads(row["body"])
    names = ("seq", "kind", "at", "month", "clock", "station", *_OPEN_FIELDS)
    fields = {name: body[name] for name in names}
    return Line(
        **fields,
        facts=body.get("facts", {}),
        subject=row["value"],
        leaf=bytes(row["leaf"]).hex(),
        stands=row.get("stands") or body["outcome"],
        whom=row.get("whom"),
    )
