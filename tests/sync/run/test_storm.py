"""The storm: hundreds of lookups and fifty submissions through a network that refuses, cuts, delays and lies.

They are sent by processes that are killed at random moments. In the end each has had one effect, and no
secret can be found anywhere.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from store.books import Books
from store.formats.note import read_note
from store.queue.errors import JobEnded
from sync.errors import problem
from tests.rig.clock import WIDER, at
from tests.rig.command_line import Pc, Ran
from tests.rig.office import CITIZEN_ID, FIRST, OFFICER, PASSPHRASE, books_by_key, decide
from tests.rig.proxy import Proxy, Storm
from tests.rig.soak import record, times
from tests.rig.storm import (
    CONSUMER_KEY,
    SECRET,
    CountingGateway,
    Prepared,
    centre_process,
    citizen,
    effects,
    house_of,
)
from tests.rig.waiting import until
from tests.rig.workers import Workers
from tests.tui.counter import Counter as ReaderSlots
from tests.tui.counter import counter

LOOKUPS = times(test=120, soak=1000)
SUBMISSIONS = 50
SEEDS = times(test=1, soak=20)
KILLS = times(test=5, soak=50)
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp874")


@dataclass
class Aftermath:
    """The state after one storm, with the network working again."""

    folder: Path
    home: Path
    centre: Path
    key: bytes
    pc: Pc
    gateway: CountingGateway
    storms: tuple[Storm, Storm]
    proxies: tuple[Proxy, Proxy]
    killed: int = 0
    cancelled: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def books(self) -> Books:
        return books_by_key(self.home, self.key, OFFICER)

    def run(self, *words: str, login: str = OFFICER) -> Ran:
        """Run a command of the program; its output is kept for the search for secrets."""
        ran = self.pc.run(*words, login=login)
        self.told += [ran.out, ran.err]
        return ran


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    with at(WIDER - timedelta(minutes=20)):  # each seed's storm begins anew, later than this
        return Prepared(tmp_path_factory.mktemp("before"), LOOKUPS, SUBMISSIONS)


@pytest.fixture(scope="module", params=range(SEEDS))
def after(
    request: pytest.FixtureRequest, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aftermath]:
    """One storm, until nothing waits any more; what was refused for good is quarantined."""
    seed = 2569 + request.param
    folder = tmp_path_factory.mktemp(f"storm-{seed}")
    home, centre = prepared.copy(folder)
    gateway = CountingGateway(home / "books.db", prepared.key)
    storms = Storm(seed), Storm(-seed)
    with centre_process(centre) as centre_url:
        proxies = Proxy(gateway.url, storms[0]), Proxy(centre_url, storms[1])
        pc = Pc(home, passphrases=PASSPHRASE)
        left = Aftermath(folder, home, centre, prepared.key, pc, gateway, storms, proxies)
        _point(left)
        _rage(left, random.Random(seed))
        yield left
        for proxy in proxies:
            proxy.close_door()
    gateway.stop()


def _point(left: Aftermath) -> None:
    """Point the books' addresses at the proxies."""
    books = left.books()
    decide(books, {"gateways.gdx.url": left.proxies[0].url, "centre.url": left.proxies[1].url})
    books.close()


def _rage(left: Aftermath, chance: random.Random) -> None:
    """Kill workers at work, one after the other; a last one completes what they began."""
    books = left.books()
    with Workers(left.home, left.key, OFFICER, left.folder / "workers.log") as workers:
        while left.killed < KILLS:
            counts = books.queue.counts()
            assert counts["waiting"] + counts["sending"] + counts["needs_login"], "nothing is left to kill at"
            worker = workers.start()
            if left.killed % 5 == 1:
                chance.choice(left.proxies).close_door()
            _any_moment(left, chance)
            if left.killed % 5 == 2:
                _cancel_one(left, books, chance)
                _any_moment(left, chance)  # its answer may come yet
            left.killed += workers.kill(worker)
            for proxy in left.proxies:
                proxy.open_door()
        workers.wait(workers.start(), times(test=120, soak=900))
    books.close()


def _any_moment(left: Aftermath, chance: random.Random) -> None:
    """The moment of the kill: after some requests or some time, whichever comes first, and a little more.

    By requests, so that a fast PC does not finish before it was killed as often as was meant.
    """
    enough = _met(left) + chance.randrange(30)
    latest = time.monotonic() + chance.uniform(0.02, 0.8)
    until(lambda: _met(left) >= enough or time.monotonic() >= latest, "the moment of the kill")
    time.sleep(chance.uniform(0, 0.02))


