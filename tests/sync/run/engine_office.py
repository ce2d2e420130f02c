"""An office whose gateway is the fault server."""

from __future__ import annotations

from pathlib import Path

from store.books import Books
from sync.network.http import Limits
from sync.run.engine import Engine, RunReport
from tests.rig.clock import LaterClock
from tests.rig.office import HEAD, OFFICER, ask, copy_office, decide, open_books

SECRET = "hush-hush-secret"
HOUSE = {"houseID": 50010000001, "houseNo": "99/9", "dateOfTerminate": 0, "religion": "x"}
QUICK = Limits(connect=1.0, read=0.4, call=0.8)


class Office:
    """Books whose gateway is the fault server, and shortcuts to what a test looks at."""

    def __init__(self, home: Path, url: str) -> None:
        gateway = (
            f'[gateways.gdx]\nurl = "https://x.example"\nconsumer_key = "key"\nconsumer_secret = "{SECRET}"\n'
        )
        self.locations = copy_office(home, gateway)
        head = open_books(self.locations, HEAD)
        decide(head, {"gateways.gdx.url": url})
        head.close()
        self.clock = LaterClock()
        self.books: Books = open_books(self.locations, OFFICER, clock=self.clock)

    def ask(self, citizens: int = 1) -> list[str]:
        """That many visits, each with one lookup (a house) waiting; their ids."""
        return [ask(self.books) for _ in range(citizens)]

    def run(self, *, now: bool = True) -> RunReport:
        """One run through the lookups, asked for by a person or (now=False) by itself."""
        return Engine(self.books, limits=QUICK, sleep=lambda _s: None).run(kinds=["lookup"], now=now)

    def lines(self, kind: str) -> int:
        return len(self.books.ledger.lines(kind=kind, limit=10_000))

    def state(self, visit: str) -> str:
        return self.books.visits.get(visit).wanted[0].state
