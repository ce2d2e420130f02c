"""Checks what a head relies on when signing a month: the ledger of every PC, the figures, the signatures.

Everything is recomputed from the books: every line of this PC, the lines imported from the other PCs, the
counts that were signed, and each signature, with the key that the summary's people list names.
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
from store.people.standing import Standing
from store.spans import MonthRows
from store.staff.errors import PeopleChanged
from store.staff.people_list import PeopleLists
from store.stations.errors import StationBroken
from store.stations.stations import Stations
from store.stations.verify import verify_brought

if TYPE_CHECKING:
    from store.office import Office

Progress = Callable[[int], object]
"""Called now and then with the number of this PC's lines verified so far; what it raises ends the check."""


@dataclass(frozen=True)
class Trust:
    """The result of the check. Stations are numbers, this PC's first; signers are roles, in signing order.

    `whole` and `broken`: the stations whose lines verified, and those whose did not. `missing`: the stations
    whose month was not imported yet. `signed` and `forged`: the roles whose signatures verify under this
    summary, and those whose do not. `agrees`: whether the summary's figures are those of the books now; True
    where nothing is signed yet.
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
    good = {office.station: True}
    try:
        verify(office.database, Standing, progress)
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
    """(role, whether the signature verifies for this payload and person) of those not withdrawn."""
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
