"""The office's books, opened by one person: everything else in this floor is reached from here."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reader.buddhist_date import now, stamp
from store import checkpoint, door, rekey, seen
from store.database import Database, Tables
from store.errors import LedgerBroken, MustChangePassphrase, NoSigningKey
from store.ledger import Clock, Entry, Ledger
from store.locations import Locations
from store.people import People, Person
from store.permissions import demand
from store.search import Search
from store.tries import Tries
from store.vault import Keyring, PublicKeys, Seen, Signer, Unlocked
from store.verify import Verified

# Each of these is imported when it is first asked for: most commands need one or two of them.
if TYPE_CHECKING:
    from store.appointments import Appointments
    from store.catalogue import Catalogue
    from store.disk import Disk
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
        """Changes a setting. Raises NotAllowed unless the head does it, and what put() does."""
        demand(self._who, "settings")
        with self._database.write() as db:
            self.put(db, name, value)

    def reset(self, name: str) -> None:
        """As if nobody had changed it: a number is the usual one again, an address or a folder is none.

        Raises NotAllowed unless the head does it, NotFound, BadInput: store/adjustable.py.
        """
        from store.adjustable import usual

        demand(self._who, "settings")
        with self._database.write() as db:
            usual(self.get, name)
            if db.execute("DELETE FROM setting WHERE name = ? RETURNING name", [name]).fetchone():
                self._ledger.append(db, Entry("settings", self._who.login, facts={"name": name}))

    def put(self, db: Tables, name: str, value: str) -> None:
        """Keeps what the centre gave (a token, its keys), whoever is logged in, inside the caller's write.

        Raises NotFound for a name that is no setting, BadInput: store/adjustable.py.
        """
        from store.adjustable import checked

        value = checked(self.get, name, value)
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
        self.last_sure = door.last_sure(database)
        opened = door.latest(database, clock)
        self.people = People(database, lambda: max(opened, stamp(clock())))
        self.ledger = Ledger(database, self.station, clock)
        self.ledger.at_cut_off = lambda db: checkpoint.write_checkpoint(self, db)
        self.settings = Settings(database, self.ledger, who)
        self.search = Search(self)
        self.verified: Verified | None = None
        self.broken: LedgerBroken | None = None

    @classmethod
    def open(
        cls,
        locations: Locations,
        login: str,
        passphrase: str,
        *,
        clock: Clock = now,
        even_broken: bool = False,
    ) -> Books:
        """Opens the books with a person's passphrase, verifies what is new, and writes the log-in down.

        Raises NoBooks, WrongPassphrase, MustChangePassphrase, FirstPassphraseExpired, NotAppointed, and
        LedgerBroken where the ledger is not the one that this person saw at the last log-in. With
        `even_broken` such books open for reading alone: `broken` says why, and nothing is written down.
        """
        database, unlocked = door.unlock(locations, login, passphrase, clock)
        try:
            who = door.appointed(database, unlocked, clock)
            if unlocked.seed is None:
                raise MustChangePassphrase(login=login)
            door.check_keys(locations, database, who, unlocked)
            books = cls(locations, database, who, clock)
            try:
                books.verified = seen.check(books, unlocked)
            except LedgerBroken as error:
                if not even_broken:
                    raise
                books.broken = error
                database.read_alone()
                return books
            rekey.write_down(books)
            books._log_in(unlocked)
            books.renew_key()
            return books
        except BaseException:
            database.close()
            raise

    @cached_property
    def appointments(self) -> Appointments:
        """Who comes, goes, and gets another passphrase: the head's work."""
        from store.appointments import Appointments

        return Appointments(self)

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
    def disk(self) -> Disk:
        """How much room there is for all this."""
        from store.disk import Disk

        return Disk(self.locations.home, self.settings.get)

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
        """The hand of who has the books open, for one signature; asks the vault again.

        Raises WrongPassphrase, TooSoon.
        """
        unlocked = door.ask(self.locations, self.who.login, passphrase, self.clock)
        public = unlocked.public_keys()
        if unlocked.seed is None or public is None:
            raise NoSigningKey(login=self.who.login)
        return Signer(self.who.login, public.kid, unlocked.seed)

    def renew_key(self) -> bool:
        """A new database key where one is due; False where it has to wait (store/rekey.py)."""
        return not rekey.is_due(self.database) or rekey.renew(self)

    def close(self) -> None:
        """Closes the books in all threads."""
        self.database.close()

    def _log_in(self, unlocked: Unlocked) -> None:
        left = rekey.who_left(self)
        with self.database.write() as db:
            public = unlocked.public_keys()
            if self.who.kid is None and public is not None:
                # The power went between the new keys and the line about them.
                door.write_keys(db, self.ledger, stamp(self.clock()), self.who.login, public)
                self.who = self.people.get(self.who.login)
            written = Tries(self.locations.tries, self.clock).write_down(db, self.ledger)
            if left:
                rekey.mark_due(db, rekey.DEPARTURE)
            self.ledger.append(db, Entry("login", self.who.login))
            if db.execute("SELECT 1 FROM station_sealed LIMIT 1").fetchone() is not None:
                from store.retention import Retention

                Retention(self).erase_brought(db)
            if checkpoint.is_due(db, self.clock()):
                checkpoint.write_checkpoint(self, db)
        written()
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
    database, unlocked = door.unlock(locations, login, old, clock)
    try:
        who = door.appointed(database, unlocked, clock)
        if unlocked.seed is not None:
            door.check_keys(locations, database, who, unlocked)
        station = str(database.value("SELECT value FROM book WHERE name = 'station'"))
        ledger = Ledger(database, station, clock)
        with database.write() as db:
            # Own keys come with a mark of the ledger: where the mark is missing, somebody took it out.
            mark = None if unlocked.seed is not None else Seen(ledger.count(), ledger.root())
            public = Keyring(locations.keys).reseal(unlocked, new, old, mark)
            door.write_keys(db, ledger, stamp(clock()), login, public)
        return public
    finally:
        database.close()
