"""Who has the books open writes in their own name alone: every way to write as another is seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from store.base.locations import Locations
from store.books import Books
from store.formats import tree
from store.formats.canonical import b64, canonical
from store.formats.jws import public_of, thumbprint
from store.formats.line import Entry
from store.formats.session import Certificate, Tail, claimed_row, public_key, sign_certificate, sign_row
from store.ledger.errors import LedgerBroken
from store.people.vault import Keyring
from tests.rig.lines import burglar, tamper
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, copy_office, open_books

Body = dict[str, Any]


class Burglar:
    """The officer, with the database key and Python, and no keys but their own: rebuilds chain and tree."""

    def __init__(self, locations: Locations) -> None:
        self.locations = locations
        unlocked = Keyring(locations.keys).unlock(OFFICER, PASSPHRASE[OFFICER])
        self.key, self.seed = unlocked.db_key, unlocked.seed or b""
        raw = burglar(locations.books, self.key)
        self.bodies: list[Body] = [
            json.loads(row[0]) for row in raw.execute("SELECT body FROM ledger ORDER BY seq")
        ]
        self.sessions: dict[int, tuple[str | None, str, str]] = {
            row[0]: row[1:] for row in raw.execute("SELECT session, login, certificate, row FROM session")
        }
        self.origin = raw.execute("SELECT value FROM book WHERE name = 'origin'").fetchone()[0]
        raw.close()

    def mine(self) -> int:
        """The number of the officer's last session."""
        return max(number for number, (login, *_) in self.sessions.items() if login == OFFICER)

    def of(self, login: str) -> int:
        """The number of that person's last session."""
        return max(number for number, (whose, *_) in self.sessions.items() if whose == login)

    def add(self, **fields: Any) -> None:
        """A line behind the last one, like the officer's last use."""
        last = next(body for body in reversed(self.bodies) if body["kind"] == "use")
        self.bodies.append({**last, "seq": len(self.bodies), "nonce": "A" * 22, **fields})

    def leaves(self) -> list[bytes]:
        leaf, found = bytes(32), []
        for body in self.bodies:
            leaf = sha256(b"\x00" + leaf + canonical(body)).digest()
            found.append(leaf)
        return found

    def root(self, size: int) -> bytes:
        edge: list[tuple[int, bytes]] = []
        for leaf in self.leaves()[:size]:
            tree.grow(edge, leaf)
        return tree.edge_root(edge)

    def vouch(self, number: int, login: str | None, *, previous: bool = True) -> None:
        """A session with the officer's key under its certificate and a row that fits the lines."""
        before = max(
            (n for n, (whose, *_) in self.sessions.items() if whose == login and n < number), default=None
        )
        bound = claimed_row(self.sessions[before][2]).names() if previous and before is not None else None
        own = bytes([number % 200 + 1] * 32)
        certificate = Certificate(
            session=number,
            login=login,
            kid=thumbprint(public_of(self.seed)),
            key=public_key(own),
            origin=self.origin,
            root=self.root(number),
            roles=None,
            settings=None,
            previous=bound,
        )
        mine = [body["seq"] for body in self.bodies if body["session"] == number]
        tail = Tail(number, len(mine), mine[-1], self.leaves()[mine[-1]])
        self.sessions[number] = (login, sign_certificate(certificate, self.seed), sign_row(tail, own))

    def write(self) -> None:
        """Puts all of it into the books, so that hashes and tree fit."""
        statements = ["DELETE FROM node", "DELETE FROM sealed", "DELETE FROM ledger", "DELETE FROM session"]
        nodes: dict[tuple[int, int], bytes] = {}
        prev = bytes(32)
        for seq, (body, leaf) in enumerate(zip(self.bodies, self.leaves(), strict=True)):
            text, nodes[0, seq] = canonical(body), leaf
            values = f"{seq}, CAST(x'{text.hex()}' AS TEXT), x'{prev.hex()}', x'{leaf.hex()}'"
            statements.append(f"INSERT INTO ledger(seq, body, prev, leaf) VALUES ({values})")
            prev = leaf
            for level, n, made in tree.completed(seq, leaf, lambda level, n: nodes[level, n]):
                nodes[level, n] = made
                statements.append(f"INSERT INTO node VALUES ({level}, {n}, x'{made.hex()}')")
        for number, (login, certificate, row) in self.sessions.items():
            whose = "NULL" if login is None else f"'{login}'"
            statements.append(f"INSERT INTO session VALUES ({number}, {whose}, '{certificate}', '{row}')")
        tamper(self.locations.books, *statements, key=self.key)


