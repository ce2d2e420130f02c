"""The tables person, appointment and person_key: copies of the roles document, for queries.

Nobody's role comes from them. Each log-in compares them with the document in force. Books of an earlier
version, whose head has not signed the first document yet, have the tables alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from store.base.database import Tables
from store.formats.canonical import canonical, unb64
from store.people.errors import CopiesDiffer
from store.people.roles_document import Entry, appointment, citizen_mark, key_in_force
from store.people.roles_in_force import Roles, proved

_TABLE_OF = {"appointments": "appointment", "keys": "person_key"}


def read_copies(db: Tables) -> dict[str, Entry]:
    """{login: PERSON}, as the tables say it."""
    secret, found = lookup_key(db), {}
    for row in _rows(db, "SELECT * FROM person ORDER BY login"):
        login = row["login"]
        # Earlier versions gave first passphrases without a key.
        has_first = row["first_until"] is not None
        first = {"key": row["first_key"], "age_key": row["age_key"], "until": row["first_until"]}
        found[login] = {
            "login": login,
            "name": row["name"],
            "level": row["level"],
            "services": json.loads(row["services"]),
            "citizen": citizen_mark(secret, login, row["citizen_id"]),
            "first": first if has_first else None,
            "keys": [],
            "appointments": [],
        }
    for row in _rows(db, "SELECT * FROM person_key ORDER BY coalesce(from_at, ''), rowid"):
        key = {"kid": row["kid"], "key": row["signing_key"], "age_key": row["age_key"]}
        found[row["login"]]["keys"].append({**key, "from": row["from_at"], "until": row["until_at"]})
    for row in _rows(db, "SELECT * FROM appointment ORDER BY n"):
        held = appointment(row["role"], row["from_at"], row["until_at"], bool(row["acting"]), row["order_no"])
        found[row["login"]]["appointments"].append(held)
    return found


def write_copies(db: Tables, roles: Roles) -> None:
    """Makes the tables say what is in force; whoever is new there needs a row of `person` already."""
    have = read_copies(db)
    for login, person in roles.people.items():
        if have.get(login) != person or _shown(db, login) != _shown_keys(person):
            _write(db, login, person)


def check_copies(db: Tables) -> Roles:
    """What is in force, with each line that says so proved in the tree, as every log-in does.

    Raises RolesBroken, and CopiesDiffer where a table says something else.
    """
    roles = proved(db)
    if roles.n is None:
        return roles
    try:
        have = read_copies(db)
    except (KeyError, ValueError):
        raise _differs(roles, "person", "?") from None
    for login in sorted(have.keys() | roles.people.keys()):
        said, signed = have.get(login), roles.people.get(login)
        if said is None or signed is None:
            raise _differs(roles, "person", login)
        for name, value in signed.items():
            if said[name] != value:
                raise _differs(roles, _TABLE_OF.get(name, "person"), login)
        if _shown(db, login) != _shown_keys(signed):
            raise _differs(roles, "person", login)
    kept = db.execute("SELECT value FROM book WHERE name = 'recovery_key'").fetchone()
    known = roles.sheet and roles.sheet.recovery_key
    if known is not None and (kept is None or kept[0] != known):
        raise _differs(roles, "book", "recovery_key")
    return roles


def lookup_key(db: Tables) -> bytes:
    """The books' secret for digests of citizens' numbers."""
    row = db.execute("SELECT value FROM book WHERE name = 'lookup_key'").fetchone()
    return b"" if row is None else unb64(row[0])


def _write(db: Tables, login: str, person: Entry) -> None:
    kid, key, age_key = _shown_keys(person)
    first = person["first"] or {}
    db.execute(
        "UPDATE person SET name = ?, level = ?, services = ?, first_until = ?, first_key = ?, kid = ?,"
        " signing_key = ?, age_key = ? WHERE login = ?",
        [
            *(person["name"], person["level"], canonical(person["services"]).decode()),
            *(first.get("until"), first.get("key"), kid, key, age_key, login),
        ],
    )
    db.execute("DELETE FROM appointment WHERE login = ?", [login])
    for one in person["appointments"]:
        db.execute(
            "INSERT INTO appointment(login, role, acting, order_no, from_at, until_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [login, one["role"], int(one["acting"]), one["order"], one["from"], one["until"]],
        )
    db.execute("DELETE FROM person_key WHERE login = ?", [login])
    for one in person["keys"]:
        db.execute(
            "INSERT INTO person_key(kid, login, signing_key, age_key, from_at, until_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [one["kid"], login, one["key"], one["age_key"], one["from"], one["until"]],
        )


def _shown(db: Tables, login: str) -> tuple[Any, ...]:
    row = db.execute("SELECT kid, signing_key, age_key FROM person WHERE login = ?", [login]).fetchone()
    return tuple(row) if row else ()


def _shown_keys(person: Mapping[str, Any]) -> tuple[Any, ...]:
    """(kid, signing_key, age_key) that a row of `person` repeats."""
    present = key_in_force(dict(person))
    if present is not None:
        return present["kid"], present["key"], present["age_key"]
    return None, None, person["first"]["age_key"] if person["first"] else None


def _rows(db: Tables, sql: str) -> list[dict[str, Any]]:
    cursor = db.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _differs(roles: Roles, table: str, login: str) -> CopiesDiffer:
    return CopiesDiffer(seq=max(roles.seq - 1, 0), month=roles.sure[:7], table=table, login=login)
