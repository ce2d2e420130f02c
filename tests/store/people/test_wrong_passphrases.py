"""Wrong passphrases: written down, slower and slower, and counted where a deleted file shows."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.people.errors import WrongAgain, WrongPassphrase
from store.people.vault import Keyring
from store.people.wrong_passphrases import pause_after
from store.staff.recovery import read_key
from store.staff.rescue import rescue
from tests.rig.cheap import in_a_process
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books

WRONG = "not the passphrase"


@pytest.fixture
def pauses(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made; each passes on the clock alone."""
    made: list[float] = []

    def sleep(seconds: float) -> None:
        made.append(seconds)
        later(clock, seconds)

    monkeypatch.setattr("store.people.wrong_passphrases.sleep", sleep)
    return made


def tried(office: Locations, clock: HandClock, login: str, times: int) -> list[type[BaseException]]:
    """That many wrong passphrases; what each was told."""
    told = []
    for _ in range(times):
        with pytest.raises(WrongPassphrase) as refused:
            Books.open(office, login, WRONG, clock=clock)
        told.append(refused.type)
    return told


def later(clock: HandClock, seconds: float) -> None:
    clock.set((clock() + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat())


def refused_lines(books: Books) -> list[tuple[str | None, int]]:
    lines = books.ledger.lines(kind="login", newest_first=False)
    return [(line.officer, line.facts["count"]) for line in lines if line.outcome == "refused"]


def test_the_pause_grows_and_has_an_end() -> None:
    assert [pause_after(n) for n in range(9)] == [0, 0, 0, 5, 10, 20, 30, 30, 30]
    assert pause_after(10**9) == 30


def test_after_three_the_next_pauses_whatever_is_typed(
    office: Locations, clock: HandClock, pauses: list[float]
) -> None:
    assert tried(office, clock, OFFICER, 2) == [WrongPassphrase] * 2
    with pytest.raises(WrongAgain) as third:
        Books.open(office, OFFICER, WRONG, clock=clock)
    assert (third.value.facts["seconds"], third.value.exit_code, pauses) == (5, 3, [])
    later(clock, 4)
    assert tried(office, clock, OFFICER, 1) == [WrongAgain]
    assert pauses == [1]
    with pytest.raises(WrongAgain):
        change_passphrase(office, OFFICER, WRONG, "four other small words", clock=clock)
    assert pauses == [1, 10]
    open_books(office, HEAD, clock).close()
    assert pauses == [1, 10], "the others do not pause"
    books = open_books(office, OFFICER, clock)
    assert pauses == [1, 10, 20]
    for n in range(3):
        with pytest.raises(WrongAgain if n == 2 else WrongPassphrase):
            books.signer(WRONG)
    assert pauses == [1, 10, 20], "the right one made an end of it"
    books.signer(PASSPHRASE[OFFICER])
    assert pauses == [1, 10, 20, 5]
    books.close()


def test_another_s_tries_keep_the_head_out_for_one_pause_alone(
    office: Locations, clock: HandClock, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(office, clock, HEAD, 50)
    pauses.clear()
    goes_on = True

    def sleep(seconds: float) -> None:
        """While the head's own try pauses, ten more are made."""
        nonlocal goes_on
        pauses.append(seconds)
        if goes_on:
            goes_on = False
            tried(office, clock, HEAD, 10)
        later(clock, seconds)

    monkeypatch.setattr("store.people.wrong_passphrases.sleep", sleep)
    books = open_books(office, HEAD, clock)
    assert pauses[0] == 30
    assert refused_lines(books) == [(HEAD, 60)]
    assert books.refused_tries == 60
    books.close()


def test_each_of_them_stands_in_the_ledger_once(
    office: Locations, clock: HandClock, pauses: list[float]
) -> None:
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
    assert [path.name for path in office.tries.iterdir() if path.suffix != ".count"] == []


def test_a_clock_set_back_does_not_make_the_pause_longer(
    office: Locations, clock: HandClock, pauses: list[float]
) -> None:
    tried(office, clock, OFFICER, 3)
    clock.set("2020-01-01T00:00:00")
    open_books(office, OFFICER, clock).close()
    assert pauses == [5]


def test_a_program_killed_in_mid_try_does_not_get_more_tries(
    office: Locations, clock: HandClock, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    def killed(*_given: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def one() -> None:
        monkeypatch.setattr(Keyring, "unlock", killed)  # in the forked process alone
        Books.open(office, OFFICER, WRONG, clock=clock)

    for _ in range(3):
        assert in_a_process(one) == -signal.SIGKILL
    later(clock, 61)
    assert tried(office, clock, OFFICER, 1) == [WrongAgain]
    books = open_books(office, OFFICER, clock)
    assert pauses == [10]
    assert refused_lines(books) == [(OFFICER, 4)]
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
        with pytest.raises(WrongPassphrase) as refused:
            Books.open(office, OFFICER, WRONG, clock=clock)
        return refused.type

    with ThreadPoolExecutor(8) as windows:
        done = [windows.submit(told) for _ in range(8)]
    assert Counter(one.result() for one in done) == {WrongPassphrase: 2, WrongAgain: 6}


# --- files that were deleted or edited


def files(office: Locations, *endings: str) -> list[Path]:
    return [path for path in office.tries.iterdir() if path.suffix[1:] in endings]


def log_in(office: Locations, clock: HandClock, login: str = HEAD) -> int | None:
    """What a log-in says of the tries before it."""
    books = open_books(office, login, clock)
    try:
        return books.refused_tries
    finally:
        books.close()


def login_facts(office: Locations, clock: HandClock, login: str = HEAD) -> list[object]:
    """What the person's own `login` lines say of the tries before them."""
    books = open_books(office, CONTROLLER, clock)
    lines = books.ledger.lines(kind="login", newest_first=False)
    books.close()
    return [one.facts.get("tries") for one in lines if one.officer == login and one.outcome is None]


@pytest.mark.usefixtures("pauses")
def test_a_deleted_try_is_counted_at_that_person_s_next_log_in(office: Locations, clock: HandClock) -> None:
    assert log_in(office, clock) == 0
    tried(office, clock, HEAD, 5)
    for path in files(office, "refused"):
        path.unlink()
    log_in(office, clock, OFFICER)
    books = open_books(office, HEAD, clock)
    assert books.refused_tries == 5
    assert refused_lines(books) == [(HEAD, 5)]
    books.ledger.verify()
    books.close()
    assert log_in(office, clock) == 0, "each is told once"
    assert login_facts(office, clock)[-2:] == [5, 0]


@pytest.mark.usefixtures("pauses")
def test_some_that_were_deleted_are_told_beside_those_that_were_written(
    office: Locations, clock: HandClock
) -> None:
    log_in(office, clock)
    tried(office, clock, HEAD, 3)
    log_in(office, clock, OFFICER)  # writes these three
    tried(office, clock, HEAD, 4)
    for path in files(office, "refused"):
        path.unlink()
    books = open_books(office, HEAD, clock)
    assert (refused_lines(books), books.refused_tries) == ([(HEAD, 3), (HEAD, 4)], 7)
    books.close()


@pytest.mark.parametrize(
    "how", ["deleted", "folder", "emptied", "set back", "forged", "another's", "garbled"]
)
@pytest.mark.usefixtures("pauses")
def test_a_count_that_was_taken_away_or_changed_is_told(
    office: Locations, clock: HandClock, how: str
) -> None:
    log_in(office, clock)
    log_in(office, clock, OFFICER)
    (old,) = [one for one in files(office, "count") if f'"{HEAD}"' in one.read_text()]
    (others,) = [one for one in files(office, "count") if f'"{OFFICER}"' in one.read_text()]
    before = old.read_bytes()
    log_in(office, clock)
    tried(office, clock, HEAD, 5)
    count, last = old, old.read_bytes()
    if how == "deleted":
        count.unlink()
    elif how == "folder":
        shutil.rmtree(office.tries)
    elif how == "emptied":
        count.write_bytes(b"")
    elif how == "set back":
        count.write_bytes(before)
    elif how == "forged":
        count.write_bytes(last.replace(b'"value":"', b'"value":"A')[:-2] + b"}")
    elif how == "another's":
        count.write_bytes(others.read_bytes())
    else:
        count.write_bytes(b"\xff" * 40)
    assert log_in(office, clock) is None
    assert login_facts(office, clock)[-1] == "lost"
    assert log_in(office, clock) == 0, "told once, and counted again from there"
    tried(office, clock, HEAD, 3)
    assert log_in(office, clock) == 3


@pytest.mark.usefixtures("pauses")
def test_new_keys_a_changed_passphrase_and_older_books_accuse_nobody(
    office: Locations, clock: HandClock
) -> None:
    assert log_in(office, clock, OFFICER) == 0, "the first log-in"
    change_passphrase(office, OFFICER, PASSPHRASE[OFFICER], "four other small words", clock=clock)
    books = Books.open(office, OFFICER, "four other small words", clock=clock)
    assert books.refused_tries == 0
    books.close()
    log_in(office, clock)
    for path in files(office, "count"):
        path.unlink()
    sheet = office.home.parent / "recovery.txt"
    rescue(office, HEAD, read_key(sheet.read_text("utf-8")), "quiet harbour other kite", clock)
    books = Books.open(office, HEAD, "quiet harbour other kite", clock=clock)
    assert books.refused_tries == 0, "the count of keys that are no more is missed by nobody"
    books.close()


@pytest.mark.usefixtures("pauses")
def test_an_older_copy_of_the_whole_folder_accuses_nobody(
    office: Locations, clock: HandClock, tmp_path: Path
) -> None:
    log_in(office, clock)
    shutil.copytree(office.home, tmp_path / "copy")
    tried(office, clock, HEAD, 2)
    log_in(office, clock)
    shutil.rmtree(office.home)
    shutil.copytree(tmp_path / "copy", office.home)
    assert log_in(office, clock) == 0
    # Books and keys alone, beside the tries of today.
    shutil.copytree(tmp_path / "copy", tmp_path / "older")
    shutil.copytree(office.tries, tmp_path / "older" / "tries", dirs_exist_ok=True)
    assert log_in(Locations(tmp_path / "older"), clock) == 0


def test_a_wrong_clock_accuses_nobody(office: Locations, clock: HandClock) -> None:
    """It puts a line of its own before the log-in's."""
    for moment in (
        "2026-11-24T09:00:00",
        "2020-01-01T00:00:00",
        "2031-03-03T10:00:00",
        "2026-11-24T10:00:00",
    ):
        clock.set(moment)
        assert log_in(office, clock) == 0


@pytest.mark.usefixtures("pauses")
def test_a_power_cut_before_the_log_in_is_written_accuses_nobody(
    office: Locations, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    from store.people.tries_count import TriesCount

    log_in(office, clock)
    begin = TriesCount.begin

    def cut(self: TriesCount, *given: object) -> bool:
        begin(self, *given)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def one() -> None:
        monkeypatch.setattr(TriesCount, "begin", cut)  # in the forked process alone
        open_books(office, HEAD, clock)

    assert in_a_process(one) == -signal.SIGKILL
    tried(office, clock, HEAD, 4)
    assert log_in(office, clock) == 4
