"""Bundles of submissions for the centre on a USB stick, and the centre's answers: lists and receipts.

    {v, unit, station, n, prev, made_at, items: [{id, kind, sha256}], messages_seen}     signed by the station

Each bundle holds all submissions that wait when it is made, so nothing depends on an earlier stick; `prev` is
the SHA-256 (hex) of the list before. The jobs go on waiting: if the network comes back first, they go by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.errors import NotFound, StoreError
from store.exchange.ministry_messages import Messages
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex, unb64
from store.formats.errors import BadNote, BadReceipt, BadSignature
from store.formats.line import Entry, LineKind, Outcome
from store.months.months import Months
from store.people.permissions import demand
from store.proof import witness_receipts
from store.proof.ledger_watch import LedgerWatch
from store.queue.job import ENDED, Job, JobKind, JobState

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office

CARRIED = (JobKind.PEOPLE, JobKind.REPORT, JobKind.CHECKPOINT)
"""The kinds of jobs that may be carried. Not an enrolment, because its answer holds a secret token."""
LATER = ("behind", "failed", "too-many")
"""The centre's problems that are temporary: the job stays waiting."""


@dataclass(frozen=True)
class Bundle:
    """Bundle number `n`: `manifest` is the signed list (compact JWS), `items` the bodies by job id.

    `is_new` is False where nothing changed since the last bundle, which is then returned again.
    """

    n: int
    manifest: str
    items: Mapping[str, bytes] = field(repr=False)
    is_new: bool


@dataclass
class TakenIn:
    """The result of taking in the answer to bundle `n`.

    `received` counts new receipts, `again` those for ended jobs, `unknown` those for jobs that these books do
    not have, as after a restore; `missing` are numbers of bundles that the centre lacks. `refused` and
    `forged` give the reason by job id, or by "message".
    """

    n: int
    received: int = 0
    again: int = 0
    unknown: int = 0
    messages: int = 0
    missing: tuple[int, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    forged: dict[str, StoreError] = field(default_factory=dict)


class Carrying:
    """The bundles of one station."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def out(self) -> Bundle:
        """The next bundle with all that waits for the centre, or the last one again where nothing changed."""
        demand(self._office.who, "sync")
        # No report leaves over a break of the ledger.
        reports = self._office.queue.list((JobState.WAITING, JobState.SENDING))
        broken = any(job.kind == JobKind.REPORT for job in reports) and LedgerWatch(self._office).broken()
        with self._database.write() as db:
            jobs = [
                job
                for job in self._office.queue.list((JobState.WAITING, JobState.SENDING))
                if job.kind in CARRIED and not (broken and job.kind == JobKind.REPORT)
            ]
            items = [{"id": job.id, "kind": job.kind, "sha256": sha256_hex(job.body)} for job in jobs]
            bodies = {job.id: job.body for job in jobs}
            seen = Messages(self._office).last()
            last = self._last()
            if last is not None and last["answered_at"] is None:
                said = jws.claims(last["manifest"].encode("ascii"))[1]
                if (said["items"], said["messages_seen"]) == (items, seen):
                    return Bundle(last["n"], last["manifest"], bodies, is_new=False)
            n, prev = (last["n"] + 1, last["sha256"]) if last is not None else (1, None)
            manifest = self._write_down(db, n, prev, items, seen)
            return Bundle(n, manifest, bodies, is_new=True)

    def taken(
        self,
        answer: Mapping[str, Any],
        receipts: Mapping[str, str],
        messages: Iterable[str],
    ) -> TakenIn:
        """Takes in the centre's answer, once. A bad receipt does not stop the others.

        `answer` is the centre's verified list; `receipts` are compact JWS by job id, `messages` compact JWS.
        """
        demand(self._office.who, "sync")
        found = TakenIn(int(answer["for"]), missing=tuple(answer["missing"]))
        for id, token in receipts.items():
            self._receipt(found, id, token)
        for one in answer["refused"]:
            self._refused(found, one)
        for token in messages:
            try:
                found.messages += Messages(self._office).take(token)
            except (BadReceipt, BadSignature) as error:
                found.forged["message"] = error
        Messages(self._office).apply()
        with self._database.write() as db:
            db.execute(
                "UPDATE bundle SET answered_at = ? WHERE n = ? AND answered_at IS NULL",
                [stamp(self._office.clock()), found.n],
            )
        return found

    def _receipt(self, found: TakenIn, id: str, token: str) -> None:
        try:
            job = self._office.queue.get(id)
        except NotFound:
            found.unknown += 1
            return
        if job.state in ENDED:
            found.again += 1
            return
        try:
            if job.kind == JobKind.CHECKPOINT:
                witness_receipts.received(self._office, job, token)
            else:
                Months(self._office).received(job, token)
            found.received += 1
        except (BadNote, BadReceipt, BadSignature) as error:
            found.forged[id] = error

    def _refused(self, found: TakenIn, one: Mapping[str, str]) -> None:
        """Sets a job aside that the centre refused for good, with the centre's reason."""
        if one["problem"] in LATER:
            return
        with self._database.write() as db:
            changed = db.execute(
                "UPDATE job SET state = 'quarantined', outcome = 'refused', problem = ?,"
                " lease_until = NULL, lease_by = NULL WHERE id = ? AND state IN ('waiting', 'sending')",
                [one["detail"], one["id"]],
            )
            if changed.rowcount:
                job = self._office.queue.get(one["id"])
                self._set_aside(db, job)
                found.refused[job.id] = one["detail"]

    def _set_aside(self, db: Tables, job: Job) -> None:
        facts = {"job": job.id, "kind": job.kind, "month": job.month}
        self._office.ledger.append(
            db, Entry(LineKind.QUARANTINE, job.owner, outcome=Outcome.REFUSED, facts=facts)
        )

    def _last(self) -> dict[str, Any] | None:
        return self._database.row("SELECT * FROM bundle ORDER BY n DESC LIMIT 1")

    def _write_down(
        self, db: Tables, n: int, prev: str | None, items: list[dict[str, str]], seen: int
    ) -> str:
        payload = canonical(
            {
                "v": 1,
                "unit": self._office.unit,
                "station": self._office.station,
                "n": n,
                "prev": prev,
                "made_at": stamp(self._office.clock()),
                "items": items,
                "messages_seen": seen,
            }
        )
        seed = unb64(str(self._database.value("SELECT value FROM book WHERE name = 'station_seed'")))
        token = jws.sign_compact(payload, typ="nocopy-bundle+jws", header={}, seed=seed)
        digest = sha256_hex(payload)
        db.execute(
            "INSERT INTO bundle(n, manifest, sha256, made_at) VALUES (?, ?, ?, ?)",
            [n, token, digest, stamp(self._office.clock())],
        )
        facts = {"what": "bundle", "to": "centre", "n": n, "items": len(items), "sha256": digest}
        self._office.ledger.append(db, Entry(LineKind.EXPORT, self._office.who.login, facts=facts))
        return token


def centre_keys(office: Office) -> dict[str, str]:
    """The centre's public keys {age, name, receipt, witness}; empty before the enrolment."""
    keys: dict[str, str] = json.loads(office.settings.get("centre.keys") or "{}")
    return keys
