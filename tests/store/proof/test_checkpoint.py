"""The tree and its signed heads, against RFC 6962's own examples and the C2SP forms."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import struct
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reader.buddhist_date import BANGKOK
from store.books import Books
from store.formats import jws, tree
from store.formats.canonical import unb64
from store.formats.errors import BadNote
from store.formats.note import cosign_note, key_id, read_note, sign_note, verify_cosignature, verify_note
from store.proof.checkpoint import make_checkpoint
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, copy_office, open_books
from tests.store.proof.tampered import use

# The tree of certificate transparency's reference test: eight leaves, and the root after each.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
ORIGIN = "nocopy/5001/01-9f2c41aa/e1"
SEED, OTHER_SEED = bytes(range(32)), bytes(range(1, 33))


class Nodes:
    """A tree in memory that knows complete nodes only, like the books."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.known: dict[tuple[int, int], bytes] = {}
        for seq, leaf in enumerate(leaves):
            self.known[0, seq] = leaf
            for level, n, found in tree.completed(seq, leaf, self.at):
                self.known[level, n] = found

    def at(self, level: int, n: int) -> bytes:
        return self.known[level, n]


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + bytes([n])).digest() for n in range(count)]


def test_the_roots_are_those_of_the_reference() -> None:
    nodes = Nodes([hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in INPUTS])
    assert [tree.root(size, nodes.at).hex() for size in range(1, 9)] == ROOTS
    assert tree.root(0, nodes.at) == hashlib.sha256(b"").digest()


def test_every_proof_up_to_70_leaves_holds_and_no_other_does() -> None:
    made = leaves(70)
    nodes = Nodes(made)
    roots = [tree.root(size, nodes.at) for size in range(71)]
    for new in range(71):
        for old in range(new + 1):
            proof = tree.consistency(old, new, nodes.at)
            assert tree.proves_consistency(old, new, roots[old], roots[new], proof)
            if 0 < old < new:
                assert not tree.proves_consistency(old, new, roots[old - 1], roots[new], proof)
                assert not tree.proves_consistency(old, new, roots[old], roots[new - 1], proof)
                assert not tree.proves_consistency(old, new, roots[old], roots[new], proof[:-1])
                assert not tree.proves_consistency(old, new, roots[old], roots[new], [*proof, roots[0]])
                assert not tree.proves_consistency(new, old, roots[new], roots[old], proof)
                assert not tree.proves_consistency(old, 2 * new, roots[old], roots[new], proof)
        for seq in range(new):
            path = tree.inclusion(seq, new, nodes.at)
            assert tree.proves_inclusion(made[seq], seq, new, roots[new], path)
            assert not tree.proves_inclusion(made[seq - 1], seq, new, roots[new], path) or new == 1
            assert not tree.proves_inclusion(made[seq], seq, new, roots[new - 1], path)
            assert not tree.proves_inclusion(made[seq], seq, 2 * new, roots[new], path)
    assert not tree.proves_consistency(0, 5, roots[3], roots[5], [])
    assert not tree.proves_consistency(3, 3, roots[3], roots[4], [])


def test_a_root_costs_few_reads() -> None:
    nodes = Nodes(leaves(200) * 50)
    asked: list[tuple[int, int]] = []

    def at(level: int, n: int) -> bytes:
        asked.append((level, n))
        return nodes.at(level, n)

    tree.root(9_999, at)
    assert len(asked) <= 14
    asked.clear()
    tree.consistency(8_191, 9_999, at)
    assert len(asked) <= 40


def test_a_note_is_what_c2sp_says() -> None:
    """Read and verified here by hand, from the specification."""
    root = hashlib.sha256(b"root").digest()
    note = sign_note(ORIGIN, 20852, root, SEED)
    text, line = note.split("\n\n")
    assert text == f"{ORIGIN}\n20852\n{base64.b64encode(root).decode()}"
    dash, name, blob = line.removesuffix("\n").split(" ")
    assert (dash, name) == ("\u2014", ORIGIN)
    content, public = base64.b64decode(blob), jws.public_of(SEED)
    assert len(content) == 4 + 64
    assert content[:4] == hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
    Ed25519PublicKey.from_public_bytes(public).verify(content[4:], (text + "\n").encode())

    cosigned = cosign_note(
        note, name="centre.example", seed=OTHER_SEED, at=datetime(2026, 11, 22, tzinfo=BANGKOK)
    )
    assert cosigned.startswith(note)
    dash, name, blob = cosigned[len(note) :].removesuffix("\n").split(" ")
    content, public = base64.b64decode(blob), jws.public_of(OTHER_SEED)
    assert content[:4] == hashlib.sha256(b"centre.example\n\x04" + public).digest()[:4]
    (seconds,) = struct.unpack(">Q", content[4:12])
    assert seconds == 1795280400
    Ed25519PublicKey.from_public_bytes(public).verify(
        content[12:], f"cosignature/v1\ntime {seconds}\n{text}\n".encode()
    )
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public).verify(content[12:], (text + "\n").encode())


