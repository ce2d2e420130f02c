"""The documents in force at a line of the ledger: thresholds, and what the rules know of the people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.settings.thresholds import Rules

if TYPE_CHECKING:
    from store.office import Office


@dataclass(frozen=True)
class InForce:
    """Thresholds of the rules, {login: services}, {citizen ID: login}."""

    rules: Rules
    services: Mapping[str, Sequence[str]]
    citizen_ids: Mapping[str, str] = field(repr=False)


def documents_in_force(office: Office, line: int) -> InForce:  # noqa: ARG001 - see below
    """What the head had decided when line number `line`, the last of a month, was written.

    No line holds these values yet, so they are those of the tables now, whatever `line` is: a month whose
    thresholds or people were changed since must be sent back and summed up again. Settings and roles that
    are signed documents, named by their lines, are to be read here.
    """
    people = office.people.all()
    return InForce(
        rules=Rules.from_settings(office.settings.get),
        services={person.login: person.services for person in people},
        citizen_ids={person.citizen_id: person.login for person in people},
    )
