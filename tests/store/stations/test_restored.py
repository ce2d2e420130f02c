"""A PC of the office was restored: its work continues, and the head's PC knows what it lost."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from store.base.locations import Locations
from store.formats import jws, tree
from store.formats.canonical import canonical
from store.formats.line import leaf_hash
from store.proof.epoch import Witnessed, number_of
from store.setup.restore import Restored, look_back
from store.stations.errors import (
    StationBeforeRestore,
    StationBroken,
    StationForged,
    StationLostFalse,
    StationOutOfOrder,
    StationRestoreContradicts,
    StationRestoredBefore,
    StationRestoreForged,
    StationRestoreUnsaid,
)
from store.stations.stations import Stations
from sync.carry import bundle
from tests.rig.lines import HandClock
from tests.rig.office import OFFICER, PASSPHRASE
from tests.store.stations.two_pcs import (
    DECEMBER,
    NOVEMBER,
    Pc,
    brought,
    chained,
    opened,
    sealed_again,
    signed_again,
)


@pytest.fixture
def restored(head: Pc, other: Pc) -> Restored:
    """PC 02 brought November, lost a visit of December, and came back from a backup of that day."""
    assert head.take_in(other.export(NOVEMBER, "2026-12-31T18:00:00"), "2026-12-31T18:30:00")
    made = other.back_up("2026-12-31T20:00:00")
    other.serve("2026-12-31T21:00:00", 1)
    return other.restore(made, "2026-12-31T22:00:00")


def test_a_restored_pc_goes_on_and_its_lost_lines_stand_in_the_report(
    head: Pc, other: Pc, restored: Restored
) -> None:
    assert restored.lost > 0
    assert head.take_in(path := other.export(DECEMBER, "2027-01-01T09:00:00"), "2027-01-01T09:30:00")
    assert not head.take_in(path, "2027-01-01T09:40:00")
    with head.at(OFFICER) as books:
        imported = books.ledger.lines(kind="receipt", limit=1)[0]
        assert imported.facts["lost"] == restored.lost
        books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
        books.months.summarise(DECEMBER, books.signer(PASSPHRASE[OFFICER]))
        row = books.database.row("SELECT payload FROM month WHERE month = ?", (DECEMBER,))
        assert row is not None
        payload = json.loads(row["payload"])
        gap = next(one for one in books.months.status(DECEMBER).findings if one.rule == "gap")
        assert gap.station == f"02/e{number_of(restored.origin)}"
        assert Stations(books).line(gap.station, gap.lines[0]).kind == "restore"
    assert payload["lost_lines"] == restored.lost
    _mine, old, new = payload["chains"]
    assert [old["origin"][-3:], new["origin"]] == ["/e1", restored.origin]
    assert (old["to"] + 1, new["from"]) == (restored.size, restored.size)
    with other.at() as books:
        assert [books.ledger.root(one["to"] + 1).hex() for one in (old, new)] == [old["root"], new["root"]]


def test_a_month_before_the_restore_comes_under_its_old_name(head: Pc, other: Pc) -> None:
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    other.restore(other.back_up("2027-01-01T10:00:00"), "2027-01-01T11:00:00")
    assert head.take_in(other.export(DECEMBER, "2027-01-01T12:00:00"))
    with head.at() as books:
        (chain,) = Stations(books).chains(Stations(books).brought(DECEMBER))
    assert chain["origin"].endswith("/e1")


def test_a_backup_older_than_what_was_brought(head: Pc, other: Pc) -> None:
    """The head's PC knows lines that PC 02 has lost: they stay, and PC 02 goes on beside them."""
    made = other.back_up("2026-12-31T20:00:00")
    other.serve("2026-12-31T21:00:00", 2)
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"), "2027-01-01T09:03:00")
    before = other.export(DECEMBER, "2027-01-01T09:05:00")
    assert head.take_in(before, "2027-01-01T09:10:00")
    with head.at(OFFICER) as books:
        for month in (NOVEMBER, DECEMBER):
            books.months.summarise(month, books.signer(PASSPHRASE[OFFICER]))
        assert books.months.status(DECEMBER).total == 3
        brought = Stations(books).all_brought()[0].last_seq + 1
    told = other.restore(made, "2027-01-01T10:00:00")
    again = other.export(DECEMBER, "2027-01-01T10:10:00")
    assert head.take_in(again)
    assert not head.take_in(again)
    assert not head.take_in(before), "it stands here as it came"
    with head.at(OFFICER) as books:
        new = next(one for one in Stations(books).all_brought() if one.epoch > 1)
        assert (new.month, new.counted_in, new.first_seq) == (DECEMBER, "2027-01", told.size)
        assert new.lost == told.lost >= brought - told.size
        assert books.months.status(DECEMBER).total == 3, "what was signed stays as it was signed"
        assert books.months.status("2027-01").missing == ("02",), "its January is still to come"
        Stations(books).must_be_complete(DECEMBER)


