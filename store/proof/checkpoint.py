"""Checkpoints: when the ledger's head is signed (store/formats/note.py), and what the centre is sent."""

from __future__ import annotations

import gzip
import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.base.database import Tables
from store.formats import jws, tree
from store.formats.canonical import b64, canonical, unb64
from store.formats.note import sign_note
from store.ledger.tree_rows import count_lines, node_reader
from store.queue.endpoints import CENTRE
from store.queue.job import JobKind, NewJob

if TYPE_CHECKING:
    from store.office import Office

CHECKPOINT = "nocopy-checkpoint+jws"


def make_checkpoint(office: Office) -> str:
    """Signs the ledger's present head and stores the note, which is returned; queues it where enrolled."""
    with office.database.write() as db:
        return write_checkpoint(office, db)


def is_due(db: Tables, now: datetime) -> bool:
    """Whether the newest checkpoint is of another day than `now`; checked at every log-in."""
    last = db.execute("SELECT at FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    return last is None or str(last[0])[:10] != stamp(now)[:10]


def write_checkpoint(office: Office, db: Tables) -> str:
    """As make_checkpoint(), inside the caller's transaction."""
    size = count_lines(db)
    known = db.execute("SELECT note FROM checkpoint WHERE size = ?", (size,)).fetchone()
    if known is not None:
        return str(known[0])
    seed = unb64(db.execute("SELECT value FROM book WHERE name = 'station_seed'").fetchone()[0])
    nodes = node_reader(db)
    note = sign_note(office.origin, size, tree.root(size, nodes), seed)
    # Before the enrolment nobody would accept it; the first one after it covers all earlier lines.
    enrolled = office.is_enrolled
    if enrolled:
        # Only of this epoch: to the witness, each epoch is a ledger of its own.
        old = db.execute(
            "SELECT coalesce(max(size), 0) FROM checkpoint WHERE queued AND note LIKE ? || char(10) || '%'",
            (office.origin,),
        ).fetchone()[0]
        office.queue.add(
            db,
            NewJob(
                id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{office.origin}/{size}")),
                kind=JobKind.CHECKPOINT,
                endpoint=CENTRE,
                owner=office.who.login,
                body=submission(office, seed, old, tree.consistency(old, size, nodes), note),
            ),
        )
    db.execute(
        "INSERT INTO checkpoint(size, at, note, queued) VALUES (?, ?, ?, ?)",
        (size, stamp(office.clock()), note, int(enrolled)),
    )
    return note


def submission(office: Office, seed: bytes, old: int, proof: list[bytes], note: str) -> bytes:
    """The bytes that the centre is sent: gzip of the station's JWS with the note and its consistency proof.

    `proof` shows that the note's ledger extends the first `old` lines, 0 where the centre has none.
    """
    payload = {
        "v": 1,
        "unit": office.unit,
        "station": office.station,
        "note": note,
        "from": old,
        "proof": [b64(one) for one in proof],
    }
    content = canonical(payload)
    signature = jws.sign_one(content, typ=CHECKPOINT, header={}, seed=seed)
    return gzip.compress(jws.assemble(content, [signature]), mtime=0)
