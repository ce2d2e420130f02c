"""What a head must be able to trust before signing a month: the books of every PC, figures, signatures.

Everything is computed anew from what stands in the books now: every line of this PC, the lines that were
brought from the others, the counts that were signed, and each signature under the key that the people list
of the summary names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.formats import jws
from store.formats.errors import BadSignature
from store.formats.report import REPORT
from store.ledger.errors import LedgerBroken
from store.ledger.verify import verify
from store.months.months import Months
from store.people.permissions import demand
from store.spans import MonthRows
from store.staff.errors import PeopleChanged
from store.staff.people_list import PeopleLists
from store.stations.errors import StationBroken
from store.stations.stations import Stations
from store.stations.verify import verify_brought

if TYPE_CHECKING:
    from store.office import Office

Progress = Callable[[int], object]
"""Called now and then with the number of this PC's lines verified; what it raises ends the look."""


@dataclass(frozen=True)
class Trust:
    """Stations by their numbers, this PC's first; signers by their roles, in the order in which they signed.

    `whole` and `broken`: whose books were recomputed, and how that ended; `missing`: whose month is still to
    come. `signed` and `forged`: whose signatures stand under this very summary. `agrees`: the summary's
    figures are those that the books say now; True where nothing is signed yet.
    """

    whole: tuple[str, ...]
    broken: tuple[str, ...]
    missing: tuple[str, ...]
    signed: tuple[str, ...]
    forged: tuple[str, ...]
    agrees: bool

    @property
    def is_right(self) -> bool:
        """Nothing contradicts and nothing is missing."""
        return not (self.broken or self.missing or self.forged) and self.agrees


def look(office: Office, month: str, progress: Progress | None = None) -> Trust:
    """Recompute all that a month stands on; it takes as long as the ledger is long. Raises NotFound."""
    demand(office.who, "ledger_read")
    stations, rows = Stations(office), MonthRows(office)
    rows.span(month)
    good = {office.station: True}
    try:
        verify(office.database, progress)
    except LedgerBroken:
        good[office.station] = False
    for one in stations.brought(month):
        try:
            verify_brought(office.database, one)
        except StationBroken:
            good[one.station] = False
        good.setdefault(one.station, True)
    row = rows.get(month)
    signed = _signatures(office, row) if row is not None and row["payload"] else []
    return Trust(
        whole=tuple(station for station, holds in good.items() if holds),
        broken=tuple(station for station, holds in good.items() if not holds),
        missing=tuple(stations.missing(month)),
        signed=tuple(role for role, holds in signed if holds),
        forged=tuple(role for role, holds in signed if not holds),
        agrees=row is None or not row["payload"] or _agrees(office, month, row["payload"]),
    )


def _agrees(office: Office, month: str, payload: str) -> bool:
    value, counts = json.loads(payload), Months(office).counts(month)
    return (value["use"], value["visits"], value["spared"]) == (counts.use, counts.visits, counts.spared)


def _signatures(office: Office, row: dict[str, Any]) -> list[tuple[str, bool]]:
    """(role, does it stand under this payload and under that person's key) of those not withdrawn."""
    made = office.database.rows(
        "SELECT role, login, protected, signature FROM signature"
        " WHERE month = ? AND revision = ? AND NOT withdrawn ORDER BY n",
        (row["month"], row["revision"]),
    )
    try:
        people = {(one["login"], one["role"], one["kid"]) for one in PeopleLists(office).named(row).people}
    except PeopleChanged:
        people = set()
    return [(one["role"], _is_of(office, row["payload"].encode("utf-8"), one, people)) for one in made]


def _is_of(
    office: Office, payload: bytes, made: dict[str, Any], people: set[tuple[str, str, str | None]]
) -> bool:
    def key_of(kid: str) -> str | None:
        if (made["login"], made["role"], kid) not in people:
            return None
        found = office.database.value("SELECT signing_key FROM person_key WHERE kid = ?", (kid,))
        return None if found is None else str(found)

    file = jws.assemble(payload, [(made["protected"], made["signature"])])
    try:
        (header,) = jws.read_general(file, typ=REPORT, key_of=key_of).headers
    except BadSignature:
        return False
    return (header["login"], header["role"]) == (made["login"], made["role"])
