"""People's keys, sealed in keys.json, and the signing key that a person uses.

Each person has an age identity and, once the first passphrase is changed, an Ed25519 signing seed. Both are
sealed together under that person's passphrase; the database key is sealed to the age identity. None of this
is in the books, so whoever opens the database still cannot sign as somebody else.

    keys.json  {v, db_key_id, people: [{login, salt, m, t, p, nonce, box, db, seen}], recovery, next}
    box        ChaCha20-Poly1305(key = Argon2id(passphrase, salt, m, t, p), aad = the text v|login|m|t|p)
               of the canonical JSON {"age": the age identity, "seed": b64 of 32 bytes, or null}
    db         the database key (32 bytes), age-sealed to that identity; recovery: the same to the sheet
    seen       {size, root, mac}: the ledger at the person's last log-in; mac = HMAC-SHA-256 of the canonical
               JSON {"login", "root", "size"} under HKDF-SHA-256(the age identity's text, no salt,
               info "nocopy seen v1"); null before the first log-in
    db_key_id  the first 16 hex digits of SHA-256("nocopy database key" | 00 | the database key)
    next       only while the database key is being changed: {db_key_id, db: {login: ...}, recovery}, with the
               next key sealed in the same way; after a power cut one of the two keys opens the books

Binary values are b64. A first passphrase's entry has a seed of null and a temporary age identity; its box
holds also "first", the seed (b64) of a temporary signing key, which signs only the person's new keys. Its
word for them stands as `claim` in the entry of the new keys until the person's next log-in.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyrage
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reader.sentences import mark
from store.formats.canonical import b64, canonical, unb64
from store.formats.jws import public_of, thumbprint
from store.people import passphrase as rules
from store.people.errors import WrongPassphrase, WrongSheet
from store.people.keys_file import VERSION, KeysFile

MEMORY_KIB, PASSES, LANES = 65536, 3, 1
# The most that an entry may ask of Argon2id: a forged file must not block this PC or fill its memory.
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 262144, 6, 16


@dataclass(frozen=True)
class Seen:
    """The ledger at a person's last log-in: its number of lines and their root."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Unlocked:
    """What a person's passphrase opens. `seed` (32 bytes) is None while the person has a first passphrase.

    `seen_is_genuine`: whether the entry's mark of the ledger has a right MAC. `next_key` is the next database
    key, where a change of the key was interrupted. `first` is the seed (32 bytes) under a first passphrase.
    """

    login: str
    db_key: bytes = field(repr=False)
    age_identity: str = field(repr=False)
    seed: bytes | None = field(repr=False)
    seen: Seen | None
    seen_is_genuine: bool
    next_key: bytes | None = field(default=None, repr=False)
    first: bytes | None = field(default=None, repr=False)

    def public_keys(self) -> PublicKeys | None:
        """The public halves of the person's own keys; None while the person has a first passphrase."""
        return None if self.seed is None else _public_keys(self.age_identity, self.seed)


@dataclass(frozen=True)
class PublicKeys:
    """A person's public keys: `kid` and `signing_key` (b64, 32 bytes) to sign, `age_key` (age1...)."""

    kid: str
    signing_key: str
    age_key: str


Vouch = Callable[[PublicKeys], dict[str, Any]]
"""Gives the word for new keys: {roles_n, signed}, further facts of their `keys` line."""


@dataclass(frozen=True)
class FirstKeys:
    """The public halves of the temporary keys under a first passphrase: b64 of 32 bytes, and age1..."""

    key: str
    age_key: str


@dataclass(frozen=True)
class Signer:
    """A person's signing key for one signature, after the passphrase was asked again."""

    login: str
    kid: str
    seed: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature, 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