def _met(left: Aftermath) -> int:
    return sum(proxy.met.total() for proxy in left.proxies)


def _cancel_one(left: Aftermath, books: Books, chance: random.Random) -> None:
    """Cancel one lookup as an officer: one that is being sent, if there is any."""
    alive = [job for job in books.queue.list(["waiting", "sending"]) if job.kind == "lookup"]
    if alive:
        job = chance.choice([job for job in alive if job.state == "sending"] or alive)
        with suppress(JobEnded):  # the worker was quicker
            books.queue.cancel(job.id, books.who)
            left.cancelled.add(job.id)


@pytest.mark.soak
@pytest.mark.timeout(0 if SEEDS > 1 else 240)
async def test_in_a_storm_everything_goes_once_and_nothing_is_told(after: Aftermath) -> None:
    books = after.books()
    first = _states(books)
    assert set(first) <= {"done", "quarantined", "cancelled"}, first
    _every_end_is_told(after, books)
    await _the_screen_tells_what_is_set_aside(after, books)
    met = Counter(how.name for proxy in after.proxies for how in proxy.met.elements())
    # The network works again, quarantined jobs are put back, and the program's own command sends the rest.
    for storm in after.storms:
        storm.is_over = True
    for job in books.queue.list(["quarantined"]):
        assert after.run("queue", "retry", job.id).code == 0
    assert after.run("sync").code == 0
    last = _states(books)
    assert (last.pop("cancelled", 0), set(last)) == (len(after.cancelled), {"done"})
    lookups = _each_lookup_once(after, books)
    _each_submission_once(after, books)
    books.ledger.verify()
    _nothing_is_told(after, books)
    books.close()
    _remember(after, met, lookups)


def _states(books: Books) -> Counter[str]:
    return Counter({state: n for state, n in books.queue.counts().items() if n})


def _every_end_is_told(after: Aftermath, books: Books) -> None:
    """`queue list --all --json` has every job: its state, and a reason where it is not simply done."""
    listed = after.run("queue", "list", "--all").json
    assert Counter(job["kind"] for job in listed) >= Counter(lookup=LOOKUPS, checkpoint=SUBMISSIONS)
    for job in listed:
        why = problem(job["outcome"], job["problem"])
        match job["state"]:
            case "done":
                assert job["outcome"] in ("obtained", "not_found", "received", "covered"), job
            case "cancelled":
                assert job["id"] in after.cancelled
            case other:
                assert other == "quarantined"
                assert why is not None, job
                assert job["problem"] == "UnprocessableEntity", job


async def _the_screen_tells_what_is_set_aside(after: Aftermath, books: Books) -> None:
    """The list of what waits shows each job that was set aside, with the other end's own words."""
    aside = books.queue.list(["quarantined"])
    locations = books.locations
    async with counter(locations, lang="en") as desk:
        await desk.log_in(OFFICER)
        await desk.hold("down", len(books.visits.unfinished()))  # they stand first, and are as many
        while "► Waiting to be sent" not in desk.shown():
            await desk.press("down")
        await desk.press("enter")
        await desk.until(lambda: desk.here == "WaitingScreen", "the list of what waits")
        for job in aside:
            await _see_row(desk, job.visit or "", job.problem or "")
            after.told.append(desk.shown())
            await desk.press("down")


async def _see_row(desk: ReaderSlots, visit: str, words: str) -> None:
    await desk.see("cannot be sent", words, *([f"· {visit}"] if visit else []))


def _each_lookup_once(after: Aftermath, books: Books) -> int:
    """No call without an attempt line before it, at most one kept answer, and it is that citizen's own."""
    rows = books.database.rows
    assert after.gateway.unannounced == []
    attempts = Counter(row["about"] for row in rows("SELECT about FROM ledger WHERE kind = 'attempt'"))
    assert all(attempts[use] >= n for use, n in after.gateway.arrived.items())
    answers = Counter(row["about"] for row in rows("SELECT about FROM ledger WHERE kind = 'answer'"))
    jobs = rows("SELECT * FROM job WHERE kind = 'lookup'")
    assert len(jobs) == LOOKUPS
    for job in jobs:
        truth = json.loads(house_of(after.gateway.subject[job["use"]]).body)
        is_done = job["state"] == "done"
        assert answers[job["use"]] == is_done, job["id"]
        assert attempts[job["use"]] == job["claims"]
        assert not is_done or after.gateway.arrived[job["use"]], "nothing on the way can have answered"
        kept = books.visits.answer(job["visit"], 1)
        if is_done and "houseNo" in truth:
            assert kept is not None
            assert kept.fields == {"houseID": str(truth["houseID"]), "houseNo": truth["houseNo"]}
        else:
            assert kept is None
            assert job["outcome"] == ("not_found" if is_done else "cancelled")
    return sum(after.gateway.arrived.values())


