"""Changes of an office's people that its head rightly signed, without the screens for them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from reader.buddhist_date import stamp
from store.books import Books
from store.formats.line import Entry, LineKind
from store.people import roles_in_force
from store.people.role_copies import write_copies
from store.people.roles_document import Entry as Person
from store.people.vault import Signer
from store.staff.next_roles import sign_next

Change = Callable[[dict[str, Person]], object]


def sign_change(books: Books, signer: Signer, change: Change) -> None:
    """The next roles document: `change` gets {login: PERSON} and edits it."""
    with books.database.write() as db:
        roles = roles_in_force.now(db)
        people = deepcopy(dict(roles.people))
        change(people)
        named = sign_next(db, roles, people.values(), signer, stamp(books.clock()))
        facts = {"login": books.who.login, "did": "changed", "roles": named}
        books.ledger.append(db, Entry(LineKind.PEOPLE, books.who.login, facts=facts))
        write_copies(db, roles_in_force.now(db))


def held_until(login: str, until: str) -> Change:
    """Every appointment of that person ends at that stamp."""

    def change(people: dict[str, Person]) -> None:
        for one in people[login]["appointments"]:
            one["until"] = until

    return change


def renamed(login: str, name: str) -> Change:
    """That person has another name."""
    return lambda people: people[login].update(name=name)
