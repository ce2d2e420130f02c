"""An empty answer of a gateway does not mean "not found": GDx, Linkage through it, and Linkage 2."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reader.practice_people import PEOPLE
from store.books import Books
from store.counter.visitor import Visitor
from store.queue.job import Job
from sync.errors import EmptyAnswer, problem
from sync.practice.register import COMPANY
from sync.run.engine import Engine
from tests.rig.faults import Answer, FaultServer, said
from tests.rig.office import HEAD, OFFICER, copy_office, decide, open_books

GDX_FORM = '[gateways.gdx]\nurl = "https://x.example"\nconsumer_key = "key"\nconsumer_secret = "hush-hush"\n'
LINKAGE2_FORM = '[gateways.linkage2]\nurl = "https://x.example"\n'
HOUSE, MARRIAGE, COMPANY_PAPER = "D02", "D04", "D10"
SERVICE = {HOUSE: 8, MARRIAGE: 3}  # Linkage 2's numbers in the example catalogue
NOTHING = ["null", "{}", "[]", '""', "[{}]", "[null]", ""]


class Office:
    """One officer whose requests go to one kind of gateway, and that gateway's next answers."""

    def __init__(self, home: Path, way: str) -> None:
        self._way = way
        self.server = FaultServer(said(200, {}))
        section = "linkage2" if way == "linkage2" else "gdx"
        locations = copy_office(home, LINKAGE2_FORM if way == "linkage2" else GDX_FORM)
        head = open_books(locations, HEAD)
        decide(head, {f"gateways.{section}.url": self.server.url})
        if way == "linkage2":
            decide(head, {"gateways.linkage2.job": "7"})
        head.close()
        self.books: Books = open_books(locations, OFFICER)
        self.engine = Engine(self.books, sleep=lambda _s: None)
        if way == "linkage2":
            self.log_in()

    def log_in(self) -> None:
        self.server.script = [said(200, {"token": "a.b.c"})]
        self.engine.thaid.confirm(self.books, 1, "x")

    def ask(self, document: str, answer: str) -> tuple[str, Job]:
        """A visit that wants this document, after a run in which the gateway gave that answer; its job."""
        who = ("juristic", COMPANY) if document == COMPANY_PAPER else ("thai_person", PEOPLE[0].citizen_id)
        comes = {"comer": "representative"} if document == COMPANY_PAPER else {}
        opened = self.books.visits.open(
            "S01",
            Visitor(who[1], subject_kind=who[0], identity="card_face", **comes),
            documents=[document],
        )
        visit = self.books.visits.obtain(opened.id)
        self.run(document, answer)
        job = visit.wanted[0].job
        assert job is not None
        return visit.id, self.books.queue.get(job)

    def run(self, document: str, answer: str) -> None:
        self.server.usual = Answer(200, answer.encode())
        if self._way == "linkage2":
            data = answer if answer and answer != '""' else json.dumps(answer.strip('"'))
            item = f'{{"serviceID": {SERVICE[document]}, "responseStatus": 200, "responseData": {data}}}'
            self.server.usual = Answer(200, f'{{"data": [{item}]}}'.encode())
        self.engine.run(kinds=["lookup"], now=True)

    def state(self, visit: str) -> str:
        return self.books.visits.get(visit).wanted[0].state


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    made: list[Office] = []

    def make(way: str) -> Office:
        made.append(Office(tmp_path / "home", way))
        return made[-1]

    yield make
    for one in made:
        one.books.close()
        one.server.stop()


@pytest.mark.parametrize(
    ("way", "document", "answer"),
    [
        ("linkage through GDx", HOUSE, '{"houseID": 50010000001, "houseNo": "99/9"}'),
        ("linkage2", HOUSE, '{"houseID": 50010000001, "houseNo": "99/9"}'),
        ("gdx", COMPANY_PAPER, f'{{"ResultList": [{{"JuristicID": "{COMPANY}"}}], "RawData": ""}}'),
    ],
)
def test_nothing_is_asked_for_again_and_never_told_as_not_found(
    office: Callable[[str], Office], way: str, document: str, answer: str
) -> None:
    at = office(way)
    for nothing in NOTHING:
        visit, job = at.ask(document, nothing)
        assert (nothing, job.state, job.outcome) == (nothing, "waiting", "empty_answer")
        assert isinstance(problem(job.outcome, job.problem), EmptyAnswer)
        assert at.state(visit) == "asked"
        at.run(document, answer)
        assert (nothing, at.state(visit)) == (nothing, "obtained")


@pytest.mark.parametrize("way", ["linkage through GDx", "linkage2"])
def test_fields_without_anything_in_them_and_a_list_without_any_entry_are_not_found(
    office: Callable[[str], Office], way: str
) -> None:
    at = office(way)
    for document, answer in (
        (HOUSE, '{"houseID": 0, "houseNo": null}'),
        (HOUSE, '{"houseID": null, "houseNo": ""}'),
        (MARRIAGE, "[]"),  # a document that is a list
        (MARRIAGE, '[{"marryID": null}]'),
    ):
        visit, job = at.ask(document, answer)
        assert (answer, job.state, at.state(visit)) == (answer, "done", "not_found")


def test_a_request_to_linkage2_that_gets_nothing_at_all_waits(office: Callable[[str], Office]) -> None:
    at = office("linkage2")
    visit, _job = at.ask(HOUSE, "null")
    for nothing in NOTHING:
        at.server.usual = Answer(200, nothing.encode())
        at.engine.run(kinds=["lookup"], now=True)
        assert (nothing, at.state(visit)) == (nothing, "asked")


def test_a_log_out_has_nothing_to_say_in_whichever_way_that_is_written(
    office: Callable[[str], Office],
) -> None:
    at = office("linkage2")
    for nothing in NOTHING:
        at.log_in()
        at.server.usual = Answer(200, nothing.encode())
        at.engine.thaid.log_out(at.books)
        assert at.server.calls[-1].method == "DELETE"
        assert not at.engine.thaid.is_logged_in(at.books)
