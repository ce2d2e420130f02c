"""Checkpoints: signed heads of the ledger as C2SP signed notes; written, read and verified.

    nocopy/5001/01-9f2c41aa/e1                        origin, which is also the station key's name
    20852                                             size
    <base64 root>

    — nocopy/5001/01-9f2c41aa/e1 <base64 of id | Ed25519>       type 01, the station
    — <name> <base64 of id | time, 8 bytes | Ed25519>           type 04, a witness (cosignature/v1)

A key's id is the first four bytes of SHA-256(name | 0A | type | public key). The station signs the text
up to and with the newline before the empty line; the witness "cosignature/v1\\ntime T\\n" and that text.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from reader.buddhist_date import BANGKOK
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadNote

STATION, WITNESS = 1, 4
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<blob>[A-Za-z0-9+/]+=*)")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True)
class NoteSignature:
    """One signature under a note: the key's name, its id (4 bytes), and the bytes after the id."""

    name: str
    key_id: bytes
    content: bytes


@dataclass(frozen=True)
class Note:
    """A checkpoint that was read but not verified. `text` is the signed part."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[NoteSignature, ...]


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """A key's id: the first four bytes of SHA-256(name | 0A | kind | public key)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def sign_note(origin: str, size: int, root: bytes, seed: bytes) -> str:
    """The checkpoint with the signature of the station with that key `seed`; `origin` is the key's name."""
    text = f"{origin}\n{size}\n{_base64(root)}\n"
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode())
    return text + "\n" + _signature_line(origin, key_id(origin, STATION, jws.public_of(seed)) + signature)


def cosign_note(text: str, *, name: str, seed: bytes, at: datetime) -> str:
    """The checkpoint with a witness's signature added. Raises BadNote."""
    signed = read_note(text).text
    seconds = int(at.timestamp())
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_cosigned(signed, seconds))
    content = key_id(name, WITNESS, jws.public_of(seed)) + seconds.to_bytes(8, "big") + signature
    return text + _signature_line(name, content)


def read_note(text: str) -> Note:
    """Reads a checkpoint without verifying its signatures. Raises BadNote."""
    head, gap, tail = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or len(lines) != 3 or not lines[0] or not tail.endswith("\n"):
        raise BadNote(problem="it has not the form of a signed note")
    if not _NUMBER.fullmatch(lines[1]):
        raise BadNote(problem="its size is not a number")
    root = _decoded(lines[2])
    if len(root) != 32:
        raise BadNote(problem="its root is not 32 bytes")
    signatures = tuple(_read_signature(line) for line in tail[:-1].split("\n"))
    return Note(lines[0], int(lines[1]), root, head + "\n", signatures)


def verify_note(text: str, name: str, public: bytes) -> Note:
    """The note, where the station with that name and public key (32 bytes) signed it; else raises BadNote."""
    note = read_note(text)
    _verify(public, _content(note, name, key_id(name, STATION, public)), note.text.encode())
    return note


def verify_cosignature(text: str, name: str, public: bytes) -> datetime:
    """When the witness signed the note, by the witness's clock; raises BadNote where it did not sign it."""
    note = read_note(text)
    content = _content(note, name, key_id(name, WITNESS, public))
    if len(content) != 72:
        raise BadNote(problem="a signature has not the right form")
    seconds = int.from_bytes(content[:8], "big")
    _verify(public, content[8:], _cosigned(note.text, seconds))
    return datetime.fromtimestamp(seconds, BANGKOK)


def station_name(unit: str, station: str, public: bytes) -> str:
    """The beginning of the origins of a station's ledgers; `public` is the station's key (32 bytes)."""
    return f"nocopy/{unit}/{station}-{sha256_hex(public)[:8]}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(problem="a part of it is not base64") from None
    if _base64(data) != text:
        raise BadNote(problem="a part of it is not base64")
    return data


def _signature_line(name: str, content: bytes) -> str:
    return f"— {name} {_base64(content)}\n"


def _read_signature(line: str) -> NoteSignature:
    found = _SIGNATURE.fullmatch(line)
    content = _decoded(found["blob"]) if found else b""
    if found is None or len(content) < 5:
        raise BadNote(problem="a signature has not the right form")
    return NoteSignature(found["name"], content[:4], content[4:])


def _content(note: Note, name: str, key: bytes) -> bytes:
    for signature in note.signatures:
        if (signature.name, signature.key_id) == (name, key):
            return signature.content
    raise BadNote(problem="nobody has signed it with the known key")


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _verify(public: bytes, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise BadNote(problem="it was changed after it was signed, or the signature was forged") from None
