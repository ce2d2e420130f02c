"""Retention: months older than the set number of years are archived by the head, never silently deleted.

An archive is written to a sealed file and read back. Only then the sealed values of its lines (citizens'
numbers, references, reasons) are deleted from the books, with a `purged` line. The lines themselves stay, so
that chain and tree still verify.

Citizens' numbers in imported months of the office's other PCs are copies, which the other PC archives itself:
they are deleted at the first log-in after their years, with a `purged` line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.base import named_file
from store.formats import tree
from store.formats.canonical import sha256_hex, unb64
from store.formats.line import SEALED, Entry, LineKind
from store.formats.note import sign_note
from store.ledger.session_papers import papers_of
from store.ledger.tree_rows import node_reader
from store.people.permissions import demand
from store.people.vault import Keyring
from store.settings.rules import USUAL_YEARS, YEARS
from store.spans import MonthRows
from store.staff.recovery import read_key
from store.staff.rekey import recovery_key
from store.upkeep import archive
from store.upkeep.archive import Archive, Kept
from store.upkeep.errors import NothingToArchive

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office

_MOST = 1 << 30  # bytes of an archive: far more than a century of an office


@dataclass(frozen=True)
class Due:
    """The months that are past their years and not archived yet, oldest first, and their lines."""

    months: tuple[str, ...]
    first: int
    last: int


class Retention:
    """The retention of one station's ledger."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def years(self) -> int:
        """The number of years for which a line keeps its sealed values."""
        return int(self._office.settings.get(YEARS) or USUAL_YEARS)

    def due(self) -> Due | None:
        """What can be archived now, or None. Raises NotAllowed."""
        demand(self._office.who, "ledger_read")
        before = self._before()
        done = self._database.value("SELECT max(last_seq) FROM archive")
        first = 0 if done is None else int(done) + 1
        oldest = self._database.value("SELECT month FROM ledger WHERE seq = ?", (first,))
        if oldest is None or oldest >= before:
            return None  # the usual case, answered without the query below
        cuts = self._database.rows(
            "SELECT seq, month FROM ledger WHERE kind = 'cut_off' AND month < ? AND seq >= ? ORDER BY seq",
            (before, first),
        )
        if not cuts:
            return None
        return Due(tuple(row["month"] for row in cuts), first, int(cuts[-1]["seq"]))

    def erase_brought(self, db: Tables) -> None:
        """Deletes numbers imported from other PCs that are past their years, with a line for each PC.

        Runs inside the caller's transaction.
        """
        old = db.execute(
            "SELECT station, group_concat(DISTINCT month) FROM station_part"
            " JOIN station_sealed USING (station, epoch)"
            " WHERE month < ? AND seq BETWEEN first_seq AND last_seq GROUP BY station ORDER BY station",
            [self._before()],
        ).fetchall()
        for station, months in old:
            erased = db.execute(
                "DELETE FROM station_sealed WHERE station = ?1 AND EXISTS (SELECT 1 FROM station_part AS part"
                " WHERE part.station = ?1 AND part.epoch = station_sealed.epoch AND month < ?2"
                " AND seq BETWEEN first_seq AND last_seq)",
                [station, self._before()],
            ).rowcount
            facts = {"station": station, "months": sorted(months.split(",")), "fields": ["subject"]}
            entry = Entry(LineKind.PURGED, self._office.who.login, facts={**facts, "values": erased})
            self._office.ledger.append(db, entry)

    def _before(self) -> str:
        """The first month, YYYY-MM, that is not past its years."""
        now = self._years_before(stamp(self._office.clock())[:7])
        # The ledger's month counts too, so that a clock that runs ahead makes nothing old.
        return min(now, self._years_before(MonthRows(self._office).current()))

    def _years_before(self, month: str) -> str:
        return f"{int(month[:4]) - self.years():04}{month[4:]}"

    def archive(self, to: Path, passphrase: str) -> Archive:
        """Writes what is due to a new file, reads it back, and deletes its sealed values from the books.

        The passphrase of the head who is logged in opens the file for the check. Raises NotAllowed,
        NothingToArchive, WrongPassphrase, LedgerBroken, ArchiveDamaged, and what named_file raises.
        """
        demand(self._office.who, "archive")
        due = self.due()
        if due is None:
            raise NothingToArchive(years=self.years())
        home = self._office.locations.home
        named_file.demand_place(to, home)
        self._office.ledger.verify()  # a broken ledger must stay as it is, for ICT to see
        identity = self.identity(passphrase)
        with self._database.reading() as db:
            content = archive.pack(self._header(db, due), _lines(db, due), self._recipients())
        named_file.write(to, content, home)
        try:
            found = archive.read(named_file.read(to, len(content), home), identity)
            with self._database.write() as db:
                self._erase(db, due, to, sha256_hex(content))
        except BaseException:
            named_file.take_back(to)  # nothing was deleted from the books, so nothing is lost
            raise
        return found

    def check(self, file: Path, passphrase: str, sheet: Path | None = None) -> Archive:
        """Reads an archive and verifies it. Raises what identity() raises, ArchiveSealed, ArchiveDamaged."""
        identity = self.identity(passphrase, sheet)
        return archive.read(named_file.read(file, _MOST, self._office.locations.home), identity)

    def identity(self, passphrase: str, sheet: Path | None = None) -> str:
        """The age identity that opens an archive: that of the person logged in, or of a sheet's file.

        Raises NotAllowed, WrongPassphrase, WrongSheet, and what named_file.read_text() raises.
        """
        demand(self._office.who, "archive")
        if sheet is not None:
            return read_key(named_file.read_text(sheet, self._office.locations.home))
        return Keyring(self._office.locations.keys).unlock(self._office.who.login, passphrase).age_identity

    def _recipients(self) -> list[str]:
        return [key for key in (recovery_key(self._office), self._office.who.age_key) if key is not None]

    def _header(self, db: Tables, due: Due) -> dict[str, Any]:
        nodes, size = node_reader(db), due.last + 1
        known = db.execute(
            "SELECT coalesce(cosigned, note) FROM checkpoint WHERE size = ?", [size]
        ).fetchone()
        if known is None:
            seed = db.execute("SELECT value FROM book WHERE name = 'station_seed'").fetchone()[0]
            known = [sign_note(self._office.origin, size, tree.root(size, nodes), unb64(seed))]
        before = db.execute("SELECT leaf FROM ledger WHERE seq = ?", [due.first - 1]).fetchone()
        return {
            **{
                "unit": self._office.unit,
                "unit_name": self._office.unit_name,
                "station": self._office.station,
            },
            **{"from": due.first, "to": due.last, "months": list(due.months)},
            "origin": known[0].split("\n", 1)[0],
            "prev": (bytes(32) if before is None else bytes(before[0])).hex(),
            "edge": [[level, nodes(level, n).hex()] for level, n in tree.complete_parts(due.first)],
            "note": known[0],
            "sessions": [list(one) for one in papers_of(db, due.first, due.last)],
            "made_at": stamp(self._office.clock()),
        }

    def _erase(self, db: Tables, due: Due, to: Path, digest: str) -> None:
        db.execute("DELETE FROM sealed WHERE seq BETWEEN ? AND ?", [due.first, due.last])
        db.execute(
            "UPDATE visit SET subject = '', comer_id = NULL, basis = NULL, reference = NULL, reason = NULL,"
            " served_why = NULL WHERE state IN ('closed', 'cancelled') AND id IN"
            " (SELECT visit FROM ledger WHERE seq BETWEEN ? AND ? AND visit IS NOT NULL)",
            [due.first, due.last],
        )
        facts = {
            **{"first": due.first, "last": due.last, "fields": list(SEALED)},
            **{"months": list(due.months), "archive": digest},
        }
        seq = self._office.ledger.append(db, Entry(LineKind.PURGED, self._office.who.login, facts=facts))
        db.execute(
            "INSERT INTO archive(first_seq, last_seq, months, file, sha256, at, line)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                *(due.first, due.last, " ".join(due.months), to.name, digest),
                *(stamp(self._office.clock()), seq),
            ],
        )


def _lines(db: Tables, due: Due) -> list[Kept]:
    bounds = [due.first, due.last]
    sealed: dict[int, dict[str, tuple[bytes, str]]] = {}
    for seq, name, key, value in db.execute(
        "SELECT seq, field, key, value FROM sealed WHERE seq BETWEEN ? AND ?", bounds
    ):
        sealed.setdefault(seq, {})[name] = (bytes(key), value)
    found = db.execute("SELECT seq, body FROM ledger WHERE seq BETWEEN ? AND ? ORDER BY seq", bounds)
    return [(body, sealed.get(seq, {})) for seq, body in found]
