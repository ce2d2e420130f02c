"""An office whose head signed for a gateway and a centre, and what an officer with its key can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from store.base.database import Tables
from store.books import Books
from store.exchange import ministry_catalogue
from store.formats import jws
from store.formats.canonical import b64, canonical, sha256_hex
from store.formats.line import Entry, LineKind
from store.people.vault import Keyring
from store.proof.checkpoint import make_checkpoint
from store.settings.documents import SETTINGS, newest, token_of
from store.settings.publication import CATALOGUE
from sync.network.http import Limits
from sync.run.engine import Engine, RunReport
from tests.rig.faults import FaultServer, said
from tests.rig.office import OFFICER, PASSPHRASE, ask, copy_office, decide, know_centre, open_books
from tests.sync.centre.ministrys_catalogue import MINISTRYS

QUICK = Limits(connect=1.0, read=0.4, call=0.8)
CENTRE_SEED = bytes(range(64, 96))
KEYS = {name: b64(jws.public_of(CENTRE_SEED)) for name in ("receipt", "witness")}
KEYS |= {"name": "centre.example", "age": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"}
FORM = """
[gateways.gdx]
url = "https://x.example"
consumer_key = "key"
consumer_secret = "hush-hush"
"""


class Attacked:
    """The officer's books, with a lookup and a checkpoint that wait.

    `gateway` and `centre` are those that the head signed for, `attacker` is the officer's own server.
    """

    def __init__(self, home: Path) -> None:
        self.gateway, self.centre, self.attacker = (
            FaultServer(said(200, {"houseNo": "9"})) for _ in range(3)
        )
        self.locations = copy_office(home, FORM)
        self.books = open_books(self.locations)
        decide(self.books, {"gateways.gdx.url": self.gateway.url, "centre.url": self.centre.url})
        know_centre(self.books, KEYS)
        for n in (7, 8):
            assert ministry_catalogue.take(self.books, publication(n))
        with self.books.database.write() as db:
            self.books.settings.put(db, "centre.token", "the-token")
        ask(self.books)
        make_checkpoint(self.books)

    def run(self) -> RunReport:
        return Engine(self.books, limits=QUICK, sleep=lambda _s: None).run(now=True)

    def sent(self) -> int:
        """The number of calls that went anywhere."""
        return sum(len(server.calls) for server in (self.gateway, self.centre, self.attacker))

    def open_anew(self) -> Books:
        """The same books in another process, which has verified nothing yet."""
        return open_books(self.locations)

    def close(self) -> None:
        self.books.close()
        for server in (self.gateway, self.centre, self.attacker):
            server.stop()


def publication(n: int, seed: bytes = CENTRE_SEED) -> str:
    """The ministry's catalogue number `n`, in which D02 has that version."""
    documents = [
        {**one, "linkage": {"office": "00023", "service": "008", "version": f"{n:02}"}}
        for one in MINISTRYS["documents"]
    ]
    services = [*MINISTRYS["services"], {**MINISTRYS["services"][0], "code": "S01"}]
    value = {"v": 1, "n": n, "at": "2026-11-25T09:00:00+07:00", "documents": documents, "services": services}
    return jws.sign_compact(canonical(value), typ=CATALOGUE, header={}, seed=seed)


def row(name: str, value: str | None = None) -> Callable[[Attacked, Tables], object]:
    """One row of the table of settings; None: the attacker's own address."""

    def change(at: Attacked, db: Tables) -> None:
        given = at.attacker.url if value is None else value
        db.execute("INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)", [name, given])

    return change


def sql(*statements: str) -> Callable[[Attacked, Tables], object]:
    def change(_at: Attacked, db: Tables) -> None:
        for statement in statements:
            db.execute(statement)

    return change


def name_document(at: Attacked, db: Tables, n: int, token: str) -> None:
    """A line, as the program itself writes it, that names this document."""
    sha256 = sha256_hex(token.encode())
    db.execute(
        "INSERT OR REPLACE INTO settings_document(n, token, sha256) VALUES (?, ?, ?)", [n, token, sha256]
    )
    facts = {"names": ["office.open"], "document": {"n": n, "sha256": sha256}}
    at.books.ledger.append(db, Entry(LineKind.SETTINGS, OFFICER, facts=facts))


def forged_document(at: Attacked, db: Tables) -> None:
    """The next document, right but for its signer: the officer's own key signed it."""
    last = newest(db)
    assert last is not None
    value = jws.claims(token_of(db, last).encode())[1]
    value |= {"n": last.n + 1, "prev": last.sha256}
    value["settings"] |= {"gateways.gdx.url": at.attacker.url}
    seed = Keyring(at.locations.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).seed
    assert seed is not None
    name_document(at, db, last.n + 1, jws.sign_compact(canonical(value), typ=SETTINGS, header={}, seed=seed))


def older_document(at: Attacked, db: Tables, *, under: int) -> None:
    """The document before the newest, which a head signed, as the newest one again."""
    last = newest(db)
    assert last is not None
    [token] = db.execute("SELECT token FROM settings_document WHERE n = ?", [last.n - 1]).fetchone()
    name_document(at, db, last.n + under, token)


def older_publication(at: Attacked, db: Tables) -> None:
    """The ministry's catalogue before the newest, which the centre signed, as the newest one again."""
    token = publication(7)
    digest = sha256_hex(token.encode())
    facts = {"name": "ministry", "n": 7, "sha256": digest, "services": 1}
    at.books.ledger.append(db, Entry(LineKind.CATALOGUE, OFFICER, facts=facts))


def forged_publication(at: Attacked, db: Tables) -> None:
    """A newer catalogue, signed by a key that is no centre's, and that key in the row of the centre's."""
    seed = bytes(32)
    token = publication(9, seed)
    digest = sha256_hex(token.encode())
    db.execute("INSERT INTO publication(n, sha256, token) VALUES (9, ?, ?)", [digest, token])
    facts = {"name": "ministry", "n": 9, "sha256": digest, "services": 1}
    at.books.ledger.append(db, Entry(LineKind.CATALOGUE, OFFICER, facts=facts))
    keys = canonical({**KEYS, "receipt": b64(jws.public_of(seed))}).decode()
    db.execute("UPDATE setting SET value = ? WHERE name = 'centre.keys'", [keys])
