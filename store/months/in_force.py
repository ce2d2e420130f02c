"""The documents in force at a line of the ledger: thresholds, and what the rules know of the people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.people import roles_in_force
from store.settings import documents
from store.settings.thresholds import Rules

if TYPE_CHECKING:
    from store.office import Office


@dataclass(frozen=True)
class InForce:
    """Thresholds of the rules, {login: services}, {citizen ID: login}."""

    rules: Rules
    services: Mapping[str, Sequence[str]]
    citizen_ids: Mapping[str, str] = field(repr=False)


def documents_in_force(office: Office, line: int) -> InForce:
    """What the head had decided when line number `line`, the last of a month, was written.

    By the settings and roles documents that lines up to it name; in books of an earlier version whose head
    had signed none by then, what the tables say now. Raises RolesBroken, NotAsSigned.
    """
    with office.database.reading() as db:
        roles = roles_in_force.at_line(db, line + 1)
        named = [one for one in documents.all_named(db) if one.seq <= line]
        decided = documents.verified(db, named[0]).decided.settings if named else None
    people = office.people.all()
    services = {person.login: person.services for person in people}
    if roles.n is not None:
        services = {login: tuple(person["services"]) for login, person in roles.people.items()}
    return InForce(
        rules=Rules.from_settings(office.settings.get if decided is None else decided.get),
        services=services,
        citizen_ids={person.citizen_id: person.login for person in people},
    )
