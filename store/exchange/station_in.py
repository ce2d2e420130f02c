"""Imports a month of another PC (store/exchange/station_out.py): verifies each line, stores it apart.

A restored PC continues in a new epoch. Where its backup ends before lines imported here, the month of the
restore is imported again, but only from the restore on: lines that the PC lost stay here.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.errors import WrongStep
from store.formats import jws, tree
from store.formats.canonical import unb64
from store.formats.errors import BadNote, BadSignature
from store.formats.line import Entry, LineKind, leaf_hash
from store.formats.note import Note, verify_note
from store.formats.session import Papers, demand_vouched
from store.months.months import Months
from store.people.permissions import demand
from store.spans import MonthRows, MonthState
from store.stations.epochs import RestoreLine, check_restores, epoch_of
from store.stations.errors import (
    OwnStation,
    StationBeforeRestore,
    StationBroken,
    StationContradicts,
    StationForged,
    StationOfOtherOffice,
    StationOutOfOrder,
    StationRestoreContradicts,
    StationRestoredBefore,
)
from store.stations.lost import newly_lost
from store.stations.peers import Brought, Peer
from store.stations.stations import Stations
from store.stations.verify import StationMonth, broken, grown, kept_part

if TYPE_CHECKING:
    from store.base.database import Database, Tables
    from store.office import Office

from store.exchange.station_out import MANIFEST

_PART_LIMIT = 4_000_000  # bytes; a thousand bodies never need more


@dataclass(frozen=True)
class _Part:
    """The new lines of a month, with their epoch, the root, and the number of lost lines that they show."""

    month: StationMonth
    epoch: int
    root: bytes
    lost: int


def listed(office: Office, manifest: bytes) -> dict[str, str]:
    """{item: its SHA-256 in hex} in the manifest of a trusted PC, whose signature is verified.

    Raises StationOfOtherOffice, StationUnknown, StationForged, StationBroken, OwnStation, BadSignature.
    """
    value = _verified(office, manifest)
    return {str(one["id"]): str(one["sha256"]) for one in value["items"]}


def take_in(office: Office, manifest: bytes, items: dict[str, bytes]) -> tuple[Brought, bool]:
    """Imports a month, all of it or nothing; returns its part, and False where it was imported before.

    `items` are those that listed() named; the caller has checked their SHA-256. Raises NotAllowed,
    StationOutOfOrder, StationContradicts, StationBroken, StationRestoredBefore, StationBeforeRestore,
    WrongStep, and what listed() and check_restores() (store/stations/epochs.py) raise.
    """
    demand(office.who, "station_import")
    value = _verified(office, manifest)
    month = _read(value, items)
    peer = Stations(office).get(month.station)
    note = _note_of(month, peer)
    restores = grown(month, note.root)
    epoch = epoch_of(peer, note.origin)
    with office.database.write() as db:
        kept = kept_part(office.database, month.station, month.month, epoch)
        if kept is not None:
            if (kept["last_seq"], kept["root"]) != (month.last, note.root.hex()):
                raise StationContradicts(station=month.station, month=month.month)
            return _brought(office, month, epoch), False
        part = _Joining(office.database, month, peer, restores).part(epoch, note.root)
        _demand_vouched(month)
        counted_in = _counted_in(office, part, peer)
        _put(office, db, part, counted_in)
        row = MonthRows(office).get(counted_in)
        brought = _brought(office, month, epoch)
        if row is not None and brought in Stations(office).brought(counted_in):
            Months(office).lines_came(db, row)
    return brought, True


def _verified(office: Office, manifest: bytes) -> dict[str, Any]:
    """The payload of a manifest that is of this office and signed by the PC that it names."""
    _, claimed = jws.claims(manifest)
    unit, station = str(claimed.get("unit")), str(claimed.get("station"))
    if unit != office.unit:
        raise StationOfOtherOffice(unit=unit)
    if station == office.station:
        raise OwnStation
    key = Stations(office).get(station).signing_key
    try:
        value = jws.read(manifest, typ=MANIFEST, key_of={jws.thumbprint(jws.key_bytes(key)): key}.get).value
    except BadSignature:
        raise StationForged(station=station) from None
    form = {"month": str, "n": int, "from": int, "to": int, "prev": str, "items": list}
    if any(type(value.get(name)) is not kind for name, kind in form.items()) or value["from"] > value["to"]:
        raise StationBroken(station=station, month="-", problem="its list is not in the agreed form")
    return value


def _read(value: dict[str, Any], items: dict[str, bytes]) -> StationMonth:
    station, month = str(value["station"]), str(value["month"])
    try:
        edge = [(int(level), bytes.fromhex(half)) for level, half in json.loads(items["edge"])["edge"]]
        rows = [json.loads(line) for line in _lines(items, "sealed")]
        papers = [Papers(**json.loads(line)) for line in _lines(items, "sessions")]
        return StationMonth(
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
            papers,
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


def _demand_vouched(month: StationMonth) -> None:
    """Raises StationBroken unless the sessions that came along vouch for the lines."""
    leaf, lines = month.prev, []
    try:
        for seq, text in enumerate(month.bodies, month.first):
            leaf = leaf_hash(leaf, text.encode())
            lines.append((seq, json.loads(text), leaf))
        demand_vouched(lines, {one.session: one for one in month.papers})
    except (BadSignature, ValueError, KeyError, TypeError):
        raise broken(month, problem="nobody's session vouches for its lines") from None


def _note_of(month: StationMonth, peer: Peer) -> Note:
    """The checkpoint that the PC signed for exactly these lines."""
    origin = month.note.partition("\n")[0]
    epoch_of(peer, origin)
    try:
        note = verify_note(month.note, origin, jws.key_bytes(peer.signing_key))
    except BadNote:
        raise StationForged(station=month.station) from None
    if note.size != month.last + 1:
        raise StationBroken(
            station=month.station, month=month.month, problem="its checkpoint is of another number of lines"
        )
    return note


class _Joining:
    """Compares a month with what was imported before, and finds the part of it that is new."""

    def __init__(
        self, database: Database, month: StationMonth, peer: Peer, restores: Sequence[RestoreLine]
    ) -> None:
        self._database = database
        self._month = month
        self._peer = peer
        self._restores = restores
        self._before = database.row(
            "SELECT * FROM station_part WHERE station = ? ORDER BY epoch DESC, last_seq DESC LIMIT 1",
            (month.station,),
        )

    def part(self, epoch: int, root: bytes) -> _Part:
        """The new part of the month, after all checks."""
        month, known = self._month, 1 if self._before is None else int(self._before["epoch"])
        if epoch < known:
            raise StationBeforeRestore(station=month.station)
        begin = next((one for one in self._restores if one.begins and one.epoch > known), None)
        if begin is not None and self._before is not None and begin.seq <= self._before["last_seq"]:
            known = self._branches(begin)
            month = _from(month, begin)
        else:
            self._continues(restored=epoch > known)
        lines = [one for one in self._restores if one.seq >= month.first]
        check_restores(self._peer, lines, known, epoch)
        return _Part(month, epoch, root, newly_lost(self._database, month.station, lines))

    def _continues(self, *, restored: bool) -> None:
        """Checks that the month follows the last imported one."""
        month, before = self._month, self._before
        n, last, root = (
            (0, -1, tree.EMPTY_ROOT)
            if before is None
            else (before["n"], before["last_seq"], bytes.fromhex(before["root"]))
        )
        follows = month.first == last + 1 and tree.edge_root(month.edge) == root
        if before is not None and restored and not follows:
            raise StationRestoredBefore(station=month.station)
        if month.n != n + 1:
            raise StationOutOfOrder(station=month.station, month=month.month)
        if not follows:
            raise broken(month, problem="it does not go on from the month that was brought before")

    def _branches(self, begin: RestoreLine) -> int:
        """Checks that the lines up to the backup's end are the same here; returns the epoch of the last one.

        That is for a backup that ends before lines imported here. Where the PC was restored before too,
        several parts may have a line with that number.
        """
        rows = self._database.rows(
            "SELECT * FROM station_part WHERE station = ? AND ? BETWEEN first_seq AND last_seq"
            " ORDER BY epoch DESC",
            (self._month.station, begin.seq - 1),
        )
        same = next((row for row in rows if self._root_before(begin.seq, row) == begin.root), None)
        if rows and same is None:
            raise StationRestoreContradicts(station=self._month.station, seq=begin.seq)
        if same is None or self._month.n != same["n"] + (begin.seq > same["last_seq"]):
            raise StationOutOfOrder(station=self._month.station, month=self._month.month)
        return self._epoch_before(begin.seq, same)

    def _epoch_before(self, seq: int, row: dict[str, Any]) -> int:
        """The epoch of the line before `seq` in this part."""
        later = self._database.value(
            "SELECT body ->> '$.facts.old.origin' FROM station_line WHERE station = ? AND epoch = ?"
            " AND seq BETWEEN ? AND ? AND body ->> '$.kind' = 'restore'"
            " AND body ->> '$.facts.origin' IS NOT NULL ORDER BY seq LIMIT 1",
            (self._month.station, row["epoch"], seq, row["last_seq"]),
        )
        return int(row["epoch"]) if later is None else epoch_of(self._peer, str(later))

    def _root_before(self, seq: int, row: dict[str, Any]) -> bytes:
        edge = [(level, bytes.fromhex(half)) for level, half in json.loads(row["edge"])]
        leaf = bytes(row["prev"])
        for line in self._database.rows(
            "SELECT body FROM station_line WHERE station = ? AND epoch = ? AND seq BETWEEN ? AND ?"
            " ORDER BY seq",
            (self._month.station, row["epoch"], row["first_seq"], seq - 1),
        ):
            leaf = leaf_hash(leaf, line["body"].encode())
            tree.grow(edge, leaf)
        return tree.edge_root(edge)


def _from(month: StationMonth, begin: RestoreLine) -> StationMonth:
    """The month without the lines before that one."""
    return replace(
        month,
        first=begin.seq,
        prev=begin.prev,
        edge=begin.edge,
        bodies=month.bodies[begin.seq - month.first :],
        sealed=[one for one in month.sealed if one[0] >= begin.seq],
    )


def _counted_in(office: Office, part: _Part, peer: Peer) -> str:
    """The month whose report counts the part; raises WrongStep where that month is signed already.

    A part that is imported again after a restore counts in the first month that nobody has signed.
    """
    month, stations = part.month, Stations(office)
    if not peer.from_month <= month.month <= (peer.until_month or month.month):
        return month.month
    row = MonthRows(office).get(month.month)
    if row is None or row["state"] == MonthState.CUT_OFF:
        return month.month
    if any(one.month == month.month for one in stations.all_brought() if one.station == month.station):
        return stations.first_open()
    raise WrongStep(month=month.month, state=row["state"])


def _put(office: Office, db: Tables, part: _Part, counted_in: str) -> None:
    month = part.month
    outages = [
        facts
        for body in map(json.loads, month.bodies)
        if body["kind"] == LineKind.OUTAGE and (facts := body.get("facts")) is not None
    ]
    seconds = sum(
        (datetime.fromisoformat(one["until"]) - datetime.fromisoformat(one["from"])).total_seconds()
        for one in outages
    )
    who, now = office.who.login, stamp(office.clock())
    values = {
        **{"station": month.station, "month": month.month, "epoch": part.epoch, "n": month.n},
        **{"first_seq": month.first, "last_seq": month.last, "prev": month.prev},
        "edge": json.dumps([[level, half.hex()] for level, half in month.edge]),
        **{"root": part.root.hex(), "note": month.note, "counted_in": counted_in, "lost": part.lost},
        **{"offline_min": int(seconds) // 60, "outages": len(outages)},
        **{"imported_by": who, "imported_at": now},
    }
    db.execute(
        f"INSERT INTO station_part({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608
        list(values.values()),
    )
    db.conn.executemany(
        "INSERT INTO station_line(station, epoch, seq, body) VALUES (?, ?, ?, ?)",
        [(month.station, part.epoch, seq, text) for seq, text in enumerate(month.bodies, month.first)],
    )
    db.conn.executemany(
        "INSERT OR REPLACE INTO station_session(station, epoch, session, certificate, row)"
        " VALUES (?, ?, ?, ?, ?)",
        [(month.station, part.epoch, *one) for one in month.papers],
    )
    db.conn.executemany(
        "INSERT INTO station_sealed(station, epoch, seq, field, key, value)"
        " VALUES (?, ?, ?, 'subject', ?, ?)",
        [(month.station, part.epoch, *one) for one in month.sealed],
    )
    facts = {"kind": "station", "station": month.station, "month": month.month, "from": month.first}
    facts |= {"to": month.last, "root": part.root.hex()}
    if part.lost:
        facts["lost"] = part.lost
    office.ledger.append(db, Entry(LineKind.RECEIPT, who, facts=facts))


def _brought(office: Office, month: StationMonth, epoch: int) -> Brought:
    key = (month.station, month.month, epoch)
    return next(one for one in Stations(office).all_brought() if (one.station, one.month, one.epoch) == key)