def test_a_keys_id_is_that_of_the_notes_specification() -> None:
    """The key of the specification's own example."""
    public = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert public[0] == 1
    assert key_id("PeterNeumann", 1, public[1:]).hex() == "c74f20a3"


def test_only_the_right_key_over_the_right_text_is_believed() -> None:
    note = sign_note(ORIGIN, 7, bytes(32), SEED)
    public, other = jws.public_of(SEED), jws.public_of(OTHER_SEED)
    assert verify_note(note, ORIGIN, public).size == 7
    moment = datetime(2026, 11, 22, 10, 42, tzinfo=BANGKOK)
    cosigned = cosign_note(note, name="centre", seed=OTHER_SEED, at=moment)
    assert verify_cosignature(cosigned, "centre", other) == moment
    assert verify_note(cosigned, ORIGIN, public).root == bytes(32)
    forged_by_other = sign_note(ORIGIN, 7, bytes(32), OTHER_SEED)
    for text, name, key in (
        (note.replace("\n7\n", "\n8\n"), ORIGIN, public),
        (note, ORIGIN, other),
        (note, "nocopy/5001/02-9f2c41aa/e1", public),
        (forged_by_other, ORIGIN, public),
        (cosigned, "centre", other),  # a witness's signature is not a station's
    ):
        with pytest.raises(BadNote):
            verify_note(text, name, key)
    for text, name, key in (
        (cosigned, "centre", public),
        (note, ORIGIN, public),
        (cosigned, "center", other),
    ):
        with pytest.raises(BadNote):
            verify_cosignature(text, name, key)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.rstrip("\n"),
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n7\n", "\n-7\n"),
        lambda note: note.replace("\n7\n", "\n7\nextra\n"),
        lambda note: note.replace("AAAA", "AAA", 1),
        lambda note: note.replace("\u2014 ", "- "),
        lambda note: note.replace("/e1 ", "/e1+ "),
        lambda note: note + "\n",
        lambda note: "",
    ],
)
def test_a_note_in_another_form_is_refused(change: object) -> None:
    note = sign_note(ORIGIN, 7, bytes(32), SEED)
    read_note(note)
    with pytest.raises(BadNote):
        read_note(change(note))  # type: ignore[operator]


# --- in the books ---


@pytest.fixture
def clock() -> HandClock:
    return HandClock("2026-11-25T08:30:00")


@pytest.fixture
def books(tmp_path: Path, clock: HandClock) -> Books:
    locations = copy_office(tmp_path / "home", moment=clock())
    return open_books(locations, clock=clock)


def notes(books: Books) -> list[str]:
    return [row["note"] for row in books.database.rows("SELECT note FROM checkpoint ORDER BY size")]


def test_a_day_has_its_checkpoint_and_a_month_too(books: Books, clock: HandClock) -> None:
    locations = books.locations
    assert len(notes(books)) == 1
    station = unb64(books.ledger.line(0).facts["station_key"])
    first = verify_note(notes(books)[0], books.origin, station)
    assert (first.size, first.root) == (books.ledger.count(), books.ledger.root())
    books.close()

    books = open_books(locations, CONTROLLER, clock)
    assert len(notes(books)) == 1, "one a day is enough"
    books.close()
    clock.set("2026-11-26T08:30:00")
    books = open_books(locations, clock=clock)
    assert len(notes(books)) == 2
    books.close()
    clock.set("2026-11-30T16:00:00")
    open_books(locations, clock=clock).close()
    clock.set("2026-12-01T08:30:00")
    books = open_books(locations, HEAD, clock)
    (cut_off,) = books.ledger.lines(kind="cut_off")
    assert read_note(notes(books)[-1]).size == cut_off.seq + 1
    for note in notes(books):
        read = verify_note(note, books.origin, station)
        assert read.root == books.ledger.root(read.size)
    assert books.queue.list() == [], "no centre knows this office: nothing is queued for one"
    books.close()


def test_what_is_queued_proves_each_checkpoint_against_the_one_before(books: Books, clock: HandClock) -> None:
    with books.database.write() as db:
        books.settings.put(db, "centre.token", "a token")
    for _ in range(3):
        use(books, 5)
        make_checkpoint(books)
        make_checkpoint(books)
    jobs = books.queue.list()
    assert [job.kind for job in jobs] == ["checkpoint"] * 3
    station = unb64(books.ledger.line(0).facts["station_key"])
    sent = []
    for job in sorted(jobs, key=lambda job: job.n):
        signed = jws.read_general(
            gzip.decompress(job.body),
            typ="nocopy-checkpoint+jws",
            key_of={jws.thumbprint(station): books.ledger.line(0).facts["station_key"]}.get,
        )
        assert (
            signed.payload
            == json.dumps(signed.value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        )
        assert (signed.value["unit"], signed.value["station"]) == ("5001", "01")
        sent.append(signed.value)
    assert sent[0]["from"] == 0
    for before, after in pairwise(sent):
        old, new = (verify_note(one["note"], books.origin, station) for one in (before, after))
        assert after["from"] == old.size
        proof = [unb64(text) for text in after["proof"]]
        assert tree.proves_consistency(old.size, new.size, old.root, new.root, proof)
    books.close()
