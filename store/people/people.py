"""The people of the unit and their appointments, as values and as read from the books."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from reader.buddhist_date import now, stamp
from store.base.database import Database
from store.errors import NotFound
from store.formats.roles import Role

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
    and `signing_key` (b64, 32 bytes) are None until the first passphrase is changed.
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
    """Reads the unit's people from the books. `at()` gives the stamp for which roles are determined."""

    def __init__(self, database: Database, at: Callable[[], str] = lambda: stamp(now())) -> None:
        self._database = database
        self._at = at

    def get(self, login: str) -> Person:
        """The person with that login; raises NotFound."""
        found = self._select("login = ?", (login,))
        if not found:
            raise NotFound(what="user", name=login)
        return found[0]

    def all(self) -> list[Person]:
        """Everyone, also those who have left, in the order of their logins."""
        return self._select("TRUE")

    def present(self) -> list[Person]:
        """Everyone who has not left."""
        at = self._at()
        return [person for person in self.all() if not person.has_left(at)]

    def by_citizen_id(self, citizen_id: str) -> Person | None:
        """The person of the unit with that number, or None."""
        found = self._select("citizen_id = ?", (citizen_id,))
        return found[0] if found else None

    def _select(self, where: str, params: Sequence[str] = ()) -> list[Person]:
        at = self._at()
        with self._database.reading():
            people = self._database.rows(
                f"SELECT * FROM person WHERE {where} ORDER BY login",  # noqa: S608  (clauses of this file)
                params,
            )
            rows = self._database.rows(
                "SELECT * FROM appointment WHERE login IN"  # noqa: S608  (clauses of this file)
                f" (SELECT login FROM person WHERE {where}) ORDER BY n",
                params,
            )
        held: dict[str, list[Appointment]] = defaultdict(list)
        for row in rows:
            held[row["login"]].append(Appointment(**{**row, "acting": bool(row["acting"])}))
        return [_person(row, tuple(held[row["login"]]), at) for row in people]


def _person(row: dict[str, Any], appointments: tuple[Appointment, ...], at: str) -> Person:
    held = {one.role for one in appointments if one.holds(at)}
    return Person(
        **{**row, "services": tuple(json.loads(row["services"]))},
        roles=tuple(role for role in Role if role in held),
        appointments=appointments,
    )
