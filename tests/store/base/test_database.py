"""The encrypted file: one writer at a time, all or nothing, failures named. Kills: ledger/test_kill.py."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base.database import Database
from store.base.errors import BooksBusy, BooksDamaged, DiskFull, NoBooks, RuleBroken, WrongKey
from store.formats.line import Entry
from store.ledger.ledger import Ledger
from store.people.standing import Standing
from tests.rig.clock import now
from tests.rig.lines import KEY, Bare, bare_ledger, burglar


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Bare]:
    made = bare_ledger(tmp_path, now().isoformat())  # some tests write by now(), too
    yield made
    made.database.close()


def test_threads_write_at_once(bare: Bare) -> None:
    def work() -> None:
        for _ in range(20):
            bare.add("login")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bare.ledger.verify().size == 81


def test_what_a_block_wrote_is_gone_when_it_fails(bare: Bare) -> None:
    def write_and_stop(stop: type[BaseException]) -> None:
        with bare.database.write() as db:
            bare.ledger.append(db, Entry("login", "somchai"))
            db.execute("INSERT INTO setting(name, value) VALUES ('a', 'b')")
            raise stop

    for stop in (ZeroDivisionError, KeyboardInterrupt, SystemExit):
        with pytest.raises(stop):
            write_and_stop(stop)
    assert bare.ledger.count() == 1
    assert bare.database.value("SELECT count(*) FROM setting") == 0
    bare.add("login")
    assert bare.ledger.verify().size == 2


def test_sqlite_utils_inside_a_block_commits_nothing_by_itself(bare: Bare) -> None:
    def write_and_stop() -> None:
        with bare.database.write() as db:
            db.table("setting").insert({"name": "a", "value": "b"})
            db.executescript("INSERT INTO setting VALUES ('c', 'd'); INSERT INTO setting VALUES ('e', 'f');")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_stop()
    assert bare.database.rows("SELECT * FROM setting") == []


def test_a_write_inside_a_write_is_a_mistake(bare: Bare) -> None:
    with pytest.raises(RuntimeError), bare.database.write(), bare.database.write():
        pass
    bare.add("login")


def test_a_read_sees_one_moment_while_others_write(bare: Bare) -> None:
    with bare.database.reading():
        before = bare.ledger.count()
        thread = threading.Thread(target=bare.add, args=("login",))
        thread.start()
        thread.join()
        assert bare.ledger.count() == before
    assert bare.ledger.count() == before + 1


def test_every_connection_keeps_the_promises_of_the_file(bare: Bare) -> None:
    found: list[dict[str, object]] = []

    def ask() -> None:
        names = (
            "journal_mode synchronous foreign_keys recursive_triggers secure_delete temp_store busy_timeout"
        )
        found.append({name: bare.database.value(f"PRAGMA {name}") for name in names.split()})

    ask()
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    wanted |= {"secure_delete": 1, "temp_store": 2, "busy_timeout": 10_000}
    assert found == [wanted, wanted]


def test_a_thread_that_ends_leaves_its_files_to_the_next(bare: Bare, tmp_path: Path) -> None:
    """SQLite keeps a closed file for the next connection while others hold locks, so one may remain."""
    before = opened(tmp_path)
    for _ in range(20):
        thread = threading.Thread(target=bare.ledger.count)
        thread.start()
        thread.join()
    assert opened(tmp_path) <= before + 3


def opened(folder: Path) -> int:
    """How many open files this process has in the folder."""
    return sum(p.resolve().parent == folder for p in Path("/proc/self/fd").iterdir())


def test_a_full_disk_is_told_and_leaves_the_books_whole(bare: Bare) -> None:
    pages = bare.database.value("PRAGMA page_count")
    bare.database.value(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(DiskFull):
        bare.add("settings", facts={"name": "x" * 200_000})
    assert bare.ledger.count() == 1
    bare.database.value("PRAGMA max_page_count = 1000000")
    bare.add("login")
    assert bare.ledger.verify().size == 2


def test_another_program_that_holds_the_books_is_told(bare: Bare, tmp_path: Path) -> None:
    other = burglar(tmp_path / "books.db")
    other.execute("BEGIN IMMEDIATE")
    bare.database.value("PRAGMA busy_timeout = 50")
    with pytest.raises(BooksBusy):
        bare.add("login")
    other.execute("ROLLBACK")
    bare.add("login")


def test_only_the_key_opens_the_file(bare: Bare, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "books.db"
    bare.database.close()
    for key in (bytes(32), KEY[:-1] + b"\xff"):
        with pytest.raises(WrongKey):
            Database(path, key)
    assert not path.read_bytes().startswith(b"SQLite format 3")
    with pytest.raises(NoBooks):
        Database(tmp_path / "other.db", KEY)
    assert not (tmp_path / "other.db").exists()
    assert capfd.readouterr() == ("", ""), "nothing is written across the screen"
    assert path.stat().st_mode & 0o777 == 0o600
    Database(path, KEY).close()


def test_a_damaged_file_is_told(bare: Bare, tmp_path: Path) -> None:
    for _ in range(30):
        bare.add("login")
    bare.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    bare.database.close()
    path = tmp_path / "books.db"
    content = bytearray(path.read_bytes())
    for place in range(6000, len(content), 4096):
        content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises((BooksDamaged, WrongKey)):
        Ledger(Database(path, KEY), "01", Standing, now).verify()


def test_a_rule_of_the_tables_that_is_broken_names_no_value(bare: Bare) -> None:
    with pytest.raises(RuleBroken) as refused, bare.database.write() as db:
        db.execute(
            "INSERT INTO sealed(seq, field, key, value) VALUES (77, 'subject', x'00', '1234567890121')"
        )
    assert "1234567890121" not in str(refused.value)


def test_closed_books_stay_closed(bare: Bare) -> None:
    bare.database.close()
    with pytest.raises(RuntimeError):
        bare.ledger.count()


CLOSED_IN_USE = """
import sys, threading
from pathlib import Path
from store.base.database import Database