def test_a_backup_that_is_restored_a_second_time(head: Pc, other: Pc) -> None:
    """PC 02 is restored twice. What it brought before each stays known here, and counts as lost once."""
    made = other.back_up("2026-12-31T20:00:00")
    other.serve("2026-12-31T21:00:00", 2)
    for month in (NOVEMBER, DECEMBER):
        head.take_in(other.export(month, "2027-01-01T09:00:00"), "2027-01-01T09:10:00")
    first = other.restore(made, "2027-01-01T10:00:00")
    assert head.take_in(other.export(DECEMBER, "2027-01-01T11:00:00"), "2027-01-01T11:10:00")
    in_between = brought(head)[0]
    assert in_between.lost == first.lost > 0

    second = other.restore(made, "2027-01-01T12:00:00", on_a_new_pc=True)
    assert second.lost == 0, "nobody could say"
    assert head.take_in(path := other.export(DECEMBER, "2027-01-01T12:30:00"), "2027-01-01T12:40:00")
    assert not head.take_in(path), "twice is once"
    newest, before, oldest = brought(head)[:3]
    assert [one.epoch for one in (newest, before, oldest)] == [
        number_of(second.origin),
        number_of(first.origin),
        1,
    ]
    assert newest.lost == in_between.last_seq + 1 - second.size, "what stood of the first life, and no more"
    with head.at() as books:
        for month in (DECEMBER, newest.counted_in):
            Stations(books).must_be_complete(month)


def test_what_the_witness_says_of_two_lives_is_counted_once(head: Pc, other: Pc) -> None:
    made = other.back_up("2026-12-31T20:00:00")
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    old = other.head()
    first = other.restore(made, "2027-01-01T10:00:00", Witnessed(replace(old, size=made.size + 5), None))
    assert head.take_in(other.export(DECEMBER, "2027-01-01T11:00:00"), "2027-01-01T11:10:00")
    ours = brought(head)[0]
    assert ours.lost == first.lost >= 5
    gone = replace(other.head(), size=ours.last_seq + 1 + 4)
    said = Witnessed(replace(old, size=made.size + first.lost), gone)
    second = other.restore(made, "2027-01-01T12:00:00", said)
    assert second.lost == first.lost + gone.size - made.size
    assert head.take_in(other.export(DECEMBER, "2027-01-01T12:30:00"), "2027-01-01T12:40:00")
    assert brought(head)[0].lost == gone.size - made.size, (
        "the older life's lines were counted with the first"
    )


def test_what_the_witness_says_at_last_is_counted_with_what_stood_here(head: Pc, other: Pc) -> None:
    """The month after the restore brings the witness's answer; these lines were counted at its beginning."""
    made = other.back_up("2026-12-31T20:00:00")
    other.serve("2026-12-31T21:00:00", 2)
    for month in (NOVEMBER, DECEMBER):
        head.take_in(other.export(month, "2027-01-01T09:00:00"), "2027-01-01T09:10:00")
    old, size = other.head(), brought(head)[0].last_seq + 1
    other.restore(made, "2027-01-01T10:00:00", on_a_new_pc=True)
    assert head.take_in(other.export(DECEMBER, "2027-01-01T10:10:00"), "2027-01-01T10:20:00")
    counted = brought(head)[0].lost
    assert counted == size - made.size, "what stood here"
    known = Witnessed(replace(old, size=size + 3), None)
    with other.at(moment="2027-01-01T11:00:00") as books:
        assert look_back(books, lambda *_: known) == size + 3 - made.size
    for day in range(2, 32):
        with other.at(moment=f"2027-01-{day:02}T16:00:00"):
            pass
    assert head.take_in(other.export("2027-01", "2027-02-01T09:00:00"), "2027-02-01T09:10:00")
    assert brought(head)[0].lost == 3


def told_anew(members: dict[str, bytes], pc: Pc, replace: tuple[bytes, bytes]) -> dict[str, bytes]:
    """Lines changed before and in the restore line, whose old root then fits them; chained and signed."""
    leaf = bytes.fromhex(jws.claims(members[bundle.MANIFEST])[1]["prev"])
    edge = [(level, bytes.fromhex(half)) for level, half in json.loads(members["items/edge"])["edge"]]
    lines = []
    for line in gzip.decompress(members["items/lines-1"]).splitlines():
        body = json.loads(line.replace(*replace))
        if body["kind"] == "restore":
            body["facts"]["old"]["root"] = tree.edge_root(edge).hex()
        lines.append(canonical(body) + b"\n")
        leaf = leaf_hash(leaf, lines[-1][:-1])
        tree.grow(edge, leaf)
    changed = {**members, "items/lines-1": gzip.compress(b"".join(lines), mtime=0)}
    return signed_again(chained(changed, pc), pc)


