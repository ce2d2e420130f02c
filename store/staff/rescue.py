"""What the recovery sheet does where no head can: new keys for a head, or somebody named head.

It needs no passphrase, because whoever holds the sheet opens the books anyway. The sheet signs, so everybody
can verify it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from store.base.database import Database
from store.base.locations import Locations
from store.errors import BadInput, NotAllowed
from store.formats.line import Entry, LineKind
from store.formats.roles import Role
from store.ledger.ledger import Ledger
from store.ledger.session import Session
from store.people import roles_in_force, unlock
from store.people.errors import NotSignedYet
from store.people.people import People
from store.people.role_copies import check_copies, write_copies
from store.people.roles_document import appointment, is_over
from store.people.sheet_key import sheet_signer
from store.people.standing import Standing
from store.people.vault import Keyring, PublicKeys, Seen, Signer
from store.staff.errors import SheetUnknown
from store.staff.next_roles import sign_next


def rescue(
    locations: Locations, login: str, identity: str, passphrase: str, clock: Callable[[], datetime]
) -> PublicKeys:
    """Creates new keys under a new passphrase for a head who forgot the old one; needs only the sheet.

    Whoever holds the sheet may do it, because the sheet opens the books anyway. For other people the head can
    set a first passphrase. Raises WrongSheet, SheetUnknown, WeakPassphrase, NotFound, and NotAllowed for a
    login that is no head's.
    """
    keyring = Keyring(locations.keys)
    with _opened_by_sheet(locations, identity, clock) as (database, ledger, at):
        with database.write() as db:
            roles, signer = check_copies(db), sheet_signer(identity)
            _demand_head(database, at, login)
            if roles.n is not None and (roles.sheet is None or roles.sheet.kid != signer.kid):
                raise SheetUnknown
            vouch = None if roles.n is None else unlock.vouching(roles, login, signer)
            seen = Seen(ledger.count(), ledger.root())
            words = unlock.words_to_refuse(database, People(database, lambda: at).get(login))
            public = keyring.make(login, passphrase, database.key, seen, vouch, words)
            claim = keyring.claim(login) or {}
            if roles.n is None:  # books of an earlier version do not know the sheet's key
                seed = keyring.unlock(login, passphrase).seed
                assert seed is not None
                signer = Signer(login, public.kid, seed)
            session = Session(database, signer)
            unlock.write_keys(db, ledger, at, session, public, login, by="recovery_sheet", **claim)
        return public


def name_head(
    locations: Locations, login: str, identity: str, clock: Callable[[], datetime], *, instead_of: str | None
) -> None:
    """Names somebody head by the sheet's signature, where no head can; that person's keys stay as they are.

    `instead_of`: the head whose appointments as head end with it, None where nobody's do. Raises WrongSheet,
    SheetUnknown, NotFound, BadInput.
    """
    with _opened_by_sheet(locations, identity, clock) as (database, ledger, at):
        people = People(database, lambda: at)
        for one in (login, instead_of):
            if one is not None:
                people.get(one)
        with database.write() as db:
            roles, signer = check_copies(db), sheet_signer(identity)
            if roles.n is None:
                raise NotSignedYet
            if roles.sheet is None or roles.sheet.kid != signer.kid:
                raise SheetUnknown
            if Role.HEAD in roles.roles_of(login, at):
                raise BadInput(what="login", problem="this person is head already")
            changed = dict(roles.people)
            if instead_of is not None:
                changed[instead_of] = _without_head(changed[instead_of], at)
            named = appointment(Role.HEAD, at, None, False, None)
            changed[login] = {
                **changed[login],
                "appointments": [*changed[login]["appointments"], named],
            }
            facts = {"login": login, "did": "appointed", **named, "by": "recovery_sheet"}
            facts["roles"] = sign_next(db, roles, changed.values(), signer, at)
            ledger.begin(db, Session(database, signer), Entry(LineKind.PEOPLE, None, facts=facts))
            write_copies(db, roles_in_force.now(db))


@contextmanager
def _opened_by_sheet(
    locations: Locations, identity: str, clock: Callable[[], datetime]
) -> Iterator[tuple[Database, Ledger, str]]:
    """The database that the sheet opens, its ledger, and the stamp for which roles are determined."""
    database = unlock.open_with(locations, Keyring(locations.keys).recover(identity))
    try:
        station = str(database.value("SELECT value FROM book WHERE name = 'station'"))
        yield database, Ledger(database, station, Standing, clock), unlock.latest(database, clock)
    finally:
        database.close()


def _demand_head(database: Database, at: str, login: str) -> None:
    if Role.HEAD not in People(database, lambda: at).get(login).roles:
        raise NotAllowed(login=login, action="rescue", roles=Role.HEAD)


def _without_head(person: dict[str, Any], at: str) -> dict[str, Any]:
    held = [
        {**one, "until": max(one["from"], at)} if one["role"] == Role.HEAD and not is_over(one, at) else one
        for one in person["appointments"]
    ]
    return {**person, "appointments": held}