def _use(books: Books, n: int = 1) -> None:
    for _ in range(n):
        with books.database.write() as db:
            books.ledger.append(
                db, Entry("use", books.who.login, service="S01", document="D02", outcome="asked")
            )


@pytest.fixture
def thief(tmp_path: Path) -> Burglar:
    """Everybody was there: the officer, the head with an export, the controller, and the officer again."""
    locations = copy_office(tmp_path / "home")
    for login in (OFFICER, HEAD, CONTROLLER, OFFICER):
        books = open_books(locations, login)
        if login == OFFICER:
            _use(books, 3)
        else:
            with books.database.write() as db:
                books.ledger.append(db, Entry("export", login, facts={"what": "ledger"}))
        books.close()
    return Burglar(locations)


def as_another(thief: Burglar) -> None:
    thief.add(officer=HEAD, session=thief.mine())
    thief.vouch(thief.mine(), OFFICER)


def in_anothers_session(thief: Burglar) -> None:
    thief.add(officer=HEAD, session=thief.of(HEAD))


def in_anothers_session_with_an_own_row(thief: Burglar) -> None:
    number = thief.of(HEAD)
    thief.add(officer=HEAD, session=number)
    login, certificate, _ = thief.sessions[number]
    thief.vouch(number, HEAD)
    thief.sessions[number] = (login, certificate, thief.sessions[number][2])


def in_a_forged_session(thief: Burglar) -> None:
    number = len(thief.bodies)
    thief.add(kind="login", officer=HEAD, session=number, outcome=None, service=None, document=None)
    thief.add(officer=HEAD, session=number)
    thief.vouch(number, HEAD)


def in_no_session(thief: Burglar) -> None:
    thief.add(session=thief.mine() + 1)


def in_a_session_to_come(thief: Burglar) -> None:
    thief.add(session=len(thief.bodies) + 5)


def as_a_line_of_the_version_before(thief: Burglar) -> None:
    thief.add(officer=HEAD, v=1)
    del thief.bodies[-1]["session"]


def with_keys_of_anothers_name(thief: Burglar) -> None:
    public = public_of(bytes(range(32)))
    facts = {"login": HEAD, "kid": thumbprint(public), "key": b64(public), "age_key": "age1"}
    thief.add(kind="keys", officer=OFFICER, session=thief.mine(), facts=facts, outcome=None)
    thief.vouch(thief.mine(), OFFICER)


def a_list_of_people_without_the_role(thief: Burglar) -> None:
    thief.add(kind="people", officer=OFFICER, session=thief.mine(), facts={"login": HEAD}, outcome=None)
    thief.vouch(thief.mine(), OFFICER)


def erased_in_the_heads_name(thief: Burglar) -> None:
    facts = {"first": 1, "last": 2, "fields": ["subject"], "months": []}
    thief.add(kind="purged", officer=HEAD, session=thief.mine(), facts=facts, outcome=None)
    thief.vouch(thief.mine(), OFFICER)


def erased_for_years_in_the_own_name(thief: Burglar) -> None:
    facts = {"first": 1, "last": 2, "fields": ["subject"], "months": []}
    thief.add(kind="purged", officer=OFFICER, session=thief.mine(), facts=facts, outcome=None)
    thief.vouch(thief.mine(), OFFICER)


def anothers_line_changed(thief: Burglar) -> None:
    at = next(body for body in thief.bodies if body["kind"] == "export" and body["officer"] == HEAD)
    at["facts"] = {"what": "nothing"}


def an_own_line_before_anothers_changed(thief: Burglar) -> None:
    at = next(body for body in thief.bodies if body["kind"] == "use")
    at["outcome"] = "obtained"
    thief.vouch(at["session"], OFFICER)


def anothers_line_taken_out(thief: Burglar) -> None:
    at = next(
        n for n, body in enumerate(thief.bodies) if body["kind"] == "export" and body["officer"] == HEAD
    )
    del thief.bodies[at]
    for seq, body in enumerate(thief.bodies):
        body["seq"] = seq


