"""Receipts for checkpoints: they bring the signature of the centre's witness under the checkpoint.

It fixes the lines up to that checkpoint, because the witness's key is not in this office.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from store.formats import jws, tree
from store.formats.canonical import unb64
from store.formats.errors import BadReceipt
from store.formats.note import read_note, sign_note, verify_cosignature, verify_note
from store.formats.report import read_receipt
from store.ledger.tree_rows import count_lines, node_reader
from store.proof.checkpoint import submission

if TYPE_CHECKING:
    from store.office import Office
    from store.proof.evidence import Evidence
    from store.queue.job import Job


COVERED, FORK = "covered", "fork"
"""Results of proved_from(): the witness's head is a later one of this ledger, or one of other lines."""


def proved_from(office: Office, job: Job, head: Evidence | None) -> Job | str | None:
    """The checkpoint's job with a new proof, from the `head` that the witness holds (None: it holds none).

    `job` must be claimed. COVERED where that head is as large or larger: then the job ends. FORK where the
    head or the checkpoint is not of this ledger; None where the job does not change.
    """
    old = head.size if head is not None else 0
    note = read_note(jws.claims(gzip.decompress(job.body))[1]["note"])
    with office.database.write() as db:
        node_at = node_reader(db)
        if note.origin != office.origin:
            return None
        if max(old, note.size) > count_lines(db) or note.root != tree.root(note.size, node_at):
            return FORK
        if head is not None and head.root != tree.root(old, node_at):
            return FORK
        if old >= note.size:
            return COVERED if office.queue.done(db, job, COVERED) else None
        seed = unb64(db.execute("SELECT value FROM book WHERE name = 'station_seed'").fetchone()[0])
        text = sign_note(note.origin, note.size, note.root, seed)
        body = submission(office, seed, old, tree.consistency(old, note.size, node_at), text)
        changed = db.execute(
            "UPDATE job SET body = ?, digest = ?"
            " WHERE id = ? AND state = 'sending' AND claims = ? AND body <> ?",
            [body, sha256(body).digest(), job.id, job.claims, body],
        )
        return replace(job, body=body, digest=sha256(body).digest()) if changed.rowcount else None


def received(office: Office, job: Job, receipt_jws: str) -> None:
    """Stores the cosigned checkpoint and ends its job, in one transaction; a second call changes nothing.

    Raises a BadSignature, BadReceipt or BadNote where the centre did not sign the receipt or the note, or
    where they are not about this station's checkpoint; then nothing is stored.
    """
    keys = json.loads(office.settings.get("centre.keys") or "{}")
    if not {"receipt", "witness", "name"} <= keys.keys():
        raise BadReceipt(part="key")
    receipt = read_receipt(receipt_jws, keys["receipt"], id=job.id, digest=job.digest, unit=office.unit)
    heads = receipt.get("heads")
    if not isinstance(heads, list) or len(heads) != 1 or not isinstance(heads[0], str):
        raise BadReceipt(part="heads")
    seed = unb64(str(office.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
    note = verify_note(heads[0], office.origin, jws.public_of(seed))
    verify_cosignature(heads[0], keys["name"], unb64(keys["witness"]))
    with office.database.write() as db:
        if office.queue.done(db, job, "received"):
            kept = db.execute(
                "UPDATE checkpoint SET cosigned = ?, receipt = ?, job = ? WHERE size = ?",
                [heads[0], receipt_jws, job.id, note.size],
            )
            if not kept.rowcount:
                raise BadReceipt(part="heads")
