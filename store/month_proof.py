"""One month in a file that an outsider can check without the books: `nocopy verify FILE`.

    {v, kind: "nocopy-proof", centre_keys: {age, name, receipt, witness}, people: {list, receipt},
     report: b64 of the gzip that was sent, receipt}                                      canonical JSON

It holds counts, names and keys of the office's people, and no citizen (in a flagged month the marked lines,
with citizens as A, B, C). Its keys prove nothing by themselves: whoever checks must know the centre's
fingerprint from elsewhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store import jws
from store.canonical import b64, canonical
from store.carrying import centre_keys
from store.errors import NotFound
from store.permissions import demand
from store.report import RECEIPT

if TYPE_CHECKING:
    from store.books import Books

PROOF = "nocopy-proof"


def make(books: Books, month: str) -> bytes:
    """The file of a month that the centre has received; its newest revision. NotFound."""
    demand(books.who, "ledger_read")
    row = books.database.row(
        "SELECT submission, receipt, payload FROM month WHERE month = ? AND receipt IS NOT NULL"
        " ORDER BY revision DESC LIMIT 1",
        (month,),
    )
    if row is None:
        raise NotFound(what="receipt", name=month)
    listed = books.database.row(
        "SELECT payload, receipt FROM people_list WHERE sha256 = ?", (json.loads(row["payload"])["people"],)
    )
    if listed is None or listed["receipt"] is None:
        raise NotFound(what="people list", name=month)
    keys = centre_keys(books)
    kid = jws.thumbprint(jws.key_bytes(keys["receipt"]))
    jws.read_compact(row["receipt"], typ=RECEIPT, key_of={kid: keys["receipt"]}.get)  # of this very centre
    return canonical(
        {
            "v": 1,
            "kind": PROOF,
            "made_at": stamp(books.clock()),
            "centre_keys": keys,
            "people": {"list": listed["payload"], "receipt": listed["receipt"]},
            "report": b64(bytes(row["submission"])),
            "receipt": row["receipt"],
        }
    )
