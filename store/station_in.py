"""A month of another PC (see station_out), verified line by line and kept apart from this PC's own."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store import jws, tree
from store.canonical import unb64
from store.checkpoint import verify_note
from store.errors import (
    BadNote,
    BadSignature,
    OwnStation,
    StationBroken,
    StationContradicts,
    StationForged,
    StationOfOtherOffice,
    StationOutOfOrder,
    WrongStep,
)
from store.ledger_line import Entry, leaf_hash, seal
from store.month_rows import MonthRows
from store.permissions import demand
from store.stations import Brought, Peer, Stations
from store.summary import Span

if TYPE_CHECKING:
    from store.books import Books
    from store.database import Database, Tables

from store.station_out import MANIFEST

_PART_LIMIT = 4_000_000  # bytes of a thousand bodies, at the very most
Edge = list[tuple[int, bytes]]


@dataclass(frozen=True)
class _Month:
    """What a bundle holds, after its signature was verified and before its lines were."""

    station: str
    month: str
    n: int
    first: int
    last: int
    prev: bytes
    edge: Edge
    bodies: list[str]
    sealed: list[tuple[int, bytes, str]]
    note: str


def listed(books: Books, manifest: bytes) -> dict[str, str]:
    """The items that a manifest of a trusted PC names, with their SHA-256 (hex).

    Raises StationOfOtherOffice, StationUnknown, StationForged, OwnStation, BadSignature.
    """
    value = _verified(books, manifest)
    return {str(one["id"]): str(one["sha256"]) for one in value["items"]}


def take_in(books: Books, manifest: bytes, items: dict[str, bytes]) -> tuple[Brought, bool]:
    """A month whose items are those that listed() named; False where just these lines stood here before.

    All or nothing. Raises StationOutOfOrder, StationContradicts, StationBroken, WrongStep.
    """
    demand(books.who, "station_import")
    value = _verified(books, manifest)
    month = _read(value, items)
    peer = Stations(books).get(month.station)
    root = _grown(month, _note_root(month, peer))
    with books.database.write() as db:
        kept = _kept(books.database, month.station, month.month)
        if kept is not None:
            if (kept["first_seq"], kept["last_seq"], kept["root"]) != (month.first, month.last, root.hex()):
                raise StationContradicts(station=month.station, month=month.month)
            return _brought(books, month), False
        _continues(books.database, month)
        _put(books, db, month, root)
        row = _open_month(books, month, peer)
        if row is not None:
            books.months.lines_came(db, row, Span(month.first, month.last, month.station))
    return _brought(books, month), True


def verify_brought(database: Database, station: str, month: str) -> None:
    """The lines that were brought are still those that were verified then; else StationBroken."""
    row = _kept(database, station, month)
    assert row is not None
    bounds = (station, row["first_seq"], row["last_seq"])
    lines = database.rows(
        "SELECT body FROM station_line WHERE station = ? AND seq BETWEEN ? AND ? ORDER BY seq", bounds
    )
    sealed = database.rows(
        "SELECT * FROM station_sealed WHERE station = ? AND seq BETWEEN ? AND ? ORDER BY seq", bounds
    )
    edge = [(level, bytes.fromhex(half)) for level, half in json.loads(row["edge"])]
    again = _Month(
        station,
        month,
        row["n"],
        row["first_seq"],
        row["last_seq"],
        bytes(row["prev"]),
        edge,
        [line["body"] for line in lines],
        [(one["seq"], bytes(one["key"]), one["value"]) for one in sealed],
        row["note"],
    )
    _grown(again, bytes.fromhex(row["root"]))


def _verified(books: Books, manifest: bytes) -> dict[str, Any]:
    """The manifest's payload, signed by the PC that it names, and for this one."""
    _, claimed = jws.claims(manifest)
    unit, station = str(claimed.get("unit")), str(claimed.get("station"))
    if unit != books.unit:
        raise StationOfOtherOffice(unit=unit)
    if station == books.station:
        raise OwnStation
    key = Stations(books).get(station).signing_key
    try:
        value = jws.read(manifest, typ=MANIFEST, key_of={jws.thumbprint(jws.key_bytes(key)): key}.get).value
    except BadSignature:
        raise StationForged(station=station) from None
    form = {"month": str, "n": int, "from": int, "to": int, "prev": str, "items": list}
    if any(type(value.get(name)) is not kind for name, kind in form.items()) or value["from"] > value["to"]:
        raise StationBroken(station=station, month="-", problem="its list is not in the agreed form")
    return value


def _read(value: dict[str, Any], items: dict[str, bytes]) -> _Month:
    station, month = str(value["station"]), str(value["month"])
    try:
        edge = [(int(level), bytes.fromhex(half)) for level, half in json.loads(items["edge"])["edge"]]
        rows = [json.loads(line) for line in _lines(items, "sealed")]
        return _Month(
            station,
            month,
            value["n"],
            value["from"],
            value["to"],
            bytes.fromhex(value["prev"]),
            edge,
            [line.decode() for line in _lines(items, "lines")],
            [(int(row["seq"]), unb64(row["key"]), str(row["value"])) for row in rows],
            items["checkpoint"].decode(),
        )
    except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error):
        raise StationBroken(station=station, month=month, problem="a part of it cannot be read") from None


def _lines(items: dict[str, bytes], kind: str) -> Iterator[bytes]:
    names = [name for name in items if name.startswith(f"{kind}-")]
    for name in sorted(names, key=lambda name: int(name.partition("-")[2])):
        inflater = zlib.decompressobj(wbits=31)
        text = inflater.decompress(items[name], _PART_LIMIT)
        if not inflater.eof:
            raise ValueError("larger than a thousand lines can be")
        yield from text.split(b"\n")[:-1]


