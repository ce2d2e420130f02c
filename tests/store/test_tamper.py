"""Someone who has the database key changes the real encrypted file: it is found, or told what is not."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reader.buddhist_date import BANGKOK
from store import jws, tree
from store.books import Books
from store.canonical import b64, canonical, unb64
from store.checkpoint import cosign_note, make_checkpoint, sign_note
from store.database import Database
from store.errors import (
    BooksReadAlone,
    EvidenceContradicts,
    EvidenceForged,
    LedgerBroken,
    LinesGone,
    StoreError,
)
from store.evidence import given
from store.ledger import Entry
from store.locations import Locations
from store.proof import Proof, prove
from store.vault import Keyring, Seen
from store.verify import verify
from tests.rig.command_line import Pc
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, copy_office, open_books
from tests.store.lines import CITIZEN, HandClock, burglar, tamper

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
        """As `ledger verify` does it: even of books that contradict."""
        books = Books.open(self.locations, login, PASSPHRASE[login], clock=self.clock, even_broken=True)
        try:
            return prove(books)
        finally:
            books.close()

    def tamper(self, *statements: str) -> None:
        tamper(self.locations.books, *statements, key=self.key)


def _use(books: Books, n: int) -> None:
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


def _witnessed(books: Books, clock: HandClock) -> int:
    """The centre's witness signs the ledger as it is now, and its signature came back."""
    note = make_checkpoint(books)
    size = books.ledger.count()
    signed = cosign_note(note, name=KEYS["name"], seed=WITNESS_SEED, at=clock())
    with books.database.write() as db:
        db.execute("UPDATE checkpoint SET cosigned = ? WHERE size = ?", [signed, size])
    return size


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """November's lines are signed by the witness, some of December's seen by the head, the last by nobody."""
    clock = HandClock("2026-11-27T08:30:00")
    locations = copy_office(
        tmp_path_factory.mktemp("tamper") / "home", moment=datetime(2026, 11, 26, tzinfo=BANGKOK)
    )
    books = open_books(locations, clock=clock)
    with books.database.write() as db:
        books.settings.put(db, "centre.keys", canonical(KEYS).decode())
    for day in ("2026-11-28T09:00:00", "2026-11-29T09:00:00", "2026-11-30T09:00:00"):
        clock.set(day)
        _use(books, 4)
    clock.set("2026-12-01T09:00:00")
    _use(books, 2)
    office = Office(locations, clock, books.database.key, cosigned=_witnessed(books, clock))
    _use(books, 5)
    books.close()
    clock.set("2026-12-02T09:00:00")
    open_books(locations, HEAD, clock).close()
    books = open_books(locations, clock=clock)
    office.seen = Keyring(locations.keys).seen_by_all()[HEAD].size
    _use(books, 4)
    office.size = books.ledger.count()
    books.close()
    return office


@pytest.fixture
def office(made: Office, tmp_path: Path) -> Office:
    shutil.copytree(made.locations.home, tmp_path / "home")
    return replace(made, locations=Locations(tmp_path / "home"))


# --- a clumsy hand: the rows are changed, and nothing else ---

_CHANGED = """UPDATE ledger SET body = replace(body, '"v":1', '"v":2') WHERE seq = {at}"""
_INSERTED = (
    "INSERT INTO ledger(seq, body, prev, leaf) SELECT {at}, replace(body, '\"seq\":' || seq, '\"seq\":{at}'),"
    " coalesce((SELECT leaf FROM ledger WHERE seq = {at} - 1), zeroblob(32)), leaf FROM ledger WHERE seq = 0"
)
CLUMSY = {
    "changed": [_CHANGED],
    "deleted": ["DELETE FROM ledger WHERE seq = {at}"],
    "deleted, the rest moved up": [
        "DELETE FROM ledger WHERE seq = {at}",
        "UPDATE ledger SET seq = -seq WHERE seq > {at}",
        "UPDATE ledger SET seq = -seq - 1 WHERE seq < 0",
    ],
    "put in": [
        "UPDATE ledger SET seq = -seq - 1 WHERE seq >= {at}",
        "UPDATE ledger SET seq = -seq WHERE seq < 0",
        _INSERTED,
    ],
}


