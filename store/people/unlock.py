"""The door of the books: whose passphrase opens them, under which key, and whether the appointment holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from reader.buddhist_date import stamp
from store.base.database import PAGE, Database, Tables
from store.base.errors import BooksDamaged, WrongKey
from store.base.locations import Locations, no_books
from store.base.schema import migrate
from store.errors import NotFound
from store.formats.line import Entry, LineKind
from store.ledger.ledger import Ledger
from store.people.errors import FirstPassphraseExpired, KeysDamaged, NotAppointed, WrongPassphrase
from store.people.people import People, Person
from store.people.vault import Keyring, PublicKeys, Unlocked
from store.people.wrong_passphrases import Tries

Clock = Callable[[], datetime]


def ask(locations: Locations, login: str, passphrase: str, clock: Clock) -> Unlocked:
    """What a person's passphrase opens in keys.json; each wrong one is kept, and slows the next down.

    Raises NoBooks, BooksMissing, FolderClosed, WrongPassphrase, TooSoon.
    """
    if not locations.are_whole:
        raise no_books(locations)
    locations.demand_writable()
    keyring = Keyring(locations.keys)
    with Tries(locations.tries, clock).one(login, known=login in keyring.logins()):
        return keyring.unlock(login, passphrase)


def unlock(locations: Locations, login: str, passphrase: str, clock: Clock) -> tuple[Database, Unlocked]:
    """The books' database, opened by a person's passphrase."""
    unlocked = ask(locations, login, passphrase, clock)
    try:
        database = open_with(locations, _keys(unlocked))
    except WrongKey:
        # Another process may have given the books a new key since keys.json was read.
        unlocked = Keyring(locations.keys).unlock(login, passphrase)
        database = open_with(locations, _keys(unlocked))
    return database, replace(unlocked, db_key=database.key, next_key=None)


def open_with(locations: Locations, keys: Iterable[bytes]) -> Database:
    """The database under the first of these keys that fits; keys.json then keeps this one alone.

    The coming key stands before the present one: a power cut may have come after the change. Raises
    WrongKey, BooksDamaged.
    """
    if locations.books.exists() and is_cut_short(locations):
        # An emptied file opens under any key, and would be filled with new tables.
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
    """No file of books ends in mid-page, or has no page at all."""
    size = locations.books.stat().st_size
    return size == 0 or size % PAGE != 0


def _keys(unlocked: Unlocked) -> tuple[bytes, ...]:
    return (unlocked.db_key,) if unlocked.next_key is None else (unlocked.next_key, unlocked.db_key)


def latest(database: Database, clock: Clock) -> str:
    """The stamp of now, or of the ledger's end where it is later: a clock may stand back.

    Only lines with a sure clock count.
    """
    return max(stamp(clock()), last_sure(database))


def last_sure(database: Database) -> str:
    """The stamp of the ledger's end, among its last 200 lines that have a sure clock."""
    return str(
        database.value(
            "SELECT max(at) FROM (SELECT at FROM (SELECT * FROM ledger ORDER BY seq DESC LIMIT 200)"
            " WHERE body ->> '$.clock' = 'ok' UNION ALL SELECT at FROM ledger WHERE seq = 0)"
        )
    )


def appointed(database: Database, unlocked: Unlocked, clock: Clock) -> Person:
    """The person, where an appointment holds: by the clock, or by the books where the clock stands back."""
    login, at = unlocked.login, latest(database, clock)
    try:
        who = People(database, lambda: at).get(login)
    except NotFound:
        raise WrongPassphrase from None
    if not who.roles:
        raise NotAppointed(login=login)
    if unlocked.seed is None and who.first_until is not None and at >= who.first_until:
        raise FirstPassphraseExpired(login=login)
    return who


def check_keys(locations: Locations, database: Database, who: Person, unlocked: Unlocked) -> None:
    """Raises KeysDamaged where the person's keys are others than the books know.

    Where the books know none, the ledger must not either, unless by a first passphrase that came later: a row
    emptied by somebody with the database key makes no way for keys of their own.
    """
    public, known = unlocked.public_keys(), who.kid
    if known is None:
        known = database.value(
            "SELECT body ->> '$.facts.kid' FROM ledger WHERE kind = 'keys' AND body ->> '$.facts.login' = ?"
            " ORDER BY seq DESC LIMIT 1",
            (who.login,),
        )
    if public is not None and known is not None and public.kid != known:
        raise KeysDamaged(
            home=str(locations.home), problem="a person's keys are not the ones that the books know"
        )


def write_keys(db: Tables, ledger: Ledger, at: str, login: str, public: PublicKeys, **more: str) -> None:
    """The person's public keys from that stamp on, and their line; the ones before stay in the history."""
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
    facts = {"login": login, "kid": public.kid, "key": public.signing_key, "age_key": public.age_key}
    ledger.append(db, Entry(LineKind.KEYS, login, facts={**facts, **more}))
