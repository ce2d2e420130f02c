"""The centre's decisions on reports and checkpoints, the same for the ministry and for practice.

What came is parsed, and its signatures are verified, before the transaction begins, so that one unit's large
report keeps no other unit waiting. The transaction demands that the records are still those that it was
judged by, and stores it with its receipt. The reply is sent after that, so the centre has stored every
receipt that it sent. Raises CallRefused, and Collided where the records have changed: then it is to be judged
anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from reader.buddhist_date import stamp
from store.exchange import payloads
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadSignature, WrongMember
from store.formats.note import read_note
from store.formats.report import REPORT
from store.formats.required_signers import check_three
from store.months.signatures import SIGNED_BY
from store.months.values import due_report
from store.proof.checkpoint import CHECKPOINT
from store.queue.job import JobKind
from sync.centre import content, witness
from sync.centre.keys import CentreKeys
from sync.centre.limits import Limits
from sync.centre.problem import CallRefused, not_agreed
from sync.centre.signed import opened, own_receipt, receipt_for, verified
from sync.centre.storage import Collided, Head, PeopleList, Records, Station, Submission, Tables

_KIND_OF = {REPORT: JobKind.REPORT, CHECKPOINT: JobKind.CHECKPOINT}
_AHEAD = timedelta(days=1)  # how far a PC's clock may be ahead when somebody signs


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


@dataclass(frozen=True)
class _Came:
    """What a station sent: `body` is the gzip, `file` its content, `lists` the unit's people lists."""

    station: Station
    id: str
    body: bytes
    file: jws.Unverified
    lists: list[PeopleList]
    now: datetime

    def submission(self, kind: JobKind, **of_a_report: Any) -> Submission:
        """It as it is stored, without its receipt."""
        none: dict[str, Any] = {"month": None, "revision": None, "destination": None, "late": False}
        return Submission(
            id=self.id,
            unit=self.station.unit,
            station=self.station.station,
            kind=kind,
            sha256=sha256_hex(self.body),
            body=self.body,
            received_at=stamp(self.now),
            receipt="",
            **{**none, **of_a_report},
        )


@dataclass(frozen=True)
class _Judged:
    """What is left to do in the transaction: `finish` stores what belongs to it, and gives the heads."""

    made: Submission
    confirmed: bool
    finish: Callable[[Tables], list[str]]


def submission(
    centre: Centre, station: Station, id: str, body: bytes, inflated: bytes, receipt: str | None = None
) -> Decided:
    """PUT /v1/submissions/{id}: a report or a checkpoint; `body` is the gzip, `inflated` its content.

    `receipt` is this centre's own receipt for these bytes, which a centre restored from a backup has lost.
    With it they are stored again under that receipt and not judged again.
    """
    with centre.records.reading() as tables:
        known = tables.submission(id)
        lists = tables.people(station.unit)
    if known is not None and (known.unit, known.sha256) == (station.unit, sha256_hex(body)):
        return Decided(known.receipt, new=False)
    came = _Came(station, id, body, opened(inflated), lists, centre.clock())
    if came.file.typ not in _KIND_OF:
        raise CallRefused("bad-content", "The centre takes reports and checkpoints.")
    if receipt is not None:
        judged = _again(centre, came, receipt)
    else:
        judged = _report(came) if came.file.typ == REPORT else _checkpoint(centre, came)
    return _stored(centre, came, judged)


def _stored(centre: Centre, came: _Came, judged: _Judged) -> Decided:
    with centre.records.transaction() as tables:
        known = tables.submission(came.id)
        if known is not None:
            if (known.unit, known.sha256) != (came.station.unit, judged.made.sha256):
                raise CallRefused("conflict", "Under this id other content was received before.")
            return Decided(known.receipt, new=False)
        newest = _newest(came)
        found = tables.newest_list(came.station.unit, came.station.station)
        if found != (newest.body_sha256, newest.confirmed):
            raise Collided
        heads, made = judged.finish(tables), judged.made
        if not made.receipt:
            made = replace(made, receipt=receipt_for(centre.keys, made, judged.confirmed, heads))
        tables.put_submission(made)
    return Decided(made.receipt, new=True)


def _again(centre: Centre, came: _Came, receipt: str) -> _Judged:
    """A submission that this centre had received before it was restored, rebuilt from its own receipt."""
    given = own_receipt(centre.keys, receipt)
    kind, mine = _KIND_OF[came.file.typ], came.station
    expected = (came.id, sha256_hex(came.body), mine.unit, mine.station, kind)
    if (given.id, given.sha256, given.unit, given.station, given.kind) != expected:
        raise CallRefused("bad-signature", "The receipt is for something else.")
    made = came.submission(kind, month=given.month, revision=given.revision, late=given.late)
    made = replace(made, received_at=given.received_at, receipt=receipt)
    if kind == JobKind.CHECKPOINT:
        return _Judged(made, False, lambda tables: _head_again(tables, given.heads[0], given.received_at))
    return _Judged(replace(made, destination=content.destination(came.file)), False, lambda _tables: [])


