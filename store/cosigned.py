"""What the centre's witness says of this ledger: its signature under a checkpoint, come back in a receipt.

From then on the lines up to that checkpoint are fixed by somebody who has no key of this office.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from store import jws
from store.canonical import unb64
from store.checkpoint import verify_cosignature, verify_note
from store.errors import BadReceipt
from store.report import read_receipt

if TYPE_CHECKING:
    from store.books import Books
    from store.job import Job


def received(books: Books, job: Job, receipt_jws: str) -> None:
    """Keep the cosigned checkpoint and end its job, in one transaction; once.

    Raises a BadSignature, BadReceipt or BadNote where receipt or note are not the centre's, or not about
    this station's checkpoint; then nothing was taken.
    """
    keys = json.loads(books.settings.get("centre.keys") or "{}")
    if not {"receipt", "witness", "name"} <= keys.keys():
        raise BadReceipt(part="key")
    receipt = read_receipt(receipt_jws, keys["receipt"], id=job.id, digest=job.digest, unit=books.unit)
    heads = receipt.get("heads")
    if not isinstance(heads, list) or len(heads) != 1 or not isinstance(heads[0], str):
        raise BadReceipt(part="heads")
    seed = unb64(str(books.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
    note = verify_note(heads[0], books.origin, jws.public_of(seed))
    verify_cosignature(heads[0], keys["name"], unb64(keys["witness"]))
    with books.database.write() as db:
        if books.queue.done(db, job, "received"):
            kept = db.execute("UPDATE checkpoint SET cosigned = ? WHERE size = ?", [heads[0], note.size])
            if not kept.rowcount:
                raise BadReceipt(part="heads")
