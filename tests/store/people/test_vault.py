"""keys.json: exactly in the agreed form, opened by the right passphrase alone."""

from __future__ import annotations

import base64
import hmac
import json
import os
import stat
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyrage
import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.base.errors import NoBooks
from store.people.errors import KeysDamaged, WeakPassphrase, WrongPassphrase
from store.people.passphrase import check
from store.people.vault import Keyring, Seen, Signer
from tests.rig.argon import make_cheap
from tests.rig.office import sealed_anew

DB_KEY = bytes(range(100, 132))
FIRST, OWN, NEXT = "first-word-1", "ควาย ข้าว น้ำ ตะกร้า", "river mango lantern bell"


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def recovery() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def keyring(tmp_path: Path, recovery: pyrage.x25519.Identity) -> Keyring:
    made = Keyring(tmp_path / "keys.json")
    made.begin(DB_KEY, str(recovery.to_public()))
    made.add_first("somchai", FIRST, DB_KEY)
    return made


def content(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "keys.json").read_bytes()))


def open_box(entry: dict[str, Any], passphrase: str) -> dict[str, Any]:
    """Open an entry with code written from the published form alone."""
    m, t, p = entry["m"], entry["t"], entry["p"]
    normal = unicodedata.normalize("NFKC", passphrase).encode()
    key = hash_secret_raw(normal, raw(entry["salt"]), t, m, p, 32, Type.ID)
    bound = f"1|{entry['login']}|{m}|{t}|{p}".encode()
    return dict(json.loads(ChaCha20Poly1305(key).decrypt(raw(entry["nonce"]), raw(entry["box"]), bound)))


def test_an_outsider_reads_the_file_with_the_published_form(
    keyring: Keyring, tmp_path: Path, recovery: pyrage.x25519.Identity
) -> None:
    public = sealed_anew(keyring, "somchai", FIRST, OWN)
    keyring.remember(keyring.unlock("somchai", OWN), Seen(7, sha256(b"root").digest()))
    file = content(tmp_path)
    assert set(file) == {"v", "db_key_id", "people", "recovery"}
    assert file["v"] == 1
    assert pyrage.decrypt(raw(file["recovery"]), [recovery]) == DB_KEY
    (entry,) = file["people"]
    assert set(entry) == {"login", "salt", "m", "t", "p", "nonce", "box", "db", "seen"}
    assert (entry["m"], entry["t"], entry["p"]) == (65536, 3, 1)
    box = open_box(entry, OWN)
    identity = pyrage.x25519.Identity.from_str(box["age"])
    assert pyrage.decrypt(raw(entry["db"]), [identity]) == DB_KEY
    assert str(identity.to_public()) == public.age_key
    signing = Ed25519PrivateKey.from_private_bytes(raw(box["seed"])).public_key().public_bytes_raw()
    assert raw(public.signing_key) == signing
    thumb = b'{"crv":"Ed25519","kty":"OKP","x":"' + public.signing_key.encode() + b'"}'
    assert raw(public.kid) == sha256(thumb).digest()
    seen = entry["seen"]
    key = HKDF(SHA256(), 32, salt=None, info=b"nocopy seen v1").derive(box["age"].encode())
    said = json.dumps({"login": "somchai", "root": seen["root"], "size": 7}, separators=(",", ":")).encode()
    assert raw(seen["mac"]) == hmac.digest(key, said, "sha256")
    assert raw(seen["root"]) == sha256(b"root").digest()


def test_a_first_passphrase_opens_the_books_and_signs_nothing(keyring: Keyring) -> None:
    unlocked = keyring.unlock("somchai", FIRST)
    assert (unlocked.db_key, unlocked.seed, unlocked.seen) == (DB_KEY, None, None)
    assert keyring.logins() == ["somchai"]


def test_the_first_change_makes_keys_and_later_ones_keep_them(keyring: Keyring) -> None:
    before = keyring.unlock("somchai", FIRST)
    public = sealed_anew(keyring, "somchai", FIRST, OWN)
    own = keyring.unlock("somchai", OWN)
    assert own.seed is not None
    assert own.age_identity != before.age_identity, "who made the entry knew the temporary identity"
    keyring.remember(own, Seen(3, bytes(32)))
    assert sealed_anew(keyring, "somchai", OWN, NEXT) == public
    after = keyring.unlock("somchai", NEXT)
    assert (after.seed, after.age_identity, after.db_key) == (own.seed, own.age_identity, DB_KEY)
    assert (after.seen, after.seen_is_genuine) == (Seen(3, bytes(32)), True)
    for old in (FIRST, OWN):
        with pytest.raises(WrongPassphrase):
            keyring.unlock("somchai", old)


def test_a_passphrase_is_the_same_from_any_keyboard(keyring: Keyring) -> None:
    """SARA AM may arrive as one code point or as two, and Latin letters in their wide form."""
    sealed_anew(keyring, "somchai", FIRST, "น้ำแข็งใส ร้านป้าเล็ก")
    keyring.unlock("somchai", "น้ํ\u0e32แข็งใส ร้านป้าเล็ก")
    with pytest.raises(WrongPassphrase):
        keyring.unlock("somchai", "น้ำแข็งใส ร้านป้าเล็")
    with pytest.raises(WrongPassphrase):
        keyring.unlock("somying", "น้ำแข็งใส ร้านป้าเล็ก")


