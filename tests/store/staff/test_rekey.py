"""Somebody leaves: the books get a new key, whatever happens meanwhile, and nobody is locked out."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from store.base import database as database_file
from store.base.database import Database
from store.base.errors import WrongKey
from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.formats.canonical import unb64
from store.people.errors import CopiesDiffer, WrongPassphrase
from store.people.vault import Keyring
from store.staff.appointments import Term
from store.staff.recovery import read_key
from tests.rig import soak
from tests.rig.cheap import cheap_office, in_a_process
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.store.people.conftest import SET_UP

NEXT_DAY = "2026-11-24T09:00:00"


def key_of(office: Locations, login: str = OFFICER) -> bytes:
    return Keyring(office.keys).unlock(login, PASSPHRASE[login]).db_key


def send_away(office: Locations, clock: Callable[[], datetime], login: str = OFFICER) -> None:
    books = open_books(office, HEAD, clock)
    books.appointments.end(login, books.signer(PASSPHRASE[HEAD]))
    books.close()


def opens(office: Locations, key: bytes) -> bool:
    try:
        Database(office.books, key).close()
    except WrongKey:
        return False
    return True


def whole_under_a_new_key(office: Locations, old: bytes, clock: HandClock) -> None:
    """Everybody who is present opens the books; the old key opens nothing; the sheet opens them too."""
    clock.set(NEXT_DAY)
    for login in (CONTROLLER, HEAD):
        open_books(office, login, clock).close()
    with pytest.raises(WrongPassphrase):
        open_books(office, OFFICER, clock)
    content = json.loads(office.keys.read_bytes())
    assert "next" not in content
    assert [entry["login"] for entry in content["people"]] == [HEAD, CONTROLLER]
    assert not opens(office, old)
    sheet = read_key((office.home.parent / "recovery.txt").read_text("utf-8"))
    identity = pyrage.x25519.Identity.from_str(sheet)
    assert pyrage.decrypt(unb64(content["recovery"]), [identity]) == key_of(office, HEAD) != old
    books = open_books(office, HEAD, clock)
    books.ledger.verify()
    ids = [line.facts for line in books.ledger.lines(kind="keys") if "db_key_id" in line.facts]
    assert [(one["why"], one["people"]) for one in ids] == [("departure", [HEAD, CONTROLLER])]
    assert ids[0]["db_key_id"] == content["db_key_id"] != ids[0]["was"]
    assert books.people.get(OFFICER).has_left(books.ledger.lines(limit=1)[0].at)
    assert books.people.get(OFFICER).kid is not None, "what was signed must verify for ever"
    books.close()


def test_who_left_can_open_nothing_that_is_written_later(office: Locations, clock: HandClock) -> None:
    old = key_of(office)
    send_away(office, clock)
    whole_under_a_new_key(office, old, clock)


def test_an_appointment_that_runs_out_changes_the_key_at_the_next_log_in(
    office: Locations, clock: HandClock
) -> None:
    old = key_of(office)
    books = open_books(office, HEAD, clock)
    done = books.appointments.end(
        OFFICER, books.signer(PASSPHRASE[HEAD]), at="2026-11-24T00:00:00+07:00", order_no="12/2569"
    )
    books.close()
    assert done.rekeyed is None
    open_books(office, OFFICER, clock).close()
    assert opens(office, old)
    whole_under_a_new_key(office, old, clock)


def test_a_clock_that_jumps_ahead_sends_nobody_away(office: Locations, clock: HandClock) -> None:
    old = key_of(office)
    books = open_books(office, HEAD, clock)
    books.appointments.end(OFFICER, books.signer(PASSPHRASE[HEAD]), at="2026-12-24T00:00:00+07:00")
    books.close()
    clock.set("2027-12-24T00:00:00")
    open_books(office, HEAD, clock).close()
    clock.set("2026-11-23T09:30:00")
    books = open_books(office, OFFICER, clock)
    assert (books.who.login, books.who.roles) == (OFFICER, ("officer",))
    books.close()
    assert key_of(office) == key_of(office, HEAD) == old, "no new key was made without him"


def test_while_another_program_has_the_books_open_the_key_waits(office: Locations, clock: HandClock) -> None:
    old = key_of(office)
    other = open_books(office, CONTROLLER, clock)
    books = open_books(office, HEAD, clock)
    assert books.appointments.end(OFFICER, books.signer(PASSPHRASE[HEAD])).rekeyed is False
    assert other.ledger.count() == books.ledger.count(), "both go on"
    books.close()
    assert opens(office, old)
    with pytest.raises(WrongPassphrase):
        open_books(office, OFFICER, clock)
    other.close()
    whole_under_a_new_key(office, old, clock)


def test_other_threads_keep_reading_through_a_change_of_key(office: Locations, clock: HandClock) -> None:
    books = open_books(office, HEAD, clock)
    stop, seen, failed = threading.Event(), [0], []

    def read() -> None:
        try:
            while not stop.is_set():
                seen[0] = books.ledger.count()
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert books.appointments.end(OFFICER, books.signer(PASSPHRASE[HEAD])).rekeyed
    newest = books.ledger.count()
    deadline = time.monotonic() + 20
    while seen[0] < newest and not failed and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert (failed, seen[0]) == ([], newest)
    books.close()


def test_who_still_has_a_first_passphrase_is_not_forgotten(office: Locations, clock: HandClock) -> None:
    old = key_of(office)
    books = open_books(office, HEAD, clock)
    signer = books.signer(PASSPHRASE[HEAD])
    books.appointments.reset(CONTROLLER, "first-word-9", signer)
    books.appointments.end(OFFICER, signer)
    books.close()
    change_passphrase(office, CONTROLLER, "first-word-9", "mango river bell lantern", clock=clock)
    books = Books.open(office, CONTROLLER, "mango river bell lantern", clock=clock)
    assert books.who.login == CONTROLLER
    assert books.database.key == key_of(office, HEAD) != old, "the new key was sealed for her as well"
    books.close()


def test_a_key_that_nobody_signed_gets_nothing(office: Locations, clock: HandClock) -> None:
    """Somebody with the database key puts a key of theirs in the table: the next key is not sealed to it."""
    mine = pyrage.x25519.Identity.generate()
    head = open_books(office, HEAD, clock)
    database = Database(office.books, key_of(office))
    with database.write() as db:
        db.execute("UPDATE person SET age_key = ? WHERE login = ?", [str(mine.to_public()), CONTROLLER])
    database.close()
    with pytest.raises(CopiesDiffer):
        open_books(office, CONTROLLER, clock)
    head.appointments.end(OFFICER, head.signer(PASSPHRASE[HEAD]))
    head.close()
    sealed = {entry["login"]: entry["db"] for entry in json.loads(office.keys.read_bytes())["people"]}
    assert sealed.keys() == {HEAD, CONTROLLER}
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(unb64(sealed[CONTROLLER]), [mine])
    open_books(office, CONTROLLER, clock).close()


# --- the power goes ---


class _Killed:
    """Counts the steps that leave something behind, and ends this process at one of them."""

    def __init__(self, at: int, told: int) -> None:
        self._left = at
        self._told = told

    def step(self, name: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.write(self._told, name.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.step(f"before {name}")
        done = work(*given, **named)
        self.step(f"after {name}")
        return done

    def lurk(self) -> None:
        """Patch this process: every commit, change of key and replaced file is a step."""
        killed, driver, replace = self, database_file.driver, os.replace

        class Connection(driver.Connection):  # type: ignore[misc]
            def execute(self, sql: str, *given: Any) -> Any:
                told = sql.split("=")[0].strip()
                if told in ("COMMIT", "PRAGMA rekey", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    return killed.around(told, super().execute, sql, *given)
                return super().execute(sql, *given)

        connect = driver.connect
        driver.connect = lambda *given, **named: connect(*given, factory=Connection, **named)
        os.replace = lambda old, new: killed.around("replace", replace, old, new)  # type: ignore[assignment]


def test_killed_at_every_step_of_a_departure(
    office: Locations, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, steps = key_of(office), []
    for n in range(1, 200):
        folder = tmp_path / str(n)
        folder.mkdir()
        mine = cheap_office(monkeypatch, folder, SET_UP)
        clock.set("2026-11-23T09:00:00")
        told, tell = os.pipe()

        def depart(mine: Locations = mine, n: int = n, tell: int = tell) -> None:
            _Killed(n, tell).lurk()
            send_away(mine, clock)

        ended = in_a_process(depart)
        os.close(tell)
        name = os.read(told, 100).decode()
        os.close(told)
        assert ended == (-signal.SIGKILL if name else 0)
        if not name:
            break
        steps.append(name)
        bring_to_an_end(mine, clock)
        whole_under_a_new_key(mine, old, clock)
    assert {"before PRAGMA rekey", "after PRAGMA rekey", "after PRAGMA wal_checkpoint(TRUNCATE)"} <= set(
        steps
    )
    # Tries, seen, who keeps an entry, both keys, the new key alone, and the mark at the log-out.
    assert steps.count("after replace") == 6


def bring_to_an_end(office: Locations, clock: HandClock) -> None:
    """The next log-in completes it by itself; the head repeats only what was not begun."""
    books = open_books(office, HEAD, clock)
    if not books.people.get(OFFICER).has_left("2026-11-23T10:00:00+07:00"):
        books.appointments.end(OFFICER, books.signer(PASSPHRASE[HEAD]))
    books.close()


@pytest.mark.soak
def test_killed_while_the_file_is_encrypted_anew(
    office: Locations, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a random moment, in books that take a while."""
    old = key_of(office)
    database = Database(office.books, old)
    with database.write() as db:
        db.execute("CREATE TABLE ballast(bytes BLOB)")
        for _ in range(300):
            db.execute("INSERT INTO ballast VALUES (randomblob(40000))")
    database.close()
    big = office.books.read_bytes()
    began = time.monotonic()
    send_away(office, clock)
    lasts = time.monotonic() - began
    whole_under_a_new_key(office, old, clock)
    chance, ended_under = random.Random(4), {True: 0, False: 0}
    count = soak.times(test=3, soak=100)
    for n in range(count):
        folder = tmp_path / f"big{n}"
        folder.mkdir()
        mine = cheap_office(monkeypatch, folder, SET_UP)
        mine.keys.write_bytes((folder / "home" / "keys.json").read_bytes())
        mine.books.write_bytes(big)
        clock.set("2026-11-23T09:00:00")
        child = os.fork()
        if child == 0:
            send_away(mine, clock)
            os._exit(0)
        time.sleep(chance.random() * lasts)  # a random moment is what is tested
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        ended_under[_settled(mine, old, clock)] += 1
    soak.record(
        "rekey",
        f"{count} kills in {lasts:.1f} s of encrypting {len(big) >> 20} MiB anew: {ended_under[True]} opened"
        f" under the old key, {ended_under[False]} under the new one, and all were whole afterwards",
    )