def _note_root(month: _Month, peer: Peer) -> bytes:
    """The root that the PC signed for just these lines."""
    origin = month.note.partition("\n")[0]
    try:
        if not origin.startswith(f"{peer.origin}/e"):
            raise BadNote(problem="it is of another ledger")
        note = verify_note(month.note, origin, jws.key_bytes(peer.signing_key))
    except BadNote:
        raise StationForged(station=month.station) from None
    if note.size != month.last + 1:
        raise StationBroken(
            station=month.station, month=month.month, problem="its checkpoint is of another number of lines"
        )
    return note.root


def _grown(month: _Month, root: bytes) -> bytes:
    """Recompute chain, seals and tree; the root, which must be that one. Raises StationBroken."""
    numbers = {seq: (key, value) for seq, key, value in month.sealed}
    edge, leaf = list(month.edge), month.prev
    if sum(1 << level for level, _ in edge) != month.first:
        raise _broken(month, problem="its tree does not begin where its lines do")
    for seq, text in enumerate(month.bodies, month.first):
        body = _body(month, seq, text)
        leaf = leaf_hash(leaf, text.encode())
        mark, opened = body["sealed"].get("subject"), numbers.pop(seq, None)
        if opened is not None and mark != seal(opened[0], "subject", opened[1]):
            raise _broken(month, problem="one of its sealed values was changed")
        _grow(edge, leaf)
    last = _body(month, month.last, month.bodies[-1]) if month.bodies else {}
    if len(month.bodies) != month.last - month.first + 1 or last.get("kind") != "cut_off":
        raise _broken(month, problem="lines are missing at its end")
    if numbers:
        raise _broken(month, problem="there are sealed values of lines that are missing")
    if _root(edge) != root:
        raise _broken(month, problem="its lines are not those that its checkpoint was signed for")
    return root


def _body(month: _Month, seq: int, text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
        fits = (body["seq"], body["month"], body["station"]) == (seq, month.month, month.station)
        fits = fits and isinstance(body["sealed"], dict)
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise _broken(month, problem="a line is missing or stands elsewhere")
    return dict(body)


def _grow(edge: Edge, leaf: bytes) -> None:
    level, made = 0, leaf
    while edge and edge[-1][0] == level:
        made = tree.inner(edge.pop()[1], made)
        level += 1
    edge.append((level, made))


def _root(edge: Sequence[tuple[int, bytes]]) -> bytes:
    made = tree.EMPTY_ROOT
    for n, (_, half) in enumerate(reversed(edge)):
        made = half if n == 0 else tree.inner(half, made)
    return made


def _broken(month: _Month, *, problem: str) -> StationBroken:
    return StationBroken(station=month.station, month=month.month, problem=problem)


def _continues(database: Database, month: _Month) -> None:
    """It follows on the month that was brought last, line upon line and root upon root."""
    before = database.row(
        "SELECT * FROM station_month WHERE station = ? ORDER BY n DESC LIMIT 1", (month.station,)
    )
    n, last, root = (
        (0, -1, tree.EMPTY_ROOT)
        if before is None
        else (
            before["n"],
            before["last_seq"],
            bytes.fromhex(before["root"]),
        )
    )
    if month.n != n + 1:
        raise StationOutOfOrder(station=month.station, month=month.month)
    if month.first != last + 1 or _root(month.edge) != root:
        raise _broken(month, problem="it does not go on from the month that was brought before")


def _open_month(books: Books, month: _Month, peer: Peer) -> dict[str, Any] | None:
    """This PC's row of that month, where it is cut off and the lines count; WrongStep where it is signed."""
    if not peer.from_month <= month.month <= (peer.until_month or month.month):
        return None
    row = MonthRows(books).get(month.month)
    if row is not None and row["state"] != "cut_off":
        raise WrongStep(month=month.month, state=row["state"])
    return row


def _put(books: Books, db: Tables, month: _Month, root: bytes) -> None:
    outages = [
        facts
        for body in map(json.loads, month.bodies)
        if body["kind"] == "outage" and (facts := body.get("facts")) is not None
    ]
    seconds = sum(
        (datetime.fromisoformat(one["until"]) - datetime.fromisoformat(one["from"])).total_seconds()
        for one in outages
    )
    who, now = books.who.login, stamp(books.clock())
    db.execute(
        "INSERT INTO station_month(station, month, n, first_seq, last_seq, edge, prev, root, note,"
        " offline_min, outages, imported_by, imported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(month.station, month.month, month.n, month.first, month.last),
            json.dumps([[level, half.hex()] for level, half in month.edge]),
            *(month.prev, root.hex(), month.note, int(seconds) // 60, len(outages), who, now),
        ],
    )
    db.conn.executemany(
        "INSERT INTO station_line(station, seq, body) VALUES (?, ?, ?)",
        [(month.station, seq, text) for seq, text in enumerate(month.bodies, month.first)],
    )
    db.conn.executemany(
        "INSERT INTO station_sealed(station, seq, field, key, value) VALUES (?, ?, 'subject', ?, ?)",
        [(month.station, *one) for one in month.sealed],
    )
    facts = {"kind": "station", "station": month.station, "month": month.month, "from": month.first}
    books.ledger.append(db, Entry("receipt", who, facts={**facts, "to": month.last, "root": root.hex()}))


def _kept(database: Database, station: str, month: str) -> dict[str, Any] | None:
    return database.row("SELECT * FROM station_month WHERE station = ? AND month = ?", (station, month))


def _brought(books: Books, month: _Month) -> Brought:
    return next(
        one
        for one in Stations(books).all_brought()
        if (one.station, one.month) == (month.station, month.month)
    )
