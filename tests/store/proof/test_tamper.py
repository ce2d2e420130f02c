"""Somebody with the database key changes the real encrypted file: it is found, or the limit is stated."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from reader.buddhist_date import BANGKOK
from store.base.database import Database
from store.base.errors import BooksReadAlone
from store.books import Books
from store.errors import StoreError
from store.formats.note import cosign_note
from store.ledger.errors import LedgerBroken
from store.ledger.verify import verify
from store.people.standing import Standing
from store.people.vault import Keyring
from store.proof.checkpoint import make_checkpoint
from store.proof.errors import LinesGone
from store.proof.evidence import given
from store.proof.fixed_lines import prove
from tests.rig.command_line import Pc
from tests.rig.lines import HandClock, burglar, tamper
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, copy_office, know_centre, open_books
from tests.store.proof.tampered import (
    KEYS,
    WITNESS_SEED,
    Office,
    rebuild,
    rows_of,
    use,
)

_CHANGED = """UPDATE ledger SET body = replace(body, '"v":2', '"v":3') WHERE seq = {at}"""
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
def test_a_change_to_any_one_line_is_noticed(made: Office, tmp_path: Path, how: str) -> None:
    months = [body["month"] for body, _ in rows_of(made)]
    for at in range(made.size):
        file = tmp_path / "books.db"
        shutil.copy(made.locations.books, file)
        tamper(file, *(one.format(at=at) for one in CLUMSY[how]), key=made.key)
        database = Database(file, made.key)
        with pytest.raises(LedgerBroken) as broken:
            verify(database, Standing)
        database.close()
        assert broken.value.exit_code == 5
        # A removed last line is still known by its number, from its values and the tree.
        assert broken.value.facts["seq"] == at, (how, at, str(broken.value))
        assert broken.value.facts["month"] in ("-", months[at], months[max(at - 1, 0)])


def test_an_old_backup_in_place_of_both_files(office: Office, tmp_path: Path) -> None:
    """Keys and books fit each other, so that no mark shows it, but the witness does."""
    older = copy_office(tmp_path / "other", moment=datetime(2026, 11, 26, tzinfo=BANGKOK))
    books = open_books(older, clock=HandClock("2026-11-27T08:30:00"))
    know_centre(books, KEYS)
    size = books.ledger.count()
    shutil.copytree(older.home, tmp_path / "older")
    use(books, 5)
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
    for table in ("person_key", "appointment", "person", "roles_document"):
        raw.execute(f"DELETE FROM {table}")
    for table in ("person", "appointment", "person_key", "roles_document"):
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


def test_books_whose_end_is_no_line_can_be_read_and_not_written(office: Office) -> None:
    """No line can follow: so there is no log-in line, and nothing else is written."""
    office.tamper("UPDATE ledger SET body = '{}' WHERE seq = (SELECT max(seq) FROM ledger)")
    books = Books.open(office.locations, HEAD, PASSPHRASE[HEAD], clock=office.clock, even_broken=True)
    assert books.broken is not None
    assert books.ledger.line(office.cosigned).seq == office.cosigned
    with pytest.raises(BooksReadAlone), books.database.write():
        pass
    books.close()


def test_the_command_says_so_with_exit_code_5(office: Office) -> None:
    office.tamper(_CHANGED.format(at=office.cosigned - 2))
    ran = Pc(office.locations.home, passphrases=PASSPHRASE).run("ledger", "verify", login=CONTROLLER)
    assert ran.code == 5
    assert (ran.json["problem"]["line"], ran.json["problem"]["month"]) == (office.cosigned - 2, "2026-11")
    assert f"line {office.cosigned - 2} (2026-11)" in ran.err
