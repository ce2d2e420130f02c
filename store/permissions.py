"""Who may do what: the one table that every command and every screen asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import NotAllowed

if TYPE_CHECKING:
    from store.people import Person
    from store.vault import Signer

ROLES = ("officer", "controller", "head")

ALLOWED: dict[str, frozenset[str]] = {
    action: frozenset(roles.split())
    for action, roles in {
        "visit": "officer",
        "ledger_read": "officer controller head",
        "ledger_whole_ids": "head",
        "export": "officer controller head",
        "correct": "officer head",
        "archive": "head",
        "queue_read": "officer controller head",
        "sync": "officer controller head",
        # An officer only where a cut-off is due and the clock is not in doubt: the ledger sees to it.
        "cut_off": "officer controller head",
        "summarise": "officer",
        "check": "controller",
        "return": "controller head",
        "approve": "head",
        "flag": "head",
        "submit": "head",
        "settings": "head",
        "enrol": "head",
        "backup": "officer controller head",
        "people": "head",
        "people_read": "officer controller head",
        "catalogue": "officer controller head",
        "recovery": "head",
        "confirm_clock": "controller head",
        "station_export": "officer controller head",
        "station_import": "officer controller head",
        "station_trust": "head",
    }.items()
}


def may(person: Person, action: str) -> bool:
    """True where one of the person's roles allows the action; KeyError for an action not in the table."""
    return not ALLOWED[action].isdisjoint(person.roles)


def demand_hand(person: Person, signer: Signer, action: str) -> None:
    """As demand(), where the passphrase must have been asked again: the hand is that person's own."""
    demand(person, action)
    if (signer.login, signer.kid) != (person.login, person.kid):
        raise NotAllowed(login=signer.login, action=action, roles=", ".join(sorted(ALLOWED[action])))


def demand(person: Person, action: str) -> None:
    """Raises NotAllowed unless one of the person's roles allows the action."""
    if not may(person, action):
        roles = ", ".join(role for role in ROLES if role in ALLOWED[action])
        raise NotAllowed(login=person.login, action=action, roles=roles)
