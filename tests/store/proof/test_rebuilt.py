"""A forger makes chain, tree, checkpoints and their own mark anew: people who saw the ledger still notice."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from store.books import Books
from store.formats import tree
from store.formats.canonical import unb64
from store.formats.note import sign_note
from store.ledger.errors import LedgerBroken
from store.people.vault import Keyring
from store.proof.errors import EvidenceContradicts, EvidenceForged, LinesGone
from store.proof.evidence import given
from store.proof.fixed_lines import prove
from tests.rig.lines import burglar
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.store.proof.tampered import (
    KEYS,
    Office,
    Row,
    changed,
    deleted,
    rebuild,
    rows_of,
)


def put_in(rows: list[Row], at: int) -> list[Row]:
    return [*rows[:at], ({**rows[at][0], "nonce": "A" * 22}, rows[at][1]), *rows[at:]]


def own_checkpoint(office: Office, size: int) -> str:
    """A checkpoint of the ledger as it is now, signed as a forger can: the station's key is in the books."""
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


def test_a_checkpoint_signed_by_the_forger_proves_nothing(office: Office) -> None:
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
    # The error names the first line that nobody vouches for, after those of the controller's first log-in.
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
def test_lines_that_nobody_else_saw_are_vouched_for_by_this_pc_alone(
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


def test_a_removed_last_day_is_noticed(office: Office) -> None:
    rebuild(office, rows_of(office)[: office.cosigned])
    broken = office.verify().broken
    assert isinstance(broken, LinesGone)
    assert (broken.facts["seq"], broken.facts["by"], broken.facts["known"]) == (
        office.cosigned,
        HEAD,
        office.seen,
    )
    assert broken.facts["month"] == "2026-12"


def test_a_removed_end_with_other_lines_written_is_noticed(office: Office) -> None:
    rows = rows_of(office)
    rebuild(office, [*rows[: office.cosigned], *[rows[office.cosigned - 1]] * 12])
    broken = office.verify().broken
    assert isinstance(broken, EvidenceContradicts)
    assert (broken.facts["seq"], broken.facts["by"], broken.facts["last"]) == (
        office.cosigned,
        HEAD,
        office.seen,
    )


def test_a_removed_month_is_noticed(office: Office) -> None:
    """First its uses, then all of it, so that the remaining months follow each other."""
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
    """The forger also removes the witness's note; it is asked for again."""
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
    """Removes the other people's marks from keys.json."""
    content = json.loads(office.locations.keys.read_text())
    for entry in content["people"]:
        if entry["login"] != OFFICER:
            entry["seen"] = None
    office.locations.keys.write_text(json.dumps(content))


def test_the_person_whose_mark_was_removed_is_told(office: Office) -> None:
    strip_marks(office)
    with pytest.raises(EvidenceForged) as broken:
        open_books(office.locations, HEAD, office.clock)
    assert broken.value.exit_code == 5
