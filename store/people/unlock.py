"""Unlocks the books: checks the passphrase, opens the database, and checks appointment and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from reader.buddhist_date import stamp
from store.base.database import PAGE, Database, Tables
from store.base.errors import BooksDamaged, WrongKey
from store.base.locations import Locations, no_books
from store.base.schema import migrate
from store.errors import NotFound
from store.formats.canonical import b64
from store.formats.jws import public_of
from store.formats.line import Entry, LineKind
from store.ledger.ledger import Ledger
from store.ledger.session import Session
from store.people import roles_in_force
from store.people.errors import (
    FirstPassphraseExpired,
    KeysDamaged,
    NoFirstKey,
    NotAppointed,
    RolesBroken,
    WrongPassphrase,
)
from store.people.guessed import words_of
from store.people.people import People, Person
from store.people.role_copies import write_copies
from store.people.roles_document import sign_keys
from store.people.roles_in_force import Roles
from store.people.vault import Keyring, PublicKeys, Signer, Unlocked, Vouch
from store.people.wrong_passphrases import Tries

Clock = Callable[[], datetime]


def ask(locations: Locations, login: str, passphrase: str, clock: Clock) -> Unlocked:
    """The person's entry in keys.json, opened with the passphrase; wrong ones are recorded.

    Raises NoBooks, BooksMissing, FolderClosed, KeysDamaged, WrongPassphrase, BooksBusy.
    """
    if not locations.are_whole:
        raise no_books(locations)
    locations.demand_writable()
    keyring = Keyring(locations.keys)
    with Tries(locations.tries, clock).one(login, known=login in keyring.logins()):
        return keyring.unlock(login, passphrase)


def unlock(locations: Locations, login: str, passphrase: str, clock: Clock) -> tuple[Database, Unlocked]:
    """The books' database, opened by a person's passphrase, and what the passphrase opened.

    Raises what ask() and open_with() raise.
    """
    unlocked = ask(locations, login, passphrase, clock)
    try:
        database = open_with(locations, _keys(unlocked))
    except WrongKey:
        # Another process may have changed the database key after keys.json was read.
        unlocked = Keyring(locations.keys).unlock(login, passphrase)
        database = open_with(locations, _keys(unlocked))
    return database, replace(unlocked, db_key=database.key, next_key=None)


def open_with(locations: Locations, keys: Iterable[bytes]) -> Database:
    """The database, opened with the first of these keys that fits; keys.json then keeps only this one.

    Two keys are given where a change of the key was interrupted: the next key, then the present one. Raises
    WrongKey, BooksDamaged.
    """
    roles_in_force.forget()
    if locations.books.exists() and is_cut_short(locations):
        # An empty file opens under any key, and migrate() would fill it with new tables.
        raise BooksDamaged(home=str(locations.home))
    wanted = tuple(keys)
    for n, key in enumerate(wanted, 1):
        try:
            database = Database(locations.books, key)
            break
        except WrongKey:
            if n == len(wanted):
                raise
    try:
        if len(wanted) > 1:
            with database.write():
                Keyring(locations.keys).settle(database.key)
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def is_cut_short(locations: Locations) -> bool:
    """Whether the database file is empty or ends within a page, which no intact one does."""
    size = locations.books.stat().st_size
    return size == 0 or size % PAGE != 0


def _keys(unlocked: Unlocked) -> tuple[bytes, ...]:
    return (unlocked.db_key,) if unlocked.next_key is None else (unlocked.next_key, unlocked.db_key)


def latest(database: Database, clock: Clock) -> str:
    """The stamp of now, or a later one that the ledger is sure of, because this PC's clock may be slow."""
    try:
        with database.reading() as db:
            sure = roles_in_force.now(db).sure
    except RolesBroken as error:
        sure = error.good.sure
    return max(stamp(clock()), last_sure(database), sure)


def last_sure(database: Database) -> str:
    """The latest stamp with a sure clock among the ledger's last 200 lines; at least that of line 0."""
    return str(
        database.value(
            "SELECT max(at) FROM (SELECT at FROM (SELECT * FROM ledger ORDER BY seq DESC LIMIT 200)"
            " WHERE body ->> '$.clock' = 'ok' UNION ALL SELECT at FROM ledger WHERE seq = 0)"
        )
    )


