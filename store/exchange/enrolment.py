"""The unit's enrolment at the ministry's centre, requested by the head with the code from its letter.

    {v, unit, station, code, station_key, age_key, people: [...]}        signed by the station and the head

The code is 32 base32 characters: a secret of 16, and 16 of a hash over the centre's keys. By the hash this PC
knows whether the centre that answers is the one that wrote the letter, and whose receipts to accept.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

import pyrage

from reader.buddhist_date import stamp
from store.errors import BadInput
from store.exchange.errors import CodeUsed, ForgedCentre
from store.formats import jws
from store.formats.canonical import b64, canonical, sha256_hex, unb64
from store.formats.errors import BadReceipt, DamagedJws
from store.formats.line import Entry, LineKind
from store.formats.report import RECEIPT
from store.formats.roles import Role
from store.months.months import Months
from store.people.permissions import demand_signer
from store.queue.endpoints import CENTRE
from store.queue.job import ENDED, NOT_ENDED, JobKind, JobState, NewJob
from store.settings.address import is_address, is_private
from store.settings.centre import (
    ENROLLING,
    ENROLLING_FINGERPRINT,
    ENROLLING_JOB,
    KEYS,
    KEYS_BEFORE,
    TOKEN,
    fingerprint,
    half_of,
)
from store.staff.people_list import PeopleLists

if TYPE_CHECKING:
    from store.office import Office
    from store.people.vault import Signer
    from store.queue.job import Job

ENROLMENT = "nocopy-enrolment+jws"
_KEYS = {"age", "name", "receipt", "witness"}
_CODE = re.compile(r"[A-Z2-7]{32}")


def normal(code: str) -> str:
    """The 32 characters of a typed code; ValueError where it is none.

    Spaces, dashes and case do not matter; 0 and 8, which no code has, are read as O and B.
    """
    bare = re.sub(r"[\s-]", "", code).upper().replace("0", "O").replace("8", "B")
    if not _CODE.fullmatch(bare):
        raise ValueError("not an enrolment code")
    return bare


def request(office: Office, signer: Signer, url: str | None = None, code: str | None = None) -> str:
    """Queues the head's enrolment and returns its job's id.

    `url` and `code` default to the settings. The head signs the address and the centre's fingerprint in the
    code by a settings document too. A waiting enrolment is replaced. But one with the same code is sent again
    exactly as it was signed, because the centre may have accepted it and then answers only the same bytes.
    Raises NotAllowed, BadInput, CodeUsed, NotSignedYet, NotAsSigned.
    """
    demand_signer(office.who, signer, "enrol")
    address = checked_address(url or office.settings.get("centre.url"))
    typed = checked_code(code or office.settings.get("centre.enrolment_code"))
    fresh = _signed(office, signer, typed)
    with office.database.write() as db:
        earlier = _earlier(office, typed)
        if earlier is not None and earlier.state == JobState.DONE:
            raise CodeUsed
        # The centre did not accept a refused enrolment, so a new one may be signed with the same code.
        keep = earlier if earlier is not None and earlier.state != JobState.QUARANTINED else None
        job_id = keep.id if keep else str(uuid.uuid4())
        named = {ENROLLING: address, ENROLLING_FINGERPRINT: half_of(typed), ENROLLING_JOB: job_id}
        if any(office.settings.get(name) != value for name, value in named.items()):
            office.settings.sign(db, named, signer)
        now = stamp(office.clock())
        db.execute(
            "UPDATE job SET state = 'cancelled', outcome = 'replaced', ended_at = ?"
            " WHERE kind = 'enrolment' AND state IN ('waiting', 'quarantined') AND id IS NOT ?",
            [now, keep.id if keep else None],
        )
        # The centre may be paused because it did not know this unit, which this job changes.
        db.execute("DELETE FROM endpoint WHERE name = ?", [CENTRE])
        if keep is not None and keep.state != JobState.CANCELLED:
            db.execute("UPDATE job SET next_at = ? WHERE id = ? AND state = 'waiting'", [now, keep.id])
            return keep.id
        return office.queue.add(
            db,
            NewJob(
                id=job_id,
                kind=JobKind.ENROLMENT,
                endpoint=CENTRE,
                owner=office.who.login,
                body=keep.body if keep else fresh,
            ),
        )


def _earlier(office: Office, code: str) -> Job | None:
    """The latest enrolment with that code (32 characters)."""
    jobs = office.queue.list((*NOT_ENDED, *ENDED))
    same = [job for job in jobs if job.kind == JobKind.ENROLMENT and jws.claims(job.body)[1]["code"] == code]
    return same[-1] if same else None


def accepted(office: Office, job: Job, answer: Any) -> None:
    """Stores the centre's answer {token, centre_keys, people_receipt}; a second call changes nothing.

    By the `receipt` line the address that the head signed for this job becomes the centre's. Raises
    ForgedCentre where its keys do not fit the code, or the head has signed for another enrolment since, and
    BadSignature or BadReceipt where the receipt is not signed with them; then nothing is stored.
    """
    asked = jws.claims(job.body)[1]
    token, keys, receipt = _parts(answer)
    get = office.settings.get
    signed = get(ENROLLING_JOB) == job.id and get(ENROLLING_FINGERPRINT) == half_of(asked["code"])
    if not signed or fingerprint(keys) != half_of(asked["code"]):
        raise ForgedCentre
    _check_receipt(receipt, keys["receipt"], asked)
    with office.database.write() as db:
        if not office.queue.done(db, job, "received"):
            return
        known, before = canonical(keys).decode("utf-8"), get(KEYS)
        same_centre = before == known
        office.settings.put(db, TOKEN, token)
        office.settings.put(db, KEYS, known)
        if before is not None and not same_centre:
            office.settings.put(db, KEYS_BEFORE, before)
        lists = PeopleLists(office).enrolled(db, asked["people"], receipt, same_centre)
        Months(office).enrolled(db, lists)
        facts = {
            "kind": JobKind.ENROLMENT,
            "job": job.id,
            "centre": keys["name"],
            "receipt_key": keys["receipt"],
        }
        office.ledger.append(db, Entry(LineKind.RECEIPT, office.who.login, facts=facts))


def under_way(office: Office) -> Job | None:
    """The job of an enrolment that has not ended, or None."""
    return next((job for job in office.queue.list() if job.kind == JobKind.ENROLMENT), None)


def checked_address(url: str | None) -> str:
    """The centre's address; raises BadInput where it is none, or where it is unprotected http."""
    if url is None or not is_address(url):
        raise BadInput(what="the centre's address", problem="it is not of the form https://name/path")
    if not is_private(url):
        raise BadInput(
            what="the centre's address", problem="http would send everything unprotected: use https"
        )
    return url


