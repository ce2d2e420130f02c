"""The office's other PCs: those that the head trusts, and the months that were imported from them.

Each PC has its own ledger; one PC, the head's, reports for all. Imported lines are stored in tables of their
own and never enter this PC's chain. The head trusts a PC by its fingerprint, which is read from that PC's
screen and typed here; a `keys` line records it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyrage

from reader.buddhist_date import stamp
from store.errors import NotFound
from store.formats import jws
from store.formats.canonical import b64, unb64
from store.formats.line import Entry, Line, LineKind, Outcome, read_line, says_outcome
from store.people.permissions import demand
from store.spans import MonthRows, MonthState, Span, ledger_of
from store.stations.errors import (
    FingerprintDiffers,
    OwnStation,
    StationMissing,
    StationOfOtherOffice,
    StationUnknown,
)
from store.stations.peers import IDENTITY, Brought, Identity, Peer, bare_fingerprint, read_identity

if TYPE_CHECKING:
    from store.office import Office


class Stations:
    """The other PCs in the books of this one."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    # ---- who they are

    def identity(self) -> Identity:
        """This PC's own identity."""
        book = {row["name"]: str(row["value"]) for row in self._database.rows("SELECT name, value FROM book")}
        public = jws.public_of(unb64(book["station_seed"]))
        age = str(pyrage.x25519.Identity.from_str(book["station_age"]).to_public())
        return Identity(self._office.unit, self._office.station, b64(public), age)

    def identity_file(self) -> str:
        """This PC's identity for another PC: a compact JWS, signed with this PC's own key."""
        seed = unb64(str(self._database.value("SELECT value FROM book WHERE name = 'station_seed'")))
        return jws.sign_compact(self.identity().payload, typ=IDENTITY, header={}, seed=seed)

    def known(self) -> list[Peer]:
        """All PCs that the head ever trusted, by their numbers."""
        return [Peer(**row) for row in self._database.rows("SELECT * FROM station ORDER BY station")]

    def get(self, station: str) -> Peer:
        """One trusted PC; raises StationUnknown."""
        row = self._database.row("SELECT * FROM station WHERE station = ?", (station,))
        if row is None:
            raise StationUnknown(station=station)
        return Peer(**row)

    def trust(self, token: str, typed: str) -> Peer:
        """Trusts another PC. `token` is its identity file, `typed` the fingerprint on that PC's screen.

        Its months are expected from first_open() on. Raises NotAllowed, FingerprintDiffers,
        StationOfOtherOffice, OwnStation, NotOurFile, StationForged, BadSignature.
        """
        demand(self._office.who, "station_trust")
        found = read_identity(token)
        if found.unit != self._office.unit:
            raise StationOfOtherOffice(unit=found.unit)
        if found.station == self._office.station:
            raise OwnStation
        if bare_fingerprint(typed) != bare_fingerprint(found.fingerprint):
            raise FingerprintDiffers(station=found.station)
        who, now = self._office.who.login, stamp(self._office.clock())
        values = [found.station, found.name, found.key, found.age_key, self.first_open(), who, now]
        with self._database.write() as db:
            db.execute(
                "INSERT INTO station(station, origin, signing_key, age_key, from_month, trusted_by,"
                " trusted_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(station) DO UPDATE"
                " SET origin = excluded.origin, signing_key = excluded.signing_key,"
                " age_key = excluded.age_key, until_month = NULL, trusted_by = excluded.trusted_by,"
                " trusted_at = excluded.trusted_at",
                values,
            )
            facts = {"station": found.station, "key": found.key, "age_key": found.age_key}
            facts |= {"fingerprint": found.fingerprint, "says": "trusted"}
            self._office.ledger.append(db, Entry(LineKind.KEYS, who, facts=facts))
        return self.get(found.station)

    def release(self, station: str, month: str, reason: str) -> Peer:
        """Releases a PC that is gone: `month` is its last expected one. Raises NotAllowed, StationUnknown."""
        demand(self._office.who, "station_trust")
        with self._database.write() as db:
            self.get(station)
            db.execute("UPDATE station SET until_month = ? WHERE station = ?", [month, station])
            facts = {"station": station, "says": "released", "until": month}
            entry = Entry(LineKind.KEYS, self._office.who.login, basis=reason, facts=facts)
            self._office.ledger.append(db, entry)
        return self.get(station)

    def first_open(self) -> str:
        """The oldest month that nobody has signed on this PC, YYYY-MM."""
        rows = MonthRows(self._office)
        states = {month: (rows.get(month) or {"state": MonthState.CUT_OFF})["state"] for month in rows.all()}
        return min(
            (month for month, state in states.items() if state == MonthState.CUT_OFF), default=rows.current()
        )

    # ---- what was imported

    def brought(self, month: str) -> list[Brought]:
        """The imported parts that count in the report of that month, by station."""
        rows = self._database.rows(
            f"SELECT {_BROUGHT} FROM station_part JOIN station USING (station)"  # noqa: S608
            " WHERE counted_in = ? AND month >= from_month AND month <= coalesce(until_month, month)"
            " ORDER BY station, month, epoch",
            (month,),
        )
        return [Brought(**row) for row in rows]

    def all_brought(self) -> list[Brought]:
        """All imported parts, the newest months first."""
        rows = self._database.rows(
            f"SELECT {_BROUGHT} FROM station_part ORDER BY month DESC, station, epoch DESC"  # noqa: S608
        )
        return [Brought(**row) for row in rows]

    def spans(self, month: str) -> list[Span]:
        """The imported lines that count in the report of that month."""
        return [one.span for one in self.brought(month)]

    def missing(self, month: str) -> list[str]:
        """The stations whose month is expected and was not imported yet."""
        there = {one.station for one in self.brought(month) if one.month == month}
        return [
            one.station
            for one in self.known()
            if one.from_month <= month <= (one.until_month or month) and one.station not in there
        ]

    def must_be_complete(self, month: str) -> None:
        """Raises StationMissing where a month is missing, StationBroken where imported lines were changed."""
        from store.stations.verify import verify_brought

        if missing := self.missing(month):
            raise StationMissing(month=month, stations=", ".join(missing))
        for one in self.brought(month):
            verify_brought(self._database, one)

    def chains(self, parts: Sequence[Brought]) -> list[dict[str, Any]]:
        """Imported lines as a report names them: [{origin, from, to, root (hex)}], by epoch."""
        return [part for one in parts for part in self._chains(one)]

    def _chains(self, brought: Brought) -> list[dict[str, Any]]:
        restores = self._database.rows(
            "SELECT seq, body ->> '$.facts.old.origin' AS origin,"  # noqa: S608
            " body ->> '$.facts.old.root' AS root"
            f" FROM station_line WHERE {brought.span.where} AND body ->> '$.kind' = 'restore'"
            " AND body ->> '$.facts.origin' IS NOT NULL ORDER BY seq",
            brought.span.params,
        )
        parts, begin = [], brought.first_seq
        ends = [(one["origin"], one["seq"] - 1, one["root"]) for one in restores]
        for origin, end, root in [*ends, (brought.note.partition("\n")[0], brought.last_seq, brought.root)]:
            if begin <= end:
                parts.append({"origin": origin, "from": begin, "to": end, "root": root})
            begin = end + 1
        return parts

    def line(self, station: str, seq: int) -> Line:
        """One imported line of the ledger with that name (ledger_name() in store/spans.py); raises NotFound.

        Its `stands` takes account of everything imported so far. Its `leaf` is empty, because leaves of
        imported lines are not stored.
        """
        (body,) = self.bodies(station, seq, seq)
        stands = self._database.value(_STANDS, (*ledger_of(station), seq, body["visit"]))
        return read_line({"body": json.dumps(body), "value": body["subject"], "leaf": b"", "stands": stands})

    def bodies(self, station: str, first: int, last: int) -> list[dict[str, Any]]:
        """The bodies of imported lines as written on that PC, with the citizen's number added as `subject`.

        Raises NotFound where none of these lines is here.
        """
        rows = self._database.rows(
            "SELECT body, value FROM station_line AS line LEFT JOIN station_sealed AS sealed"
            " ON sealed.station = line.station AND sealed.epoch = line.epoch AND sealed.seq = line.seq"
            " AND field = 'subject'"
            " WHERE line.station = ? AND line.epoch = ? AND line.seq BETWEEN ? AND ? ORDER BY line.seq",
            (*ledger_of(station), first, last),
        )
        if not rows:
            raise NotFound(what="ledger line", name=f"{station}:{first}")
        return [{**json.loads(row["body"]), "subject": row["value"]} for row in rows]


_BROUGHT = ", ".join(f'"{name}"' for name in Brought.__dataclass_fields__)


# The last outcome of a line, from the lines of its visit. A restored PC may have used a line's number again:
# lines after that are about the new line with the number.
_STANDS = (
    f"SELECT coalesce(outcome, '{Outcome.CORRECTED}') FROM (SELECT epoch, seq, body ->> '$.about' AS about,"  # noqa: S608
    " body ->> '$.kind' AS kind, body ->> '$.outcome' AS outcome"
    " FROM station_line INDEXED BY station_line_visit WHERE station = ?1 AND epoch >= ?2 AND visit = ?4)"
    f" AS said WHERE about = ?3 AND {says_outcome('said')} AND NOT EXISTS (SELECT 1 FROM station_line AS anew"
    " WHERE anew.station = ?1 AND anew.epoch > ?2 AND anew.epoch <= said.epoch AND anew.seq = ?3)"
    " ORDER BY said.epoch DESC, said.seq DESC LIMIT 1"
)
