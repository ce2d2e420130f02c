"""A line of the ledger: its content, its exact form and its hashes.

The form never changes, because outsiders verify it with their own code:
    body      canonical JSON {v, seq, kind, at, month, clock, station, session, officer, visit, service,
              document, channel, subject_kind, comer, identity, card_seen_at, legal, outcome, error, ms,
              about, nonce, sealed}; a field without a value is null; administrative lines may also have
              `facts`. v is 2; lines of version 1, which stand before the first of version 2, have no
              `session` (store/formats/session.py)
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

VERSION = 2
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
"""The kinds of line about a use; they have exactly the fixed fields, and never `facts`."""
OUTCOME_KINDS = (LineKind.ANSWER, LineKind.EXPIRED, LineKind.CORRECTION, LineKind.QUARANTINE)
"""The kinds of line that may give the outcome of the use that they are about."""


class Outcome(StrEnum):
    """The outcome of a use, in the order in which a report lists them.

    UNANSWERED is never in a line: a report gives it to a use that is still ASKED at the month's end.
    NOT_NEEDED: obtained for a service that was chosen by mistake. CORRECTED: a correction names no other
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
    """The state of this PC's clock when a line was written."""

    OK = "ok"
    BACK = "back"
    DOUBTFUL = "doubtful"


_OPEN_FIELDS = (
    *("officer", "visit", "service", "document", "channel", "subject_kind", "comer", "identity"),
    *("card_seen_at", "legal", "outcome", "error", "ms", "about"),
)


@dataclass(frozen=True)
class Entry:
    """The content of a new line; the ledger adds number, time, month and seals.

    `subject`, `comer_id`, `basis`, `reference` and `purpose` are sealed: their values are stored apart, each
    with its own key. Everybody who is shown the line can read the other fields, so they must never hold a
    citizen's number or its hash. Only administrative lines may have `facts`.
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
    """A line as read from the ledger; `subject` is None where it was erased; `leaf` is hex.

    `outcome` is in the line itself; `stands` is the present outcome by the newest line about it. `whom` is
    the citizen's number of the use that the line is about. `session` is None in lines of version 1.
    """

    seq: int
    kind: str
    at: str
    month: str
    clock: str
    station: str
    session: int | None
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
    """SQL: whether a line gives the outcome of a use; `line` is the name of its table in the query."""
    kinds = sql_words(OUTCOME_KINDS)
    return f"{line}.kind IN ({kinds}) AND ({line}.outcome IS NOT NULL OR {line}.kind = 'correction')"


def sql_words(words: Iterable[StrEnum]) -> str:
    """SQL: the words as a list for IN (...)."""
    return ", ".join(f"'{word}'" for word in words)


def month_after(month: str) -> str:
    """The next month: 2027-01 for 2026-12."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def leaf_hash(prev: bytes, body: bytes) -> bytes:
    """SHA-256(00 | prev | body)."""
    return sha256(b"\x00" + prev + body).digest()


def seal(key: bytes, field: str, value: str) -> str:
    """The mark of a sealed value in the body: b64(HMAC-SHA-256(key, field | 00 | value))."""
    return b64(hmac.digest(key, field.encode() + b"\x00" + value.encode(), "sha256"))


def month_before(month: str) -> str:
    """The month before: 2026-12 for 2027-01."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1:04}-12" if number == 1 else f"{year:04}-{number - 1:02}"


def write_body(entry: Entry, place: dict[str, Any]) -> tuple[bytes, list[tuple[str, bytes, str]]]:
    """A line's body, and its sealed values as (field, key, value).

    `place` are the fields that the ledger adds: seq, at, month, clock, station, session.
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
        session=body.get("session"),
        facts=body.get("facts", {}),
        subject=row["value"],
        leaf=bytes(row["leaf"]).hex(),
        stands=row.get("stands") or body["outcome"],
        whom=row.get("whom"),
    )
