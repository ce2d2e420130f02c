"""The other PCs' lines in a month, as this PC's ledger names them: compared with the tables, and verified.

A `keys` line says whom the head trusts and whom he released, a `receipt` line what was brought. Tables that
say otherwise are refused, and each part is recomputed up to the root in its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.base.database import Database
from store.formats import jws
from store.formats.errors import BadNote
from store.formats.line import LineKind
from store.formats.note import station_name, verify_note
from store.months.errors import NotAsInLines
from store.months.told import Told, ToldLines
from store.spans import MonthState
from store.stations.epochs import epoch_of
from store.stations.errors import StationBroken, StationError
from store.stations.peers import Brought, Peer
from store.stations.stations import Stations
from store.stations.verify import verify_brought

if TYPE_CHECKING:
    from store.office import Office


@dataclass
class _Trusted:
    """Another PC as the `keys` lines tell of it."""

    key: str
    age_key: str
    from_month: str
    until_month: str | None = None

    def expects(self, month: str) -> bool:
        return self.from_month <= month <= (self.until_month or month)


class OtherPcs:
    """What the lines of this ledger say of the office's other PCs, with the lines that were brought."""

    def __init__(self, office: Office, told: ToldLines, month: str) -> None:
        self._office = office
        self._told = told
        self._month = month  # the month that is signed: errors name it
        self._trusted: dict[str, _Trusted] = {}
        self._counted: dict[tuple[str, str, str, int], tuple[str, int]] = {}
        for one in told.of_stations():
            self._read(one)

    def parts(self, month: str) -> tuple[Brought, ...]:
        """The parts that count in the report of that month, each verified.

        Raises NotAsInLines where the tables tell otherwise, StationBroken, and StationMissing where one is
        still to be imported for the month that is signed.
        """
        stations = Stations(self._office)
        if month == self._month:
            stations.must_be_complete(month)
        found = stations.brought(month)
        for one in found:
            if month != self._month:
                verify_brought(self._office.database, one)
            self._verify(one)
        return tuple(found)

    def demand_tables(self) -> None:
        """Raises NotAsInLines unless the tables of PCs and of what was brought are what the lines say."""
        stations = Stations(self._office)
        known, brought = {one.station: one for one in stations.known()}, stations.all_brought()
        told = {
            (one.station, one.month, one.root, one.last_seq): (one.counted_in, one.lost) for one in brought
        }
        fit = known.keys() == self._trusted.keys() and len(brought) == len(told) and told == self._counted
        if not fit or not all(
            _same(self._office.unit, known[name], peer) for name, peer in self._trusted.items()
        ):
            raise NotAsInLines(self._month, "stations")

    # ---- what the lines say

    def _read(self, one: Told) -> None:
        facts, station = one.facts, str(one.facts["station"])
        if one.kind == LineKind.KEYS and facts.get("says") == "trusted":
            known = self._trusted.get(station)
            begin = known.from_month if known else self._told.first_unsigned(one.seq)
            self._trusted[station] = _Trusted(str(facts["key"]), str(facts["age_key"]), begin)
        elif one.kind == LineKind.KEYS and facts.get("says") == "released" and station in self._trusted:
            self._trusted[station].until_month = str(facts["until"])
        elif one.kind == LineKind.RECEIPT and facts.get("kind") == "station":
            key = (station, str(facts["month"]), str(facts["root"]), int(facts["to"]))
            self._counted[key] = self._counted_in(one, station, key[1]), int(facts.get("lost") or 0)

    def _counted_in(self, one: Told, station: str, month: str) -> str:
        """The month whose report counts the part that this line tells of; station_in.py decides the same."""
        peer = self._trusted.get(station)
        came_before = any((name, of) == (station, month) for name, of, _root, _to in self._counted)
        if peer is None or not peer.expects(month) or not came_before:
            return month
        is_open = self._told.state(month, one.seq) == MonthState.CUT_OFF
        return month if is_open else self._told.first_unsigned(one.seq)

    # ---- what was brought

    def _verify(self, one: Brought) -> None:
        peer = self._trusted[one.station]
        public = jws.key_bytes(peer.key)
        origin = one.note.partition("\n")[0]
        try:
            note = verify_note(one.note, origin, public)
            epoch = epoch_of(Stations(self._office).get(one.station), origin)
        except (BadNote, StationError):
            raise NotAsInLines(self._month, "stations") from None
        if (note.size, note.root.hex(), epoch) != (one.last_seq + 1, one.root, one.epoch):
            raise NotAsInLines(self._month, "stations")
        if not self._is_purged(one) and _lacks_numbers(self._office.database, one):
            raise StationBroken(
                station=one.station, month=one.month, problem="one of its sealed values is missing"
            )

    def _is_purged(self, one: Brought) -> bool:
        """Whether a line says that the citizens' numbers of that month were erased, its years being over."""
        return any(
            line.kind == LineKind.PURGED
            and line.facts.get("station") == one.station
            and one.month in (line.facts.get("months") or [])
            for line in self._told.lines
        )


def _same(unit: str, row: Peer, told: _Trusted) -> bool:
    origin = station_name(unit, row.station, jws.key_bytes(told.key))
    return (row.origin, row.signing_key, row.age_key, row.from_month, row.until_month) == (
        *(origin, told.key, told.age_key, told.from_month, told.until_month),
    )


def _lacks_numbers(database: Database, one: Brought) -> bool:
    """Whether a line of the part has a sealed citizen's number whose value is not here."""
    span = one.span
    marks = database.value(
        f"SELECT count(*) FROM {span.lines} WHERE {span.where} AND body ->> '$.sealed.subject' IS NOT NULL",  # noqa: S608
        span.params,
    )
    values = database.value(
        f"SELECT count(*) FROM {span.sealed} WHERE {span.where} AND field = 'subject'",  # noqa: S608
        span.params,
    )
    return bool(marks != values)