def checked_code(code: str | None) -> str:
    """The 32 characters of a typed code; raises BadInput."""
    try:
        return normal(code or "")
    except ValueError:
        raise BadInput(what="the enrolment code", problem="it has 32 letters and digits") from None


def _signed(office: Office, signer: Signer, code: str) -> bytes:
    book = {row["name"]: row["value"] for row in office.database.rows("SELECT name, value FROM book")}
    seed = unb64(book["station_seed"])
    payload = canonical(
        {
            "v": 1,
            "unit": office.unit,
            "station": office.station,
            "code": code,
            "station_key": b64(jws.public_of(seed)),
            "age_key": str(pyrage.x25519.Identity.from_str(book["station_age"]).to_public()),
            "people": PeopleLists(office).now(),
        }
    )
    at = stamp(office.clock())
    return jws.assemble(
        payload,
        [
            jws.sign_one(payload, typ=ENROLMENT, header={"role": "station", "at": at}, seed=seed),
            jws.sign_one(
                payload,
                typ=ENROLMENT,
                header={"role": Role.HEAD, "login": signer.login, "at": at},
                seed=signer.seed,
            ),
        ],
    )


def _parts(answer: Any) -> tuple[str, dict[str, str], str]:
    if not isinstance(answer, dict):
        raise DamagedJws(part="answer")
    token, keys, receipt = (answer.get(name) for name in ("token", "centre_keys", "people_receipt"))
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise DamagedJws(part="token")
    if not isinstance(keys, dict) or keys.keys() != _KEYS or {type(key) for key in keys.values()} != {str}:
        raise DamagedJws(part="centre_keys")
    if not isinstance(receipt, str):
        raise DamagedJws(part="people_receipt")
    return token, keys, receipt


def _check_receipt(receipt: str, key: str, asked: dict[str, Any]) -> None:
    """Raises unless `key` signed the receipt and it names this enrolment's people list."""
    kid = jws.thumbprint(jws.key_bytes(key))
    told = jws.read_compact(receipt, typ=RECEIPT, key_of={kid: key}.get).value
    first = {"v": 1, "unit": asked["unit"], "n": 1, "prev": None, "people": asked["people"]}
    for part, expected in (("id", sha256_hex(canonical(first))), ("unit", asked["unit"])):
        if told.get(part) != expected:
            raise BadReceipt(part=part)
