"""Who is logged in: whose books are open, and whose books stay open behind the lock.

After a lock that person's books stay open: what is for the ministry is still sent, until somebody logs in.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.people.keys_file import KeysFile
from store.people.permissions import may
from tui.frame.background import Progress, in_background
from tui.login_names import remember_people
from tui.screens.login.login import LoginScreen
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from reader.errors import NocopyError
    from store.books import Books
    from sync.run.network_watch import NetworkWatch
    from tui.frame.base import WorkScreen
    from tui.program import Program


class WhoIsIn:
    """Changed on the screen's thread alone. `go` closes all screens and shows another."""

    def __init__(self, program: Program, go: Callable[[WorkScreen[Any]], None]) -> None:
        self._program = program
        self._go = go
        self.books: Books | None = None
        self._left: tuple[Books, NetworkWatch] | None = None

    @property
    def left(self) -> Books | None:
        """The books of the person who locked the screen."""
        return None if self._left is None else self._left[0]

    def log_in(self, login: str, passphrase: str, refused: Callable[[NocopyError], None]) -> None:
        """Open the books in a thread (a passphrase takes up to half a second), then show Home."""
        locations, clock = self._program.locations, self._program.clock

        def work() -> Books:
            import sync.run.network_watch  # noqa: F401 - for _logged_in, where it would delay keys
            import tui.screens.home.home  # noqa: F401
            from store.books import Books

            # Over a break everybody can still read and save; Home says so, and what does not go on refuses.
            books = Books.open(locations, login, passphrase, clock=clock, even_broken=True)
            remember_people(books, login, stamp(clock()))
            return books

        self._program.slow(_("Checking the passphrase"), work, self._logged_in, refused, drop=_close)

    def change_passphrase(
        self, login: str, old: str, new: str, refused: Callable[[NocopyError], None]
    ) -> None:
        """Change a first passphrase, then log in with the new one."""
        locations, clock = self._program.locations, self._program.clock

        def work() -> None:
            from store.books import change_passphrase

            change_passphrase(locations, login, old, new, clock=clock)

        self._program.slow(
            _("Changing the passphrase"), work, lambda _done: self.log_in(login, new, refused), refused
        )

    def _logged_in(self, books: Books) -> None:
        from tui.screens.home.home import HomeScreen
        from tui.words.tries_words import last_login, tries_warning

        # A full garbage collection stops every thread for 0.1 s, also the one that reads a card. What exists
        # by now lives as long as this log-in, so until the next one the collector leaves it out.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        program = self._program
        self.books = books
        self._retire_left(books)
        program.network.begin(books)
        if program.practice is None and may(books.who, "backup") and not books.database.is_read_alone:
            # The day's backup; a lock or the end of the program stops it.
            in_background(program, partial(_back_up, books), failed=self._say)
        # The month's screens and the checks of a closed visit need the holidays: load them before.
        in_background(program, partial(_load_holidays, program.clock().year))
        program.refresh_counts()
        self._go(HomeScreen())
        if books.broken is not None:
            program.say(sentences_of(books.broken)[0])
        elif said := tries_warning(books) or last_login(books):
            program.say(said)

    def _retire_left(self, books: Books) -> None:
        """Close the books of the person who locked the screen, now that somebody has logged in.

        A new key of the books that waited for that is made then.
        """
        left, self._left = self._left, None
        if left is None:
            return

        def work(_progress: Progress) -> None:
            left_books, watch = left
            watch.stop()
            watch.join()
            left_books.close()
            books.renew_key()

        # Nobody else knows of these books any more: they are closed also where the next lock comes at once.
        in_background(self._program, work, failed=self._say, in_any_case=True)

    def _say(self, error: NocopyError) -> None:
        """Show the error in row 23: no key caused it, so it must not cover the screen."""
        self._program.say(sentences_of(error)[0])

    def lock(self) -> None:
        """Show the log-in. Open visits stay as they are, lookups wait."""
        books, program = self.books, self._program
        if books is None:
            return
        waiting = len(books.visits.unfinished())
        program.generation += 1
        self.books = None
        program.busy = ""
        self._left = books, program.network.leave()
        logins = KeysFile(program.locations.keys).logins()
        self._go(LoginScreen(logins, other_than=books.who.login, open_visits=waiting))

    def close(self) -> None:
        """Close all books: the program ends."""
        if self.books is not None:
            self.books.close()
        if self._left is not None:
            books, watch = self._left
            watch.stop()
            books.close()


def _back_up(books: Books, progress: Progress) -> None:
    from store.upkeep import backup

    backup.daily(books, progress)


def _load_holidays(year: int, _progress: Progress) -> None:
    from store.settings.office_hours import load

    load(year)


def _close(books: Books) -> None:
    books.close()