def test_the_lines_before_an_older_backup_are_those_that_were_brought(head: Pc, other: Pc) -> None:
    made = other.back_up("2026-12-31T20:00:00")
    other.serve("2026-12-31T21:00:00", 2)
    for month in (NOVEMBER, DECEMBER):
        head.take_in(other.export(month, "2027-01-01T09:00:00"), "2027-01-01T09:10:00")
    told = other.restore(made, "2027-01-01T10:00:00")
    path = other.export(DECEMBER, "2027-01-01T10:10:00")
    members = opened(path, head)
    with pytest.raises(StationRestoreContradicts):
        head.take_in(sealed_again(path, told_anew(members, other, (b'"sighted"', b'"copy"')), head))
    with pytest.raises(StationOutOfOrder):
        head.take_in(sealed_again(path, signed_again(members, other, n=1), head))
    none = told_anew(members, other, (f'"lost":{told.lost}'.encode(), b'"lost":0'))
    with pytest.raises(StationBroken, match="nobody's session vouches for its lines"):
        head.take_in(sealed_again(path, none, head))
    assert head.take_in(sealed_again(path, members, head))
    with head.at() as books:
        new, old = Stations(books).all_brought()[:2]
        assert (new.epoch, old.epoch) == (number_of(told.origin), 1)
        assert new.lost == told.lost >= old.last_seq + 1 - told.size > 0, "at least what stood here"


def test_the_month_of_the_restore_comes_first(head: Pc, other: Pc) -> None:
    made = other.back_up("2026-12-31T20:00:00")
    for month in (NOVEMBER, DECEMBER):
        head.take_in(other.export(month, "2027-01-01T09:00:00"))
    other.restore(made, "2027-01-01T10:00:00")
    for day in range(1, 32):
        with other.at(moment=f"2027-01-{day:02}T16:00:00"):
            pass
    january = other.export("2027-01", "2027-02-01T09:00:00")
    with pytest.raises(StationRestoredBefore):
        head.take_in(january, "2027-02-01T09:10:00")
    assert head.take_in(other.export(DECEMBER, "2027-02-01T09:20:00"), "2027-02-01T09:30:00")
    assert head.take_in(january, "2027-02-01T09:40:00")


def test_the_lost_ledger_does_not_go_on_beside_the_restored_one(head: Pc, other: Pc, tmp_path: Path) -> None:
    with other.at(moment="2027-01-01T08:10:00"):
        pass
    shutil.copytree(other.locations.home, tmp_path / "old")
    old = Pc(Locations(tmp_path / "old"), HandClock("2027-01-01T08:20:00"), tmp_path)
    made = other.back_up("2027-01-01T08:20:00")
    for month in (NOVEMBER, DECEMBER):
        head.take_in(other.export(month, "2027-01-01T09:00:00"))
    other.restore(made, "2027-01-01T10:00:00")
    for pc in (old, other):
        for day in range(1, 32):
            with pc.at(moment=f"2027-01-{day:02}T16:00:00"):
                pass
    assert head.take_in(other.export("2027-01", "2027-02-01T09:00:00"), "2027-02-01T09:10:00")
    with pytest.raises(StationBeforeRestore):
        head.take_in(old.export("2027-01", "2027-02-01T09:20:00"), "2027-02-01T09:30:00")


Restoring = dict[str, object]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"epoch": 3}, StationRestoreForged),
        ({"origin": "nocopy/5001/01-00000000/e2"}, StationRestoreForged),
        ({"station_key": "AAAA"}, StationRestoreForged),
        ({"old.origin": "nocopy/5001/01-00000000/e1"}, StationRestoreContradicts),
        ({"old.size": 3}, StationRestoreContradicts),
        ({"old.root": "00" * 32}, StationRestoreContradicts),
        ({"lost": -1}, StationLostFalse),
        ({"lost": None}, StationLostFalse),
        ({"lost": 0, "cosigned": {"size": 1_000_000, "root": "00" * 32}}, StationLostFalse),
        ({"cosigned": {"size": "many"}}, StationRestoreContradicts),
        ({"origin": None}, StationRestoreUnsaid),
    ],
)
def test_a_forged_restore_line_is_refused(
    head: Pc, other: Pc, restored: Restored, change: Restoring, error: type[Exception]
) -> None:
    """Somebody with the other PC's key writes a restore line of their own."""
    path = other.export(DECEMBER, "2027-01-01T09:00:00")
    members = opened(path, head)
    lines = gzip.decompress(members["items/lines-1"]).splitlines()
    for n, line in enumerate(lines):
        body = json.loads(line)
        if body["kind"] == "restore":
            for name, value in change.items():
                part, _, inner = name.rpartition(".")
                (body["facts"][part] if part else body["facts"])[inner] = value
            lines[n] = canonical(body)
    forged = {**members, "items/lines-1": gzip.compress(b"".join(one + b"\n" for one in lines), mtime=0)}
    again = signed_again(chained(forged, other), other)
    with pytest.raises(error):
        head.take_in(sealed_again(path, again, head))
    named = signed_again(chained(members, other, restored.origin.rpartition("/e")[0] + "/e1"), other)
    with pytest.raises(StationForged):
        head.take_in(sealed_again(path, named, head))
    assert head.take_in(sealed_again(path, members, head))
