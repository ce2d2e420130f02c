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
from store.formats.session import Certificate, Tail, public_key, sign_certificate, sign_row
from store.people.sheet_key import sheet_signer
from store.people.vault import Keyring, Seen
from store.proof.checkpoint import make_checkpoint
from store.proof.fixed_lines import Proof, prove
from store.staff.recovery import read_key
from tests.rig.lines import HandClock, burglar, tamper
from tests.rig.office import CITIZEN, OFFICER, PASSPHRASE, sheet_of

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
    """Writes the ledger anew with these lines, so that nothing in the books contradicts it.

    As if everybody at the office had conspired: each person's key vouches for their new sessions.
    """
    statements = ["DELETE FROM node", "DELETE FROM sealed", "DELETE FROM ledger", "DELETE FROM session"]
    statements += ["DELETE FROM checkpoint WHERE cosigned IS NULL"]
    nodes: dict[tuple[int, int], bytes] = {}
    leaf, sessions = bytes(32), _Sessions(office)
    for seq, (body, sealed) in enumerate(rows):
        sessions.meet(body, seq, tree.root(seq, lambda level, n: nodes[level, n]))
        text, prev = canonical({**body, "seq": seq, "session": sessions.number}), leaf
        leaf = hashlib.sha256(b"\x00" + prev + text).digest()
        sessions.wrote(seq, leaf)
        nodes[0, seq] = leaf
        values = f"{seq}, CAST(x'{text.hex()}' AS TEXT), x'{prev.hex()}', x'{leaf.hex()}'"
        statements.append(f"INSERT INTO ledger(seq, body, prev, leaf) VALUES ({values})")
        for name, key, value in sealed:
            values = f"{seq}, '{name}', x'{key.hex()}', CAST(x'{value.encode().hex()}' AS TEXT)"
            statements.append(f"INSERT INTO sealed(seq, field, key, value) VALUES ({values})")
        for level, n, made in tree.completed(seq, leaf, lambda level, n: nodes[level, n]):
            nodes[level, n] = made
            statements.append(f"INSERT INTO node VALUES ({level}, {n}, x'{made.hex()}')")
    tamper(office.locations.books, *statements, *sessions.rows(), key=office.key)
    keyring = Keyring(office.locations.keys)
    root = tree.root(len(rows), lambda level, n: nodes[level, n])
    keyring.remember(keyring.unlock(OFFICER, PASSPHRASE[OFFICER]), Seen(len(rows), root))


class _Sessions:
    """The sessions of the lines that are written anew, each with a key and a certificate of its own."""

    def __init__(self, office: Office) -> None:
        keyring = Keyring(office.locations.keys)
        sheet = sheet_signer(read_key(sheet_of(office.locations.home).read_text()))
        self._signers = {None: sheet.seed} | {
            login: keyring.unlock(login, passphrase).seed or b"" for login, passphrase in PASSPHRASE.items()
        }
        self._new: dict[int, tuple[Certificate, bytes]] = {}  # by their old numbers
        self._tails: dict[int, Tail] = {}
        self.number = 0

    def meet(self, body: dict[str, Any], seq: int, root: bytes) -> None:
        """Begins the session that a line names, where it has not begun yet."""
        self._old = int(body["session"])
        if self._old not in self._new:
            login, seed = body["officer"], bytes([seq + 1] * 32)
            before = [one for one, (made, _) in self._new.items() if made.login == login]
            certificate = Certificate(
                session=seq,
                login=login,
                kid="",
                key=public_key(seed),
                origin="",
                root=root,
                roles=None,
                settings=None,
                previous=self._tails[before[-1]].names() if before else None,
            )
            self._new[self._old] = (certificate, seed)
        self.number = self._new[self._old][0].session

    def wrote(self, seq: int, leaf: bytes) -> None:
        before = self._tails.get(self._old)
        self._tails[self._old] = Tail(self.number, before.count + 1 if before else 1, seq, leaf)

    def rows(self) -> list[str]:
        """Statements that insert the sessions."""
        found = []
        for old, (certificate, seed) in self._new.items():
            login = "NULL" if certificate.login is None else f"'{certificate.login}'"
            made = sign_certificate(certificate, self._signers[certificate.login])
            row = sign_row(self._tails[old], seed)
            found.append(f"INSERT INTO session VALUES ({certificate.session}, {login}, '{made}', '{row}')")
        return found


def changed(rows: list[Row], at: int) -> list[Row]:
    body, sealed = rows[at]
    return [*rows[:at], ({**body, "outcome": "not_found"}, sealed), *rows[at + 1 :]]


def deleted(rows: list[Row], at: int) -> list[Row]:
    return [*rows[:at], *rows[at + 1 :]]
