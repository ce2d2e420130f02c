"""An office with hundreds of lookups and fifty submissions in its queue, a gateway and a centre that count.

The gateway keeps a log of its own and looks, at each lookup that arrives, whether its attempt line stands in
the books already. The centre is the real one in a process of its own; triggers in its database count effects.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from reader.citizen_id import check_digit
from store.base.database import Database
from store.books import Books
from store.counter.visitor import Visitor
from store.exchange import enrolment
from store.people.vault import Keyring
from store.proof.checkpoint import make_checkpoint
from sync.run.engine import Engine
from tests.rig.clock import environment
from tests.rig.faults import Answer, FaultServer, Seen, said
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, books_by_key, copy_office, open_books
from tests.rig.workers import ROOT

CONSUMER_KEY = "storm-consumer-key"
SECRET = "storm-consumer-secret-0815"
_SERVE = (
    "import sys; from pathlib import Path; from sync.centre.serve import serve;"
    "serve(Path(sys.argv[1]), 0, ready=lambda port: print(port, flush=True))"
)
_COUNTED = """
CREATE TABLE IF NOT EXISTS effect(id TEXT NOT NULL, what TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS effect_in AFTER INSERT ON submission
  BEGIN INSERT INTO effect VALUES (NEW.id, 'in'); END;
CREATE TRIGGER IF NOT EXISTS effect_changed AFTER UPDATE ON submission
  BEGIN INSERT INTO effect VALUES (NEW.id, 'changed'); END;
CREATE TRIGGER IF NOT EXISTS effect_out AFTER DELETE ON submission
  BEGIN INSERT INTO effect VALUES (OLD.id, 'out'); END;
"""


def citizen(n: int) -> str:
    """An invented citizen's number, another for each n."""
    first = f"81{n:010d}"
    return first + check_digit(first)


@contextmanager
def centre_process(home: Path) -> Iterator[str]:
    """The ministry's centre as it is served; its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(home)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        encoding="ascii",
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        assert process.poll() is None, "the centre ended by itself"
    finally:
        process.kill()
        process.communicate()


class Prepared:
    """The office before the storm, made once: `home` and `centre` are copied for each seed."""

    def __init__(self, folder: Path, lookups: int, submissions: int) -> None:
        self.home, self.centre = folder / "home", folder / "centre"
        self.lookups = lookups
        self.submissions = submissions
        locations = copy_office(
            self.home,
            f'[gateways.gdx]\nurl = "https://x.example"\nconsumer_key = "{CONSUMER_KEY}"\n'
            f'consumer_secret = "{SECRET}"\n',
        )
        self.key = Keyring(locations.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
        self._enrol(folder)
        books = books_by_key(self.home, self.key, OFFICER)
        for n in range(lookups):
            self._ask(books, n)
            if n * submissions // lookups != (n + 1) * submissions // lookups:
                make_checkpoint(books)
        books.close()
        with sqlite3.connect(self.centre / "centre.db") as database:
            database.executescript(_COUNTED)

    def _ask(self, books: Books, n: int) -> None:
        visit = books.visits.open("S01", Visitor(citizen(n), identity="card_face"), documents=["D02"])
        books.visits.obtain(visit.id)

    def _enrol(self, folder: Path) -> None:
        from store.base.locations import Locations
        from sync.centre.serve import make_code

        code = make_code(self.centre, "5001")
        with centre_process(self.centre) as url:
            head = open_books(Locations(self.home), HEAD)
            enrolment.request(head, head.signer(PASSPHRASE[HEAD]), url, code)
            assert Engine(head).run(now=True).exit_code == 0
            self.token = head.settings.get("centre.token") or ""
            head.close()

    def copy(self, folder: Path) -> tuple[Path, Path]:
        """home and centre of one storm."""
        shutil.copytree(self.home, folder / "home")
        shutil.copytree(self.centre, folder / "centre")
        return folder / "home", folder / "centre"


def effects(centre: Path) -> Counter[tuple[str, str]]:
    """How often each submission was inserted, changed or deleted in the centre's records."""
    with sqlite3.connect(centre / "centre.db") as database:
        return Counter(tuple(row) for row in database.execute("SELECT id, what FROM effect"))


class CountingGateway(FaultServer):
    """GDx with a log of its own. Every seventh citizen is not found; the others live in a house of their own.

    `subject` and `arrived` go by the `use` line; `unannounced` holds what came without an attempt line.
    """

    def __init__(self, books: Path, key: bytes) -> None:
        self._books = Database(books, key)
        self._use = {
            json.loads(row["body"])["subject"]: row["use"]
            for row in self._books.rows("SELECT body, use FROM job WHERE kind = 'lookup'")
        }
        self.subject = {use: subject for subject, use in self._use.items()}
        self.arrived: Counter[int] = Counter()
        self.unannounced: list[int] = []
        self.tokens: set[str] = set()
        self._counting = threading.Lock()
        super().__init__(Answer())

    def take(self, call: Seen) -> Answer:
        if "ConsumerSecret" in call.query:
            token = str(uuid.uuid4())
            self.tokens.add(token)
            return said(200, {"Result": token})
        if call.headers.get("Token") not in self.tokens:
            return said(401, {"Message": "UnauthorizedException: token not found"})
        subject = call.query["CitizenID"]
        use = self._use[subject]
        with self._counting:
            self.arrived[use] += 1
            lines = self._books.value(
                "SELECT count(*) FROM ledger WHERE about = ? AND kind = 'attempt'", (use,)
            )
            if lines < self.arrived[use]:
                self.unannounced.append(use)
        return house_of(subject)

    def stop(self) -> None:
        super().stop()
        self._books.close()


def house_of(subject: str) -> Answer:
    """The true answer about a citizen, who can be recognised by the house number."""
    if int(subject[:12]) % 7 == 0:
        return said(500, {"Message": "[00410] ไม่พบข้อมูล"})
    return said(200, {"houseID": 50010000001, "houseNo": subject[7:12], "religion": "x"})


def port_of(url: str) -> int:
    """The port of an address."""
    port = urlsplit(url).port
    assert port is not None
    return port