class Keyring(KeysFile):
    """Creates and opens the sealed entries of keys.json.

    Whoever changes the file must hold the books' write lock, so that no process overwrites another's change.
    """

    def begin(self, db_key: bytes, recovery_key: str) -> None:
        """Writes a new file without people; the database key is sealed to the recovery sheet's public key."""
        self.write(
            {
                "v": VERSION,
                "db_key_id": key_id(db_key),
                "people": [],
                "recovery": _sealed_to(recovery_key, db_key),
            }
        )

    def seen_by_all(self) -> dict[str, Seen]:
        """{login: the ledger at that person's last log-in}. Unverified: the MAC needs the person's key.

        Raises KeysDamaged where an entry cannot be read.
        """
        try:
            return {
                str(entry["login"]): Seen(int(entry["seen"]["size"]), unb64(entry["seen"]["root"]))
                for entry in self.read()["people"]
                if entry["seen"] is not None
            }
        except (KeyError, TypeError, ValueError):
            raise self.damaged(mark("a person's entry cannot be read")) from None

    def sealed_to_sheet(self) -> str:
        """The database key, age-encrypted to the recovery sheet, in b64."""
        return str(self.read()["recovery"])

    def db_key_id(self) -> str:
        """The id (key_id()) of the database key in the entries."""
        return str(self.read()["db_key_id"])

    def add_first(self, login: str, passphrase: str, db_key: bytes) -> FirstKeys:
        """Adds an entry that opens the books with a first passphrase, and signs nothing but new keys.

        It replaces an older entry of the login.
        """
        identity, first = pyrage.x25519.Identity.generate(), secrets.token_bytes(32)
        self._put(_entry(login, passphrase, str(identity), None, db_key, first))
        return FirstKeys(b64(public_of(first)), str(identity.to_public()))

    def claim(self, login: str) -> dict[str, Any] | None:
        """The word for the person's new keys, until the next log-in after they were made."""
        found = self._find(login).get("claim")
        return dict(found) if isinstance(found, dict) else None

    def keep(self, logins: Iterable[str]) -> None:
        """Deletes the entries of everybody except these people."""
        content, kept = self.read(), set(logins)
        content["people"] = [entry for entry in content["people"] if entry["login"] in kept]
        self.write(content)

    def unlock(self, login: str, passphrase: str) -> Unlocked:
        """Opens a person's entry. Raises KeysDamaged, and WrongPassphrase also for an unknown login."""
        entry = self._find(login)
        try:
            box = json.loads(_opened(entry, passphrase))
            identity, seed, first = str(box["age"]), box["seed"], box.get("first")
            db_key, next_key = _unsealed(entry["db"], identity), self._next_key(login, identity)
        except InvalidTag:
            raise WrongPassphrase from None
        except (KeyError, TypeError, ValueError, pyrage.DecryptError, pyrage.IdentityError):
            raise self.damaged(mark("a person's entry cannot be read")) from None
        seen, genuine = _read_seen(entry, identity)
        seeds = [None if one is None else unb64(one) for one in (seed, first)]
        return Unlocked(login, db_key, identity, seeds[0], seen, genuine, next_key, seeds[1])

    def reseal(
        self,
        unlocked: Unlocked,
        new: str,
        old: str | None,
        seen: Seen | None = None,
        vouch: Vouch | None = None,
        known: Sequence[str] = (),
    ) -> PublicKeys:
        """Seals a person's keys under a new passphrase; the change of a first passphrase creates new keys.

        `old` is the present passphrase, None where it is unknown; `seen` the ledger as it is now, None to
        keep the old mark; `vouch` gives the word for new keys; `known` are words that must not make up the
        passphrase. Raises WeakPassphrase.
        """
        rules.check(new, unlocked.login, old, known)
        identity, seed, seen = unlocked.age_identity, unlocked.seed, seen or unlocked.seen
        is_new = seed is None
        if seed is None:
            # The temporary identity is replaced too: whoever typed the first passphrase in may know it.
            identity, seed = str(pyrage.x25519.Identity.generate()), secrets.token_bytes(32)
        public = _public_keys(identity, seed)
        entry = _entry(unlocked.login, new, identity, seed, unlocked.db_key)
        claim = (vouch and vouch(public)) if is_new else self.claim(unlocked.login)
        if claim is not None:
            entry["claim"] = claim
        if seen is not None:
            entry["seen"] = _seen_entry(unlocked.login, mark_key(identity), seen)
        self._put(entry)
        return public

    def make(
        self,
        login: str,
        passphrase: str,
        db_key: bytes,
        seen: Seen,
        vouch: Vouch | None,
        known: Sequence[str] = (),
    ) -> PublicKeys:
        """Creates new keys for a person whose old ones cannot be opened any more. Raises WeakPassphrase."""
        lost = Unlocked(login, db_key, "", None, None, True)
        return self.reseal(lost, passphrase, None, seen, vouch, known)

    def remember(self, unlocked: Unlocked, seen: Seen) -> None:
        """Stores the ledger's size and root at this log-in in the person's entry."""
        self.mark(unlocked.login, mark_key(unlocked.age_identity), seen)

    def mark(self, login: str, key: bytes, seen: Seen) -> None:
        """As remember(), with the person's mark_key()."""
        entry = self._find(login)
        entry.pop("claim", None)
        self._put({**entry, "seen": _seen_entry(login, key, seen)})

    # --- the recovery sheet, and a new database key

    def recover(self, identity: str) -> tuple[bytes, ...]:
        """The database keys that the recovery sheet opens: the next one, if any, then the present one.

        Raises WrongSheet, KeysDamaged.
        """
        content = self.read()
        try:
            return tuple(
                _unsealed(one["recovery"], identity) for one in (content.get("next"), content) if one
            )
        except (pyrage.DecryptError, pyrage.IdentityError):
            raise WrongSheet from None
        except (KeyError, TypeError, ValueError):
            raise self.damaged(mark("the recovery entry cannot be read")) from None

    def prepare(self, db_key: bytes, age_keys: Mapping[str, str], recovery_key: str) -> None:
        """Stores the next database key beside the present one, sealed to these people and to the sheet."""
        coming = {
            "db_key_id": key_id(db_key),
            "db": {login: _sealed_to(age_key, db_key) for login, age_key in age_keys.items()},
            "recovery": _sealed_to(recovery_key, db_key),
        }
        self.write({**self.read(), "next": coming})

    def settle(self, opened: bytes) -> None:
        """Keeps the database key that opened the books, and deletes the other one.

        If that is the next key, people to whom it was not sealed lose their entries: no key of theirs was
        known.
        """
        content = self.read()
        coming = content.pop("next", None)
        if coming is None:
            return
        if coming["db_key_id"] == key_id(opened):
            sealed = coming["db"]
            content["people"] = [
                {**entry, "db": sealed[entry["login"]]}
                for entry in content["people"]
                if entry["login"] in sealed
            ]
            content |= {"db_key_id": coming["db_key_id"], "recovery": coming["recovery"]}
        self.write(content)

    def _next_key(self, login: str, identity: str) -> bytes | None:
        sealed = (self.read().get("next") or {}).get("db", {}).get(login)
        return None if sealed is None else _unsealed(sealed, identity)

    def _find(self, login: str) -> dict[str, Any]:
        for entry in self.read()["people"]:
            if entry["login"] == login:
                return dict(entry)
        raise WrongPassphrase

    def _put(self, entry: dict[str, Any]) -> None:
        content = self.read()
        others = [other for other in content["people"] if other["login"] != entry["login"]]
        content["people"] = sorted([*others, entry], key=lambda one: str(one["login"]))
        self.write(content)


