"""Judges the content of what a station may send, before any signature is verified. Raises CallRefused.

Each member's form stands in store/exchange/payloads.py; here is what that cannot say: whose unit and station,
which months, a key and its thumbprint. A refusal names the member.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyrage
from msgspec import UNSET

from reader.sentences import mark
from store.exchange import payloads
from store.exchange.agreed import FINDINGS, TWICE, agreed, formed
from store.exchange.enrolment import ENROLMENT, normal
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadSignature, WrongMember
from store.formats.free_text import can_be_shown
from store.formats.report import REPORT, submission_id
from store.formats.required_signers import APPROVED, FLAGGED
from store.formats.roles import Role
from store.proof.checkpoint import CHECKPOINT
from store.queue.job import JobKind
from store.staff.people_list import PEOPLE
from sync.centre.problem import CallRefused, not_agreed
from sync.centre.storage import PeopleList, Station, StationStatus

UNIT = re.compile(r"[0-9A-Za-z]{1,12}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_STATUS = 1000  # characters


class _Foreign(WrongMember):
    """The member is of another unit."""


@contextmanager
def _refusing(slug: str = "bad-content") -> Iterator[None]:
    """Turns a wrong member into its refusal."""
    try:
        yield
    except _Foreign as error:
        raise not_agreed(error, "other-unit") from error
    except WrongMember as error:
        raise not_agreed(error, slug) from error


def enrolment(value: dict[str, Any]) -> payloads.Enrolment:
    """The payload of POST /v1/stations."""
    with _refusing():
        asked: payloads.Enrolment = agreed(ENROLMENT, value)
        _are_32_bytes("station_key", asked.station_key)
        _are_people(asked.people, asked.station)
        try:
            pyrage.x25519.Recipient.from_str(asked.age_key)
        except pyrage.RecipientError:
            raise WrongMember(member="age_key", problem="it has another form") from None
    return asked


def code(asked: payloads.Enrolment) -> str:
    """The enrolment code in its normal form."""
    try:
        return normal(asked.code)
    except ValueError as error:
        raise CallRefused("code-refused", "This is not an enrolment code.", member="code") from error


def people_list(value: dict[str, Any], station: Station) -> payloads.PeopleList:
    """The payload of PUT /v1/units/{unit}/people."""
    with _refusing():
        asked: payloads.PeopleList = agreed(PEOPLE, value)
        _is_of_unit("unit", asked.unit, station)
        _are_people(asked.people, station.station)
    return asked


def report(value: dict[str, Any], station: Station, lists: Sequence[PeopleList], now: str) -> payloads.Report:
    """The payload of a monthly report. `lists` are all people lists of the unit, `now` the centre's stamp."""
    with _refusing():
        asked: payloads.Report = agreed(REPORT, value)
        _is_of_unit("unit", asked.unit, station)
        if asked.month > now[:7]:
            raise WrongMember(member="month", problem="it has not begun yet")
        if asked.month < _first_month(lists):
            raise WrongMember(member="month", problem="the unit did not exist then")
        before = submission_id(asked.unit, asked.month, JobKind.REPORT, asked.revision - 1)
        if asked.replaces != (before if asked.revision > 1 else None):
            raise WrongMember(member="replaces", problem="it is not the revision before")
        _are_chains(asked.chains, station)
        for name, rows in (("use", asked.use), ("late", asked.late or ()), ("findings", asked.findings)):
            keys = set()
            for n, row in enumerate(rows):
                if row[:-1] in keys:
                    raise WrongMember(member=f"{name}[{n}]", problem=TWICE)
                keys.add(row[:-1])
    return asked


def checkpoint(value: dict[str, Any], station: Station) -> payloads.Checkpoint:
    """The payload of a checkpoint: a note, and the proof that it extends the one before.

    The payload's `from` is the largest size that the station knows to be cosigned. The proof alone decides;
    `from` only distinguishes a fork from a centre that lost data.
    """
    with _refusing():
        asked: payloads.Checkpoint = agreed(CHECKPOINT, value)
        _is_of_unit("unit", asked.unit, station)
        if asked.station != station.station:
            raise WrongMember(member="station", problem="it is of another PC")
        for n, item in enumerate(asked.proof):
            _are_32_bytes(f"proof[{n}]", item)
    return asked


def submission_name(id: str) -> str:
    """The id of a submission, from an address. Raises CallRefused where it is none."""
    if not _ID.fullmatch(id):
        raise CallRefused("bad-request", "The id is not a UUID in lower case.")
    return id


def report_id(asked: payloads.Report) -> str:
    """The only id under which this report may be sent."""
    return submission_id(asked.unit, asked.month, JobKind.REPORT, asked.revision)


