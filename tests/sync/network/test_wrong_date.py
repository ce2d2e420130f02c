"""A wrong date of this PC, early or late, and how it differs from a certificate that has really ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK, show_date
from store.books import Books
from store.proof.checkpoint import make_checkpoint
from sync.errors import problem
from sync.network.http import Limits
from sync.network.network_state import NetworkState
from sync.run.engine import Engine
from sync.run.errors import DayInDoubt
from sync.run.probe import probe
from tests.rig.clock import at, now
from tests.rig.command_line import Pc
from tests.rig.faults import ALWAYS, FaultServer, make_certificate, said
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, ask, copy_office, decide, open_books
from tui.words import translate

GATEWAY_FORM = """
[gateways.gdx]
url = "https://x.example"
consumer_key = "a-key"
consumer_secret = "a-secret"
"""
QUICK = Limits(connect=2.0, read=3.0, call=4.0)
HOUSE = {"houseNo": "1"}
# OpenSSL in the tests' own process uses this PC's clock: by any date it may have, this must have ended.
LONG_AGO = datetime(2002, 6, 5, 10, 0, tzinfo=BANGKOK)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FaultServer]:
    """The centre, with a certificate that is valid from yesterday on."""
    one = FaultServer(said(200, {}), certificate=make_certificate(tmp_path, from_day(-1)))
    yield one
    one.stop()


def trust(books: Books, side: str, url: str, certificate: Path) -> None:
    """The office's own authority signed it, so that only the date can be wrong."""
    decide(books, {f"{side}.url": url, f"{side}.ca": certificate.read_text()})


def from_day(n: int) -> tuple[datetime, datetime]:
    """90 days, from that one on: 0 is today."""
    return now() + timedelta(days=n), now() + timedelta(days=n + 90)


def days(n: int) -> str:
    return show_date(now() + timedelta(days=n))


@pytest.fixture
def pc(tmp_path: Path, server: FaultServer) -> Pc:
    """An office of today with a checkpoint for the centre; the days are compared in the command's English."""
    translate.use("en")
    locations = copy_office(tmp_path / "home")
    head = open_books(locations, HEAD)
    trust(head, "centre", server.url, tmp_path / "certificate.pem")
    with head.database.write() as db:
        head.settings.put(db, "centre.token", "t")
    make_checkpoint(head)
    head.close()
    return Pc(locations.home, passphrases=PASSPHRASE)


@pytest.mark.parametrize("years", [-6, 12])
def test_a_pc_years_off_is_told_to_look_at_its_date_and_nothing_is_lost(
    pc: Pc, server: FaultServer, years: int
) -> None:
    pc.moment = now().replace(hour=10) + timedelta(days=365 * years)
    wrong = show_date(pc.moment)
    ran = pc.run("sync", login=HEAD)
    assert (ran.code, ran.json["line"], ran.json["stopped"], ran.json["sent"]) == (6, "clock", "clock", 1)
    assert wrong in ran.err
    assert (days(-1) in ran.err, days(89) in ran.err) == (True, True)
    assert "Set the date" in ran.err
    assert server.calls == []
    job = pc.run("queue", "list", login=HEAD).json[0]
    assert (job["state"], job["outcome"], job["tries"]) == ("waiting", "clock", 0)
    told = problem(job["outcome"], job["problem"])
    assert told is not None
    assert wrong in str(told)
    pc.moment = None  # somebody sets the clock right
    assert pc.run("sync", login=HEAD).json["line"] == "online"
    assert server.calls


def test_where_the_date_was_confirmed_the_officer_is_still_told_to_look_at_it_first(pc: Pc) -> None:
    pc.moment = now().replace(hour=10) + timedelta(days=400)
    assert pc.run("sync", login=HEAD).json["line"] == "clock"
    assert pc.run("month", "cut-off", f"{now():%Y-%m}", login=CONTROLLER).code == 0
    ran = pc.run("sync", login=HEAD)
    assert (ran.code, ran.json["line"], ran.json["stopped"]) == (6, "certificate", "expired")
    assert show_date(pc.moment) in ran.err
    assert days(89) in ran.err
    assert "Check this PC's date first" in ran.err


