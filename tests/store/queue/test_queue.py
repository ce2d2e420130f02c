"""The queue: what waits, who may claim it, and how leases end. Kills: ledger/test_kill.py."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from store.books import Books
from store.queue.errors import JobEnded, OnlyLookups
from store.queue.job import Job, NewJob
from store.queue.process_token import process_token
from tests.rig.lines import HandClock
from tests.rig.office import HEAD, OFFICER, ask

ME = process_token()


def claim(books: Books, *kinds: str, process: str = ME) -> Job | None:
    return books.queue.claim(kinds=kinds or ("lookup",), owner=OFFICER, process=process)


def taken(books: Books, *kinds: str) -> Job:
    job = claim(books, *kinds)
    assert job is not None
    return job


def submit(books: Books, kind: str) -> str:
    with books.database.write() as db:
        return books.queue.add(db, NewJob(kind=kind, endpoint="centre", owner=HEAD, body=kind.encode()))


def attempts(books: Books, job: Job) -> int:
    return len(books.ledger.lines(kind="attempt", about=job.use))


def test_a_claim_shows_in_the_ledger_before_anything_is_sent(books: Books, clock: HandClock) -> None:
    ask(books, "D02")
    job = taken(books)
    assert (job.state, job.tries, attempts(books, job)) == ("sending", 1, 1)
    assert claim(books) is None
    assert books.queue.put_off(job, clock() + timedelta(minutes=5), "no_line")
    assert claim(books) is None
    clock.go(minutes=5)
    again = taken(books)
    assert (again.tries, attempts(books, again)) == (2, 2)
    # The first process has lost its lease: what it reports changes nothing.
    assert not books.queue.put_off(job, clock(), "no_line")
    assert books.queue.get(job.id).state == "sending"


def test_a_missing_login_is_no_failed_try(books: Books) -> None:
    ask(books, "D02")
    assert books.queue.needs_login(taken(books), "card session")
    waiting = books.queue.list(["needs_login"])[0]
    assert (waiting.tries, waiting.claims, waiting.problem) == (0, 1, "card session")
    assert claim(books) is None
    assert books.queue.resume_logins(OFFICER) == 1
    assert taken(books).tries == 1


def test_lookups_are_their_owner_s_alone(books: Books) -> None:
    ask(books, "D02")
    assert books.queue.claim(kinds=["lookup"], owner=HEAD, process=ME) is None
    assert books.queue.claim(kinds=["lookup"], owner=None, process=ME) is None
    assert claim(books) is not None


def test_submissions_keep_their_order_and_a_quarantined_one_blocks_nothing(
    books: Books, clock: HandClock
) -> None:
    people, report, checkpoint = (submit(books, kind) for kind in ("people", "report", "checkpoint"))
    kinds = ("people", "report", "checkpoint")
    first = taken(books, *kinds)
    assert first.id == people
    assert claim(books, *kinds) is None
    books.queue.put_off(first, clock() + timedelta(hours=1), "no_line")
    assert claim(books, *kinds) is None  # the report waits for its people list
    assert claim(books, "report") is None
    clock.go(hours=1)
    assert books.queue.quarantine(taken(books, *kinds), "refused", "422")
    assert books.ledger.lines(limit=1)[0].kind == "quarantine"
    second = taken(books, *kinds)
    assert second.id == report
    with books.database.write() as db:
        assert books.queue.done(db, second, "received")
        assert not books.queue.done(db, second, "received")
    assert taken(books, *kinds).id == checkpoint
    with pytest.raises(OnlyLookups):
        books.queue.cancel(people, books.people.get(HEAD))
    assert books.queue.retry(people, books.who).state == "waiting"
    with pytest.raises(JobEnded):
        books.queue.retry(report, books.who)


def test_a_refused_lookup_can_be_put_back(books: Books) -> None:
    visit = ask(books, "D02")
    job = taken(books)
    books.queue.quarantine(job, "refused", "no such service")
    assert books.visits.get(visit).wanted[0].state == "refused"
    assert books.queue.get(job.id).problem == "no such service"
    books.queue.retry(job.id, books.who)
    assert books.visits.get(visit).wanted[0].state == "asked"
    books.queue.cancel(job.id, books.who)
    assert books.visits.get(visit).wanted[0].state == "cancelled"
    with pytest.raises(JobEnded):
        books.queue.cancel(job.id, books.who)


def test_a_paused_endpoint_is_left_alone_until_its_time(books: Books, clock: HandClock) -> None:
    ask(books, "D02")
    books.endpoints.pause("gdx", clock() + timedelta(minutes=2), "429")
    assert claim(books) is None
    assert [(one.endpoint, one.why) for one in books.endpoints.paused()] == [("gdx", "429")]
    clock.go(minutes=2)
    assert books.endpoints.paused() == []
    job = taken(books)
    books.endpoints.pause("gdx", None, "403")
    books.queue.put_off(job, clock(), "forbidden")
    clock.go(days=0.5)
    assert claim(books) is None
    books.endpoints.resume("gdx")
    assert claim(books) is not None


def test_leases_end_with_their_process_or_their_time(books: Books, clock: HandClock) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    alive = f"{child.pid}:{Path(f'/proc/{child.pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    ask(books, "D02")
    assert claim(books, process=alive) is not None
    assert books.queue.recover(ME) == 0
    child.kill()
    child.wait()
    assert books.queue.recover(ME) == 1
    assert taken(books).tries == 2
    assert books.queue.recover(ME) == 0
    clock.go(seconds=90)
    assert books.queue.recover(ME) == 1
    # A clock that was a year ahead when the lease and the next try were written.
    clock.go(days=365)
    ask(books, "D02", "D03")
    job, held = taken(books), taken(books)
    books.queue.put_off(job, clock() + timedelta(minutes=5), "no_line")
    clock.go(days=-365)
    assert books.queue.recover(ME) == 1
    assert {job.id, held.id} <= {taken(books).id, taken(books).id, taken(books).id}


def test_two_threads_never_take_the_same_job(books: Books) -> None:
    for _ in range(10):
        ask(books, "D02")
    got: list[str] = []

    def work() -> None:
        while (job := claim(books)) is not None:
            got.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 10


def test_a_pause_from_a_clock_that_ran_ahead_ends_when_the_clock_is_right(
    books: Books, clock: HandClock
) -> None:
    ask(books, "D02")
    clock.set("2026-12-09T09:00:00")
    books.endpoints.pause("gdx", clock() + timedelta(seconds=30), "busy")
    clock.set("2026-11-19T09:10:00")
    assert claim(books) is None
    books.queue.recover(ME)
    assert claim(books) is not None


def test_a_refused_lookup_past_its_day_ends_and_is_not_put_back(books: Books, clock: HandClock) -> None:
    ask(books, "D02")
    job = taken(books)
    books.queue.quarantine(job, "refused", "no such number")
    clock.set("2026-11-20T09:00:00")
    with pytest.raises(JobEnded):
        books.queue.retry(job.id, books.who)
    assert books.lookups.expire_due() == 1
    assert books.queue.get(job.id).state == "expired"


def test_a_job_that_has_ended_cannot_end_again(books: Books, clock: HandClock) -> None:
    """An answer that comes after the end changes nothing: not what is shown, and not when it ended."""
    ask(books, "D02", "D04")
    answered, cancelled = taken(books), taken(books)
    with books.database.write() as db:
        assert books.queue.done(db, answered, "obtained")
    books.queue.cancel(cancelled.id, books.who)
    before = [books.queue.get(job.id) for job in (answered, cancelled)]
    clock.go(minutes=1)
    with books.database.write() as db:
        assert not books.queue.done(db, answered, "not_found")
        assert not books.queue.done(db, cancelled, "obtained")
    assert [books.queue.get(job.id) for job in (answered, cancelled)] == before
