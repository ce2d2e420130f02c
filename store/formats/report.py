"""The monthly report as it is signed and sent. It has counts, never citizens.

    payload     canonical JSON, made at the summary and never changed; all three sign the same bytes
    findings    canonical JSON of what the head marked, only in a flagged report; it is beside the payload,
                and the head's protected header names its SHA-256. Citizens in it are A, B, C
    submission  gzip (mtime 0) of the general JWS; id, SHA-256 and receipt are of these bytes

Hashes and roots in JSON are lower-case hex.
"""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from store.formats import jws
from store.formats.canonical import canonical
from store.formats.errors import BadReceipt
from store.formats.free_text import without_numbers

REPORT = "nocopy-report+jws"
RECEIPT = "nocopy-receipt+jws"

# Must never change, because a report must have the same id on every PC.
_NAMESPACE = uuid.UUID("9b1f0c55-6f0e-5d5c-9d0a-0b6f2f6c2569")


@dataclass(frozen=True)
class MarkedLine:
    """A line of a finding that is sent to the ministry; `subject` is the citizen's number, or None.

    The number itself is not sent (marked()). `station` names the ledger of the office's other PC that has the
    line, None for the PC that reports.
    """

    seq: int
    at: str
    officer: str | None
    service: str | None
    document: str | None
    channel: str | None
    identity: str | None
    outcome: str | None
    subject: str | None
    station: str | None = None


@dataclass(frozen=True)
class MarkedFinding:
    """A finding that the head did not accept, with the officer's explanation and the head's reason."""

    rule: str
    about: str
    explanation: str | None
    reason: str | None
    lines: Sequence[MarkedLine]


def submission_id(unit: str, month: str, kind: str, revision: int) -> str:
    """The permanent id of a submission: UUIDv5 of unit/month/kind/revision."""
    return str(uuid.uuid5(_NAMESPACE, f"{unit}/{month}/{kind}/{revision}"))


def marked(unit: str, month: str, revision: int, findings: Iterable[MarkedFinding]) -> bytes:
    """The marked findings as they are sent: canonical JSON {v, unit, month, revision, findings: [...]}.

    A citizen has the same letter in all findings; numbers in explanations and reasons are covered.
    """
    letters: dict[str, str] = {}
    written = [
        {
            "rule": finding.rule,
            "about": finding.about,
            "explanation": without_numbers(finding.explanation),
            "reason": without_numbers(finding.reason),
            "lines": [_line(line, letters) for line in finding.lines],
        }
        for finding in findings
    ]
    return canonical({"v": 1, "unit": unit, "month": month, "revision": revision, "findings": written})


def _line(line: MarkedLine, letters: dict[str, str]) -> dict[str, Any]:
    letter = None
    if line.subject is not None:
        letter = letters.setdefault(line.subject, _letter(len(letters)))
    return {
        "seq": line.seq,
        "station": line.station,
        "at": line.at,
        "officer": line.officer,
        "service": line.service,
        "document": line.document,
        "channel": line.channel,
        "identity": line.identity,
        "outcome": line.outcome,
        "citizen": letter,
    }


def _letter(n: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    name = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        name = ascii_uppercase[rest] + name
    return name


def frozen(payload: bytes, signatures: Sequence[tuple[str, str]], findings: bytes | None) -> bytes:
    """The bytes of the submission; equal arguments give equal bytes."""
    return gzip.compress(jws.assemble(payload, signatures, findings=findings), mtime=0)


def read_receipt(token: str, receipt_key: str, *, id: str, digest: bytes, unit: str) -> dict[str, Any]:
    """The payload of a receipt that the centre's key (b64) signed for exactly this submission.

    `digest` is the submission's SHA-256. Raises a BadSignature or BadReceipt.
    """
    kid = jws.thumbprint(jws.key_bytes(receipt_key))
    signed = jws.read_compact(token, typ=RECEIPT, key_of={kid: receipt_key}.get)
    for part, expected in (("id", id), ("sha256", digest.hex()), ("unit", unit)):
        if signed.value.get(part) != expected:
            raise BadReceipt(part=part)
    return signed.value