@pytest.mark.parametrize(
    ("made_days", "begins_days", "stopped"),
    [
        (0, -200, "expired"),  # no evidence against this PC's date
        (200, -190, "clock"),  # it ended after the last line with a certain date
        (200, -400, "expired"),  # it ended before that line
    ],
)
@at(LONG_AGO)
def test_an_ended_certificate_is_weighed_against_the_ledgers_doubt(
    tmp_path: Path, made_days: int, begins_days: int, stopped: str
) -> None:
    made = LONG_AGO - timedelta(days=made_days)
    books = open_books(copy_office(tmp_path / "home", GATEWAY_FORM, made), OFFICER)
    ended = make_certificate(tmp_path, from_day(begins_days))
    gateway = FaultServer(said(200, HOUSE), certificate=ended)
    trust(books, "gateways.gdx", gateway.url, ended[0])
    ask(books)
    report = Engine(books, limits=QUICK, sleep=lambda _s: None).run(["lookup"])
    assert (report.stopped, report.sent, gateway.calls) == (stopped, 0, [])
    assert report.network is (NetworkState.CLOCK if stopped == "clock" else NetworkState.CERTIFICATE)
    assert (days(0) in str(report.reason), days(begins_days + 90) in str(report.reason)) == (True, True)
    gateway.stop()
    books.close()


@at(LONG_AGO)
def test_an_authority_that_has_ended_is_not_taken_for_the_pcs_date(tmp_path: Path) -> None:
    books = open_books(copy_office(tmp_path / "home", GATEWAY_FORM, LONG_AGO), OFFICER)
    (tmp_path / "authority").mkdir()
    authority = make_certificate(tmp_path / "authority", from_day(-200))
    gateway = FaultServer(said(200, HOUSE), certificate=make_certificate(tmp_path, issued_by=authority))
    trust(books, "gateways.gdx", gateway.url, authority[0])
    ask(books)
    report = Engine(books, limits=QUICK, sleep=lambda _s: None).run(["lookup"])
    assert (report.stopped, report.network, gateway.calls) == ("certificate", NetworkState.CERTIFICATE, [])
    assert "Office Test CA" in str(report.reason)
    gateway.stop()
    books.close()


@pytest.mark.parametrize(
    ("centre_days", "gateway_days", "state"),
    [
        (-200, -300, NetworkState.CLOCK),  # two that ended on different days, both in use
        (-200, -200, NetworkState.CERTIFICATE),  # they may be the same certificate
        (-200, None, NetworkState.CENTRE_DOWN),  # the other one is valid at that date
    ],
)
@at(LONG_AGO)
def test_two_ended_certificates_at_once_speak_against_this_pcs_date(
    tmp_path: Path, centre_days: int, gateway_days: int | None, state: NetworkState
) -> None:
    books = open_books(copy_office(tmp_path / "home", GATEWAY_FORM, LONG_AGO), OFFICER)
    servers = []
    for side, begins in (("centre", centre_days), ("gateways.gdx", gateway_days)):
        (tmp_path / side).mkdir()
        certificate = make_certificate(tmp_path / side, ALWAYS if begins is None else from_day(begins))
        servers.append(FaultServer(said(403, {}), certificate=certificate))
        servers[-1].token_script = [said(403, {})]
        trust(books, side, servers[-1].url, certificate[0])
    assert probe(books).state is state
    for server in servers:
        server.stop()
    books.close()


def test_a_clock_that_runs_ahead_ends_no_lookup(tmp_path: Path) -> None:
    """Ledger and queue wait until somebody confirms the date or sets the clock right."""
    moment = now()

    def clock() -> datetime:
        return moment

    books = open_books(copy_office(tmp_path / "home", GATEWAY_FORM), OFFICER, clock)
    gateway = FaultServer(said(200, HOUSE))
    decide(books, {"gateways.gdx.url": gateway.url})
    ask(books)
    engine = Engine(books, limits=QUICK, sleep=lambda _s: None)
    moment += timedelta(days=400)
    report = engine.run(now=True)
    assert (report.exit_code, report.sent, report.stopped) == (6, 0, "day_in_doubt")
    assert isinstance(report.reason, DayInDoubt)
    assert show_date(moment) in str(report.reason)
    assert (books.queue.counts()["waiting"], gateway.calls) == (1, [])
    moment -= timedelta(days=400)
    assert (engine.run(now=True).exit_code, books.queue.counts()["done"]) == (0, 1)
    ask(books)
    moment += timedelta(days=400)
    head = open_books(books.locations, HEAD, clock)
    head.months.cut_off(head.months.current(), confirmed=True)
    assert engine.run(now=True).stopped is None
    assert books.queue.counts()["expired"] == 1
    gateway.stop()
    head.close()
    books.close()
