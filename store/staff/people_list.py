"""The lists by which the centre knows the unit's people and their keys: numbered, each naming the one before.

    {v, unit, n, prev, people: [{login, name, role, kid, key, station, from, until}]}     canonical JSON

Who has two roles, or got another key, stands in it twice; who has no signing key yet, not at all. The first
list goes with the enrolment, the next ones are signed by the head and sent before the report that needs them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.formats.roles import Role
from store.queue.endpoints import CENTRE
from store.queue.job import JobKind, NewJob
from store.staff.errors import PeopleChanged

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.people import Appointment
    from store.people.vault import Signer

PEOPLE = "nocopy-people+jws"


@dataclass(frozen=True)
class PeopleList:
    """One list: its number, its canonical bytes and their SHA-256 (hex); whether it is signed and sent."""

    n: int
    payload: bytes
    sha256: str
    signed: str | None
    job: str | None
    sent: bool

    @property
    def people(self) -> list[dict[str, Any]]:
        people: list[dict[str, Any]] = json.loads(self.payload)["people"]
        return people

    def can_sign(self, role: str, at: str) -> set[str]:
        """The logins of those whose appointment in that role lasts at that stamp.

        Whose appointment ended stays in the list: the centre must know the signatures from before.
        """
        return {
            one["login"]
            for one in self.people
            if one["role"] == role and one["from"] <= at and (one["until"] is None or at < one["until"])
        }


class PeopleLists:
    """The lists of one station; everything here happens inside the caller's write."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def now(self) -> list[dict[str, Any]]:
        """The people as the books know them at this moment, in the form of the list.

        One entry for each appointment and each key of that time: who was reset has two, one after the other.
        """
        keys = self._office.database.rows("SELECT * FROM person_key ORDER BY login, coalesce(from_at, '')")
        found = []
        for person in self._office.people.all():
            for one in person.appointments:
                for key in keys:
                    begin, end = _overlap(one, key)
                    if key["login"] == person.login and (end is None or begin < end):
                        found.append(
                            {
                                "login": person.login,
                                "name": person.name,
                                "role": one.role,
                                "kid": key["kid"],
                                "key": key["signing_key"],
                                "station": self._office.station,
                                "from": begin,
                                "until": end,
                            }
                        )
        return found

    def current(self, db: Tables) -> PeopleList:
        """The newest list, where it still says what is so; else the next one, made now and not yet signed."""
        last, people = self.last(), self.now()
        if last is not None and last.people == people:
            return last
        n, prev = (last.n + 1, last.sha256) if last is not None else (1, None)
        return self._put(db, n, self._payload(n, prev, people))

    def last(self) -> PeopleList | None:
        """The newest list, or None before the first."""
        row = self._office.database.row("SELECT * FROM people_list ORDER BY n DESC LIMIT 1")
        return None if row is None else _list(row)

    def known(self) -> dict[str, list[dict[str, Any]]]:
        """The people of every list that the centre has, by the list's SHA-256 (hex)."""
        rows = self._office.database.rows("SELECT * FROM people_list WHERE sent")
        return {row["sha256"]: _list(row).people for row in rows}

    def named(self, month: dict[str, Any]) -> PeopleList:
        """The list that a month's payload names; PeopleChanged where an enrolment replaced it."""
        digest = json.loads(month["payload"])["people"]
        row = self._office.database.row("SELECT * FROM people_list WHERE sha256 = ?", (digest,))
        if row is None:
            raise PeopleChanged(month=month["month"])
        return _list(row)

    def sign_until(self, db: Tables, n: int, signer: Signer) -> None:
        """The head signs the lists up to that number that have no signature yet."""
        for one in self._until(n):
            if one.signed is None and not one.sent:
                header = {"login": signer.login, "role": Role.HEAD, "at": stamp(self._office.clock())}
                token = jws.sign_compact(one.payload, typ=PEOPLE, header=header, seed=signer.seed)
                db.execute("UPDATE people_list SET signed = ? WHERE n = ?", [token, one.n])

    def queue_until(self, db: Tables, n: int) -> list[str]:
        """Queue the signed lists up to that number that the centre has not got; their jobs' ids."""
        jobs = []
        for one in self._until(n):
            if one.sent or one.job is not None or one.signed is None:
                continue
            job = self._office.queue.add(
                db,
                NewJob(
                    kind=JobKind.PEOPLE,
                    endpoint=CENTRE,
                    owner=self._office.who.login,
                    body=one.signed.encode("ascii"),
                ),
            )
            db.execute("UPDATE people_list SET job = ? WHERE n = ?", [job, one.n])
            jobs.append(job)
        return jobs

    def enrolled(
        self, db: Tables, people: list[dict[str, Any]], receipt: str, same_centre: bool
    ) -> frozenset[str]:
        """The centre took these people as the first list, with the enrolment: numbers begin anew there.

        What was still to be sent ends, for it follows a list that is no more. Returns the SHA-256 (hex) of
        each list that the centre knows: the one it knew before still has those that it received.
        """
        before = self._office.database.rows("SELECT sha256 FROM people_list WHERE sent AND ?", (same_centre,))
        payload = self._payload(1, None, people)
        db.execute("DELETE FROM people_list")
        self._office.queue.replace(db, JobKind.PEOPLE)
        first = self._put(db, 1, payload)
        db.execute("UPDATE people_list SET sent = 1, receipt = ? WHERE n = 1", [receipt])
        return frozenset({first.sha256, *(row["sha256"] for row in before)})

    def received(self, db: Tables, job: str, receipt: str) -> None:
        """The centre's receipt for a list that went by this job."""
        db.execute("UPDATE people_list SET sent = 1, receipt = ? WHERE job = ?", [receipt, job])

    def _payload(self, n: int, prev: str | None, people: list[dict[str, Any]]) -> bytes:
        return canonical({"v": 1, "unit": self._office.unit, "n": n, "prev": prev, "people": people})

    def _put(self, db: Tables, n: int, payload: bytes) -> PeopleList:
        db.execute(
            "INSERT INTO people_list(n, payload, sha256) VALUES (?, ?, ?)",
            [n, payload.decode("utf-8"), sha256_hex(payload)],
        )
        return PeopleList(n, payload, sha256_hex(payload), None, None, False)

    def _until(self, n: int) -> list[PeopleList]:
        return [
            _list(row)
            for row in self._office.database.rows("SELECT * FROM people_list WHERE n <= ? ORDER BY n", (n,))
        ]


def _overlap(appointment: Appointment, key: dict[str, Any]) -> tuple[str, str | None]:
    """From when until when both the appointment and the key held; None: still."""
    ends = [until for until in (appointment.until_at, key["until_at"]) if until is not None]
    return max(appointment.from_at, key["from_at"] or ""), min(ends, default=None)


def grouped(digest: str) -> str:
    """The beginning of a list's SHA-256 (hex), as two people compare it by telephone: four groups of four."""
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def _list(row: dict[str, Any]) -> PeopleList:
    return PeopleList(
        row["n"], row["payload"].encode("utf-8"), row["sha256"], row["signed"], row["job"], bool(row["sent"])
    )