def _head_again(tables: Tables, cosigned: str, at: str) -> list[str]:
    """Store again a head that the witness had cosigned, where it is larger than the one it holds."""
    note = read_note(cosigned)
    largest = tables.head(note.origin)
    if largest is not None and largest.size == note.size and largest.root != note.root:
        raise CallRefused("fork", f"The witness holds another head of size {note.size}.")
    if largest is None or largest.size < note.size:
        tables.put_head(Head(note.origin, note.size, note.root, cosigned, at))
    return [cosigned]


def _report(came: _Came) -> _Judged:
    asked = content.report(came.file.value, came.station, came.lists, stamp(came.now))
    if came.id != content.report_id(asked):
        raise CallRefused("bad-content", "The id is not the one of this unit, month and revision.")
    named = _named(came, asked.people)
    keys = {item["kid"]: item["key"] for item in named.people if item["kid"] is not None}
    signed = verified(came.file, REPORT, keys, payloads.ReportHeader)
    head = _three_signers(signed.headers, [named, _newest(came)], came.now)
    content.check_findings(asked, head, signed.findings)
    made = came.submission(
        JobKind.REPORT,
        month=asked.month,
        revision=asked.revision,
        destination=content.destination_of(head["says"]),
        late=stamp(came.now)[:10] > due_report(asked.month).isoformat(),
    )

    def finish(tables: Tables) -> list[str]:
        _is_next(tables, asked)
        heads = [tables.head(origin) for origin in dict.fromkeys(chain.origin for chain in asked.chains)]
        return [one.note for one in heads if one is not None]

    return _Judged(made, named.confirmed, finish)


def _newest(came: _Came) -> PeopleList:
    """The newest people list of the station that sent it; an enrolled station has one."""
    return [one for one in came.lists if one.station == came.station.station][-1]


def _named(came: _Came, digest: str) -> PeopleList:
    """The sending station's list with that SHA-256; another station's says nothing of its people."""
    mine = [one for one in came.lists if (one.station, one.sha256) == (came.station.station, digest)]
    if not mine:
        raise CallRefused(
            "behind", "The report names a people list that the centre does not have.", member="people"
        )
    return mine[-1]


def _three_signers(
    headers: list[dict[str, Any]], lists: Sequence[PeopleList], now: datetime
) -> dict[str, Any]:
    """The head's header, where officer, controller and head signed in roles that they then had.

    They must stand in each of `lists`: the report's own, and the station's newest, which alone tells of an
    appointment or a key that ended since. A signature dated ahead of the centre's clock is held against the
    lists as of now, too: nobody signs in a role that is still to come.
    """
    for n, header in enumerate(headers):
        if SIGNED_BY[header["says"]] != header["role"]:
            wrong = WrongMember(
                member=f"signatures[{n}].protected.says", problem="it is said in another role"
            )
            raise not_agreed(wrong, "bad-signature") from wrong
    latest = stamp(now + _AHEAD)
    by_now = [{**header, "at": min(header["at"], latest)} for header in headers]
    try:
        for people in lists:
            check_three(by_now, people.people)
            head = check_three(headers, people.people)
    except BadSignature as error:
        raise CallRefused("bad-signature", str(error)) from error
    return head


def _is_next(tables: Tables, asked: payloads.Report) -> None:
    """Demand that a report is its month's first, or the next revision of one that the ministry returned."""
    earlier = tables.report(asked.unit, asked.month)
    if earlier is None:
        if asked.revision != 1:
            raise CallRefused("behind", f"The centre has no earlier report of {asked.month}.")
        return
    if not tables.is_returned(earlier.id):
        raise CallRefused("conflict", f"The report of {asked.month} was received and not returned.")
    if (asked.revision, asked.replaces) != ((earlier.revision or 0) + 1, earlier.id):
        raise CallRefused("conflict", f"The next report of {asked.month} has another revision.")


def _checkpoint(centre: Centre, came: _Came) -> _Judged:
    asked = content.checkpoint(came.file.value, came.station)
    kid = jws.thumbprint(jws.key_bytes(came.station.key))
    verified(came.file, CHECKPOINT, {kid: came.station.key})
    note = witness.signed_note(asked, came.station)

    def finish(tables: Tables) -> list[str]:
        return [witness.cosign(centre.keys, came.now, tables, asked, note)]

    return _Judged(came.submission(JobKind.CHECKPOINT), _newest(came).confirmed, finish)
