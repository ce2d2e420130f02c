"""Writes a month of this PC for the head's PC: its lines, and the proof that they are this PC's.

    manifest    {v, unit, station, n, prev, made_at, items: [{id, kind, sha256}], messages_seen,
                month, from, to, for}. n: the number of the month in that ledger, from 1; prev: hex of the
                leaf before its first line; for: the station that it is sealed to
    lines-N     gzip of up to 1,000 bodies, each as it was written, with a newline after it
    sessions-N  gzip of the certificates and rows of the sessions that wrote them: canonical JSON
                {session, certificate, row}, a newline each
    sealed-N    gzip of the same lines' citizens' numbers: canonical JSON {seq, key, value}, a newline each
    edge        canonical JSON {edge: [[level, hash]]}: the tree's complete parts before the first line,
                tallest first
    checkpoint  the signed note of the ledger up to and with the cut-off line

The chain from prev, the tree from the edge and the note's root must agree, and chain and tree must continue
the month that was imported before.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.errors import BadInput
from store.formats import jws, tree
from store.formats.canonical import b64, canonical, sha256_hex, unb64
from store.formats.line import Entry, LineKind
from store.formats.note import sign_note
from store.ledger.session_papers import papers_of
from store.ledger.tree_rows import node_reader
from store.months.months import Months
from store.people.permissions import demand
from store.proof.epoch import epochs
from store.spans import MonthRows
from store.stations.errors import NoPartner
from store.stations.peers import Peer
from store.stations.stations import Stations

if TYPE_CHECKING:
    from store.base.database import Database
    from store.office import Office

MANIFEST = "nocopy-station-month+jws"
_PART = 1_000


@dataclass(frozen=True)
class Written:
    """A month that is ready to be sealed for `peer`: the signed manifest, the items by id, the line count."""

    manifest: str
    items: dict[str, bytes]
    peer: Peer
    lines: int


def write_out(office: Office, month: str, to: str | None = None) -> Written:
    """Writes a month of this PC for the PC `to`, and cuts it off first where that is due.

    `to` may be None where exactly one PC is trusted. The ledger gets an `export` line, and from now on the
    other PC reports the month. Raises NotAllowed, NotFound, NoPartner, BadInput, StationUnknown,
    MonthNotOver, ClockDoubtful.
    """
    demand(office.who, "station_export")
    stations, rows = Stations(office), MonthRows(office)
    known = stations.known()
    if to is None and not known:
        raise NoPartner
    if to is None and len(known) > 1:
        raise BadInput(what="station", problem="several PCs are trusted: name one of them")
    peer = stations.get(known[0].station if to is None else to)
    Months(office).cut_off(month)
    span = rows.span(month)
    items = dict(_items(office, span.first, span.last))
    n = int(
        office.database.value(
            "SELECT count(*) FROM ledger WHERE month >= '' AND kind = 'cut_off' AND seq <= ?", (span.last,)
        )
    )
    payload = {
        **{"v": 1, "unit": office.unit, "station": office.station, "n": n, "messages_seen": 0},
        **{"month": month, "from": span.first, "to": span.last, "for": peer.station},
        "prev": _leaf_before(office.database, span.first).hex(),
        "made_at": stamp(office.clock()),
        "items": [
            {"id": id, "kind": id.partition("-")[0], "sha256": sha256_hex(body)} for id, body in items.items()
        ],
    }
    signed = jws.sign_compact(canonical(payload), typ=MANIFEST, header={}, seed=_seed(office))
    with office.database.write() as db:
        db.execute(
            "INSERT INTO handed_over(month, station, at) VALUES (?, ?, ?) ON CONFLICT(month) DO UPDATE"
            " SET station = excluded.station, at = excluded.at",
            [month, peer.station, payload["made_at"]],
        )
        facts = {"what": "station", "month": month, "from": span.first, "to": span.last, "for": peer.station}
        office.ledger.append(db, Entry(LineKind.EXPORT, office.who.login, facts=facts))
    return Written(signed, items, peer, span.last - span.first + 1)


def _items(office: Office, first: int, last: int) -> Iterator[tuple[str, bytes]]:
    with office.database.reading() as db:
        nodes = node_reader(db)
        edge = [[level, nodes(level, n).hex()] for level, n in tree.complete_parts(first)]
        yield "edge", canonical({"edge": edge})
        root = tree.root(last + 1, nodes)
        # The origin of the epoch that the month's last line is in; a later restore gave the ledger another.
        origin = next(one.origin for one in reversed(epochs(db)) if one.first <= last)
        papers = papers_of(db, first, last)
        for n, begin in enumerate(range(0, len(papers), _PART), 1):
            yield (
                f"sessions-{n}",
                _packed(canonical(one._asdict()) for one in papers[begin : begin + _PART]),
            )
        yield "checkpoint", sign_note(origin, last + 1, root, _seed(office)).encode()
        for n, begin in enumerate(range(first, last + 1, _PART), 1):
            bounds = (begin, min(last, begin + _PART - 1))
            lines = db.execute("SELECT body FROM ledger WHERE seq BETWEEN ? AND ? ORDER BY seq", bounds)
            yield f"lines-{n}", _packed(body.encode() for (body,) in lines)
            sealed = db.execute(
                "SELECT seq, key, value FROM sealed WHERE field = 'subject' AND seq BETWEEN ? AND ?"
                " ORDER BY seq",
                bounds,
            )
            yield (
                f"sealed-{n}",
                _packed(
                    canonical({"seq": seq, "key": b64(key), "value": value}) for seq, key, value in sealed
                ),
            )


def _packed(lines: Iterator[bytes]) -> bytes:
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def _leaf_before(database: Database, first: int) -> bytes:
    found = database.value("SELECT leaf FROM ledger WHERE seq = ?", (first - 1,))
    return bytes(32) if found is None else bytes(found)


def _seed(office: Office) -> bytes:
    return unb64(str(office.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
