"""An office in November: its people, each at the PC in turn, and a centre's receipt."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager

from store.base.locations import Locations
from store.books import Books
from store.counter.visitor import Visitor
from store.formats import jws
from store.formats.canonical import b64, canonical
from store.formats.report import RECEIPT, REPORT
from store.months.values import MonthView
from store.queue.job import Job
from store.queue.process_token import process_token
from tests.rig import office
from tests.rig.lines import HandClock
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books

NOVEMBER = "2026-11"
CENTRE_SEED = bytes(range(32))
SUBMISSIONS = ["enrolment", "people", "report", "checkpoint"]


class Office:
    """The people of one office, each at the PC in turn."""

    def __init__(self, locations: Locations, clock: HandClock) -> None:
        self.locations = locations
        self.clock = clock

    @contextmanager
    def at(self, login: str, moment: str | None = None) -> Iterator[Books]:
        if moment is not None:
            self.clock.set(moment)
        books = open_books(self.locations, login, self.clock)
        try:
            yield books
        finally:
            books.close()

    def serve_november(self, *, bare: bool = False) -> None:
        """Three visits: one answered, one never answered, one from an original."""
        with self.at(OFFICER, "2026-11-30T10:00:00") as books:
            for n, document in enumerate(["D02", "D02", "D11"]):
                visit = books.visits.open(
                    "S01", Visitor(CITIZEN, identity="none" if bare else "card_face"), documents=[document]
                )
                books.visits.obtain(visit.id, {1: "sighted"} if document == "D11" else None)
                if n == 0:
                    job = books.queue.claim(kinds=["lookup"], owner=OFFICER, process=process_token())
                    assert job is not None
                    books.lookups.answered(job, "obtained", {"houseNo": "1"}, 5)

    def summarised(self) -> MonthView:
        with self.at(OFFICER, "2026-12-01T08:47:00") as books:
            return books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))

    def checked(self) -> MonthView:
        with self.at(CONTROLLER, "2026-12-02T09:00:00") as books:
            return books.months.check(NOVEMBER, books.signer(PASSPHRASE[CONTROLLER]))

    def approved(self, reason: str | None = "อธิบายได้") -> MonthView:
        with self.at(HEAD, "2026-12-02T15:10:00") as books:
            return books.months.approve(NOVEMBER, books.signer(PASSPHRASE[HEAD]), reason)


def receipt_for(books: Books, job: Job, **other: str) -> str:
    payload = {"id": job.id, "sha256": job.digest.hex(), "unit": "5001", "kind": job.kind, **other}
    return jws.sign_compact(canonical(payload), typ=RECEIPT, header={}, seed=CENTRE_SEED)


def know_centre(books: Books) -> None:
    office.know_centre(books, {"receipt": b64(jws.public_of(CENTRE_SEED))})


def claim(books: Books) -> Job:
    job = books.queue.claim(kinds=SUBMISSIONS, owner=None, process=process_token())
    assert job is not None
    return job


def report_of(books: Books, job: Job) -> jws.Signed:
    keys = {one.kid: one.signing_key for one in books.people.all()}
    return jws.read_general(gzip.decompress(job.body), typ=REPORT, key_of=keys.get)
