"""The people of the unit, as the books know them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from store.database import Database
from store.errors import NotFound

# What stands before a first name on a card or in a letter of appointment; longest first.
_TITLES = re.compile(
    r"(?:นางสาว|น\.ส\.|นาง|นาย|ด\.ช\.|ด\.ญ\.|ดร\.|ว่าที่\s*(?:ร้อย|ร\.)\S*|(?:Mr|Mrs|Ms|Miss|Dr)\.?\s)\s*"
)


@dataclass(frozen=True)
class Person:
    """Someone appointed in this unit.

    Times are stamps; until_at is None while the appointment has no end, first_until while no first
    passphrase stands. kid, signing_key (b64, 32 bytes) and age_key are None until the first change.
    """

    login: str
    name: str
    citizen_id: str
    level: str
    roles: tuple[str, ...]
    services: tuple[str, ...]
    from_at: str
    until_at: str | None
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


class People:
    """Reads the unit's people out of the books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, login: str) -> Person:
        """The person with that login; NotFound."""
        row = self._database.row("SELECT * FROM person WHERE login = ?", (login,))
        if row is None:
            raise NotFound(what="user", name=login)
        return _person(row)

    def all(self) -> list[Person]:
        """Everyone, in the order of their logins."""
        return [_person(row) for row in self._database.rows("SELECT * FROM person ORDER BY login")]

    def by_citizen_id(self, citizen_id: str) -> Person | None:
        """The person of the unit with that number, or None."""
        row = self._database.row("SELECT * FROM person WHERE citizen_id = ?", (citizen_id,))
        return None if row is None else _person(row)


def _person(row: dict[str, Any]) -> Person:
    lists = {name: tuple(json.loads(row[name])) for name in ("roles", "services")}
    return Person(**{**row, **lists})
