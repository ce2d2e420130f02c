"""The centre as witness: it cosigns only a checkpoint that extends the largest one it has cosigned."""

from __future__ import annotations

import re
from datetime import datetime

from reader.buddhist_date import stamp
from reader.sentences import mark
from store.exchange import payloads
from store.formats import jws
from store.formats.canonical import unb64
from store.formats.errors import BadNote
from store.formats.note import Note, cosign_note, station_name, verify_note
from store.formats.tree import proves_consistency
from store.proof.epoch import EPOCH, number_of
from sync.centre.keys import CentreKeys
from sync.centre.problem import CallRefused
from sync.centre.storage import Head, Station, Tables


def signed_note(asked: payloads.Checkpoint, station: Station) -> Note:
    """The note of a checkpoint, where it is of that station and signed by it."""
    public = jws.key_bytes(station.key)
    name = station_name(station.unit, station.station, public)
    origin = asked.note.split("\n", 1)[0]
    if not re.fullmatch(re.escape(name) + EPOCH, origin):
        raise CallRefused(
            "bad-content", mark("The checkpoint's origin is not of this station and its key."), member="note"
        )
    try:
        return verify_note(asked.note, origin, public)
    except BadNote as error:
        raise CallRefused("bad-signature", str(error), member="note") from error


def cosign(keys: CentreKeys, moment: datetime, tables: Tables, asked: payloads.Checkpoint, note: Note) -> str:
    """The checkpoint's note, as signed_note() gave it, with the witness's signature.

    It is stored as the largest of its origin. The first of an origin needs no proof; a later one that is not
    proved to extend the largest is refused as a fork. For the largest itself the stored note is returned. A
    proof from a size above the largest means that the centre was restored, so it is refused as `behind`.
    """
    largest = tables.head(note.origin)
    if largest is not None:
        if (note.size, note.root) == (largest.size, largest.root):
            return largest.note
        if asked.from_ > largest.size:
            raise CallRefused("behind", f"The witness holds size {largest.size}, and not what came after it.")
        proof = [unb64(item) for item in asked.proof]
        if not proves_consistency(largest.size, note.size, largest.root, note.root, proof):
            raise CallRefused("fork", f"The witness holds size {largest.size}, and this does not extend it.")
    cosigned = cosign_note(asked.note, name=keys.name, seed=keys.witness_seed, at=moment)
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