def _entry(
    login: str, passphrase: str, identity: str, seed: bytes | None, db_key: bytes, first: bytes | None = None
) -> dict[str, Any]:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    entry = {"login": login, "salt": b64(salt), "m": MEMORY_KIB, "t": PASSES, "p": LANES, "nonce": b64(nonce)}
    content = {"age": identity, "seed": None if seed is None else b64(seed)}
    if first is not None:
        content["first"] = b64(first)
    box = ChaCha20Poly1305(_stretched(entry, passphrase)).encrypt(nonce, canonical(content), _bound(entry))
    public = str(pyrage.x25519.Identity.from_str(identity).to_public())
    return {**entry, "box": b64(box), "db": _sealed_to(public, db_key), "seen": None}


def _opened(entry: dict[str, Any], passphrase: str) -> bytes:
    box = ChaCha20Poly1305(_stretched(entry, passphrase))
    return box.decrypt(unb64(entry["nonce"]), unb64(entry["box"]), _bound(entry))


def _bound(entry: dict[str, Any]) -> bytes:
    return "|".join(
        str(part) for part in (VERSION, entry["login"], entry["m"], entry["t"], entry["p"])
    ).encode()


def _stretched(entry: dict[str, Any], passphrase: str) -> bytes:
    m, t, p = entry["m"], entry["t"], entry["p"]
    if not (0 < m <= _MOST_MEMORY_KIB and 0 < t <= _MOST_PASSES and 0 < p <= _MOST_LANES):
        raise ValueError("costs out of bounds")
    # A passphrase from an environment variable need not be UTF-8; it is then just a wrong passphrase.
    return hash_secret_raw(
        rules.normal(passphrase).encode(errors="surrogateescape"),
        unb64(entry["salt"]),
        t,
        m,
        p,
        hash_len=32,
        type=Type.ID,
    )


def _sealed_to(age_key: str, db_key: bytes) -> str:
    return b64(pyrage.encrypt(db_key, [pyrage.x25519.Recipient.from_str(age_key)]))


def _unsealed(sealed: str, identity: str) -> bytes:
    return bytes(pyrage.decrypt(unb64(sealed), [pyrage.x25519.Identity.from_str(identity)]))


def key_id(db_key: bytes) -> str:
    """The id of a database key (16 hex digits), for places where the key itself must not be."""
    return sha256(b"nocopy database key\x00" + db_key).hexdigest()[:16]


def _public_keys(identity: str, seed: bytes) -> PublicKeys:
    public = public_of(seed)
    age_key = str(pyrage.x25519.Identity.from_str(identity).to_public())
    return PublicKeys(thumbprint(public), b64(public), age_key)


def mark_key(identity: str) -> bytes:
    """The key (32 bytes) of a person's marks of the ledger, from their age identity. It opens nothing."""
    return HKDF(SHA256(), 32, salt=None, info=b"nocopy seen v1").derive(identity.encode())


def _mac(key: bytes, login: str, size: int, root: str) -> bytes:
    return hmac.digest(key, canonical({"login": login, "size": size, "root": root}), "sha256")


def _seen_entry(login: str, key: bytes, seen: Seen) -> dict[str, Any]:
    root = b64(seen.root)
    return {"size": seen.size, "root": root, "mac": b64(_mac(key, login, seen.size, root))}


def _read_seen(entry: dict[str, Any], identity: str) -> tuple[Seen | None, bool]:
    """The mark in the entry, and whether its MAC is right; (None, True) where there is none yet."""
    found = entry["seen"]
    if found is None:
        return None, True
    try:
        size, root, mac = int(found["size"]), unb64(found["root"]), unb64(found["mac"])
    except (KeyError, TypeError, ValueError):
        return None, False
    return Seen(size, root), hmac.compare_digest(
        mac, _mac(mark_key(identity), entry["login"], size, found["root"])
    )