@pytest.mark.parametrize("how", CLUMSY)
def test_one_line_anywhere(made: Office, tmp_path: Path, how: str) -> None:
    months = [body["month"] for body, _ in rows_of(made)]
    for at in range(made.size):
        file = tmp_path / "books.db"
        shutil.copy(made.locations.books, file)
        tamper(file, *(one.format(at=at) for one in CLUMSY[how]), key=made.key)
        database = Database(file, made.key)
        with pytest.raises(LedgerBroken) as broken:
            verify(database)
        database.close()
        assert broken.value.exit_code == 5
        # A last line that is gone leaves its number behind: its values, and the tree, know of it.
        assert broken.value.facts["seq"] == at, (how, at, str(broken.value))
        assert broken.value.facts["month"] in ("-", months[at], months[max(at - 1, 0)])


# --- a skilled hand: chain, tree, checkpoints and the own mark are made anew ---

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
    """Writes the ledger anew with these lines: nothing within this PC contradicts it afterwards."""
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


def put_in(rows: list[Row], at: int) -> list[Row]:
    return [*rows[:at], ({**rows[at][0], "nonce": "A" * 22}, rows[at][1]), *rows[at:]]


def own_checkpoint(office: Office, size: int) -> str:
    """The station's key stands in the books: a checkpoint over what is there now costs a forger nothing."""
    raw = burglar(office.locations.books, office.key)
    book = dict(raw.execute("SELECT name, value FROM book").fetchall())
    leaves = [bytes(row[0]) for row in raw.execute("SELECT leaf FROM ledger ORDER BY seq")]
    raw.close()

    def node_at(level: int, n: int) -> bytes:
        if level == 0:
            return leaves[n]
        return tree.inner(node_at(level - 1, 2 * n), node_at(level - 1, 2 * n + 1))

    note = sign_note(book["origin"], size, tree.root(size, node_at), unb64(book["station_seed"]))
    return f"INSERT INTO checkpoint(size, at, note, queued) VALUES ({size}, 'x', '{note}', 0)"


def test_what_the_forger_signed_narrows_nothing_down(office: Office) -> None:
    at = office.cosigned - 8
    rebuild(office, changed(rows_of(office), at))
    office.tamper(own_checkpoint(office, at + 4))
    broken = office.verify().broken
    assert broken is not None
    assert int(broken.facts["seq"]) <= at < office.cosigned


SKILLED = [changed, deleted, put_in]


@pytest.mark.parametrize("how", SKILLED)
def test_a_rebuilt_chain_contradicts_the_witness(
    office: Office, how: Callable[[list[Row], int], list[Row]]
) -> None:
    at = office.cosigned - 8
    rebuild(office, how(rows_of(office), at))
    proof = office.verify()
    broken = proof.broken
    assert isinstance(broken, EvidenceContradicts), broken
    # The first line is named that nobody vouches for: before it stand those of the controller's first log-in.
    before = Keyring(office.locations.keys).seen_by_all()[CONTROLLER].size
    assert (broken.facts["seq"], broken.facts["last"], broken.exit_code) == (before, office.cosigned, 5)
    assert broken.facts["month"] == "2026-11"
    assert proof.fixed is None


@pytest.mark.parametrize("how", SKILLED)
def test_a_rebuilt_end_contradicts_who_saw_it(
    office: Office, how: Callable[[list[Row], int], list[Row]]
) -> None:
    """After what the witness signed, and before what the head saw at a log-in."""
    rebuild(office, how(rows_of(office), office.seen - 1))
    proof = office.verify()
    assert proof.broken is not None
    assert (proof.broken.facts["seq"], proof.broken.facts["month"]) == (office.cosigned, "2026-12")
    assert proof.broken.facts["by"] == HEAD
    assert proof.fixed is not None
    assert (proof.fixed.kind, proof.fixed.size) == ("witness", office.cosigned)
    with pytest.raises(LedgerBroken):
        open_books(office.locations, HEAD, office.clock)


