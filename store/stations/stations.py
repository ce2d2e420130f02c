"""The other PCs of an office: whose keys the head compared, and the months that were brought from them.

Each PC has a ledger of its own; one of them, the head's, reports for all. Lines that were brought stand in
tables apart and never enter this PC's chain. A PC is known by its fingerprint, which the head reads from that
PC's own screen and types here; `keys` lines say so.
"""

from __future__ import annotations

import json
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
    """The other PCs, as the books of this one know them."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    # ---- who they are

    def identity(self) -> Identity:
        """This PC's own."""
        book = {row["name"]: str(row["value"]) for row in self._database.rows("SELECT name, value FROM book")}
        public = jws.public_of(unb64(book["station_seed"]))
        age = str(pyrage.x25519.Identity.from_str(book["station_age"]).to_public())
        return Identity(self._office.unit, self._office.station, b64(public), age)

    def identity_file(self) -> str:
        """The same, signed by itself, for the other PC: compact JWS."""
        seed = unb64(str(self._database.value("SELECT value FROM book WHERE name = 'station_seed'")))
        return jws.sign_compact(self.identity().payload, typ=IDENTITY, header={}, seed=seed)

    def known(self) -> list[Peer]:
        """All that the head ever trusted, by their numbers."""
        return [Peer(**row) for row in self._database.rows("SELECT * FROM station ORDER BY station")]

    def get(self, station: str) -> Peer:
        """One of them; StationUnknown."""
        row = self._database.row("SELECT * FROM station WHERE station = ?", (station,))
        if row is None:
            raise StationUnknown(station=station)
        return Peer(**row)

    def trust(self, token: str, typed: str) -> Peer:
        """The head compared: `typed` is what stands on the other PC's screen, `token` its identity file.

        Its months count from the first on that this PC has not summed up. Raises FingerprintDiffers,
        StationOfOtherOffice, OwnStation, StationForged, BadSignature.
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
        """The head says: this PC is gone, `month` is the last expected of it. Raises StationUnknown."""
        demand(self._office.who, "station_trust")
        with self._database.write() as db:
            self.get(station)
            db.execute("UPDATE station SET until_month = ? WHERE station = ?", [month, station])
            facts = {"station": station, "says": "released", "until": month}
            entry = Entry(LineKind.KEYS, self._office.who.login, basis=reason, facts=facts)
            self._office.ledger.append(db, entry)
        return self.get(station)

    def first_open(self) -> str:
        """The oldest month whose counts nobody has signed here."""
        rows = MonthRows(self._office)
        states = {month: (rows.get(month) or {"state": MonthState.CUT_OFF})["state"] for month in rows.all()}
        return min(
            (month for month, state in states.items() if state == MonthState.CUT_OFF), default=rows.current()
        )

    # ---- what they brought

    def brought(self, month: str) -> list[Brought]:
        """What counts for that month: by station."""
        rows = self._database.rows(
            f"SELECT {_BROUGHT} FROM station_part JOIN station USING (station)"  # noqa: S608
            " WHERE counted_in = ? AND month >= from_month AND month <= coalesce(until_month, month)"
            " ORDER BY station, month, epoch",
            (month,),
        )
        return [Brought(**row) for row in rows]

    def all_brought(self) -> list[Brought]:
        """Everything that was imported, the newest months first."""
        rows = self._database.rows(
            f"SELECT {_BROUGHT} FROM station_part ORDER BY month DESC, station, epoch DESC"  # noqa: S608
        )
        return [Brought(**row) for row in rows]

    def spans(self, month: str) -> list[Span]:
        """The lines that were brought for that month."""
        return [one.span for one in self.brought(month)]

    def missing(self, month: str) -> list[str]:
        """The stations whose month is expected and was not brought."""
        there = {one.station for one in self.brought(month) if one.month == month}
        return [
            one.station
            for one in self.known()
            if one.from_month <= month <= (one.until_month or month) and one.station not in there
        ]

    def must_be_complete(self, month: str) -> None:
        """Before a summary: all were brought, and still stand as they were. StationMissing, StationBroken."""
        from store.stations.verify import verify_brought

        if missing := self.missing(month):
            raise StationMissing(month=month, stations=", ".join(missing))
        for one in self.brought(month):
            verify_brought(self._database, one)

    def chains(self, month: str) -> list[dict[str, Any]]:
        """As a report names them: {origin, from, to, root (hex)}, a part for each epoch."""
        return [part for one in self.brought(month) for part in self._chains(one)]

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

    def lost_lines(self, month: str) -> int:
        """How many lines they are known to have lost by restores."""
        return sum(one.lost for one in self.brought(month))

    def line(self, station: str, seq: int) -> Line:
        """One line that was brought, of the ledger with that name (store/months/summary.py); NotFound.

        It stands as what was brought up to now says. Its leaf is empty: computed where it is verified.
        """
        (body,) = self.bodies(station, seq, seq)
        stands = self._database.value(_STANDS, (*ledger_of(station), seq, body["visit"]))
        return read_line({"body": json.dumps(body), "value": body["subject"], "leaf": b"", "stands": stands})

    def bodies(self, station: str, first: int, last: int) -> list[dict[str, Any]]:
        """Lines that were brought, as they were written there, with the citizen's number as `subject`.

        Raises NotFound where a line of that span is not here.
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


# The last word about a line, among those of its visit. A PC that was restored may have given the number anew:
# what a later epoch says of such a number is of its own line.
_STANDS = (
    f"SELECT coalesce(outcome, '{Outcome.CORRECTED}') FROM (SELECT epoch, seq, body ->> '$.about' AS about,"  # noqa: S608
    " body ->> '$.kind' AS kind, body ->> '$.outcome' AS outcome"
    " FROM station_line INDEXED BY station_line_visit WHERE station = ?1 AND epoch >= ?2 AND visit = ?4)"
    f" AS said WHERE about = ?3 AND {says_outcome('said')} AND NOT EXISTS (SELECT 1 FROM station_line AS anew"
    " WHERE anew.station = ?1 AND anew.epoch > ?2 AND anew.epoch <= said.epoch AND anew.seq = ?3)"
    " ORDER BY said.epoch DESC, said.seq DESC LIMIT 1"
)
