"""Writes one month to a file that an outsider can check without the books: `nocopy verify FILE`.

    {v, kind: "nocopy-proof", centre_keys: {age, name, receipt, witness}, people: {list, receipt},
     report: b64 of the gzip that was sent, receipt}                                      canonical JSON

It holds counts, and names and keys of the office's people, but no citizen; in a flagged month also the marked
lines, with citizens as A, B, C. Its keys prove nothing by themselves: whoever checks it must know the
centre's fingerprint from elsewhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.errors import NotFound
from store.exchange.stick import centre_keys
from store.formats import jws
from store.formats.canonical import b64, canonical
from store.formats.report import RECEIPT
from store.people.permissions import demand

if TYPE_CHECKING:
    from store.office import Office

PROOF = "nocopy-proof"


def make(office: Office, month: str) -> bytes:
    """The file's bytes for the newest revision of a month that the centre has acknowledged.

    Raises NotAllowed, and NotFound where the receipt for the month or its people list is missing.
    """
    demand(office.who, "ledger_read")
    row = office.database.row(
        "SELECT submission, receipt, payload FROM month WHERE month = ? AND receipt IS NOT NULL"
        " ORDER BY revision DESC LIMIT 1",
        (month,),
    )
    if row is None:
        raise NotFound(what="receipt", name=month)
    listed = office.database.row(
        "SELECT payload, receipt FROM people_list WHERE sha256 = ?", (json.loads(row["payload"])["people"],)
    )
    if listed is None or listed["receipt"] is None:
        raise NotFound(what="people list", name=month)
    keys = centre_keys(office)
    kid = jws.thumbprint(jws.key_bytes(keys["receipt"]))
    jws.read_compact(row["receipt"], typ=RECEIPT, key_of={kid: keys["receipt"]}.get)  # of the present centre
    return canonical(
        {
            "v": 1,
            "kind": PROOF,
            "made_at": stamp(office.clock()),
            "centre_keys": keys,
            "people": {"list": listed["payload"], "receipt": listed["receipt"]},
            "report": b64(bytes(row["submission"])),
            "receipt": row["receipt"],
        }
    )