def _each_submission_once(after: Aftermath, books: Books) -> None:
    """The centre's own records: each came in exactly once, and none was changed or went out again.

    A checkpoint that was set aside by a lie, and put back when a larger one had gone, is covered by that.
    """
    jobs = {job.id: job for job in books.queue.list(["done"]) if job.kind == "checkpoint"}
    assert len(jobs) >= SUBMISSIONS
    received = [id for id, job in jobs.items() if job.outcome == "received"]
    came = effects(after.centre)
    assert set(came.values()) == {1}
    assert {(id, "in") for id in received} <= set(came) <= {(id, "in") for id in jobs}
    assert all(job.outcome in ("received", "covered") for job in jobs.values())
    notes = books.database.rows("SELECT cosigned FROM checkpoint WHERE cosigned IS NOT NULL")
    assert len(notes) == len(received)
    assert all(len(read_note(row["cosigned"]).signatures) == 2 for row in notes)


def _nothing_is_told(after: Aftermath, books: Books) -> None:
    """No secret, token, passphrase or citizen's number in anything that is kept or was said."""
    rows = books.database.rows
    kept = [row["body"] for row in rows("SELECT body FROM ledger")]
    kept += [f"{row['outcome']} {row['problem']}" for row in rows("SELECT outcome, problem FROM job")]
    kept += [str(row["why"]) for row in rows("SELECT why FROM endpoint")]
    told = "\n".join([*kept, *after.told]).encode()
    files = {path.name: path.read_bytes() for path in after.home.rglob("*") if path.is_file()}
    files["workers.log"] = (after.folder / "workers.log").read_bytes()
    assert b"RunReport" in files["workers.log"]
    assert {"books.db", "keys.json"} <= files.keys()
    words = {SECRET, CONSUMER_KEY, *after.gateway.tokens, books.settings.get("centre.token") or ""}
    words |= {*FIRST.values(), *PASSPHRASE.values(), "/ws/auth/validate?", "CitizenID=", "ConsumerSecret="}
    people = {citizen(n) for n in range(LOOKUPS)} | set(CITIZEN_ID.values())
    for name, content in {**files, "what was said and kept": told}.items():
        assert found_in(content, words, people) == set(), name
    for encoding in _ENCODINGS:  # and the search can find
        planted = f"x{SECRET} {citizen(3)}".encode(encoding)
        assert found_in(planted, words, people) == {SECRET, citizen(3)}


def found_in(content: bytes, words: set[str], people: set[str]) -> set[str]:
    """Which of them stand readable in it, in any of the encodings that a Thai PC writes."""
    found = {
        word
        for word in words
        if any(
            form in content for form in {word.encode(name, "ignore") for name in _ENCODINGS} if len(form) > 7
        )
    }
    for pattern in (rb"(?=(\d{13}))", rb"(?=((?:\d\x00){13}))", rb"(?=((?:\x00\d){13}))"):
        found |= {one.replace(b"\x00", b"").decode() for one in set(re.findall(pattern, content))} & people
    return found


_seen: Counter[str] = Counter()


def _remember(after: Aftermath, met: Counter[str], lookups: int) -> None:
    _seen.update(met)
    _seen.update(storms=1, kills=after.killed, lookups_sent=lookups, cancelled=len(after.cancelled))
    harm = ", ".join(f"{name} {_seen[name]}" for name in sorted(met))
    record(
        "the storm",
        f"{_seen['storms']} storms, each {LOOKUPS} lookups and {SUBMISSIONS} submissions;"
        f" {_seen['kills']} workers killed at work. {_seen['lookups_sent']} lookups reached the gateway,"
        f" {_seen['cancelled']} were cancelled meanwhile. Requests by what they met: {harm}."
        " Each submission had one effect, no lookup went without its attempt line, one answer at most was"
        " kept, every end was told, and nothing secret was found.",
    )