@pytest.mark.parametrize("how", SKILLED)
def test_beyond_what_anybody_knows_only_this_pcs_word_stands(
    office: Office, how: Callable[[list[Row], int], list[Row]]
) -> None:
    rebuild(office, how(rows_of(office), office.size - 2))
    proof = office.verify()
    assert proof.broken is None, "nobody can know"
    assert proof.fixed is not None
    assert proof.seen is not None
    assert (proof.fixed.size, proof.seen.size, proof.seen.by) == (office.cosigned, office.seen, HEAD)
    assert proof.fixed.at is not None
    assert proof.fixed.at.startswith("2026-12-01")
    assert proof.size > office.seen


def test_the_last_day_is_gone(office: Office) -> None:
    rebuild(office, rows_of(office)[: office.cosigned])
    broken = office.verify().broken
    assert isinstance(broken, LinesGone)
    assert (broken.facts["seq"], broken.facts["by"], broken.facts["known"]) == (
        office.cosigned,
        HEAD,
        office.seen,
    )
    assert broken.facts["month"] == "2026-12"


def test_the_end_is_gone_and_another_was_written(office: Office) -> None:
    rows = rows_of(office)
    rebuild(office, [*rows[: office.cosigned], *[rows[-1]] * 12])
    broken = office.verify().broken
    assert isinstance(broken, EvidenceContradicts)
    assert (broken.facts["seq"], broken.facts["by"], broken.facts["last"]) == (
        office.cosigned,
        HEAD,
        office.seen,
    )


def test_a_month_is_gone(office: Office) -> None:
    """Its uses, and then all of it, so that the months of what is left fit one another."""
    rows = rows_of(office)
    uses = [n for n, (body, _) in enumerate(rows) if body["month"] == "2026-11" and body["kind"] == "use"]
    cut = next(n for n, (body, _) in enumerate(rows) if body["kind"] == "cut_off")
    without = [row for n, row in enumerate(rows) if n not in uses]
    whole = [({**body, "month": "2026-12"}, sealed) for body, sealed in rows[: uses[0]]] + rows[cut + 1 :]
    for left, first, month in ((without, uses[0], "2026-11"), (whole, 0, "2026-12")):
        rebuild(office, left)
        broken = office.verify().broken
        assert broken is not None
        assert int(broken.facts["seq"]) <= first
        assert broken.facts["month"] == month


def test_without_the_note_in_the_books_the_witness_still_knows(office: Office) -> None:
    """Whoever rebuilds the chain takes the witness's note out, too; it is asked for afresh."""
    raw = burglar(office.locations.books, office.key)
    note = raw.execute("SELECT cosigned FROM checkpoint WHERE cosigned IS NOT NULL").fetchone()[0]
    raw.close()
    rebuild(office, changed(rows_of(office), office.cosigned - 2)[: office.cosigned + 1])
    office.tamper("DELETE FROM checkpoint")
    strip_marks(office)
    books = Books.open(office.locations, OFFICER, PASSPHRASE[OFFICER], clock=office.clock)
    assert prove(books).broken is None
    assert prove(books).fixed is None, "and that is what it says"
    broken = prove(books, [given(books, note)]).broken
    assert isinstance(broken, EvidenceContradicts)
    assert broken.facts["by"] == KEYS["name"]
    printed = f"{office.seen}:{'0' * 64}"
    assert prove(books, [given(books, printed)]).broken is not None
    books.close()


def strip_marks(office: Office) -> None:
    """Takes what the others saw out of keys.json."""
    content = json.loads(office.locations.keys.read_text())
    for entry in content["people"]:
        if entry["login"] != OFFICER:
            entry["seen"] = None
    office.locations.keys.write_text(json.dumps(content))


def test_a_mark_that_was_taken_out_is_noticed_by_whose_it_was(office: Office) -> None:
    strip_marks(office)
    with pytest.raises(EvidenceForged) as broken:
        open_books(office.locations, HEAD, office.clock)
    assert broken.value.exit_code == 5