def the_end_cut_off(thief: Burglar) -> None:
    del thief.bodies[thief.of(CONTROLLER) + 1 :]
    thief.sessions = {n: one for n, one in thief.sessions.items() if n < len(thief.bodies)}


def two_lines_exchanged(thief: Burglar) -> None:
    a, b = thief.of(HEAD), thief.of(CONTROLLER)
    thief.bodies[a + 1], thief.bodies[b + 1] = thief.bodies[b + 1], thief.bodies[a + 1]
    for seq, body in enumerate(thief.bodies):
        body["seq"] = seq


def anothers_certificate_under_another_number(thief: Burglar) -> None:
    number = len(thief.bodies)
    thief.add(kind="login", officer=HEAD, session=number, outcome=None, service=None, document=None)
    thief.sessions[number] = thief.sessions[thief.of(HEAD)]


def anothers_session_removed(thief: Burglar) -> None:
    del thief.sessions[thief.of(HEAD)]


def anothers_row_of_another_session(thief: Burglar) -> None:
    number = thief.of(HEAD)
    login, certificate, _ = thief.sessions[number]
    thief.sessions[number] = (login, certificate, thief.sessions[thief.of(CONTROLLER)][2])


def a_session_without_lines(thief: Burglar) -> None:
    thief.sessions[3] = thief.sessions[thief.of(HEAD)]


SEEN: Sequence[Callable[[Burglar], None]] = (
    *(as_another, in_anothers_session, in_anothers_session_with_an_own_row, in_a_forged_session),
    *(in_no_session, in_a_session_to_come, as_a_line_of_the_version_before, with_keys_of_anothers_name),
    *(a_list_of_people_without_the_role, erased_in_the_heads_name, erased_for_years_in_the_own_name),
    *(anothers_line_changed, an_own_line_before_anothers_changed, anothers_line_taken_out, the_end_cut_off),
    *(two_lines_exchanged, anothers_certificate_under_another_number, anothers_session_removed),
    *(anothers_row_of_another_session, a_session_without_lines),
)


def verify(thief: Burglar, login: str) -> None:
    books = Books.open(thief.locations, login, PASSPHRASE[login], even_broken=True)
    try:
        if books.broken is not None:
            raise books.broken
        books.ledger.verify()
    finally:
        books.close()


@pytest.mark.parametrize("attack", SEEN)
def test_nobody_writes_as_another(thief: Burglar, attack: Callable[[Burglar], None]) -> None:
    attack(thief)
    thief.write()
    with pytest.raises(LedgerBroken) as broken:
        verify(thief, CONTROLLER)
    assert broken.value.exit_code == 5


def test_the_same_books_written_anew_are_right(thief: Burglar) -> None:
    """What the thief's tools write is right where nothing was changed: so the tests above prove something."""
    thief.write()
    verify(thief, HEAD)


def test_an_author_may_rewrite_their_own_end(thief: Burglar) -> None:
    """Said in SECURITY.md: until another's line or the witness follows, nobody else vouches for it."""
    thief.add(session=thief.mine())
    thief.vouch(thief.mine(), OFFICER)
    thief.write()
    verify(thief, HEAD)


def test_a_running_window_notices_that_its_last_line_was_changed(tmp_path: Path) -> None:
    locations = copy_office(tmp_path / "home")
    books = open_books(locations, HEAD)
    with books.database.write() as db:
        books.ledger.append(db, Entry("export", HEAD, facts={"what": "ledger"}))
    thief = Burglar(locations)
    thief.bodies[-1]["facts"] = {"what": "nothing"}
    thief.write()
    with pytest.raises(LedgerBroken), books.database.write() as db:
        books.ledger.append(db, Entry("export", HEAD, facts={"what": "ledger"}))
    books.close()


def test_a_transaction_that_is_undone_leaves_the_session_right(tmp_path: Path) -> None:
    books = open_books(copy_office(tmp_path / "home"))

    def half() -> None:
        with books.database.write() as db:
            books.ledger.append(db, Entry("use", OFFICER, outcome="asked"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    _use(books, 2)
    books.ledger.verify()
    books.close()
