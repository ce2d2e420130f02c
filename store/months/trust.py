"""Checks what a head relies on when signing a month, for the screen: ledgers, figures, signatures.

It is what each signature checks too (store/months/anew.py), but tells of everything that is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.ledger.errors import LedgerBroken
from store.months.anew import Progress, compute_anew, demand_findings, demand_row, is_signed_by
from store.months.errors import NotAsInLines
from store.months.told import told_anew
from store.people.permissions import demand
from store.spans import MonthRows
from store.stations.errors import StationBroken, StationMissing
from store.stations.stations import Stations
from store.stations.verify import verify_brought

if TYPE_CHECKING:
    from store.office import Office


@dataclass(frozen=True)
class Trust:
    """The result of the check. Stations are numbers, this PC's first; signers are roles, in signing order.

    `whole` and `broken`: the stations whose lines verified, and those whose did not. `missing`: the stations
    whose month was not imported yet. `signed` and `forged`: the roles whose signatures verify under this
    summary, and those whose do not. `agrees`: whether what is signed is what the lines say, in every member;
    True where nothing is signed yet.
    """

    whole: tuple[str, ...]
    broken: tuple[str, ...]
    missing: tuple[str, ...]
    signed: tuple[str, ...]
    forged: tuple[str, ...]
    agrees: bool

    @property
    def is_right(self) -> bool:
        """Whether nothing is broken, forged or missing, and the figures agree."""
        return not (self.broken or self.missing or self.forged) and self.agrees


def look(office: Office, month: str, progress: Progress | None = None) -> Trust:
    """Checks a month; verifies the whole ledger, so it takes long. Raises NotAllowed, NotFound."""
    demand(office.who, "ledger_read")
    stations, rows = Stations(office), MonthRows(office)
    rows.span(month)
    row = rows.get(month)
    is_signed = row is not None and bool(row["payload"])
    good, agrees = {office.station: True}, True
    try:
        anew = compute_anew(office, month, progress)
        if row is not None and is_signed:
            demand_findings(office, anew)
            demand_row(office, anew, row)
    except LedgerBroken:
        good[office.station] = False
    except NotAsInLines:
        agrees = not is_signed
    except (StationBroken, StationMissing):
        pass  # what is broken or missing is told below
    for one in stations.brought(month):
        try:
            verify_brought(office.database, one)
        except StationBroken:
            good[one.station] = False
        good.setdefault(one.station, True)
    signed = _signatures(office, row) if row is not None and is_signed else []
    return Trust(
        whole=tuple(station for station, holds in good.items() if holds),
        broken=tuple(station for station, holds in good.items() if not holds),
        missing=tuple(stations.missing(month)),
        signed=tuple(role for role, holds in signed if holds),
        forged=tuple(role for role, holds in signed if not holds),
        agrees=agrees,
    )


def _signatures(office: Office, row: dict[str, Any]) -> list[tuple[str, bool]]:
    """(role, whether the signature verifies for this payload and person) of those not withdrawn."""
    made = office.database.rows(
        "SELECT role, login, protected, signature FROM signature"
        " WHERE month = ? AND revision = ? AND NOT withdrawn ORDER BY n",
        (row["month"], row["revision"]),
    )
    with office.database.reading() as db:
        keys = told_anew(db).keys()
    return [(one["role"], is_signed_by(office, row, one, keys)) for one in made]
