"""Changes the database key after somebody left, or with a new recovery sheet. It needs nobody's passphrase.

    a row `rekey_due` says why a change is due      (in the transaction that made it due)
    keys.json gets the next key beside the present one, sealed to each present person and to the sheet
    the database file is encrypted with the next key (while no other process has it open)
    the present key is deleted from keys.json
    a `keys` line names the new key                 (`db_key_id` is set and `rekey_due` deleted with it)

If the program ends between two steps, the next log-in continues: it tries the next key first, then the
present one; writes the line of a key that has none; and does what is still due.
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
    """Notes why a new database key is due, inside the caller's transaction."""
    _put(db, "rekey_due", why)


def is_due(database: Database) -> bool:
    """Whether a new database key is due."""
    return _get(database, "rekey_due") is not None


def who_left(office: Office) -> set[str]:
    """The logins in keys.json whose appointments are all over; none while the clock is not sure."""
    if office.ledger.clock_word() != ClockWord.OK:
        return set()
    return set(Keyring(office.locations.keys).logins()) - {person.login for person in office.people.present()}


def renew(office: Office) -> bool:
    """Encrypts the books with a new key; False where that must wait until the next log-in.

    It must wait while another program has the books open, while the disk is full, while the books know no
    recovery sheet to seal the new key to, and while no signed list names the people's keys.
    """
    if office.people.roles().n is None:
        return False
    database, keyring = office.database, Keyring(office.locations.keys)
    present = {person.login: person.age_key for person in office.people.present()}
    with database.write():
        keyring.keep(present)
    sheet = recovery_key(office)
    if sheet is None:
        return False
    age_keys = {login: key for login, key in present.items() if key}
    new = secrets.token_bytes(32)
    try:
        database.rekey(new, lambda: keyring.prepare(new, age_keys, sheet))
    except (BooksBusy, DiskFull):
        with database.write():
            keyring.settle(database.key)
        return False
    write_down(office)
    return True


def recovery_key(office: Office) -> str | None:
    """The age key of the recovery sheet: the signed one; the table alone says it in some older books."""
    sheet = office.people.roles().sheet
    return (sheet and sheet.recovery_key) or _get(office.database, "recovery_key")


def write_down(office: Office) -> None:
    """Writes the `keys` line of a database key that has none, and deletes the other key from keys.json."""
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


def _get(database: Database, name: str) -> str | None:
    found = database.value("SELECT value FROM book WHERE name = ?", (name,))
    return None if found is None else str(found)


def _put(db: Tables, name: str, value: str) -> None:
    db.execute(
        "INSERT INTO book(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        [name, value],
    )
