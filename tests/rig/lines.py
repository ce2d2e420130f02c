"""A bare ledger in an encrypted file, a clock that is set by hand, and lines of invented use."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as driver

from reader.buddhist_date import BANGKOK
from store.base.database import Database
from store.base.schema import migrate
from store.formats.canonical import b64
from store.formats.jws import public_of, thumbprint
from store.formats.line import Entry
from store.ledger.ledger import Ledger
from store.ledger.session import Session
from store.months.summary import Month
from store.people.standing import Standing
from store.people.vault import Signer
from tests.rig.office import CITIZEN

KEY = bytes(range(32))
SEED = bytes(range(1, 33))
_PUBLIC = public_of(SEED)
OWN_KEYS = {"login": "somchai", "kid": thumbprint(_PUBLIC), "key": b64(_PUBLIC), "age_key": "age1"}
"""What a `keys` line says of the key that vouches for the lines of a bare ledger."""


class HandClock:
    """Shows what it was set to."""

    def __init__(self, text: str) -> None:
        self.set(text)

    def __call__(self) -> datetime:
        return self._moment

    def set(self, text: str) -> None:
        self._moment = datetime.fromisoformat(text).replace(tzinfo=BANGKOK)

    def go(self, **by: float) -> None:
        self._moment += timedelta(**by)


@dataclass
class Bare:
    """A ledger without an office around it."""

    database: Database
    ledger: Ledger
    clock: HandClock

    def add(self, kind: str = "use", **fields: Any) -> int:
        with self.database.write() as db:
            return self.ledger.append(db, Entry(kind, "somchai", **fields))


def bare_ledger(folder: Path, at: str = "2026-11-02T08:30:00") -> Bare:
    """An encrypted file with line 0 in it."""
    clock = HandClock(at)
    database = Database.create(folder / "books.db", KEY)
    migrate(database)
    bare = Bare(database, Ledger(database, "01", Standing, clock), clock)
    begin(bare, "keys", facts={"origin": "nocopy/5001/01-00000000/e1", **OWN_KEYS})
    return bare


def begin(bare: Bare, kind: str = "login", seed: bytes = SEED, **fields: Any) -> int:
    """A new session of the same person."""
    signer = Signer("somchai", thumbprint(public_of(seed)), seed)
    with bare.database.write() as db:
        return bare.ledger.begin(db, Session(bare.database, signer), Entry(kind, "somchai", **fields))


def use(bare: Bare, n: int = 1) -> int:
    """Some uses, as a visit writes them."""
    for _ in range(n):
        seq = bare.add(
            visit="01-69-00001",
            service="S01",
            document="D01",
            channel="linkage",
            subject_kind="thai_person",
            comer="mandate",
            identity="chip",
            card_seen_at="2026-11-02T08:29:00+07:00",
            legal="พ.ร.บ. อำนวยความสะดวกฯ",
            outcome="asked",
            subject=CITIZEN,
            comer_id="3100600445635",
            basis="หนังสือมอบอำนาจ",
            purpose="ขึ้นทะเบียน",
        )
    return seq


def burglar(path: Path, key: bytes = KEY) -> Any:
    """A raw connection, as of somebody who has the key and does not use this program."""
    connection = driver.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection


def tamper(path: Path, *statements: str, key: bytes = KEY) -> None:
    """Changes the encrypted file with the triggers removed, and restores them."""
    connection = burglar(path, key)
    rules = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in rules:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in rules:
        connection.execute(sql)
    connection.close()


def uses_of(month: Month) -> list[list[Any]]:
    """The uses that the rules see, added up as the report lists them (Counts.use)."""
    counted = Counter(one[:5] for one in month.uses)
    return [[*key, n] for key, n in sorted(counted.items())]
