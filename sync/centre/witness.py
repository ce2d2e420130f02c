"""The centre as witness: it cosigns only a checkpoint that extends the largest one it has cosigned."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from reader.buddhist_date import stamp
from reader.sentences import mark
from store.formats.canonical import unb64
from store.formats.errors import BadNote
from store.formats.note import Note, cosign_note, station_name, verify_note
from store.formats.tree import proves_consistency
from store.proof.epoch import EPOCH, number_of
from sync.centre import content
from sync.centre.keys import CentreKeys
from sync.centre.problem import CallRefused
from sync.centre.storage import Head, Station, Tables


def cosign(
    keys: CentreKeys, moment: datetime, tables: Tables, station: Station, payload: dict[str, Any]
) -> str:
    """The note of a checkpoint payload {v, unit, station, note, from, proof} with the witness's signature.

    It is stored as the largest of its origin. The first of an origin needs no proof; a later one that is not
    proved to extend the largest is refused as a fork. For the largest itself the stored note is returned. A
    proof from a size above the largest means that the centre was restored, so it is refused as `behind`.
    """
    sent = content.checkpoint(payload)
    note = _by_station(sent.note, station)
    largest = tables.head(note.origin)
    if largest is not None:
        if (note.size, note.root) == (largest.size, largest.root):
            return largest.note
        proof = [_hash(item) for item in sent.proof]
        if sent.came_from > largest.size:
            raise CallRefused("behind", f"The witness holds size {largest.size}, and not what came after it.")
        if not proves_consistency(largest.size, note.size, largest.root, note.root, proof):
            raise CallRefused("fork", f"The witness holds size {largest.size}, and this does not extend it.")
    cosigned = cosign_note(sent.note, name=keys.name, seed=keys.witness_seed, at=moment)
    tables.put_head(Head(note.origin, note.size, note.root, cosigned, stamp(moment)))
    return cosigned


def before(tables: Tables, origin: str) -> Head | None:
    """The largest checkpoint of the station's newest epoch before the one of `origin`."""
    if not re.search(f"{EPOCH}$", origin):
        raise CallRefused("bad-request", "before is not the origin of an epoch.")
    earlier = [head for head in tables.heads(origin.rpartition("/e")[0]) if _number(head) < number_of(origin)]
    return max(earlier, key=_number, default=None)


def _number(head: Head) -> int:
    return number_of(head.origin)


def _by_station(note: str, station: Station) -> Note:
    public = content.key_bytes(station.key)
    name = station_name(station.unit, station.station, public)
    origin = note.split("\n", 1)[0]
    if not re.fullmatch(re.escape(name) + EPOCH, origin):
        raise CallRefused("bad-content", mark("The checkpoint's origin is not of this station and its key."))
    try:
        return verify_note(note, origin, public)
    except BadNote as error:
        raise CallRefused("bad-signature", str(error)) from error


def _hash(text: str) -> bytes:
    try:
        raw = unb64(text)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise CallRefused("bad-content", "The proof is not a list of hashes.")
    return raw
