"""The centre's decisions on reports and checkpoints, the same for the ministry and for practice.

Each decision reads and writes in one transaction and returns the receipt. The reply is sent after the
transaction has ended, so the centre has stored every receipt that it sent. Raises CallRefused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from reader.buddhist_date import stamp
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadSignature
from store.formats.note import read_note
from store.formats.report import REPORT
from store.formats.required_signers import check_three
from store.months.values import due_report
from store.proof.checkpoint import CHECKPOINT
from store.queue.job import JobKind
from sync.centre import content, witness
from sync.centre.keys import CentreKeys
from sync.centre.limits import Limits
from sync.centre.problem import CallRefused
from sync.centre.signed import own_receipt, read_claims, receipt_for, verified
from sync.centre.storage import Head, Records, Station, Submission, Tables

_KIND_OF = {REPORT: JobKind.REPORT, CHECKPOINT: JobKind.CHECKPOINT}


@dataclass(frozen=True)
class Centre:
    """A centre: its records, its keys, its clock, and its limits on calls."""

    records: Records
    keys: CentreKeys
    clock: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Decided:
    """A receipt (compact JWS); `new` is False where the same bytes had been received before."""

    receipt: str
    new: bool


def submission(
    centre: Centre, station: Station, id: str, body: bytes, inflated: bytes, receipt: str | None = None
) -> Decided:
    """PUT /v1/submissions/{id}: a report or a checkpoint; `body` is the gzip, `inflated` its content.

    `receipt` is this centre's own receipt for these bytes, which a centre restored from a backup has lost.
    With it they are stored again under that receipt and not judged again.
    """
    typ, payload = read_claims(inflated)
    if payload.get("unit") != station.unit:
        raise CallRefused("other-unit", "This token is of another unit than the content.")
    with centre.records.transaction() as tables:
        known = tables.submission(id)
        if known is not None:
            if known.unit != station.unit or known.sha256 != sha256_hex(body):
                raise CallRefused("conflict", "Under this id other content was received before.")
            return Decided(known.receipt, new=False)
        if typ not in _KIND_OF:
            raise CallRefused("bad-content", "The centre takes reports and checkpoints.")
        if receipt is not None:
            made = _again(centre, tables, station, id, body, inflated, receipt)
            tables.put_submission(made)
            return Decided(made.receipt, new=True)
        judged = _report if typ == REPORT else _checkpoint
        made, heads = judged(centre, tables, station, id, body, inflated)
        confirmed = _are_confirmed(tables, station, payload.get("people"))
        made = replace(made, receipt=receipt_for(centre.keys, made, confirmed, heads))
        tables.put_submission(made)
    return Decided(made.receipt, new=True)


def _are_confirmed(tables: Tables, station: Station, named: Any) -> bool:
    """Whether the ministry has confirmed the list `named` (SHA-256), or else the station's newest list."""
    lists = tables.people(station.unit)
    mine = [one for one in lists if one.sha256 == named] or [
        one for one in lists if one.station == station.station
    ]
    return bool(mine) and mine[-1].confirmed


def _again(
    centre: Centre, tables: Tables, station: Station, id: str, body: bytes, inflated: bytes, receipt: str
) -> Submission:
    """A submission that this centre had received before it was restored, rebuilt from its own receipt."""
    given = own_receipt(centre.keys, receipt)
    kind = _KIND_OF[read_claims(inflated)[0]]
    expected = (id, sha256_hex(body), station.unit, station.station, kind)
    if tuple(given[name] for name in ("id", "sha256", "unit", "station", "kind")) != expected:
        raise CallRefused("bad-signature", "The receipt is for something else.")
    if kind == JobKind.CHECKPOINT:
        _head_again(tables, given["heads"][0], given["received_at"])
    return Submission(
        id=id,
        unit=station.unit,
        station=station.station,
        kind=kind,
        sha256=given["sha256"],
        body=body,
        month=given["month"],
        revision=given["revision"],
        destination=content.destination(inflated) if kind == JobKind.REPORT else None,
        received_at=given["received_at"],
        late=given["late"],
        receipt=receipt,
    )


def _head_again(tables: Tables, cosigned: str, at: str) -> None:
    """Store again a head that the witness had cosigned, where it is larger than the one it holds."""
    note = read_note(cosigned)
    largest = tables.head(note.origin)
    if largest is not None and largest.size == note.size and largest.root != note.root:
        raise CallRefused("fork", f"The witness holds another head of size {note.size}.")
    if largest is None or largest.size < note.size:
        tables.put_head(Head(note.origin, note.size, note.root, cosigned, at))


def _report(
    centre: Centre, tables: Tables, station: Station, id: str, body: bytes, inflated: bytes
) -> tuple[Submission, list[str]]:
    lists = tables.people(station.unit)
    in_force = content.in_force(lists)
    signed = verified(inflated, REPORT, {item["kid"]: item["key"] for item in in_force})
    head = _three_signers(signed.headers, in_force)
    asked = content.report(signed.value)
    if id != content.report_id(asked):
        raise CallRefused("bad-content", "The id is not the one of this unit, month and revision.")
    if asked.people not in {one.sha256 for one in lists}:
        raise CallRefused("behind", "The report names a people list that the centre does not have.")
    _is_next(tables, station.unit, asked)
    content.check_findings(head, signed.findings)
    received_at = stamp(centre.clock())
    made = Submission(
        id=id,
        unit=station.unit,
        station=station.station,
        kind=JobKind.REPORT,
        sha256=sha256_hex(body),
        body=body,
        month=asked.month,
        revision=asked.revision,
        destination=content.destination_of(head["says"]),
        received_at=received_at,
        late=received_at[:10] > due_report(asked.month).isoformat(),
        receipt="",
    )
    heads = [tables.head(origin) for origin in asked.origins]
    return made, [one.note for one in heads if one is not None]


def _is_next(tables: Tables, unit: str, asked: content.Report) -> None:
    """Demand that a report is its month's first, or the next revision of one that the ministry returned."""
    earlier = tables.report(unit, asked.month)
    if earlier is None:
        if asked.revision != 1:
            raise CallRefused("behind", f"The centre has no earlier report of {asked.month}.")
        return
    if not tables.is_returned(earlier.id):
        raise CallRefused("conflict", f"The report of {asked.month} was received and not returned.")
    if (asked.revision, asked.replaces) != ((earlier.revision or 0) + 1, earlier.id):
        raise CallRefused("conflict", f"The next report of {asked.month} has another revision.")


def _three_signers(headers: list[dict[str, Any]], people: list[dict[str, Any]]) -> dict[str, Any]:
    """The head's header. Raises where officer, controller and head did not all sign in their own roles."""
    try:
        return check_three(headers, people)
    except BadSignature as error:
        raise CallRefused("bad-signature", str(error)) from error


def _checkpoint(
    centre: Centre, tables: Tables, station: Station, id: str, body: bytes, inflated: bytes
) -> tuple[Submission, list[str]]:
    kid = jws.thumbprint(content.key_bytes(station.key))
    signed = verified(inflated, CHECKPOINT, {kid: station.key})
    received_at = stamp(centre.clock())
    note = witness.cosign(centre.keys, centre.clock(), tables, station, signed.value)
    made = Submission(
        id=id,
        unit=station.unit,
        station=station.station,
        kind=JobKind.CHECKPOINT,
        sha256=sha256_hex(body),
        body=body,
        month=None,
        revision=None,
        destination=None,
        received_at=received_at,
        late=False,
        receipt="",
    )
    return made, [note]
