"""The people of the unit and their appointments, as values and as read from the books."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reader.buddhist_date import now, stamp
from store.base.database import Database, Tables
from store.errors import NotFound
from store.formats.roles import Role
from store.people import roles_in_force
from store.people.errors import CopiesDiffer, RolesBroken
from store.people.role_copies import lookup_key, read_copies
from store.people.roles_document import Entry, citizen_mark, key_in_force
from store.people.roles_in_force import Roles

# Titles before a first name on a card or in a letter of appointment; longer ones first.
_TITLES = re.compile(
    r"(?:นางสาว|น\.ส\.|นาง|นาย|ด\.ช\.|ด\.ญ\.|ดร\.|ว่าที่\s*(?:ร้อย|ร\.)\S*|(?:Mr|Mrs|Ms|Miss|Dr)\.?\s)\s*"
)


@dataclass(frozen=True)
class Newcomer:
    """A person who is to be appointed, as entered in the setup form or by the head."""

    login: str
    name: str
    citizen_id: str = field(repr=False)
    level: str
    roles: tuple[str, ...]
    services: tuple[str, ...]
    first_passphrase: str = field(repr=False)


@dataclass(frozen=True)
class Appointment:
    """One role of one person, from the stamp `from_at` to before `until_at` (None: without an end).

    `n` is its place among the person's appointments, from 0.
    `acting`: the person acts for somebody else, by the order numbered `order_no`.
    """

    n: int
    login: str
    role: str
    acting: bool
    order_no: str | None
    from_at: str
    until_at: str | None

    def holds(self, at: str) -> bool:
        """Whether it is in force at that stamp."""
        return self.from_at <= at and not self.is_over(at)

    def is_over(self, at: str) -> bool:
        """Whether it has ended by that stamp."""
        return self.until_at is not None and at >= self.until_at


@dataclass(frozen=True)
class Person:
    """Someone who is or was appointed in this unit.

    `roles` are those in force when the person was read, `appointments` all of them, past and future ones too.
    `first_until` is the stamp until which a first passphrase is good, None where the person has none. `kid`
    and `signing_key` (b64, 32 bytes) are None until the first passphrase is changed. `is_signed`: all this
    comes from a roles document; False in books of an earlier version whose head has not signed one yet.
    """

    login: str
    name: str
    citizen_id: str
    level: str
    roles: tuple[str, ...]
    services: tuple[str, ...]
    appointments: tuple[Appointment, ...]
    first_until: str | None
    kid: str | None
    signing_key: str | None
    age_key: str | None
    is_signed: bool = True

    def __repr__(self) -> str:
        return f"Person({self.login})"  # a citizen's number must not reach a log

    def short_name(self) -> str:
        """The first name without its title: สมชาย of นายสมชาย ใจดี."""
        bare = _TITLES.sub("", self.name.strip(), count=1) if _TITLES.match(self.name.strip()) else self.name
        return (bare.split() or [self.login])[0]

    def has_left(self, at: str) -> bool:
        """Whether every appointment has ended by that stamp, and none begins later."""
        return all(one.is_over(at) for one in self.appointments)


class People:
    """Reads the unit's people. `at()` gives the stamp for which roles are determined.

    Everything but the citizen's number comes from the roles document in force; in books of an earlier version
    whose head has not signed yet, from the tables. Every method raises RolesBroken where the documents do not
    hold, and CopiesDiffer where a citizen's number is not the signed one.

    `even_broken`: read what was in force before the bad line instead, for books that may only be read; where
    that is nothing, everybody may look, and nobody more.
    """

    def __init__(
        self,
        database: Database,
        at: Callable[[], str] = lambda: stamp(now()),
        *,
        even_broken: bool = False,
    ) -> None:
        self._database = database
        self._at = at
        self.even_broken = even_broken

    def roles(self) -> Roles:
        """What is in force for the next line."""
        with self._database.reading() as db:
            return self._roles(db)[0]

    def get(self, login: str) -> Person:
        """The person with that login; raises NotFound."""
        found = self._select((login,))
        if not found:
            raise NotFound(what="user", name=login)
        return found[0]

    def all(self) -> list[Person]:
        """Everyone, also those who have left, in the order of their logins."""
        return self._select(None)

    def present(self) -> list[Person]:
        """Everyone who has not left."""
        at = self._at()
        return [person for person in self.all() if not person.has_left(at)]

    def by_citizen_id(self, citizen_id: str) -> Person | None:
        """The person of the unit with that number, or None."""
        rows = self._database.rows("SELECT login FROM person WHERE citizen_id = ?", (citizen_id,))
        found = self._select(tuple(row["login"] for row in rows))
        return found[0] if found else None

    def _roles(self, db: Tables) -> tuple[Roles, Mapping[str, Entry]]:
        """What is in force, and {login: PERSON} of everyone."""
        try:
            roles = roles_in_force.now(db)
            return roles, read_copies(db) if roles.n is None else roles.people
        except RolesBroken as error:
            if not self.even_broken:
                raise
            good: Roles = error.good
            return good, _only_looking(read_copies(db)) if good.n is None else good.people

    def _select(self, logins: Sequence[str] | None) -> list[Person]:
        at = self._at()
        with self._database.reading() as db:
            roles, entries = self._roles(db)
            numbers = dict(db.execute("SELECT login, citizen_id FROM person").fetchall())
            secret = lookup_key(db)
        found = []
        for login in sorted(entries if logins is None else entries.keys() & set(logins)):
            number, entry = str(numbers.get(login, "")), entries[login]
            if citizen_mark(secret, login, number) != entry["citizen"] and not self.even_broken:
                raise CopiesDiffer(seq=max(roles.seq - 1, 0), month=at[:7], table="person", login=login)
            found.append(_person(entry, number, roles.n is not None, at))
        return found


def _only_looking(entries: dict[str, Entry]) -> dict[str, Entry]:
    """Nobody is more than an officer where no signed list can be read any more."""
    for entry in entries.values():
        for one in entry["appointments"]:
            one["role"] = Role.OFFICER
    return entries


def _person(entry: Entry, citizen_id: str, is_signed: bool, at: str) -> Person:
    login, first, key = entry["login"], entry["first"] or {}, key_in_force(entry) or {}
    appointments = tuple(
        Appointment(n, login, one["role"], one["acting"], one["order"], one["from"], one["until"])
        for n, one in enumerate(entry["appointments"])
    )
    held = {one.role for one in appointments if one.holds(at)}
    return Person(
        login=login,
        name=entry["name"],
        citizen_id=citizen_id,
        level=entry["level"],
        roles=tuple(role for role in Role if role in held),
        services=tuple(entry["services"]),
        appointments=appointments,
        first_until=first.get("until"),
        kid=key.get("kid"),
        signing_key=key.get("key"),
        age_key=key.get("age_key") or first.get("age_key"),
        is_signed=is_signed,
    )
