"""The ledger: its exact form, how it is read, and that nobody changes it unseen."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest

from store.base.errors import RuleBroken
from store.errors import NotFound
from store.formats.line import Entry
from store.ledger.errors import LedgerBroken
from store.ledger.verify import verify, verify_new
from store.people.standing import Standing
from tests.rig.lines import Bare, bare_ledger, burglar, tamper, use
from tests.rig.office import CITIZEN

FIELDS = {
    *(
        "v",
        "seq",
        "kind",
        "at",
        "month",
        "clock",
        "station",
        "session",
        "officer",
        "visit",
        "service",
        "document",
    ),
    *("channel", "subject_kind", "comer", "identity", "card_seen_at", "legal", "outcome", "error", "ms"),
    *("about", "nonce", "sealed"),
}


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return bare_ledger(tmp_path)


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def test_every_line_is_what_an_outsider_computes(bare: Bare, tmp_path: Path) -> None:
    use(bare, 40)
    bare.add("login")
    raw = burglar(tmp_path / "books.db")
    leaf, leaves = bytes(32), []
    for seq, (number, body, prev, stored) in enumerate(
        raw.execute("SELECT seq, CAST(body AS BLOB), prev, leaf FROM ledger ORDER BY seq")
    ):
        assert number == seq
        assert prev == leaf
        leaf = hashlib.sha256(b"\x00" + leaf + body).digest()
        assert stored == leaf
        leaves.append(leaf)
        told = json.loads(body)
        assert set(told) - {"facts"} == FIELDS
        assert ("facts" in told) == (told["kind"] == "keys")
        assert json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() == body
        assert (told["v"], told["seq"], told["station"], told["session"]) == (2, seq, "01", 0)
        assert len(base64.urlsafe_b64decode(told["nonce"] + "==")) == 16
        values = raw.execute("SELECT field, key, value FROM sealed WHERE seq = ?", (seq,)).fetchall()
        for field, key, value in values:
            assert len(key) == 32
            mark = hmac.digest(key, field.encode() + b"\x00" + value.encode(), "sha256")
            assert told["sealed"][field] == base64.urlsafe_b64encode(mark).decode().rstrip("=")
        assert {field for field, *_ in values} == {
            f for f, mark in told["sealed"].items() if mark is not None
        }
        assert set(told["sealed"]) == {"subject", "comer", "basis", "reference", "purpose"}
    assert len(leaves) == 42
    for size in range(43):
        assert bare.ledger.root(size) == naive_root(leaves[:size])
    verified = bare.ledger.verify()
    assert (verified.size, verified.root, verified.months) == (42, naive_root(leaves), ("2026-11",))


def test_no_citizen_stands_in_an_open_field(bare: Bare) -> None:
    use(bare, 2)
    bodies = [row["body"] for row in bare.database.rows("SELECT body FROM ledger")]
    hashes = {hashlib.new(name, CITIZEN.encode()) for name in ("sha256", "sha1", "md5", "sha512")}
    for text in bodies:
        assert CITIZEN not in text
        for found in hashes:
            assert found.hexdigest() not in text
            assert base64.urlsafe_b64encode(found.digest()).decode().rstrip("=") not in text
    first, second = (json.loads(text)["sealed"]["subject"] for text in bodies[1:])
    assert first != second, "the same citizen twice must not be seen to be the same"


INTO = "INTO ledger(seq, body, prev, leaf)"


def test_a_line_of_use_takes_no_other_fields() -> None:
    with pytest.raises(ValueError, match="no facts"):
        Entry("use", "somchai", facts={"citizen": CITIZEN})
    with pytest.raises(ValueError, match="no kind"):
        Entry("used", "somchai")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET body = replace(body, 'asked', 'obtained') WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 3",
        "DELETE FROM ledger",
        f"INSERT OR REPLACE {INTO} SELECT seq, body, prev, leaf FROM ledger WHERE seq = 3",
        f"REPLACE {INTO} SELECT seq, '{{\"seq\":3}}', prev, leaf FROM ledger WHERE seq = 3",
        f"INSERT {INTO} SELECT 9, '{{\"seq\":9}}', leaf, leaf FROM ledger WHERE seq = 3",
        f"INSERT {INTO} SELECT 4, '{{\"seq\":4}}', prev, leaf FROM ledger WHERE seq = 3",
        f"INSERT {INTO} SELECT 4, '{{\"seq\":5}}', leaf, leaf FROM ledger WHERE seq = 3",
        "UPDATE OR REPLACE ledger SET seq = 1 WHERE seq = 2",
    ],
)
def test_a_slip_of_the_hand_is_refused(bare: Bare, statement: str) -> None:
    use(bare, 3)
    before = bare.database.rows("SELECT seq, body, leaf FROM ledger")
    with pytest.raises(RuleBroken, match="ledger: "), bare.database.write() as db:
        db.execute(statement)
    assert bare.database.rows("SELECT seq, body, leaf FROM ledger") == before


REBUILD = (
    """UPDATE ledger SET body = replace(body, '"outcome":"asked"', '"outcome":"obtained"') WHERE seq = 5"""
)


@pytest.mark.parametrize(
    ("statements", "bad"),
    [
        ([REBUILD], 5),
        (["DELETE FROM ledger WHERE seq = 5"], 5),
        (["DELETE FROM ledger WHERE seq = 0"], 0),
        (["UPDATE ledger SET leaf = zeroblob(32) WHERE seq = 5"], 5),
        (["UPDATE ledger SET prev = zeroblob(32) WHERE seq = 5"], 5),
        (["UPDATE ledger SET body = '{}' WHERE seq = 5"], 5),
        (["DELETE FROM ledger WHERE seq = 9"], 9),
        (["DELETE FROM ledger WHERE seq = 8", "UPDATE ledger SET seq = 8 WHERE seq = 9"], 8),
        (["UPDATE sealed SET value = '3100600445635' WHERE seq = 6 AND field = 'subject'"], 6),
        (["UPDATE sealed SET key = zeroblob(32) WHERE seq = 6 AND field = 'subject'"], 6),
        (["DELETE FROM sealed WHERE seq = 6 AND field = 'purpose'"], 6),
        (["INSERT INTO sealed(seq, field, key, value) VALUES (6, 'reference', zeroblob(32), 'x')"], 6),
        (["INSERT INTO sealed(seq, field, key, value) VALUES (0, 'subject', zeroblob(32), 'x')"], 0),
        (["UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND n = 1"], 7),
        (["DELETE FROM node WHERE level = 1 AND n = 3"], 7),
        (["INSERT INTO node(level, n, hash) VALUES (1, 5, zeroblob(32))"], 10),
        (["INSERT INTO node(level, n, hash) VALUES (7, 0, zeroblob(32))"], 10),
    ],
)
def test_verifying_names_the_first_bad_line(
    bare: Bare, tmp_path: Path, statements: list[str], bad: int
) -> None:
    use(bare, 9)
    assert bare.ledger.verify().size == 10
    tamper(tmp_path / "books.db", *statements)
    with pytest.raises(LedgerBroken) as found:
        bare.ledger.verify()
    assert found.value.facts["seq"] == bad
    assert found.value.facts["month"] in ("2026-11", "-")
    assert found.value.exit_code == 5
    assert CITIZEN not in str(found.value)


def test_a_missing_line_is_called_missing(bare: Bare, tmp_path: Path) -> None:
    use(bare, 3)
    tamper(tmp_path / "books.db", "DELETE FROM ledger WHERE seq = 2")
    with pytest.raises(LedgerBroken, match="line is missing"):
        bare.ledger.verify()


def test_a_chain_built_anew_is_not_what_its_session_vouches_for(bare: Bare, tmp_path: Path) -> None:
    """With the key, hashes and tree can be rebuilt; the session's signature cannot."""
    use(bare, 9)
    rows = bare.database.rows("SELECT seq, body FROM ledger ORDER BY seq")
    bodies = [row["body"].encode() for row in rows]
    bodies[5] = bodies[5].replace(b'"outcome":"asked"', b'"outcome":"obtained"')
    leaf, level = bytes(32), []
    statements = ["DELETE FROM node"]
    for seq, body in enumerate(bodies):
        prev, leaf = leaf, hashlib.sha256(b"\x00" + leaf + body).digest()
        level.append(leaf)
        statements.append(
            f"UPDATE ledger SET body = CAST(x'{body.hex()}' AS TEXT), prev = x'{prev.hex()}',"
            f" leaf = x'{leaf.hex()}' WHERE seq = {seq}"
        )
    height = 0
    while len(level) > 1:
        height += 1
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        statements += [f"INSERT INTO node VALUES ({height}, {n}, x'{h.hex()}')" for n, h in enumerate(level)]
    tamper(tmp_path / "books.db", *statements)
    with pytest.raises(LedgerBroken, match="the lines of its session do not end where they should"):
        bare.ledger.verify()


