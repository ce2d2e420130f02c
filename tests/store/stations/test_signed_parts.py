"""The other PCs' part of what is signed comes from this ledger's lines; no table about them is believed."""

from __future__ import annotations

from typing import Any

import pytest

from store.errors import StoreError
from store.months.errors import NotAsInLines
from store.stations.errors import StationBroken
from tests.rig.lines import tamper
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.store.stations.two_pcs import NOVEMBER, Pc

STEPS = {"summarise": OFFICER, "check": CONTROLLER, "approve": HEAD}
ROWS = {
    "DELETE FROM station_part": "stations",
    "UPDATE station_part SET counted_in = '2026-12'": "stations",
    "UPDATE station_part SET lost = 3": "stations",
    "UPDATE station_part SET last_seq = last_seq - 1": "stations",
    "UPDATE station_part SET root = substr(root, 3) || '00'": "stations",
    "UPDATE station SET until_month = '2026-10'": "stations",
    "UPDATE station SET from_month = '2026-12'": "stations",
    "UPDATE station SET signing_key = age_key": "stations",
    "DELETE FROM station": "stations",
}
BROKEN = (
    "UPDATE station_line SET body = replace(body, '\"sighted\"', '\"copy\"')",
    "DELETE FROM station_line WHERE seq = (SELECT max(seq) FROM station_line)",
    "UPDATE station_sealed SET value = '3100600445635'",
    "DELETE FROM station_sealed",
    "UPDATE station_part SET first_seq = first_seq + 1",
)


@pytest.fixture
def whole(head: Pc, other: Pc) -> Pc:
    """The head's PC, with November of the other one."""
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    return head


def up_to(pc: Pc, step: str) -> None:
    for before in STEPS:
        if before == step:
            return
        sign(pc, before)


def sign(pc: Pc, step: str) -> dict[str, Any]:
    with pc.at(STEPS[step]) as books:
        more = ("อธิบายได้",) if step == "approve" else ()
        signer = books.signer(PASSPHRASE[STEPS[step]])
        return vars(getattr(books.months, step)(NOVEMBER, signer, *more))


def changed(pc: Pc, sql: str) -> None:
    with pc.at() as books:
        path, key = pc.locations.books, books.database.key
    tamper(path, sql, key=key)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("sql", ROWS)
def test_no_row_about_another_pc_is_believed(whole: Pc, step: str, sql: str) -> None:
    up_to(whole, step)
    changed(whole, sql)
    with pytest.raises(NotAsInLines) as error:
        sign(whole, step)
    assert error.value.members == (ROWS[sql],)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("sql", BROKEN)
def test_changed_lines_of_another_pc_are_not_signed(whole: Pc, step: str, sql: str) -> None:
    up_to(whole, step)
    changed(whole, sql)
    with pytest.raises(StoreError) as error:
        sign(whole, step)
    assert isinstance(error.value, StationBroken)


def test_what_is_shown_of_both_is_what_is_signed(whole: Pc) -> None:
    up_to(whole, "approve")
    view = sign(whole, "approve")
    assert (view["state"], view["total"], view["visits"], view["stations"]) == ("approved", 5, 5, ("02",))