database = Database(Path(sys.argv[1]), bytes.fromhex(sys.stdin.readline()))
said = []


def read() -> None:
    try:
        while True:
            database.rows(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000) SELECT x FROM n"
            )
            begun.set()
    except RuntimeError as error:
        said.append(str(error))


begun = threading.Event()
threads = [threading.Thread(target=read) for _ in range(4)]
for one in threads:
    one.start()
begun.wait(10)
database.close()
for one in threads:
    one.join()
print(*sorted(set(said)))
"""


def test_closing_waits_for_what_other_threads_read(bare: Bare) -> None:
    for _ in range(5):
        ran = subprocess.run(
            [sys.executable, "-c", CLOSED_IN_USE, str(bare.database.path)],
            input=KEY.hex() + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout.strip()) == (0, "these books were closed"), ran.stderr


ENDS_TOGETHER = """
import secrets, sys, threading
from pathlib import Path
from store.base.database import Database
from store.people.standing import Standing
sys.setswitchinterval(1e-6)
path, key = Path(sys.argv[1]), secrets.token_bytes(32)
Database.create(path, key).close()
for _ in range(100):
    database = Database(path, key)
    read, end = threading.Semaphore(0), threading.Event()
    def work():
        database.value("SELECT 1")
        read.release()
        end.wait()
    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads: thread.start()
    for thread in threads: read.acquire()
    end.set()
    database.close()
    for thread in threads: thread.join()
print("whole")
"""


def test_books_that_close_while_threads_end_do_not_end_the_process(tmp_path: Path) -> None:
    # In a process of its own: a failure here is a segmentation fault.
    command = [sys.executable, "-c", ENDS_TOGETHER, str(tmp_path / "books.db")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "whole"), ran.stderr