def test_a_value_can_be_purged_and_the_line_stands(bare: Bare, tmp_path: Path) -> None:
    seq = use(bare)
    bare.add("purged", about=seq, facts={"fields": ["subject"]})
    tamper(tmp_path / "books.db", f"DELETE FROM sealed WHERE seq = {seq} AND field = 'subject'")
    bare.ledger.verify()
    assert bare.ledger.line(seq).subject is None
    tamper(tmp_path / "books.db", f"DELETE FROM sealed WHERE seq = {seq} AND field = 'basis'")
    with pytest.raises(LedgerBroken):
        bare.ledger.verify()


def test_lines_are_found(bare: Bare) -> None:
    first = use(bare)
    attempt = bare.add("attempt", visit="01-69-00001", about=first, outcome="timeout", ms=1200)
    bare.add("login")
    answer = bare.add("answer", visit="01-69-00001", about=first, outcome="obtained")
    late = bare.add("correction", about=answer)
    ledger = bare.ledger
    assert [line.seq for line in ledger.lines()] == [5, 4, 3, 2, 1, 0]
    assert [line.seq for line in ledger.lines(limit=2)] == [5, 4]
    assert [line.seq for line in ledger.lines(limit=2, newest_first=False)] == [0, 1]
    assert [line.seq for line in ledger.lines(visit="01-69-00001", newest_first=False)] == [1, 2, 4]
    assert [line.seq for line in ledger.lines(kind="attempt", month="2026-11")] == [attempt]
    assert [line.seq for line in ledger.lines(about=first)] == [4, 2]
    assert [line.seq for line in ledger.story(first)] == [first, attempt, answer, late]
    line = ledger.line(first)
    assert (line.subject, line.comer, line.officer, line.ms) == (CITIZEN, "mandate", "somchai", None)
    assert ledger.line(attempt).ms == 1200
    assert CITIZEN not in repr(line)
    assert CITIZEN not in repr(Entry("use", "somchai", subject=CITIZEN))
    with pytest.raises(NotFound):
        ledger.line(99)
    with pytest.raises(NotFound):
        ledger.story(99)


