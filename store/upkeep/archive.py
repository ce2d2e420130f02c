"""The archive file: lines of the ledger past their years, with their sealed values and the proof of them.

file     gzip of JSON lines, age-encrypted to the recovery sheet's key and to the head who wrote it:
first    {v, kind: "nocopy-archive", unit, unit_name, station, origin, from, to, months, prev, edge, note,
         sessions, made_at}: prev is the leaf before line `from`, edge [[level, hash]] the tree's complete
         parts before it, tallest first (both hex), note the signed checkpoint of the ledger up to line `to`,
         sessions [[session, certificate, row]] of those that wrote the lines
others   {body, sealed: {field: [key in b64, value]}} for each line, the body as it was written
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyrage

from store.formats import tree
from store.formats.canonical import b64, canonical, unb64
from store.formats.errors import BadNote, BadSignature
from store.formats.line import leaf_hash, seal
from store.formats.note import read_note
from store.formats.session import Papers, demand_vouched
from store.upkeep.errors import ArchiveDamaged, ArchiveSealed

KIND = "nocopy-archive"


@dataclass(frozen=True)
class Archive:
    """An archive that was read and verified: chain, tree and seals agree with its checkpoint."""

    origin: str
    first: int
    last: int
    months: tuple[str, ...]
    root: bytes


Kept = tuple[str, dict[str, tuple[bytes, str]]]
"""(a line's body, {field: (key, value)} of its sealed values)."""


def pack(header: dict[str, Any], lines: Iterable[Kept], to: list[str]) -> bytes:
    """The file's bytes, encrypted to the age keys `to`."""
    written = [canonical({"v": 1, "kind": KIND, **header})]
    for body, values in lines:
        sealed = {name: [b64(key), value] for name, (key, value) in values.items()}
        written.append(canonical({"body": body, "sealed": sealed}))
    plain = gzip.compress(b"".join(line + b"\n" for line in written), mtime=0)
    return bytes(pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(key) for key in to]))


def read(content: bytes, identity: str) -> Archive:
    """Opens an archive with an age identity and recomputes everything in it.

    Raises ArchiveSealed where the identity does not open it, ArchiveDamaged where it does not verify.
    """
    try:
        plain = bytes(pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(identity)]))
    except (pyrage.DecryptError, pyrage.IdentityError):
        raise ArchiveSealed from None
    try:
        header, *lines = (json.loads(line) for line in gzip.decompress(plain).splitlines())
        if header["kind"] != KIND:
            raise ArchiveDamaged(part="kind")
        note = read_note(header["note"])
        edge = [(int(level), bytes.fromhex(half)) for level, half in header["edge"]]
        leaf, seq, written = bytes.fromhex(header["prev"]), int(header["from"]), []
        for line in lines:
            leaf = leaf_hash(leaf, line["body"].encode())
            tree.grow(edge, leaf)
            written.append((seq, _check_line(line, seq), leaf))
            seq += 1
        papers = [Papers(*one) for one in header.get("sessions", [])]
        demand_vouched(written, {one.session: one for one in papers})
    except BadSignature:
        raise ArchiveDamaged(part="sessions") from None
    except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error, BadNote):
        raise ArchiveDamaged(part="form") from None
    if (seq, seq) != (header["to"] + 1, note.size) or note.origin != header["origin"]:
        raise ArchiveDamaged(part="lines")
    if tree.edge_root(edge) != note.root:
        raise ArchiveDamaged(part="checkpoint")
    return Archive(note.origin, header["from"], header["to"], tuple(header["months"]), note.root)


def _check_line(line: dict[str, Any], seq: int) -> dict[str, Any]:
    """A line's body, whose number and marks of sealed values are right; an erased value may be missing."""
    body: dict[str, Any] = json.loads(line["body"])
    if body["seq"] != seq:
        raise ArchiveDamaged(part="lines")
    for name, (key, value) in line["sealed"].items():
        if body["sealed"].get(name) != seal(unb64(key), name, value):
            raise ArchiveDamaged(part="sealed values")
    return body
