"""Books of two months that a witness and the head have seen, and what reads and changes their rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.base.locations import Locations
from store.books import Books
from store.formats import jws, tree
from store.formats.canonical import b64, canonical
from store.formats.line import Entry
from store.formats.note import cosign_note
from store.people.vault import Keyring, Seen
from store.proof.checkpoint import make_checkpoint
from store.proof.fixed_lines import Proof, prove
from tests.rig.lines import HandClock, burglar, tamper
from tests.rig.office import CITIZEN, OFFICER, PASSPHRASE

WITNESS_SEED = bytes(range(7, 39))


KEYS = {
    "name": "centre.example",
    "witness": b64(jws.public_of(WITNESS_SEED)),
    "receipt": b64(jws.public_of(WITNESS_SEED)),
    "age": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
}


@dataclass
class Office:
    """Books of two months: the witness signed the lines before `cosigned`, the head saw up to `seen`."""

    locations: Locations
    clock: HandClock
    key: bytes
    cosigned: int = 0
    seen: int = 0
    size: int = 0

    def verify(self, login: str = OFFICER) -> Proof:
        """Verify as `ledger verify` does, also books that contradict the evidence."""
        books = Books.open(self.locations, login, PASSPHRASE[login], clock=self.clock, even_broken=True)
        try:
            return prove(books)
        finally:
            books.close()

    def tamper(self, *statements: str) -> None:
        tamper(self.locations.books, *statements, key=self.key)


def use(books: Books, n: int) -> None:
    for _ in range(n):
        with books.database.write() as db:
            books.ledger.append(
                db,
                Entry(
                    "use",
                    OFFICER,
                    service="S01",
                    document="D02",
                    outcome="asked",
                    subject=CITIZEN,
                    purpose="x",
                ),
            )


def witnessed(books: Books, clock: HandClock) -> int:
    """The centre's witness signs the ledger as it is now, and its signature came back."""
    note = make_checkpoint(books)
    size = books.ledger.count()
    signed = cosign_note(note, name=KEYS["name"], seed=WITNESS_SEED, at=clock())
    with books.database.write() as db:
        db.execute("UPDATE checkpoint SET cosigned = ? WHERE size = ?", [signed, size])
    return size


Row = tuple[dict[str, Any], list[tuple[str, bytes, str]]]


def rows_of(office: Office) -> list[Row]:
    """Every line's body, and its sealed values."""
    raw = burglar(office.locations.books, office.key)
    sealed: dict[int, list[tuple[str, bytes, str]]] = {}
    for seq, *value in raw.execute("SELECT seq, field, key, value FROM sealed"):
        sealed.setdefault(seq, []).append((value[0], value[1], value[2]))
    found = raw.execute("SELECT seq, body FROM ledger ORDER BY seq").fetchall()
    raw.close()
    return [(json.loads(body), sealed.get(seq, [])) for seq, body in found]


def rebuild(office: Office, rows: Sequence[Row]) -> None:
    """Writes the ledger anew with these lines, so that nothing on this PC contradicts it."""
    statements = ["DELETE FROM node", "DELETE FROM sealed", "DELETE FROM ledger"]
    statements += ["DELETE FROM checkpoint WHERE cosigned IS NULL"]
    nodes: dict[tuple[int, int], bytes] = {}
    leaf = bytes(32)
    for seq, (body, sealed) in enumerate(rows):
        text, prev = canonical({**body, "seq": seq}), leaf
        leaf = hashlib.sha256(b"\x00" + prev + text).digest()
        nodes[0, seq] = leaf
        values = f"{seq}, CAST(x'{text.hex()}' AS TEXT), x'{prev.hex()}', x'{leaf.hex()}'"
        statements.append(f"INSERT INTO ledger(seq, body, prev, leaf) VALUES ({values})")
        for name, key, value in sealed:
            values = f"{seq}, '{name}', x'{key.hex()}', CAST(x'{value.encode().hex()}' AS TEXT)"
            statements.append(f"INSERT INTO sealed(seq, field, key, value) VALUES ({values})")
        for level, n, made in tree.completed(seq, leaf, lambda level, n: nodes[level, n]):
            nodes[level, n] = made
            statements.append(f"INSERT INTO node VALUES ({level}, {n}, x'{made.hex()}')")
    tamper(office.locations.books, *statements, key=office.key)
    keyring = Keyring(office.locations.keys)
    root = tree.root(len(rows), lambda level, n: nodes[level, n])
    keyring.remember(keyring.unlock(OFFICER, PASSPHRASE[OFFICER]), Seen(len(rows), root))


def changed(rows: list[Row], at: int) -> list[Row]:
    body, sealed = rows[at]
    return [*rows[:at], ({**body, "outcome": "not_found", "officer": "nobody"}, sealed), *rows[at + 1 :]]


def deleted(rows: list[Row], at: int) -> list[Row]:
    return [*rows[:at], *rows[at + 1 :]]
