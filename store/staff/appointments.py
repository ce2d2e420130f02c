"""The head's changes to the unit's people: new people, appointments, first passphrases.

An appointment ends by its date and a key by a reset; both stay stored. Each change is the next roles
document, which the head signs and a ledger line names; the tables are written after it. So every change needs
the head's Signer. Where the unit is enrolled, the next people list for the centre is signed, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.errors import BadInput, NotFound
from store.formats.canonical import canonical
from store.formats.free_text import NAME, SHORT, checked_texts
from store.formats.line import Entry, LineKind
from store.formats.roles import Role
from store.people import roles_in_force
from store.people.passphrase import check_first
from store.people.permissions import demand, demand_signer
from store.people.role_copies import write_copies
from store.people.roles_document import appointment
from store.people.vault import Keyring
from store.staff import rekey
from store.staff.errors import LastHead
from store.staff.next_roles import newcomer_entry, sign_next, with_first
from store.staff.people_list import PeopleLists

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.people import Newcomer, Person
    from store.people.roles_document import Entry as RoleEntry
    from store.people.vault import FirstKeys, Signer

FIRST_HOURS = 72
"""How many hours a first passphrase is good."""


@dataclass(frozen=True)
class Term:
    """When an appointment begins and ends, and by which order.

    `from_at` is a stamp, None for now; `until_at` the stamp of the first moment after it, None for no end.
    `acting`: for somebody else; it then needs `order_no` and an end.
    """

    from_at: str | None = None
    until_at: str | None = None
    order_no: str | None = None
    acting: bool = False


@dataclass(frozen=True)
class Done:
    """The person after a change, and its effects.

    `rekeyed`: whether the database key was changed; False where that must wait, None where it is not needed.
    `list_job`: the id of the people list's job; None where nothing is to be sent, or where the centre does
    not know this head's key.
    """

    person: Person
    rekeyed: bool | None
    list_job: str | None


class Appointments:
    """Changes the people of one set of books, by the head who opened them. Every method raises NotAllowed."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def add(self, newcomer: Newcomer, signer: Signer, term: Term = Term()) -> Done:
        """Adds a person with a first passphrase. Raises BadInput, WeakPassphrase, NotFound for a service."""
        self._may(signer)
        checked_texts(NAME, name=newcomer.name, level=newcomer.level)
        check_first(newcomer.first_passphrase)
        self._check_services(newcomer.services)
        for person in self._office.people.all():
            if person.login == newcomer.login:
                raise BadInput(what="login", problem="it stands at another person already")
            if person.citizen_id == newcomer.citizen_id:
                raise BadInput(what="citizen_id", problem="it stands at another person already")
        wanted = self._checked(term)
        with self._database.write() as db:
            insert_person(db, newcomer)
            first, until = self._first_keys(newcomer.login, newcomer.first_passphrase)
            held = [_appointment(role, wanted) for role in newcomer.roles]
            entry = newcomer_entry(db, newcomer, first, until, held)
            lines = [_appointed(newcomer.login, one) for one in held]
            added = {"services": list(newcomer.services), "level": newcomer.level}
            lines += [_people(newcomer.login, "added", **added), _first(newcomer.login, first, until)]
            return self._done(db, signer, entry, lines)

    def appoint(self, login: str, role: str, signer: Signer, term: Term = Term()) -> Done:
        """Appoints a person to one more role. Raises NotFound, BadInput."""
        self._may(signer)
        if role not in tuple(Role):
            raise BadInput(what="role", problem="there is no such role")
        person, wanted = self._office.people.get(login), self._checked(term)
        for one in person.appointments:
            if one.role == role and (one.until_at is None or one.until_at > str(wanted.from_at)):
                raise BadInput(what="role", problem="that appointment lasts already; end it first")
        with self._database.write() as db:
            entry, added = self._entry(db, login), _appointment(role, wanted)
            entry = {**entry, "appointments": [*entry["appointments"], added]}
            return self._done(db, signer, entry, [_appointed(login, added)])

    def end(
        self,
        login: str,
        signer: Signer,
        *,
        role: str | None = None,
        at: str | None = None,
        order_no: str | None = None,
    ) -> Done:
        """Ends a person's appointment, or all of them without `role`: now, or at a future stamp.

        A person without any appointment left loses their entry in keys.json, and the database key is changed.
        Raises NotFound, BadInput, LastHead.
        """
        self._may(signer)
        checked_texts(SHORT, order=order_no)
        now = self._now()
        end = now if at is None else at
        if end < now:
            raise BadInput(what="date", problem="it is in the past")
        open_ones = {
            one.n: max(one.from_at, end)
            for one in self._office.people.get(login).appointments
            if role in (None, one.role) and (one.until_at is None or one.until_at > end)
        }
        if not open_ones:
            raise BadInput(what="role", problem="there is no such appointment that lasts longer")
        with self._database.write() as db:
            entry = self._entry(db, login)
            held = entry["appointments"]
            ended = [{**one, "until": open_ones.get(n, one["until"])} for n, one in enumerate(held)]
            lines = [
                _people(login, "ended", role=held[n]["role"], until=until, order=order_no)
                for n, until in open_ones.items()
            ]
            self.demand_head_without(login, role, end)
            done = self._done(db, signer, {**entry, "appointments": ended}, lines)
            left = done.person.has_left(now)
            if left:
                rekey.mark_due(db, rekey.DEPARTURE)
        return Done(done.person, rekey.renew(self._office), done.list_job) if left else done

    def demand_head_without(self, login: str, role: str | None, at: str | None = None) -> None:
        """Raises LastHead where no head would be left, with own keys and an appointment without an end.

        The state checked is that after the end of this person's `role` (None: all of theirs) at the stamp
        `at` (None: now).
        """
        demand(self._office.who, "people")
        for person in self._office.people.all():
            for one in person.appointments if person.kid is not None else ():
                ends = person.login == login and role in (None, one.role)
                lasts = one.until_at is None and one.from_at <= (at or self._now())
                if one.role == Role.HEAD and lasts and not ends:
                    return
        raise LastHead(name=self._office.people.get(login).name)

    def change(
        self,
        login: str,
        signer: Signer,
        *,
        name: str | None = None,
        level: str | None = None,
        services: tuple[str, ...] | None = None,
    ) -> Done:
        """Changes a person's name, level or services; None keeps each. Raises NotFound, BadInput."""
        self._may(signer)
        checked_texts(NAME, name=name, level=level)
        self._office.people.get(login)
        facts: dict[str, Any] = {"name_changed": name is not None, "level": level}
        if services is not None:
            self._check_services(services)
            facts["services"] = list(services)
        with self._database.write() as db:
            entry = self._entry(db, login)
            changed = {
                **entry,
                "name": name or entry["name"],
                "level": level or entry["level"],
                "services": entry["services"] if services is None else list(services),
            }
            return self._done(db, signer, changed, [_people(login, "changed", **facts)])

    def reset(self, login: str, first: str, signer: Signer) -> Done:
        """Replaces a forgotten passphrase by a first one; its change creates new keys.

        The old public keys stay stored, so that old signatures verify. Raises NotFound, WeakPassphrase, and
        BadInput for a person who has left, and for the head's own login.
        """
        self._may(signer)
        person = self._office.people.get(login)
        if login == signer.login:
            raise BadInput(what="login", problem="your own passphrase is changed by `nocopy passphrase`")
        if person.has_left(self._now()):
            raise BadInput(what="login", problem="this person has left; appoint them first")
        check_first(first)
        with self._database.write() as db:
            entry = self._entry(db, login)
            keys, until = self._first_keys(login, first)
            changed = with_first(entry, keys, until, self._now())
            return self._done(db, signer, changed, [_first(login, keys, until)])

    # ---- inside a write

    def _entry(self, db: Tables, login: str) -> RoleEntry:
        """The PERSON in the roles document in force."""
        return roles_in_force.now(db).people[login]

    def _first_keys(self, login: str, first: str) -> tuple[FirstKeys, str]:
        """Sets a first passphrase; returns its temporary keys, and the stamp until which it is good."""
        until = stamp(datetime.fromisoformat(self._now()) + timedelta(hours=FIRST_HOURS))
        return Keyring(self._office.locations.keys).add_first(login, first, self._database.key), until

    def _done(self, db: Tables, signer: Signer, entry: RoleEntry, lines: list[Entry]) -> Done:
        """Signs the list with that PERSON; the last of the lines names it."""
        roles, login, ledger = roles_in_force.now(db), str(entry["login"]), self._office.ledger
        named = sign_next(db, roles, {**roles.people, login: entry}.values(), signer, self._now())
        lines[-1] = replace(lines[-1], facts={**(lines[-1].facts or {}), "roles": named})
        for line in lines:
            ledger.append(db, replace(line, officer=self._office.who.login))
        write_copies(db, roles_in_force.now(db))
        return Done(self._office.people.get(login), None, self._tell_centre(db, signer))

    def _tell_centre(self, db: Tables, signer: Signer) -> str | None:
        """Queues the next people list where the centre knows this head's key; else only an enrolment can."""
        lists = PeopleLists(self._office)
        last = lists.last()
        if last is None or not self._office.is_enrolled:
            return None
        if not any(one["kid"] == signer.kid and one["role"] == Role.HEAD for one in last.people):
            return None
        current = lists.current(db)
        lists.sign_until(db, current.n, signer)
        jobs = lists.queue_until(db, current.n)
        return jobs[-1] if jobs else None

    # ---- what must hold

    def _may(self, signer: Signer) -> None:
        demand_signer(self._office.who, signer, "people")

    def _now(self) -> str:
        return stamp(self._office.clock())

    def _checked(self, term: Term) -> Term:
        checked_texts(SHORT, order=term.order_no)
        now = self._now()
        from_at = term.from_at or now
        if from_at[:10] < now[:10]:
            raise BadInput(what="date", problem="it is in the past")
        if term.until_at is not None and term.until_at <= max(from_at, now):
            raise BadInput(what="date", problem="it ends before it begins")
        if term.acting and (not term.order_no or term.until_at is None):
            raise BadInput(what="acting", problem="it needs the number of its order, and an end")
        return Term(from_at, term.until_at, term.order_no, term.acting)

    def _check_services(self, services: tuple[str, ...]) -> None:
        known = {service.code for service in self._office.catalogue.services()}
        for code in services:
            if code not in known:
                raise NotFound(what="service", name=code)


def insert_person(db: Tables, newcomer: Newcomer) -> None:
    """Inserts the row of a new person; write_copies() completes it."""
    db.table("person").insert(
        {
            "login": newcomer.login,
            "name": newcomer.name,
            "citizen_id": newcomer.citizen_id,
            "level": newcomer.level,
            "services": canonical(list(newcomer.services)).decode(),
        }
    )


def _appointment(role: str, term: Term) -> RoleEntry:
    """`term.from_at` must be given."""
    return appointment(role, str(term.from_at), term.until_at, term.acting, term.order_no)


def _appointed(login: str, one: RoleEntry) -> Entry:
    return _people(login, "appointed", **one)


def _people(login: str, did: str, **facts: Any) -> Entry:
    return Entry(LineKind.PEOPLE, None, facts={"login": login, "did": did, **facts})


def _first(login: str, keys: FirstKeys, until: str) -> Entry:
    return Entry(LineKind.KEYS, None, facts={"login": login, "first_until": until, "age_key": keys.age_key})