def _settled(office: Locations, old: bytes, clock: HandClock) -> bool:
    """Whether the old key still opened them; then the change is completed and checked."""
    before = opens(office, old)
    bring_to_an_end(office, clock)
    books = open_books(office, HEAD, clock)
    assert books.database.value("SELECT count(*) FROM ballast WHERE length(bytes) = 40000") == 300
    assert books.database.value("PRAGMA integrity_check") == "ok"
    books.close()
    whole_under_a_new_key(office, old, clock)
    return before


def test_a_new_person_and_an_acting_head(office: Locations, clock: HandClock) -> None:
    """A controller stands in for the head for a week, by an order; then the week is over."""
    books = open_books(office, HEAD, clock)
    week = Term("2026-12-01T00:00:00+07:00", "2026-12-08T00:00:00+07:00", "112/2569", True)
    books.appointments.appoint(CONTROLLER, "head", books.signer(PASSPHRASE[HEAD]), week)
    books.close()
    for day, roles in (
        ("2026-11-30T12:00:00", ("controller",)),
        ("2026-12-01T08:00:00", ("controller", "head")),
        ("2026-12-07T08:00:00", ("controller", "head")),
        ("2026-12-08T00:00:00", ("controller",)),
    ):
        clock.set(day)
        books = open_books(office, CONTROLLER, clock)
        assert books.who.roles == roles
        books.close()