def check_findings(asked: payloads.Report, head: dict[str, Any], findings: bytes | None) -> None:
    """Check a report's findings: a flagged report needs those that the head signed, an approved one none."""
    if head["says"] == APPROVED:
        if findings is not None:
            raise CallRefused("bad-content", mark("An approved report carries no findings."))
        return
    if findings is None:
        raise CallRefused("bad-content", mark("A flagged report carries the findings that the head marked."))
    if head.get("findings") != sha256_hex(findings):
        raise CallRefused("bad-signature", "The findings are not those that the head signed for.")
    with _refusing():
        try:
            marked: payloads.Findings = agreed(FINDINGS, jws.strict_object(findings, "payload"))
        except WrongMember as error:
            path = f"findings.{error.facts['member']}"
            raise WrongMember(member=path, problem=error.facts["problem"]) from None
        except BadSignature as error:
            raise CallRefused("bad-content", str(error)) from error
        for name in ("unit", "month", "revision"):
            if getattr(marked, name) != getattr(asked, name):
                raise WrongMember(member=f"findings.{name}", problem="it is not the report's own")


def status(station: Station, said: str, now: str) -> StationStatus:
    """The status in a station's header: JSON {at, waiting, quarantined, version}, counts only.

    A station whose ledger is known to be broken adds `broken`: {seq, found_at}.
    """
    if len(said) > _LONGEST_STATUS:
        raise CallRefused("bad-request", "The status header is longer than any true one.")
    with _refusing("bad-request"):
        try:
            value = jws.strict_object(said.encode("utf-8", "replace"), "payload")
        except WrongMember:
            raise
        except BadSignature:
            raise CallRefused("bad-request", "The status header is not in the agreed form.") from None
        found = formed(payloads.Status, value)
        try:
            seconds_between(found.at, now)
            if found.broken is not UNSET:
                seconds_between(found.broken.found_at, now)
        except ValueError:
            raise WrongMember(member="at", problem="it has another form") from None
        if not found.version.isprintable():
            raise WrongMember(member="version", problem="it has another form")
    return StationStatus(
        unit=station.unit,
        station=station.station,
        seen_at=now,
        said_at=found.at,
        waiting=found.waiting,
        quarantined=found.quarantined,
        version=found.version,
        broken_seq=None if found.broken is UNSET else found.broken.seq,
        broken_at=None if found.broken is UNSET else found.broken.found_at,
    )


def seconds_between(said: str, now: str) -> int:
    """How far a station's clock is ahead of the centre's, in seconds. Raises ValueError for a bad stamp."""
    ahead = datetime.fromisoformat(said), datetime.fromisoformat(now)
    return round((ahead[0] - ahead[1]).total_seconds())


def destination_of(says: str) -> str:
    """Who reads a report at the ministry, by the head's decision on the month."""
    return "ict" if says == FLAGGED else "supervisor"


def destination(report: jws.Unverified) -> str:
    """Who reads a report that this centre itself gave a receipt for; its signatures are not checked."""
    for one in report.signatures:
        if one.header.get("role") == Role.HEAD:
            return destination_of(str(one.header.get("says")))
    raise CallRefused("bad-content", mark("Nobody signed the report as its head."))


def _is_of_unit(member: str, unit: str, station: Station) -> None:
    if unit != station.unit:
        raise _Foreign(member=member, problem="it is of another unit")


def _are_32_bytes(member: str, key: str) -> bytes:
    try:
        return jws.key_bytes(key)
    except BadSignature:
        raise WrongMember(member=member, problem="it has another form") from None


def _first_month(lists: Sequence[PeopleList]) -> str:
    """The month in which the first person of the unit was appointed, as far as the centre knows."""
    return min(str(item["from"])[:7] for one in lists for item in one.people)


def _are_chains(chains: Sequence[payloads.Chain], station: Station) -> None:
    """Demand that all ledgers are the unit's, that one is the sender's, and that no line is in two parts."""
    for n, chain in enumerate(chains):
        if not chain.origin.startswith(f"nocopy/{station.unit}/"):
            raise WrongMember(member=f"chains[{n}].origin", problem="it is of another unit")
        if chain.to < chain.from_:
            raise WrongMember(member=f"chains[{n}].to", problem="it is before the beginning")
    parts = sorted((chain.origin, chain.from_, chain.to, n) for n, chain in enumerate(chains))
    for (origin, _, end, _), (other, begin, _, n) in pairwise(parts):
        if origin == other and begin <= end:
            raise WrongMember(member=f"chains[{n}]", problem=TWICE)
    mine = f"nocopy/{station.unit}/{station.station}-"
    if not any(chain.origin.startswith(mine) for chain in chains):
        raise WrongMember(member="chains", problem="none is of the PC that sends it")


def _are_people(people: Sequence[payloads.Person], station: str) -> None:
    for n, one in enumerate(people):
        place = f"people[{n}]"
        if one.station != station:
            raise WrongMember(member=f"{place}.station", problem="it is of another PC")
        if not can_be_shown(one.name):
            raise WrongMember(member=f"{place}.name", problem="there are signs in it that cannot be shown")
        if (one.kid is None) != (one.key is None):
            missing = "kid" if one.kid is None else "key"
            raise WrongMember(member=f"{place}.{missing}", problem="it is missing")
        if one.key is not None and jws.thumbprint(_are_32_bytes(f"{place}.key", one.key)) != one.kid:
            raise WrongMember(member=f"{place}.kid", problem="it is not the thumbprint of the key")
        if one.until is not None and one.until[:10] < one.from_[:10]:
            raise WrongMember(member=f"{place}.until", problem="it is before the beginning")
