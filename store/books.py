"""The office's books, opened by one person: an Office with all its parts."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import now, stamp
from store.base.database import Database
from store.base.locations import Locations
from store.errors import StoreError
from store.formats.line import Entry, LineKind
from store.ledger.errors import LedgerBroken
from store.ledger.ledger import Clock, Ledger
from store.ledger.session import Session
from store.ledger.verify import Verified, verify_new
from store.office import Office
from store.people import roles_in_force, unlock
from store.people.errors import CopiesDiffer, MustChangePassphrase, NoSigningKey
from store.people.people import Person
from store.people.role_copies import check_copies
from store.people.standing import Standing
from store.people.vault import Keyring, PublicKeys, Seen, Signer, Unlocked, mark_key
from store.people.wrong_passphrases import Tries
from store.proof import break_memory, checkpoint, ledger_watch, since_login
from store.proof.fixed_lines import prove
from store.search.search import Search
from store.settings import documents
from store.staff import rekey

# At run time each of these is imported when it is first used, because most commands need only one or two.
if TYPE_CHECKING:
    from store.base.database import Tables
    from store.counter.lookups import Lookups
    from store.counter.visits import Visits
    from store.months.months import Months
    from store.staff.appointments import Appointments

_LAST_LOGIN = (
    "SELECT seq, at FROM ledger WHERE month >= '' AND kind = 'login' AND officer = ? AND outcome IS NULL"
    " ORDER BY seq DESC LIMIT 1"
)


class Books(Office):
    """The books, opened by one person. Create them with Books.open(), not with the constructor."""

    def __init__(self, locations: Locations, database: Database, who: Person, clock: Clock) -> None:
        super().__init__(locations, database, who, clock)
        self.ledger.at_cut_off = lambda db: checkpoint.write_checkpoint(self, db)
        self.search = Search(self)
        self.verified: Verified | None = None
        self.last_login: tuple[int, str] | None = None  # the line before this log-in's, and its stamp
        self._seen: Seen | None = None
        self._mark_key: bytes | None = None
        # Wrong passphrases since this person's last log-in; None where their count is missing or was changed.
        self.refused_tries: int | None = 0

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
            # What is broken must not keep anybody from being told; it is found again below.
            who = unlock.appointed(database, unlocked, clock, even_broken=True)
            if unlocked.seed is None:
                raise MustChangePassphrase(login=login)
            unlock.check_keys(locations, database, who, unlocked)
            books = cls(locations, database, who, clock)
            books._look_at_lines(unlocked)
            if books.broken is None:
                books._log_in(unlocked)
                books.renew_key()
                return books
            books.people.even_broken = True
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

        Raises LedgerBroken where a break is known, unless it is to be accepted, WrongPassphrase, and
        NoSigningKey where the first passphrase was never changed.
        """
        if not over_a_break:
            ledger_watch.demand_whole(self)
        unlocked = unlock.ask(self.locations, self.who.login, passphrase, self.clock)
        public = unlocked.public_keys()
        if unlocked.seed is None or public is None:
            raise NoSigningKey(login=self.who.login)
        return Signer(self.who.login, public.kid, unlocked.seed)

    def renew_key(self) -> bool:
        """Changes the database key where that is due; False where it must wait (store/staff/rekey.py)."""
        return not rekey.is_due(self.database) or rekey.renew(self)

    def close(self) -> None:
        """Sets the person's mark of the ledger, and closes the books in all threads."""
        # Where it cannot be set, that of the log-in stands: the next log-in verifies from there, and tells.
        with suppress(StoreError, OSError):
            self._mark()
        self.database.close()

    def _look_at_lines(self, unlocked: Unlocked) -> None:
        """Verifies the lines since the person's last log-in, and recalls what was found before."""
        try:
            self.verified = since_login.check(self, unlocked)
        except LedgerBroken as error:
            ledger_watch.found_break(self, error)
            return
        try:
            with self.database.reading() as db:
                check_copies(db)
        except CopiesDiffer as error:
            # No bad line: it is over when the tables are as signed again, so it is not remembered.
            self.broken = error
            self.database.read_alone()
            return
        except LedgerBroken as error:
            # Verification of all lines names the first bad one, where there is one.
            ledger_watch.found_break(self, prove(self).broken or error)
            return
        if ledger_watch.known_break(self) is None:
            with self.database.reading() as db:
                told = break_memory.told_by_lines(db)
            if told is not None:
                ledger_watch.found_break(self, told)

    def _log_in(self, unlocked: Unlocked) -> None:
        left = rekey.who_left(self)
        tries = Tries(self.locations.tries, self.clock)
        told = {} if self.broken is None else {"broken": break_memory.told(self.broken, self.clock())}
        with tries.alone(), self.database.write() as db:
            self.last_login = db.execute(_LAST_LOGIN, [self.who.login]).fetchone()
            counted = tries.counted(db, unlocked, self.who.kid)
            self.refused_tries = counted.refused
            self._begin_session(db, unlocked, {**counted.facts, **told})
            written = tries.write_down(db, self.ledger, counted)
            if db.execute("SELECT 1 FROM station_sealed LIMIT 1").fetchone() is not None:
                from store.upkeep.retention import Retention

                Retention(self).erase_brought(db)
            if checkpoint.is_due(db, self.clock()):
                checkpoint.write_checkpoint(self, db)
        written()
        if self.broken is not None:
            return  # the mark of before is evidence
        rekey.write_down(self)
        # Only after the commit: if a power cut undid lines that the mark already counts, they would look
        # deleted at the next log-in.
        with self.database.write() as db:
            if left:
                rekey.mark_due(db, rekey.DEPARTURE)
            size = self.ledger.count()
            self._seen = Seen(size, self.ledger.root(size))
            Keyring(self.locations.keys).remember(unlocked, self._seen)
        self._mark_key = mark_key(unlocked.age_identity)

    def _mark(self) -> None:
        """Sets the person's mark at the ledger's end, once the lines since the log-in are verified."""
        key, self._mark_key = self._mark_key, None  # closing twice is no error
        if key is None or self._seen is None or self.broken is not None or self.database.is_closed:
            return
        with self.database.write() as db:
            now = verify_new(db, self._seen.size, self._seen.root, Standing)
            if now.size > self._seen.size:
                seen = Seen(now.size, now.root)
                Keyring(self.locations.keys).mark(self.who.login, key, seen)

    def _begin_session(self, db: Tables, unlocked: Unlocked, facts: dict[str, Any]) -> None:
        """Writes the `login` line with which this process's session begins."""
        public = unlocked.public_keys()
        assert public is not None
        assert unlocked.seed is not None
        signer = Signer(self.who.login, public.kid, unlocked.seed)
        roles, named = roles_in_force.now(db).n, documents.newest(db)
        session, entry = (
            Session(self.database, signer, roles, None if named is None else named.n),
            Entry(LineKind.LOGIN, self.who.login, facts=facts or None),
        )
        if self.who.kid is not None:
            self.ledger.begin(db, session, entry)
            return
        # Power was lost after the keys file was written and before the line that names the keys.
        claim = Keyring(self.locations.keys).claim(self.who.login) or {}
        unlock.write_keys(db, self.ledger, stamp(self.clock()), session, public, self.who.login, **claim)
        self.who = self.people.get(self.who.login)
        self.ledger.append(db, entry)


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
        ledger, keyring = Ledger(database, station, Standing, clock), Keyring(locations.keys)
        with database.write() as db:
            vouch = unlock.first_voucher(check_copies(db), unlocked)
            # The file of new keys always holds a mark of the ledger, so a missing mark means tampering.
            mark = None if unlocked.seed is not None else Seen(ledger.count(), ledger.root())
            words = unlock.words_to_refuse(database, who)
            public = keyring.reseal(unlocked, new, old, mark, vouch, words)
            claim = keyring.claim(login) or {} if who.kid is None else {}
            seed = keyring.unlock(login, new).seed if unlocked.seed is None else unlocked.seed
            assert seed is not None
            session = Session(database, Signer(login, public.kid, seed))
            unlock.write_keys(db, ledger, stamp(clock()), session, public, login, **claim)
        return public
    finally:
        database.close()