def test_an_old_backup_in_place_of_both_files(office: Office, tmp_path: Path) -> None:
    """Keys and books fit one another: nobody's mark tells, but the witness does."""
    older = copy_office(tmp_path / "other", moment=datetime(2026, 11, 26, tzinfo=BANGKOK))
    books = open_books(older, clock=HandClock("2026-11-27T08:30:00"))
    with books.database.write() as db:
        books.settings.put(db, "centre.keys", canonical(KEYS).decode())
    size = books.ledger.count()
    shutil.copytree(older.home, tmp_path / "older")
    _use(books, 5)
    note = cosign_note(make_checkpoint(books), name=KEYS["name"], seed=WITNESS_SEED, at=office.clock())
    books.close()
    shutil.rmtree(older.home)
    shutil.copytree(tmp_path / "older", older.home)
    books = open_books(older, clock=HandClock("2026-11-28T08:30:00"))
    assert prove(books).broken is None
    broken = prove(books, [given(books, note)]).broken
    assert isinstance(broken, LinesGone), broken
    assert (broken.facts["month"], broken.facts["by"]) == ("2026-11", KEYS["name"])
    assert int(broken.facts["seq"]) <= size < int(str(broken.facts["known"]))
    books.close()


def test_the_books_of_two_stations_are_swapped(office: Office, tmp_path: Path) -> None:
    other = copy_office(tmp_path / "other", moment=datetime(2026, 11, 25, tzinfo=BANGKOK))
    key = Keyring(other.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    for leftover in office.locations.home.glob("books.db-*"):
        leftover.unlink()
    mine = tmp_path / "mine.db"
    shutil.copy(office.locations.books, mine)
    shutil.copy(other.books, office.locations.books)
    with pytest.raises(StoreError) as refused:
        open_books(office.locations, OFFICER, office.clock)
    assert refused.value.exit_code == 5
    # By somebody who knows both keys, and puts the people of the one into the other.
    raw = burglar(office.locations.books, key)
    raw.execute(f"PRAGMA rekey = \"x'{office.key.hex()}'\"")
    raw.execute(f"ATTACH '{mine}' AS mine KEY \"x'{office.key.hex()}'\"")
    for table in ("person_key", "appointment", "person"):
        raw.execute(f"DELETE FROM {table}")
    for table in ("person", "appointment", "person_key"):
        raw.execute(f"INSERT INTO {table} SELECT * FROM mine.{table}")
    raw.execute(
        "UPDATE book SET value = (SELECT value FROM mine.book WHERE name = 'db_key_id')"
        " WHERE name = 'db_key_id'"
    )
    raw.close()
    proof = office.verify()
    assert proof.broken is not None
    assert (proof.broken.facts["seq"], proof.broken.exit_code) == (0, 5)


def test_what_was_verified_cannot_be_forged_by_editing_a_row(office: Office) -> None:
    """A log-in verifies only what is new; where it begins is under the person's own key, not in the books."""
    rebuild(office, rows_of(office))
    office.tamper(_CHANGED.format(at=office.size - 1))
    with pytest.raises(LedgerBroken) as broken:
        open_books(office.locations, HEAD, office.clock)
    assert broken.value.facts["seq"] == office.size - 1
    edited = json.loads(office.locations.keys.read_text())
    for entry in edited["people"]:
        entry["seen"]["size"] = office.size if entry["login"] == HEAD else entry["seen"]["size"]
    office.locations.keys.write_text(json.dumps(edited))
    with pytest.raises(LedgerBroken):
        open_books(office.locations, HEAD, office.clock)


def test_books_that_contradict_can_be_read_and_not_written(office: Office) -> None:
    office.tamper(_CHANGED.format(at=office.size - 1))
    books = Books.open(office.locations, HEAD, PASSPHRASE[HEAD], clock=office.clock, even_broken=True)
    assert books.broken is not None
    assert books.ledger.lines(limit=1)[0].seq == office.size - 1, "no log-in line was added"
    with pytest.raises(BooksReadAlone), books.database.write():
        pass
    books.close()


def test_the_command_says_so_with_exit_code_5(office: Office) -> None:
    office.tamper(_CHANGED.format(at=office.cosigned - 2))
    ran = Pc(office.locations.home, passphrases=PASSPHRASE).run("ledger", "verify", login=CONTROLLER)
    assert ran.code == 5
    assert (ran.json["problem"]["line"], ran.json["problem"]["month"]) == (office.cosigned - 2, "2026-11")
    assert f"line {office.cosigned - 2} (2026-11)" in ran.err
