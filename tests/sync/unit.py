"""A unit whose clock a test moves, and the centre of practice that it reports to."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from reader.buddhist_date import BANGKOK
from store.books import Books
from store.exchange import enrolment
from sync.network.http import Limits
from sync.run.engine import Engine, RunReport
from tests.rig.office import HEAD, PASSPHRASE, copy_office, open_books

SET_UP = datetime(2026, 10, 5, 9, 0, tzinfo=BANGKOK)
QUICK = Limits(connect=1.0, read=5.0, call=6.0)


class Clock:
    """Shows the moment that a test sets, and moves on by a second each time it is read."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


class Unit:
    def __init__(self, home: Path, url: str) -> None:
        self.locations = copy_office(home, moment=SET_UP)
        self.url = url
        self.clock = Clock(SET_UP)
        self._open: list[Books] = []

    def books(self, login: str) -> Books:
        self._open.append(open_books(self.locations, login, self.clock))
        return self._open[-1]

    def close(self) -> None:
        for books in self._open:
            books.close()

    def enrol(self, code: str) -> RunReport:
        books = self.books(HEAD)
        enrolment.request(books, books.signer(PASSPHRASE[HEAD]), self.url, code)
        return self.run(books)

    def run(self, books: Books, *, now: bool = True) -> RunReport:
        return Engine(books, limits=QUICK, sleep=lambda _s: None).run(now=now)
