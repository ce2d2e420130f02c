"""Who may do what: the one table that every command and every screen asks."""

from __future__ import annotations

from store.errors import NotAllowed
from store.people import Person

ROLES = ("officer", "controller", "head")

ALLOWED: dict[str, frozenset[str]] = {
    action: frozenset(roles.split())
    for action, roles in {
        "visit": "officer",
        "ledger_read": "officer controller head",
        "ledger_whole_ids": "head",
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
        "people": "head",
        "confirm_clock": "controller head",
    }.items()
}


def may(person: Person, action: str) -> bool:
    """True where one of the person's roles allows the action; KeyError for an action not in the table."""
    return not ALLOWED[action].isdisjoint(person.roles)


def demand(person: Person, action: str) -> None:
    """Raises NotAllowed unless one of the person's roles allows the action."""
    if not may(person, action):
        roles = ", ".join(role for role in ROLES if role in ALLOWED[action])
        raise NotAllowed(login=person.login, action=action, roles=roles)