def test_only_what_is_new_is_gone_through(bare: Bare, tmp_path: Path) -> None:
    """After a root that was kept elsewhere: the bodies of older lines are not read, so they cost nothing."""
    use(bare, 40)
    for size in (1, 2, 7, 32, 33, 41):
        root = bare.ledger.root(size)
        with bare.database.reading() as db:
            assert verify_new(db, size, root, Standing).root == bare.ledger.root()
            with pytest.raises(LedgerBroken):
                verify_new(db, size, bare.ledger.root(size - 1), Standing)
    root = bare.ledger.root(33)
    tamper(tmp_path / "books.db", "UPDATE ledger SET body = '{}' WHERE seq = 5")
    with bare.database.reading() as db:
        assert verify_new(db, 33, root, Standing).size == 41
    with pytest.raises(LedgerBroken):
        bare.ledger.verify()
    tamper(tmp_path / "books.db", "UPDATE ledger SET body = '{}' WHERE seq = 35")
    with bare.database.reading() as db, pytest.raises(LedgerBroken) as broken:
        verify_new(db, 33, root, Standing)
    assert broken.value.facts["seq"] == 35


def test_the_last_line_before_what_is_new_is_proved(bare: Bare, tmp_path: Path) -> None:
    """Changed together with its hash, it fits its neighbours: only the kept root shows it."""
    use(bare, 41)
    root = bare.ledger.root(42)
    row = bare.database.row("SELECT body, prev FROM ledger WHERE seq = 41")
    assert row is not None
    body = row["body"].replace('"outcome":"asked"', '"outcome":"obtained"').encode()
    leaf = hashlib.sha256(b"\x00" + row["prev"] + body).digest()
    tamper(
        tmp_path / "books.db",
        f"UPDATE ledger SET body = CAST(x'{body.hex()}' AS TEXT), leaf = x'{leaf.hex()}' WHERE seq = 41",
    )
    with bare.database.reading() as db, pytest.raises(LedgerBroken) as broken:
        verify_new(db, 42, root, Standing)
    assert broken.value.facts["seq"] == 41


