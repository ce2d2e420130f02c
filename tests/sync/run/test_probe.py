"""The states of the network, found over real sockets; and the practice network, cut and restored."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reader.practice_people import PEOPLE
from store.books import Books
from store.counter.visitor import Visitor
from sync.errors import NetworkProblem
from sync.network.http import HttpClient, Limits
from sync.network.network_state import NetworkReport, NetworkState
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET, Fault
from sync.practice.network import PracticeNetwork
from sync.practice.register import COMPANY
from sync.run.engine import Engine
from sync.run.probe import probe
from tests.rig.clock import environment
from tests.rig.faults import ALWAYS, HTML, LATER, Answer, FaultServer, make_certificate, refused_url, said
from tests.rig.office import HEAD, OFFICER, copy_office, decide, open_books
from tests.rig.waiting import until

REFUSAL = said(403, {"Message": "ForbiddenException: consumer not found"})
HEALTH = said(200, {"service": "nocopy-centre", "time": "2026-11-22T10:00:00+07:00", "key": "k"})
QUICK = Limits(connect=1.0, read=3.0, call=4.0)


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    books = open_books(copy_office(tmp_path_factory.mktemp("line") / "home"), HEAD)
    yield books
    books.close()


def tell(books: Books, centre: str, gateway: str) -> None:
    decide(
        books,
        {
            "centre.url": centre,
            "gateways.gdx.url": gateway,
            "gateways.gdx.consumer_key": CONSUMER_KEY,
            "gateways.gdx.consumer_secret": CONSUMER_SECRET,
        },
    )


@pytest.mark.parametrize(
    ("centre", "gateway", "state"),
    [
        (HEALTH, REFUSAL, NetworkState.ONLINE),
        # Whatever keeps the centre from being reached, lookups can be sent.
        (Answer(200, HTML), REFUSAL, NetworkState.CENTRE_DOWN),
        (Answer(302, b"", {"Location": "http://login.example"}), REFUSAL, NetworkState.CENTRE_DOWN),
        (said(200, {"service": "another"}), REFUSAL, NetworkState.CENTRE_DOWN),
        (said(503, {}), REFUSAL, NetworkState.CENTRE_DOWN),
        (None, REFUSAL, NetworkState.CENTRE_DOWN),
        (Answer(200, HTML), Answer(200, HTML), NetworkState.PORTAL),
        (Answer(200, HTML), None, NetworkState.PORTAL),
        (None, Answer(302, b"", {"Location": "http://login.example"}), NetworkState.PORTAL),
        (None, None, NetworkState.NO_NETWORK),
    ],
)
def test_what_is_in_the_way_is_told_apart(
    head: Books, centre: Answer | None, gateway: Answer | None, state: NetworkState
) -> None:
    servers = {name: FaultServer(answer) for name, answer in (("c", centre), ("g", gateway)) if answer}
    urls = [servers[name].url if name in servers else refused_url() for name in ("c", "g")]
    if "g" in servers:
        servers["g"].token_script = [gateway or REFUSAL]
    tell(head, *urls)
    try:
        assert probe(head).state is state
    finally:
        for server in servers.values():
            server.stop()


def test_a_certificate_in_the_way_and_a_wrong_clock(head: Books, tmp_path: Path) -> None:
    for valid, state in ((ALWAYS, NetworkState.CERTIFICATE), (LATER, NetworkState.CLOCK)):
        certificate = make_certificate(tmp_path, valid)
        server = FaultServer(HEALTH, certificate=certificate)
        tell(head, server.url, refused_url())
        if valid is LATER:  # the office's own authority signed it, so that only the date is wrong
            decide(head, {"centre.ca": certificate[0].read_text()})
        assert probe(head).state is state
        server.stop()


def test_no_gateway_set_is_not_reported_as_no_network(tmp_path: Path) -> None:
    books = open_books(copy_office(tmp_path / "home"), OFFICER)
    assert probe(books) == NetworkReport(NetworkState.UNKNOWN)
    books.close()


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[tuple[PracticeNetwork, Books]]:
    line = PracticeNetwork()
    line.start()
    locations = copy_office(tmp_path / "home")
    head = open_books(locations, HEAD)
    for name, value in line.settings.items():
        decide(head, {name: value})
    head.close()
    books = open_books(locations, OFFICER)
    yield line, books
    books.close()
    line.stop()


def ask(books: Books, subject: str, *documents: str, kind: str = "thai_person") -> str:
    comer = "representative" if kind == "juristic" else "self"
    visit = books.visits.open(
        "S01",
        Visitor(
            subject,
            subject_kind=kind,
            identity="card_face",
            comer=comer,
            comer_id=PEOPLE[0].citizen_id if kind == "juristic" else None,
        ),
        documents=list(documents),
    )
    return books.visits.obtain(visit.id).id


def test_after_a_cut_in_the_middle_everything_is_sent_when_the_network_is_back(
    practice: tuple[PracticeNetwork, Books],
) -> None:
    line, books = practice
    url = line.gdx_url
    first = ask(books, PEOPLE[1].citizen_id, "D02", "D03", "D04", "D06")
    company = ask(books, COMPANY, "D10", kind="juristic")
    line.cut()
    engine = Engine(books, limits=QUICK, sleep=lambda _s: None)
    report = engine.run(["lookup"])
    assert (report.exit_code, report.network, report.done) == (6, NetworkState.NO_NETWORK, 0)
    line.restore()
    assert line.gdx_url == url
    assert engine.run(["lookup"], now=True).exit_code == 0
    assert books.visits.get(first).complete
    house, person, marriage, name = (books.visits.answer(first, n) for n in (1, 2, 3, 4))
    assert house is not None
    assert house.fields["houseNo"] == "12"
    assert person is not None
    assert (person.fields["firstName"], person.fields["dateOfBirth"]) == ("มาลี", "1967-03-12")
    assert marriage is not None
    assert marriage.fields["list"][0]["marryDate"] == "2005-02-14"
    assert name is not None
    assert name.fields["allName"][0]["docDate"] == "1997-01-01"
    answer = books.visits.answer(company, 1)
    assert answer is not None
    assert answer.fields["ResultList"][0]["JuristicID"] == COMPANY


def test_what_the_practice_gateway_does_not_have_is_not_found(
    practice: tuple[PracticeNetwork, Books],
) -> None:
    _, books = practice
    visit = ask(books, PEOPLE[3].citizen_id, "D04", "D06")
    stranger = ask(books, "5100900012340", "D03")
    report = Engine(books, limits=QUICK).run(["lookup"])
    assert (report.exit_code, report.done) == (0, 3)
    states = [want.state for want in (*books.visits.get(visit).wanted, *books.visits.get(stranger).wanted)]
    assert states == ["not_found"] * 3


def test_a_cut_of_the_network_breaks_connections_that_were_kept_open() -> None:
    line, wire = PracticeNetwork(), HttpClient(limits=QUICK)
    line.start()
    health = f"{line.centre_url}/v1/health"
    assert wire.call("GET", health).status == 200
    line.cut()
    with pytest.raises(NetworkProblem):
        wire.call("GET", health)
    line.restore()
    assert wire.call("GET", health).status == 200
    wire.close()
    line.stop()


def test_a_cut_of_the_network_while_the_gateway_is_silent_breaks_the_call(
    practice: tuple[PracticeNetwork, Books],
) -> None:
    line, books = practice
    line.gateway.fault = Fault.SILENT
    ask(books, PEOPLE[1].citizen_id, "D02")
    engine = Engine(books, sleep=lambda _s: None)  # ordinary limits: only the cut can end it in time
    ended: queue.Queue[int] = queue.Queue()
    threading.Thread(target=lambda: ended.put(engine.run(["lookup"]).exit_code), daemon=True).start()
    until(lambda: line.gateway.lookups, "the lookup to arrive")
    line.cut()
    assert ended.get(timeout=10) == 6


def test_gateway_and_centre_serve_from_a_process_of_their_own(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "sync.practice", "--centre-port", "0", "--fault", "token_once"],
        cwd=Path(__file__).parents[3],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        books = open_books(copy_office(tmp_path / "home"), OFFICER)
        tell(books, told["centre_url"], told["gdx_url"])
        assert probe(books).state is NetworkState.ONLINE
        ask(books, PEOPLE[0].citizen_id, "D02")
        report = Engine(books, limits=QUICK).run(["lookup"])
        assert (report.exit_code, report.sent) == (0, 2)
        books.close()
    finally:
        child.kill()
        child.wait()
