"""The next roles document: checked by the rules that every reader applies, signed, and stored.

The line that the caller then writes names it; it is in force from the line after that one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from store.people.role_copies import lookup_key
from store.people.roles_change import By, refusal
from store.people.roles_document import Entry, citizen_mark, sign_document
from store.staff.errors import ListRefused, NoHeadNow

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.people.people import Newcomer
    from store.people.roles_in_force import Roles
    from store.people.vault import FirstKeys, Signer


def sign_next(
    db: Tables, roles: Roles, people: Iterable[Entry], signer: Signer, at: str, **more: Any
) -> dict[str, Any]:
    """Stores the document that follows `roles`; returns the `roles` of the facts of its line.

    `at` is the stamp of that line; `more` is `adopts`, where the document is the first of older books. Raises
    ListRefused where the signer may not make this change, and NoHeadNow for a signer who is no head.
    """
    people = list(people)
    if roles.n is None:
        n = 0 if roles.seq == 0 else 1
    else:
        n = roles.n + 1
        problem = refusal(roles.people, {one["login"]: one for one in people}, _by(roles, signer, at), at)
        if problem is not None:
            raise ListRefused(problem=problem)
    place = {"unit": roles.unit, "station": roles.station, "n": n, "prev": roles.sha256}
    token, sha256 = sign_document({**place, **more}, people, signer)
    # A row that somebody put there by hand is replaced.
    db.table("roles_document").insert({"n": n, "token": token, "sha256": sha256}, replace=True)
    return {"n": n, "sha256": sha256}


def newcomer_entry(
    db: Tables, newcomer: Newcomer, first: FirstKeys, until: str, appointments: list[Entry]
) -> Entry:
    """The PERSON of a newcomer under a first passphrase, which is good until that stamp."""
    return {
        "login": newcomer.login,
        "name": newcomer.name,
        "level": newcomer.level,
        "services": list(newcomer.services),
        "citizen": citizen_mark(lookup_key(db), newcomer.login, newcomer.citizen_id),
        "first": {"key": first.key, "age_key": first.age_key, "until": until},
        "keys": [],
        "appointments": appointments,
    }


def with_first(person: Entry, first: FirstKeys, until: str, at: str) -> Entry:
    """The PERSON after a reset: the key in force ends at the stamp `at`."""
    keys = [{**key, "until": key["until"] or at} for key in person["keys"]]
    given = {"key": first.key, "age_key": first.age_key, "until": until}
    return {**person, "first": given, "keys": keys}


def _by(roles: Roles, signer: Signer, at: str) -> By:
    at = max(roles.sure, at)
    if signer.kid in roles.full_heads(at):
        return By.HEAD
    if signer.kid in roles.heads(at):
        return By.ACTING
    if roles.sheet is not None and signer.kid == roles.sheet.kid:
        return By.SHEET
    raise NoHeadNow
