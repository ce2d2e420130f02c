"""The office's books, opened by one person: everything else in this floor is reached from here."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reader.buddhist_date import now, stamp
from store import checkpoint
from store.database import Database, Tables
from store.errors import (
    BooksDamaged,
    FirstPassphraseExpired,
    KeysDamaged,
    LedgerBroken,
    MustChangePassphrase,
    NoBooks,
    NoSigningKey,
    NotAppointed,
    NotFound,
    WrongPassphrase,
)
from store.ledger import Clock, Entry, Ledger
from store.locations import Locations
from store.people import People, Person
from store.permissions import demand
from store.schema import migrate
from store.search import Search
from store.vault import Keyring, PublicKeys, Seen, Signer, Unlocked

# Each of these is imported when it is first asked for: most commands need one or two of them.
if TYPE_CHECKING:
    from store.catalogue import Catalogue
    from store.endpoints import Endpoints
    from store.lookups import Lookups
    from store.months import Months
    from store.queue import Queue
    from store.visits import Visits


class Settings:
    """What the head may change. A ledger line names each change, never the value."""

    def __init__(self, database: Database, ledger: Ledger, who: Person) -> None:
        self._database = database
        self._ledger = ledger
        self._who = who

    def get(self, name: str, default: str | None = None) -> str | None:
        """The setting's value, or the default."""
        found = self._database.value("SELECT value FROM setting WHERE name = ?", (name,))
        return default if found is None else str(found)

    def set(self, name: str, value: str) -> None:
        """Changes a setting; NotAllowed unless the head does it."""
        demand(self._who, "settings")
        with self._database.write() as db:
            self.put(db, name, value)

    def put(self, db: Tables, name: str, value: str) -> None:
        """Keeps what the centre gave (a token, its keys), whoever is logged in, inside the caller's write."""
        db.execute(
            "INSERT INTO setting(name, value) VALUES (?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
        self._ledger.append(db, Entry("settings", self._who.login, facts={"name": name}))


class Books:
    """The books while one person has them open. Get them by Books.open()."""

    def __init__(self, locations: Locations, database: Database, who: Person, clock: Clock) -> None:
        self.locations = locations
        self.database = database
        self.who = who
        self.clock = clock
        book = {row["name"]: str(row["value"]) for row in database.rows("SELECT name, value FROM book")}
        self.unit = book["unit"]
        self.unit_name = book["unit_name"]
        self.station = book["station"]
        self.origin = book["origin"]
        self.people = People(database)
        self.ledger = Ledger(database, self.station, clock)
        self.ledger.at_cut_off = lambda db: checkpoint.write_checkpoint(self, db)
        self.settings = Settings(database, self.ledger, who)
        self.search = Search(database)

    @classmethod
    def open(cls, locations: Locations, login: str, passphrase: str, *, clock: Clock = now) -> Books:
        """Opens the books with a person's passphrase and writes the log-in down.

        Raises NoBooks, WrongPassphrase, MustChangePassphrase, FirstPassphraseExpired, NotAppointed, and
        LedgerBroken where the ledger is not the one that this person saw at the last log-in.
        """
        database, unlocked = _unlock(locations, login, passphrase)
        try:
            who = _appointed(database, unlocked, clock)
            if unlocked.seed is None:
                raise MustChangePassphrase(login=login)
            _check_keys(locations, who, unlocked)
            books = cls(locations, database, who, clock)
            books._check_seen(unlocked)
            books._log_in(unlocked)
            return books
        except BaseException:
            database.close()
            raise

    @cached_property
    def catalogue(self) -> Catalogue:
        """The services and documents of the unit."""
        from store.catalogue import Catalogue

        return Catalogue(self.database)

    @cached_property
    def visits(self) -> Visits:
        """Citizens at the counter."""
        from store.visits import Visits

        return Visits(self)

    @cached_property
    def lookups(self) -> Lookups:
        """What gateways are asked for visits."""
        from store.lookups import Lookups

        return Lookups(self)

    @cached_property
    def queue(self) -> Queue:
        """What waits for the line."""
        from store.queue import Queue

        return Queue(self.database, self.ledger, self.clock)

    @cached_property
    def endpoints(self) -> Endpoints:
        """Gateways and centre that are to be left alone for a while."""
        from store.endpoints import Endpoints

        return Endpoints(self.database, self.clock)

    @cached_property
    def months(self) -> Months:
        """Summaries, signatures and reports."""
        from store.months import Months

        return Months(self)

    def signer(self, passphrase: str) -> Signer:
        """The hand of who has the books open, for one signature; asks the vault again. WrongPassphrase."""
        unlocked = Keyring(self.locations.keys).unlock(self.who.login, passphrase)
        public = unlocked.public_keys()
        if unlocked.seed is None or public is None:
            raise NoSigningKey(login=self.who.login)
        return Signer(self.who.login, public.kid, unlocked.seed)

    def close(self) -> None:
        """Closes the books in all threads."""
        self.database.close()

    def _check_seen(self, unlocked: Unlocked) -> None:
        seen = unlocked.seen
        if unlocked.seen_is_genuine and (seen is None or self._holds(seen)):
            return
        self.ledger.verify()  # where a line is bad, it names the first one
        last = self.ledger.lines(limit=1)
        raise LedgerBroken(
            seq=min(seen.size, self.ledger.count()) if seen else 0,
            month=last[0].month if last else "-",
            problem="it is not the ledger that was here at this person's last log-in",
        )

    def _holds(self, seen: Seen) -> bool:
        return self.ledger.count() >= seen.size and self.ledger.root(seen.size) == seen.root

    def _log_in(self, unlocked: Unlocked) -> None:
        with self.database.write() as db:
            if self.who.kid is None:
                # The power went between the new keys and the line about them.
                _write_keys(db, self.ledger, self.who.login, unlocked.public_keys())
                self.who = self.people.get(self.who.login)
            self.ledger.append(db, Entry("login", self.who.login))
            if checkpoint.is_due(db, self.clock()):
                checkpoint.write_checkpoint(self, db)
        # Only now: a mark of lines that a power cut then takes back would look like lines deleted.
        with self.database.write():
            size = self.ledger.count()
            Keyring(self.locations.keys).remember(unlocked, Seen(size, self.ledger.root(size)))


def change_passphrase(
    locations: Locations, login: str, old: str, new: str, *, clock: Clock = now
) -> PublicKeys:
    """Changes a passphrase; the only thing that a first passphrase is good for.

    The first change makes the person's keys, and a `keys` line names their public halves. Raises what
    Books.open() raises, and WeakPassphrase.
    """
    database, unlocked = _unlock(locations, login, old)
    try:
        who = _appointed(database, unlocked, clock)
        if unlocked.seed is not None:
            _check_keys(locations, who, unlocked)
        station = str(database.value("SELECT value FROM book WHERE name = 'station'"))
        ledger = Ledger(database, station, clock)
        with database.write() as db:
            public = Keyring(locations.keys).reseal(unlocked, new, old)
            _write_keys(db, ledger, login, public)
        return public
    finally:
        database.close()


def _unlock(locations: Locations, login: str, passphrase: str) -> tuple[Database, Unlocked]:
    if not locations.books.exists():
        raise NoBooks(home=str(locations.home))
    unlocked = Keyring(locations.keys).unlock(login, passphrase)
    if locations.books.stat().st_size == 0:
        # An emptied file opens under any key, and would be filled with new tables.
        raise BooksDamaged(home=str(locations.home))
    database = Database(locations.books, unlocked.db_key)
    migrate(database)
    return database, unlocked


def _appointed(database: Database, unlocked: Unlocked, clock: Clock) -> Person:
    """The person, where the appointment holds: by the clock, or by the books where the clock stands back."""
    login = unlocked.login
    try:
        who = People(database).get(login)
    except NotFound:
        raise WrongPassphrase from None
    at = max(stamp(clock()), _latest(database))
    if at < who.from_at or (who.until_at is not None and at >= who.until_at):
        raise NotAppointed(login=login)
    if unlocked.seed is None and who.first_until is not None and at >= who.first_until:
        raise FirstPassphraseExpired(login=login)
    return who


def _latest(database: Database) -> str:
    """The latest time that the ledger's end vouches for, whatever the clock says now."""
    return str(
        database.value(
            "SELECT max(at) FROM (SELECT at FROM (SELECT * FROM ledger ORDER BY seq DESC LIMIT 200)"
            " WHERE body ->> '$.clock' = 'ok' UNION ALL SELECT at FROM ledger WHERE seq = 0)"
        )
    )


def _check_keys(locations: Locations, who: Person, unlocked: Unlocked) -> None:
    public = unlocked.public_keys()
    if public is not None and who.kid is not None and public.kid != who.kid:
        raise KeysDamaged(
            home=str(locations.home), problem="a person's keys are not the ones that the books know"
        )


def _write_keys(db: Tables, ledger: Ledger, login: str, public: PublicKeys | None) -> None:
    assert public is not None
    db.execute(
        "UPDATE person SET kid = ?, signing_key = ?, age_key = ?, first_until = NULL WHERE login = ?",
        (public.kid, public.signing_key, public.age_key, login),
    )
    facts = {"login": login, "kid": public.kid, "key": public.signing_key, "age_key": public.age_key}
    ledger.append(db, Entry("keys", login, facts=facts))