def test_a_line_that_begins_a_chain_of_its_own_is_found(bare: Bare, tmp_path: Path) -> None:
    """Its hash is right for the hash that it names as the one before, but that is not the line before it."""
    use(bare, 9)
    row = bare.database.row("SELECT CAST(body AS BLOB) AS body FROM ledger WHERE seq = 9")
    left = bare.database.row("SELECT leaf FROM ledger WHERE seq = 8")
    assert row is not None
    assert left is not None
    leaf = hashlib.sha256(b"\x00" + bytes(32) + row["body"]).digest()
    node = hashlib.sha256(b"\x01" + left["leaf"] + leaf).digest()
    tamper(
        tmp_path / "books.db",
        f"UPDATE ledger SET prev = zeroblob(32), leaf = x'{leaf.hex()}' WHERE seq = 9",
        f"UPDATE node SET hash = x'{node.hex()}' WHERE level = 1 AND n = 4",
    )
    with pytest.raises(LedgerBroken, match="does not follow from the line before"):
        bare.ledger.verify()


def test_many_lines_are_gone_through_as_strictly_as_few(bare: Bare, tmp_path: Path) -> None:
    """Lines are read by the thousand: what is wrong beyond the first thousands is found at its own line."""
    with bare.database.write() as db:
        for n in range(9000):
            purpose = "ขึ้นทะเบียน" if n > 100 else "ขึ้นทะเบียน\nสองบรรทัด"
            subject, why = (CITIZEN, purpose) if n % 7 == 0 else (None, None)
            bare.ledger.append(db, Entry("use", "somchai", outcome="asked", subject=subject, purpose=why))
    seen: list[int] = []
    whole = verify(bare.database, Standing, seen.append)
    assert (whole.size, whole.root, seen[-1]) == (9001, bare.ledger.root(), 9001)
    assert len(seen) > 2, "it tells how far it is"
    for statement, bad in (
        ("UPDATE sealed SET value = value || ' ' WHERE seq = 8422 AND field = 'subject'", 8422),
        ("DELETE FROM node WHERE level = 12 AND n = 1", 8191),
        ("DELETE FROM sealed WHERE seq = 5048", 5048),
        (REBUILD.replace("seq = 5", "seq = 4097"), 4097),
        ("UPDATE ledger SET leaf = zeroblob(32) WHERE seq = 4096", 4096),
    ):
        tamper(tmp_path / "books.db", statement)
        with pytest.raises(LedgerBroken) as broken:
            verify(bare.database, Standing)
        assert broken.value.facts["seq"] == bad
