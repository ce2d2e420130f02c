"""The first roles document of books that an earlier version began: the head signs who is who, once.

Until then nobody's role can be proved. So the head's key must be one that the centre confirmed with the
enrolment; where the office was never enrolled, the recovery sheet is typed once, and signs. That also makes
the sheet's signing key known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyrage

from reader.buddhist_date import stamp
from store.errors import NotAllowed
from store.formats.errors import BadSignature
from store.formats.line import Entry, LineKind
from store.formats.roles import Role
from store.people import roles_in_force
from store.people.errors import NoSigningKey
from store.people.role_copies import read_copies, write_copies
from store.people.roles_steps import confirmed_heads
from store.people.sheet_key import sheet_key, sheet_signer
from store.people.vault import Keyring
from store.settings import documents
from store.staff.errors import ActingHead, NotConfirmedHead, SheetNeeded, SheetUnknown, SignedAlready
from store.staff.next_roles import sign_next
from store.staff.recovery import sheet_facts

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.people import Person
    from store.people.roles_in_force import Roles
    from store.people.vault import Signer


def is_due(person: Person) -> bool:
    """Whether this person has to sign the first document of these books."""
    return not person.is_signed and Role.HEAD in person.roles


def needs_sheet(office: Office) -> bool:
    """Whether the sheet must be typed, because no centre confirmed a head of this unit."""
    return not office.people.roles().receipt_keys


def adopt(office: Office, signer: Signer, identity: str | None) -> Person:
    """Signs the people as the tables name them, and the settings; returns the head as signed.

    `identity` is the recovery sheet's key: needed where the office is not enrolled; elsewhere it makes the
    sheet's signing key known, too. First passphrases that were not changed yet are void: the head gives new
    ones. Raises NotAllowed, SignedAlready, ActingHead, SheetNeeded, WrongSheet,
    SheetUnknown where somebody named another sheet before, NotConfirmedHead.
    """
    _demand(office, signer)
    if identity is not None:
        Keyring(office.locations.keys).recover(identity)
    with office.database.write() as db:
        roles = roles_in_force.now(db)
        if roles.n is not None:
            raise SignedAlready
        if roles.receipt_keys:
            _sign(office, db, signer, adopts=_confirmed(office, signer, roles))
            if identity is not None:
                _name_sheet(office, db, identity, signer)
        else:
            if identity is None:
                raise SheetNeeded
            if roles.sheet is None:
                _name_sheet(office, db, identity, sheet_signer(identity))
            elif roles.sheet.kid != sheet_signer(identity).kid:
                raise SheetUnknown
            _sign(office, db, sheet_signer(identity))
        write_copies(db, roles_in_force.now(db))
        documents.sign_first(db, office, signer)
    office.who = office.people.get(office.who.login)
    return office.who


def _demand(office: Office, signer: Signer) -> None:
    """The tables' word for who is head is all there is; what the signer adds is proved below."""
    who, at = office.who, stamp(office.clock())
    if Role.HEAD not in who.roles:
        raise NotAllowed(login=who.login, action="people", roles=Role.HEAD)
    if (signer.login, signer.kid) != (who.login, who.kid):
        raise NoSigningKey(login=signer.login)
    if all(one.acting for one in who.appointments if one.role == Role.HEAD and one.holds(at)):
        raise ActingHead


def _sign(office: Office, db: Tables, signer: Signer, **more: Any) -> None:
    people = []
    for entry in read_copies(db).values():
        first = entry["first"]
        people.append({**entry, "first": first if first and first["key"] else None})
    roles = roles_in_force.now(db)
    named = sign_next(db, roles, people, signer, stamp(office.clock()), **more)
    facts = {"login": office.who.login, "did": "signed", "roles": named}
    office.ledger.append(db, Entry(LineKind.PEOPLE, office.who.login, facts=facts))


def _name_sheet(office: Office, db: Tables, identity: str, signer: Signer) -> None:
    public = str(pyrage.x25519.Identity.from_str(identity).to_public())
    key = sheet_key(sheet_signer(identity))
    facts = sheet_facts(roles_in_force.now(db), key, public, signer)
    office.ledger.append(db, Entry(LineKind.KEYS, office.who.login, facts={**facts, "confirmed": True}))


def _confirmed(office: Office, signer: Signer, roles: Roles) -> dict[str, str]:
    """The newest list, with its receipt, in which the centre confirmed the signer as head."""
    rows = office.database.rows(
        "SELECT payload, receipt FROM people_list WHERE sent AND receipt IS NOT NULL ORDER BY n DESC"
    )
    for row in rows:
        try:
            heads = confirmed_heads(row["payload"], row["receipt"], roles.receipt_keys)
        except (BadSignature, KeyError, TypeError, ValueError):
            continue
        if signer.kid in heads:
            return {"list": row["payload"], "receipt": row["receipt"]}
    raise NotConfirmedHead(login=signer.login)
