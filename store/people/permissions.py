"""The permission table: which roles may do what. Every command and every screen uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import NotAllowed
from store.formats.roles import SIGNING, Role
from store.people.errors import NotSignedYet

if TYPE_CHECKING:
    from store.people.people import Person
    from store.people.vault import Signer

_OFFICER, _CONTROLLER, _HEAD = (frozenset({role}) for role in SIGNING)
_SIGNING = frozenset(SIGNING)

ALLOWED: dict[str, frozenset[str]] = {
    "visit": _OFFICER,
    "ledger_read": _SIGNING,
    "ledger_whole_ids": _HEAD,
    "export": _SIGNING,
    "correct": _OFFICER | _HEAD,
    "archive": _HEAD,
    "queue_read": _SIGNING,
    "sync": _SIGNING,
    # The ledger also refuses a cut-off that is not due, or whose date a doubtful clock does not prove.
    "cut_off": _SIGNING,
    "summarise": _OFFICER,
    "check": _CONTROLLER,
    "return": _CONTROLLER | _HEAD,
    "approve": _HEAD,
    "flag": _HEAD,
    "submit": _HEAD,
    "settings": _HEAD,
    "enrol": _HEAD,
    "backup": _SIGNING,
    "people": _HEAD,
    "people_read": _SIGNING,
    "catalogue": _SIGNING,
    "recovery": _HEAD,
    "confirm_clock": _CONTROLLER | _HEAD,
    "station_export": _SIGNING,
    "station_import": _SIGNING,
    "station_trust": _HEAD,
}
NEEDS_SIGNED = frozenset(
    {
        *("archive", "summarise", "check", "return", "approve", "flag", "submit"),
        *("settings", "enrol", "people", "station_trust"),
    }
)
"""What nobody may in books of an earlier version until the head has signed the first list of people."""


def may(person: Person, action: str) -> bool:
    """Whether one of the person's roles allows the action; KeyError for an action not in the table."""
    return not ALLOWED[action].isdisjoint(person.roles)


def demand_signer(person: Person, signer: Signer, action: str) -> None:
    """As demand(), for an action that needs the passphrase again: the signer must be that person's own."""
    demand(person, action)
    if (signer.login, signer.kid) != (person.login, person.kid):
        raise NotAllowed(login=signer.login, action=action, roles=", ".join(sorted(ALLOWED[action])))


def demand(person: Person, action: str) -> None:
    """Raises NotAllowed unless one of the person's roles allows the action, and NotSignedYet."""
    if not may(person, action):
        roles = ", ".join(role for role in Role if role in ALLOWED[action])
        raise NotAllowed(login=person.login, action=action, roles=roles)
    if action in NEEDS_SIGNED:
        demand_signed(person)


def demand_signed(person: Person) -> None:
    """Raises NotSignedYet where no signed list says what the person may."""
    if not person.is_signed:
        raise NotSignedYet