@pytest.mark.parametrize(
    ("passphrase", "problem"),
    [
        ("7 chars", "shorter"),
        ("my name is SomChai", "login"),
        ("number 1234567890121 x", "citizen"),
        ("number 1-2345-67890-12-1", "citizen"),
        ("call me 081-234-5678 now", "telephone"),
        ("call me 0812345678 now", "telephone"),
        ("call 053-123-456 the office", "telephone"),
        ("call me +66812345678 now", "telephone"),
        ("born on 22/11/2569 here", "date"),
        ("born on 2026-11-22 here", "date"),
        ("born on 22112569 here", "date"),
        ("born on 1.2.69 somewhere", "date"),
        ("๑๒๓", "shorter"),
        (FIRST, "old one"),
    ],
)
def test_weak_passphrases_are_refused_with_the_reason(passphrase: str, problem: str) -> None:
    with pytest.raises(WeakPassphrase, match=problem) as refused:
        check(passphrase, "somchai", FIRST)
    assert passphrase not in str(refused.value)


def test_a_refused_passphrase_changes_nothing(keyring: Keyring, tmp_path: Path) -> None:
    before = content(tmp_path)
    with pytest.raises(WeakPassphrase):
        sealed_anew(keyring, "somchai", FIRST, "too short")
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    "passphrase",
    [
        "twelve chars",
        "correct horse battery staple",
        "house 12 tree 2569 bird 7",
        "รหัสลับ ๑๒๓๔๕ ของเรา",
        "room 99/12 floor 4000 x",
    ],
)
def test_good_passphrases_are_taken(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch, passphrase: str
) -> None:
    make_cheap(monkeypatch)
    sealed_anew(keyring, "somchai", FIRST, passphrase)
    assert keyring.unlock("somchai", passphrase).db_key == DB_KEY
    with pytest.raises(WrongPassphrase):
        keyring.unlock("somchai", FIRST)


def test_costs_that_would_stop_the_pc_are_refused(keyring: Keyring, tmp_path: Path) -> None:
    file = content(tmp_path)
    for name, value in (("m", 262145), ("t", 7), ("m", 2**31), ("p", 1000), ("t", 0), ("m", "x")):
        entry = {**file["people"][0], name: value}
        (tmp_path / "keys.json").write_text(json.dumps({**file, "people": [entry]}))
        with pytest.raises(KeysDamaged):
            keyring.unlock("somchai", FIRST)


def test_costs_are_bound_to_the_box(keyring: Keyring, tmp_path: Path) -> None:
    """An entry cannot be moved to another login either."""
    file = content(tmp_path)
    entry = {**file["people"][0], "login": "somying"}
    (tmp_path / "keys.json").write_text(json.dumps({**file, "people": [entry]}))
    with pytest.raises(WrongPassphrase):
        keyring.unlock("somying", FIRST)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"v":1}', '{"v":2,"people":[]}', '{"v":1,"people":[{}]}', "\x00\xff"]
)
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text, encoding="latin-1")
    with pytest.raises(KeysDamaged):
        Keyring(tmp_path / "keys.json").unlock("somchai", FIRST)


def test_no_file_means_no_books(tmp_path: Path) -> None:
    with pytest.raises(NoBooks):
        Keyring(tmp_path / "keys.json").unlock("somchai", FIRST)


def test_a_forged_mark_of_what_was_seen_is_not_genuine(keyring: Keyring, tmp_path: Path) -> None:
    sealed_anew(keyring, "somchai", FIRST, OWN)
    keyring.remember(keyring.unlock("somchai", OWN), Seen(7, bytes(32)))
    file = content(tmp_path)
    file["people"][0]["seen"]["size"] = 6
    (tmp_path / "keys.json").write_text(json.dumps(file))
    assert not keyring.unlock("somchai", OWN).seen_is_genuine


def test_the_file_is_private_and_replaced_as_a_whole(
    keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    before = (tmp_path / "keys.json").read_bytes()

    def power_cut(*_args: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(os, "replace", power_cut)
    with pytest.raises(OSError, match="power cut"):
        keyring.add_first("wipha", FIRST, DB_KEY)
    assert (tmp_path / "keys.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_a_signers_hand_writes_ed25519_and_shows_no_secret(keyring: Keyring) -> None:
    public = sealed_anew(keyring, "somchai", FIRST, OWN)
    unlocked = keyring.unlock("somchai", OWN)
    assert unlocked.seed is not None
    signer = Signer("somchai", public.kid, unlocked.seed)
    Ed25519PublicKey.from_public_bytes(raw(public.signing_key)).verify(signer.sign(b"x"), b"x")
    for secret in (repr(unlocked.seed), repr(DB_KEY), unlocked.age_identity):
        assert secret not in repr(signer)
        assert secret not in repr(unlocked)
