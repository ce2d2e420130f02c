"""A new database key: after somebody left, or with a new recovery sheet. Nobody's passphrase is needed.

    the books say why one is due                    (a row `rekey_due`, in the transaction that made it due)
    keys.json keeps the coming key beside the present one, sealed to each present person and to the sheet
    the file is encrypted anew                      (while nobody else has it open)
    keys.json keeps the new key alone
    a `keys` line names it                          (and `db_key_id`, and takes `rekey_due` away)

After a kill between any two of them the next log-in goes on: the coming key is tried first, then the present
one; a key that no line names yet gets its line; what is still due is done.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from store.base.errors import BooksBusy, DiskFull
from store.formats.line import ClockWord, Entry, LineKind
from store.people.vault import Keyring, key_id

if TYPE_CHECKING:
    from store.base.database import Database, Tables
    from store.office import Office

DEPARTURE, NEW_SHEET = "departure", "new_sheet"


def mark_due(db: Tables, why: str) -> None:
    """Inside the caller's write: a new database key is due."""
    _put(db, "rekey_due", why)


def is_due(database: Database) -> bool:
    """Whether a new database key is due."""
    return _get(database, "rekey_due") is not None


def who_left(office: Office) -> set[str]:
    """Those who still have an entry in keys.json though their appointments are over, by a sure clock."""
    if office.ledger.clock_word() != ClockWord.OK:
        return set()
    return set(Keyring(office.locations.keys).logins()) - {person.login for person in office.people.present()}


def renew(office: Office) -> bool:
    """Encrypts the books under a new key where one is due; False where that has to wait.

    It waits while another program has the books open, while the disk is full, or while no recovery sheet is
    known that the new key could be sealed to: the next log-in tries again.
    """
    database, keyring = office.database, Keyring(office.locations.keys)
    present = {person.login: person.age_key for person in office.people.present()}
    with database.write():
        keyring.keep(present)
    recovery_key = _get(database, "recovery_key")
    if recovery_key is None:
        return False
    named = _named(database)
    age_keys = {login: key for login, key in present.items() if key and key == named.get(login, key)}
    new = secrets.token_bytes(32)
    try:
        database.rekey(new, lambda: keyring.prepare(new, age_keys, recovery_key))
    except (BooksBusy, DiskFull):
        with database.write():
            keyring.settle(database.key)
        return False
    write_down(office)
    return True


def write_down(office: Office) -> None:
    """After the books opened under another key than they name: their line, and keys.json keeps it alone."""
    database, keyring = office.database, Keyring(office.locations.keys)
    now, was = key_id(database.key), _get(database, "db_key_id")
    if now == was:
        return
    with database.write() as db:
        keyring.settle(database.key)
        if was is not None:
            why, people = _get(database, "rekey_due"), keyring.logins()
            facts = {"db_key_id": now, "was": was, "why": why or "restore", "people": people}
            office.ledger.append(db, Entry(LineKind.KEYS, office.who.login, facts=facts))
            db.execute("DELETE FROM book WHERE name = 'rekey_due'")
        _put(db, "db_key_id", now)


def _named(database: Database) -> dict[str, str]:
    """Each person's newest age key by the ledger: a row of a table alone must not get anybody the new key."""
    rows = database.rows(
        "SELECT body ->> '$.facts.login' AS login, body ->> '$.facts.age_key' AS age_key FROM ledger"
        " WHERE kind IN ('keys', 'people') AND body ->> '$.facts.age_key' IS NOT NULL ORDER BY seq"
    )
    return {row["login"]: row["age_key"] for row in rows}


def _get(database: Database, name: str) -> str | None:
    found = database.value("SELECT value FROM book WHERE name = ?", (name,))
    return None if found is None else str(found)


def _put(db: Tables, name: str, value: str) -> None:
    db.execute(
        "INSERT INTO book(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        [name, value],
    )
