"""What every part of the books works on: the open database, the ledger, the settings, the person logged in.

Parts (visits, months, backups, ...) take an Office. Books (store/books.py) adds the parts on top of it, so
that no part has to import the whole.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.ledger.ledger import Clock, Ledger
from store.people import unlock
from store.people.people import People, Person
from store.people.standing import Standing
from store.settings.settings import Settings

# At run time each of these is imported when it is first used, because most commands need only one or two.
if TYPE_CHECKING:
    from store.base.database import Database
    from store.base.disk import Disk
    from store.base.locations import Locations
    from store.ledger.errors import LedgerBroken
    from store.queue.endpoints import Endpoints
    from store.queue.queue import Queue
    from store.settings.catalogue import Catalogue


class Office:
    """The books without their parts, opened by the person `who`.

    `clock` returns the present time. `unit` is the office's number, `station` this PC's two digits, `origin`
    the name of this ledger in checkpoints. `broken` is the break of the ledger that was found, by this log-in
    or before, over which nobody serves, signs or asks (store/proof/ledger_watch.py); None where none is.
    """

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
        self.last_sure = unlock.last_sure(database)
        opened = unlock.latest(database, clock)
        self.people = People(database, lambda: max(opened, stamp(clock())))
        self.ledger = Ledger(database, self.station, Standing, clock)
        self.settings = Settings(database, self.ledger, lambda: self.who)
        self.broken: LedgerBroken | None = None

    @property
    def is_enrolled(self) -> bool:
        """Whether the centre has given this station a token."""
        return self.settings.get("centre.token") is not None

    @cached_property
    def catalogue(self) -> Catalogue:
        """The unit's services and documents."""
        from store.settings.catalogue import Catalogue

        return Catalogue(self.settings.content)

    @cached_property
    def queue(self) -> Queue:
        """The jobs that wait for the network."""
        from store.queue.queue import Queue

        return Queue(self.database, self.ledger, self.clock)

    @cached_property
    def disk(self) -> Disk:
        """The free space on the disk of the books."""
        from store.base.disk import Disk

        return Disk(self.locations.home, self.settings.get)

    @cached_property
    def endpoints(self) -> Endpoints:
        """The gateways and the centre that must not be called for a while."""
        from store.queue.endpoints import Endpoints

        return Endpoints(self.database, self.clock)
