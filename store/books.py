"""The office's books, opened by one person: an Office with all its parts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reader.buddhist_date import now, stamp
from store.base.database import Database
from store.base.locations import Locations
from store.formats.line import Entry, LineKind
from store.ledger.errors import LedgerBroken
from store.ledger.ledger import Clock, Ledger
from store.ledger.verify import Verified
from store.office import Office
from store.people import unlock
from store.people.errors import MustChangePassphrase, NoSigningKey
from store.people.people import Person
from store.people.vault import Keyring, PublicKeys, Seen, Signer, Unlocked
from store.people.wrong_passphrases import Tries
from store.proof import break_memory, checkpoint, since_login, standing
from store.search.search import Search
from store.staff import rekey

# At run time each of these is imported when it is first used, because most commands need only one or two.
if TYPE_CHECKING:
    from store.counter.lookups import Lookups
    from store.counter.visits import Visits
    from store.months.months import Months
    from store.staff.appointments import Appointments


class Books(Office):
    """The books, opened by one person. Create them with Books.open(), not with the constructor."""

    def __init__(self, locations: Locations, database: Database, who: Person, clock: Clock) -> None:
        super().__init__(locations, database, who, clock)
        self.ledger.at_cut_off = lambda db: checkpoint.write_checkpoint(self, db)
        self.search = Search(self)
        self.verified: Verified | None = None

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
        """Opens the books with a person's passphrase, verifies the new lines, and records the log-in.

        Raises NoBooks, WrongPassphrase, MustChangePassphrase, FirstPassphraseExpired, NotAppointed, and
        LedgerBroken where the ledger is not the one that this person saw at the last log-in, or where a break
        is remembered: the log-in is recorded all the same, and its line tells of the break. With
        `even_broken` such books open instead, and `broken` holds the error; where their end is so broken that
        no line can follow it, they open read-only.
        """
        database, unlocked = unlock.unlock(locations, login, passphrase, clock)
        try:
            who = unlock.appointed(database, unlocked, clock)
            if unlocked.seed is None:
                raise MustChangePassphrase(login=login)
            unlock.check_keys(locations, database, who, unlocked)
            books = cls(locations, database, who, clock)
            books._look_at_lines(unlocked)
            if books.broken is None:
                rekey.write_down(books)
                books._log_in(unlocked)
                books.renew_key()
                return books
            try:
                books._log_in(unlocked)
            except Exception:  # noqa: BLE001 - whatever the bad lines make fail
                database.read_alone()
            if not even_broken:
                raise books.broken
            return books
        except BaseException:
            database.close()
            raise

    @cached_property
    def appointments(self) -> Appointments:
        """Appointing people, ending appointments, first passphrases: the head's work."""
        from store.staff.appointments import Appointments

        return Appointments(self)

    @cached_property
    def visits(self) -> Visits:
        """The visits of citizens at the counter."""
        from store.counter.visits import Visits

        return Visits(self)

    @cached_property
    def lookups(self) -> Lookups:
        """The requests to gateways for documents of visits."""
        from store.counter.lookups import Lookups

        return Lookups(self)

    @cached_property
    def months(self) -> Months:
        """The months with their summaries, signatures and reports."""
        from store.months.months import Months

        return Months(self)

    def signer(self, passphrase: str, *, over_a_break: bool = False) -> Signer:
        """The signing key of the person logged in, for one signature; the passphrase is checked again.

        Raises LedgerBroken where a break is known, unless it is to be accepted, WrongPassphrase, TooSoon, and
        NoSigningKey where the first passphrase was never changed.
        """
        if not over_a_break:
            standing.demand_whole(self)
        unlocked = unlock.ask(self.locations, self.who.login, passphrase, self.clock)
        public = unlocked.public_keys()
        if unlocked.seed is None or public is None:
            raise NoSigningKey(login=self.who.login)
        return Signer(self.who.login, public.kid, unlocked.seed)

    def renew_key(self) -> bool:
        """Changes the database key where that is due; False where it must wait (store/staff/rekey.py)."""
        return not rekey.is_due(self.database) or rekey.renew(self)

    def close(self) -> None:
        """Closes the books in all threads."""
        self.database.close()

    def _look_at_lines(self, unlocked: Unlocked) -> None:
        """Verifies the lines since the person's last log-in, and recalls what was found before."""
        try:
            self.verified = since_login.check(self, unlocked)
        except LedgerBroken as error:
            standing.found_break(self, error)
            return
        if standing.known_break(self) is None:
            with self.database.reading() as db:
                told = break_memory.told_by_lines(db)
            if told is not None:
                standing.found_break(self, told)

    def _log_in(self, unlocked: Unlocked) -> None:
        left = rekey.who_left(self)
        now = self.clock()
        facts = None if self.broken is None else {"broken": break_memory.told(self.broken, now)}
        with self.database.write() as db:
            public = unlocked.public_keys()
            if self.who.kid is None and public is not None:
                # Power was lost after the keys file was written and before the line that names the keys.
                unlock.write_keys(db, self.ledger, stamp(self.clock()), self.who.login, public)
                self.who = self.people.get(self.who.login)
            written = Tries(self.locations.tries, self.clock).write_down(db, self.ledger)
            if left:
                rekey.mark_due(db, rekey.DEPARTURE)
            self.ledger.append(db, Entry(LineKind.LOGIN, self.who.login, facts=facts))
            if db.execute("SELECT 1 FROM station_sealed LIMIT 1").fetchone() is not None:
                from store.upkeep.retention import Retention

                Retention(self).erase_brought(db)
            if checkpoint.is_due(db, self.clock()):
                checkpoint.write_checkpoint(self, db)
        written()
        if self.broken is not None:
            return  # the mark of before is evidence
        # Only after the commit: if a power cut undid lines that the mark already counts, they would look
        # deleted at the next log-in.
        with self.database.write():
            size = self.ledger.count()
            Keyring(self.locations.keys).remember(unlocked, Seen(size, self.ledger.root(size)))


def change_passphrase(
    locations: Locations, login: str, old: str, new: str, *, clock: Clock = now
) -> PublicKeys:
    """Changes a passphrase and returns the person's public keys.

    A first passphrase allows nothing else. Its change creates the person's keys, and a `keys` line records
    their public halves. Raises what Books.open() raises, and WeakPassphrase.
    """
    database, unlocked = unlock.unlock(locations, login, old, clock)
    try:
        who = unlock.appointed(database, unlocked, clock)
        if unlocked.seed is not None:
            unlock.check_keys(locations, database, who, unlocked)
        station = str(database.value("SELECT value FROM book WHERE name = 'station'"))
        ledger = Ledger(database, station, clock)
        with database.write() as db:
            # The file of new keys always holds a mark of the ledger, so a missing mark means tampering.
            mark = None if unlocked.seed is not None else Seen(ledger.count(), ledger.root())
            public = Keyring(locations.keys).reseal(unlocked, new, old, mark)
            unlock.write_keys(db, ledger, stamp(clock()), login, public)
        return public
    finally:
        database.close()