def appointed(database: Database, unlocked: Unlocked, clock: Clock, *, even_broken: bool = False) -> Person:
    """The person, where an appointment is in force at latest().

    Raises WrongPassphrase where the books do not know the login, NotAppointed, FirstPassphraseExpired, and,
    unless `even_broken`, RolesBroken and CopiesDiffer.
    """
    login, at = unlocked.login, latest(database, clock)
    try:
        who = People(database, lambda: at, even_broken=even_broken).get(login)
    except NotFound:
        raise WrongPassphrase from None
    if not who.roles:
        raise NotAppointed(login=login)
    if unlocked.seed is None and who.first_until is not None and at >= who.first_until:
        raise FirstPassphraseExpired(login=login)
    return who


def words_to_refuse(database: Database, who: Person) -> list[str]:
    """What anybody would try first as this person's passphrase."""
    unit, name = (
        str(database.value("SELECT value FROM book WHERE name = ?", (one,))) for one in ("unit", "unit_name")
    )
    return words_of(unit, name, who.short_name(), *who.name.split())


def check_keys(locations: Locations, database: Database, who: Person, unlocked: Unlocked) -> None:
    """Raises KeysDamaged where the person's keys in keys.json are not the ones in the books.

    Where the books name none, the keys must have the word of the first passphrase's key: their line was not
    written yet. In books of an earlier version the newest `keys` line counts, unless that line is about a
    first passphrase. So nobody with the database key can clear a row to bring in keys of their own.
    """
    public, known = unlocked.public_keys(), who.kid
    if public is None:
        return
    if known is None and who.is_signed:
        claim = Keyring(locations.keys).claim(who.login) or {}
        try:
            with database.reading() as db:
                vouched = roles_in_force.now(db).vouches({**key_facts(who.login, public), **claim})
        except RolesBroken:
            return  # the person's keys may come after the bad line; these books are only read
        if vouched:
            return
    elif known is None:
        known = database.value(
            "SELECT body ->> '$.facts.kid' FROM ledger WHERE kind = 'keys' AND body ->> '$.facts.login' = ?"
            " ORDER BY seq DESC LIMIT 1",
            (who.login,),
        )
        if known is None:
            return
    if public.kid != known:
        raise KeysDamaged(
            home=str(locations.home), problem="a person's keys are not the ones that the books know"
        )


def vouching(roles: Roles, login: str, signer: Signer) -> Vouch:
    """The word of a first key, or of the recovery sheet, for keys that are made now."""

    def vouch(public: PublicKeys) -> dict[str, Any]:
        place = {"unit": roles.unit, "station": roles.station, "roles_n": roles.n}
        said = {**place, **key_facts(login, public)}
        return {"roles_n": roles.n, "signed": sign_keys(said, signer)}

    return vouch


def first_voucher(roles: Roles, unlocked: Unlocked) -> Vouch | None:
    """The word of the key under a person's first passphrase; None where nobody's word is needed.

    Raises NoFirstKey where the document in force does not name that key.
    """
    if unlocked.seed is not None or roles.n is None:
        return None
    if unlocked.first is None or roles.first_key(unlocked.login) != b64(public_of(unlocked.first)):
        raise NoFirstKey(login=unlocked.login)
    return vouching(roles, unlocked.login, Signer(unlocked.login, "", unlocked.first))


def key_facts(login: str, public: PublicKeys) -> dict[str, Any]:
    """The facts of a `keys` line about a person's keys."""
    return {"login": login, "kid": public.kid, "key": public.signing_key, "age_key": public.age_key}


def write_keys(
    db: Tables, ledger: Ledger, at: str, session: Session, public: PublicKeys, login: str, **more: Any
) -> None:
    """Writes the `keys` line of a person's public keys, and the tables after it; older keys stay stored.

    Runs inside the caller's transaction. The line is the first one of the session, the person's own or the
    recovery sheet's. `more` are further facts of the line, with the word for new keys among them. In books of
    an earlier version the keys are valid from the stamp `at`.
    """
    ledger.begin(db, session, Entry(LineKind.KEYS, login, facts={**key_facts(login, public), **more}))
    roles = roles_in_force.now(db)
    if roles.n is not None:
        write_copies(db, roles)
        return
    known = db.execute("SELECT 1 FROM person_key WHERE login = ? LIMIT 1", [login]).fetchone()
    db.execute(
        "UPDATE person_key SET until_at = ? WHERE login = ? AND kid <> ? AND until_at IS NULL",
        [at, login, public.kid],
    )
    db.execute(
        "INSERT INTO person_key(kid, login, signing_key, age_key, from_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT(kid) DO NOTHING",
        [public.kid, login, public.signing_key, public.age_key, at if known else None],
    )
    db.execute(
        "UPDATE person SET kid = ?, signing_key = ?, age_key = ?, first_until = NULL WHERE login = ?",
        [public.kid, public.signing_key, public.age_key, login],
    )
