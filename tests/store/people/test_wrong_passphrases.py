"""Wrong passphrases: written down, and slower and slower."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.people.errors import TooSoon, WrongAgain, WrongPassphrase
from store.people.wrong_passphrases import wait_after
from tests.rig.cheap import in_a_process
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books

WRONG = "not the passphrase"


def tried(office: Locations, clock: HandClock, login: str, times: int) -> list[type[BaseException]]:
    """That many wrong passphrases, as soon as one may be typed; what each was told."""
    told = []
    for _ in range(times):
        with pytest.raises((WrongPassphrase, TooSoon)) as refused:
            Books.open(office, login, WRONG, clock=clock)
        told.append(refused.type)
        if refused.type is not WrongPassphrase:
            later(clock, refused.value.facts["seconds"])
    return told


def later(clock: HandClock, seconds: float) -> None:
    clock.set((clock() + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat())


def refused_lines(books: Books) -> list[tuple[str | None, int]]:
    lines = books.ledger.lines(kind="login", newest_first=False)
    return [(line.officer, line.facts["count"]) for line in lines if line.outcome == "refused"]


def test_the_wait_grows_and_has_an_end() -> None:
    waits = [wait_after(n) for n in range(12)]
    assert waits == [0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert wait_after(10**9) == 300


def test_after_three_the_next_waits_whatever_is_typed(office: Locations, clock: HandClock) -> None:
    for _ in range(2):
        assert tried(office, clock, OFFICER, 1) == [WrongPassphrase]
    with pytest.raises(WrongAgain) as third:
        Books.open(office, OFFICER, WRONG, clock=clock)
    assert (third.value.facts["seconds"], third.value.exit_code) == (5, 3)
    later(clock, 4)
    for passphrase in (WRONG, PASSPHRASE[OFFICER]):
        with pytest.raises(TooSoon) as soon:
            Books.open(office, OFFICER, passphrase, clock=clock)
        assert (soon.value.facts, soon.value.exit_code) == ({"login": OFFICER, "seconds": 1}, 3)
    with pytest.raises(TooSoon):
        change_passphrase(office, OFFICER, PASSPHRASE[OFFICER], "four other small words", clock=clock)
    open_books(office, HEAD, clock).close()  # the others do not wait
    later(clock, 1)
    assert tried(office, clock, OFFICER, 1) == [WrongAgain]  # and 10 s went by
    books = open_books(office, OFFICER, clock)
    for n in range(3):
        with pytest.raises(WrongAgain if n == 2 else WrongPassphrase):
            books.signer(WRONG)
    with pytest.raises(TooSoon):
        books.signer(PASSPHRASE[OFFICER])
    books.close()


def test_each_of_them_stands_in_the_ledger_once(office: Locations, clock: HandClock) -> None:
    tried(office, clock, OFFICER, 4)
    tried(office, clock, "who-is-this", 1)
    books = open_books(office, HEAD, clock)
    assert refused_lines(books) == [(OFFICER, 4), (None, 1)]
    (line,) = [one for one in books.ledger.lines(kind="login") if one.officer == OFFICER]
    assert line.facts["at"][0] == "2026-11-23T09:00:00+07:00"
    assert line.facts["at"][3] == "2026-11-23T09:00:05+07:00"
    bodies = "".join(row["body"] for row in books.database.rows("SELECT body FROM ledger"))
    assert "who-is-this" not in bodies, "it may be a passphrase in the wrong field"
    books.close()
    with pytest.raises(WrongPassphrase):
        Books.open(office, OFFICER, WRONG, clock=clock)
    later(clock, 20)
    books = open_books(office, OFFICER, clock)
    assert refused_lines(books) == [(OFFICER, 4), (None, 1), (OFFICER, 1)]
    books.close()
    books = open_books(office, CONTROLLER, clock)
    assert refused_lines(books) == [(OFFICER, 4), (None, 1), (OFFICER, 1)]
    assert tried(office, clock, OFFICER, 1) == [WrongPassphrase], "the right one made an end of the waiting"
    books.close()
    later(clock, 2 * 86400)
    for _ in range(2):
        open_books(office, CONTROLLER, clock).close()
    assert list(office.tries.iterdir()) == []


def test_a_clock_set_back_does_not_make_the_wait_endless(office: Locations, clock: HandClock) -> None:
    tried(office, clock, OFFICER, 3)
    with pytest.raises(WrongAgain):
        Books.open(office, OFFICER, WRONG, clock=clock)
    clock.set("2020-01-01T00:00:00")
    with pytest.raises(TooSoon) as soon:
        open_books(office, OFFICER, clock)
    assert soon.value.facts["seconds"] == 10
    later(clock, 10)
    open_books(office, OFFICER, clock).close()


def test_a_program_killed_in_mid_try_does_not_get_more_tries(
    office: Locations, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    from store.people.vault import Keyring

    def killed(*_given: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def one() -> None:
        monkeypatch.setattr(Keyring, "unlock", killed)
        Books.open(office, OFFICER, WRONG, clock=clock)

    for _ in range(3):
        assert in_a_process(one) == -signal.SIGKILL
    with pytest.raises(TooSoon):
        open_books(office, OFFICER, clock)
    later(clock, 61)
    books = open_books(office, OFFICER, clock)
    assert refused_lines(books) == [(OFFICER, 3)]
    books.close()


def test_right_passphrases_at_the_same_moment_are_all_right(office: Locations, clock: HandClock) -> None:
    together = threading.Barrier(8)

    def opened() -> str:
        together.wait()
        books = open_books(office, OFFICER, clock)
        books.close()
        return "opened"

    with ThreadPoolExecutor(8) as windows:
        done = [windows.submit(opened) for _ in range(8)]
    assert [one.result() for one in done] == ["opened"] * 8
    books = open_books(office, HEAD, clock)
    assert refused_lines(books) == []
    books.close()


def test_wrong_passphrases_at_the_same_moment_are_counted_one_after_another(
    office: Locations, clock: HandClock
) -> None:
    together = threading.Barrier(8)

    def told() -> type[BaseException]:
        together.wait()
        with pytest.raises((WrongPassphrase, TooSoon)) as refused:
            Books.open(office, OFFICER, WRONG, clock=clock)
        return refused.type

    with ThreadPoolExecutor(8) as windows:
        done = [windows.submit(told) for _ in range(8)]
    assert Counter(one.result() for one in done) == {WrongPassphrase: 2, WrongAgain: 1, TooSoon: 5}
