"""The people lists, which tell the centre the unit's people and keys; each has the hash of the one before.

    {v, unit, n, prev, people: [{login, name, role, kid, key, station, from, until}]}     canonical JSON

They are derived from the roles document in force (store/people/roles_document.py), in the form that the
centre takes. A person with two roles, or two keys over time, has two entries; one without a key has none.
The first list is sent with the enrolment. The next ones are signed by the head and sent before the report
that needs them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.formats.roles import Role
from store.people.errors import NotSignedYet
from store.queue.endpoints import CENTRE
from store.queue.job import JobKind, NewJob
from store.staff.errors import PeopleChanged

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.roles_document import Entry
    from store.people.vault import Signer

PEOPLE = "nocopy-people+jws"
VERSION = 1
"""Of the list in the form that the centre takes."""


@dataclass(frozen=True)
class PeopleList:
    """One list: its number, its canonical bytes and their SHA-256 (hex).

    `signed` is the head's compact JWS, `job` the id of the job that sends it, each None before; `sent`:
    whether the centre has it.
    """

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
        """The logins of those whose appointment in that role is in force at that stamp.

        Ended appointments stay in the list, because the centre must verify earlier signatures.
        """
        return {
            one["login"]
            for one in self.people
            if one["role"] == role and one["from"] <= at and (one["until"] is None or at < one["until"])
        }


class PeopleLists:
    """The lists of one station. Whatever writes runs inside the caller's transaction."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def now(self) -> list[dict[str, Any]]:
        """The people of the roles document in force, in the form of the list.

        One entry for each appointment and each key during it: after a reset there are two. Raises
        NotSignedYet.
        """
        roles = self._office.people.roles()
        if roles.n is None:
            raise NotSignedYet
        found = []
        for login, person in sorted(roles.people.items()):
            for one in person["appointments"]:
                for key in person["keys"]:
                    begin, end = _overlap(one, key)
                    if end is None or begin < end:
                        found.append(
                            {
                                "login": login,
                                "name": person["name"],
                                "role": one["role"],
                                "kid": key["kid"],
                                "key": key["key"],
                                "station": self._office.station,
                                "from": begin,
                                "until": end,
                            }
                        )
        return found

    def current(self, db: Tables) -> PeopleList:
        """The newest list, if it is still right; otherwise a new one, stored but not yet signed."""
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
        """The list that a month's payload names; raises PeopleChanged where an enrolment replaced it."""
        digest = json.loads(month["payload"])["people"]
        row = self._office.database.row("SELECT * FROM people_list WHERE sha256 = ?", (digest,))
        if row is None:
            raise PeopleChanged(month=month["month"])
        return _list(row)

    def sign_until(self, db: Tables, n: int, signer: Signer) -> None:
        """Signs, as head, the lists up to number `n` that have no signature and are not sent."""
        for one in self.until(n):
            if one.signed is None and not one.sent:
                header = {"login": signer.login, "role": Role.HEAD, "at": stamp(self._office.clock())}
                token = jws.sign_compact(one.payload, typ=PEOPLE, header=header, seed=signer.seed)
                db.execute("UPDATE people_list SET signed = ? WHERE n = ?", [token, one.n])

    def queue_until(self, db: Tables, n: int) -> list[str]:
        """Queues the signed lists up to number `n` that are not queued or sent; returns their jobs' ids."""
        jobs = []
        for one in self.until(n):
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
        """Replaces all lists by the one of the enrolment, which the centre numbers 1.

        Jobs of older lists are cancelled, because the lists that they follow are gone. Returns the SHA-256
        (hex) of each list that the centre knows; with `same_centre` it still has those that it received
        before.
        """
        before = self._office.database.rows("SELECT sha256 FROM people_list WHERE sent AND ?", (same_centre,))
        payload = self._payload(1, None, people)
        db.execute("DELETE FROM people_list")
        self._office.queue.replace(db, JobKind.PEOPLE)
        first = self._put(db, 1, payload)
        db.execute("UPDATE people_list SET sent = 1, receipt = ? WHERE n = 1", [receipt])
        return frozenset({first.sha256, *(row["sha256"] for row in before)})

    def received(self, db: Tables, job: str, receipt: str) -> None:
        """Stores the centre's receipt for the list that this job sent."""
        db.execute("UPDATE people_list SET sent = 1, receipt = ? WHERE job = ?", [receipt, job])

    def _payload(self, n: int, prev: str | None, people: list[dict[str, Any]]) -> bytes:
        return canonical({"v": VERSION, "unit": self._office.unit, "n": n, "prev": prev, "people": people})

    def _put(self, db: Tables, n: int, payload: bytes) -> PeopleList:
        db.execute(
            "INSERT INTO people_list(n, payload, sha256) VALUES (?, ?, ?)",
            [n, payload.decode("utf-8"), sha256_hex(payload)],
        )
        return PeopleList(n, payload, sha256_hex(payload), None, None, False)

    def until(self, n: int) -> list[PeopleList]:
        """The lists up to number `n`, the oldest first."""
        return [
            _list(row)
            for row in self._office.database.rows("SELECT * FROM people_list WHERE n <= ? ORDER BY n", (n,))
        ]


def _overlap(appointment: Entry, key: Entry) -> tuple[str, str | None]:
    """(from, until) of the time in which both the appointment and the key are valid; None: without an end."""
    ends = [until for until in (appointment["until"], key["until"]) if until is not None]
    return max(appointment["from"], key["from"] or ""), min(ends, default=None)


def grouped(digest: str) -> str:
    """The first 16 digits of a list's SHA-256 (hex) in groups of four, to be compared by telephone."""
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def _list(row: dict[str, Any]) -> PeopleList:
    return PeopleList(
        row["n"], row["payload"].encode("utf-8"), row["sha256"], row["signed"], row["job"], bool(row["sent"])
    )
