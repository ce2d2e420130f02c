"""An office with two PCs: one brings its month to the other, which verifies it and reports for both."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pyrage
import pytest

from store.base.errors import RuleBroken
from store.books import Books
from store.counter.visitor import Visitor
from store.errors import NotAllowed, WrongStep
from store.people.vault import Keyring
from store.stations.errors import (
    FingerprintDiffers,
    OwnStation,
    StationBroken,
    StationContradicts,
    StationForged,
    StationMissing,
    StationOfOtherOffice,
    StationOutOfOrder,
    StationUnknown,
)
from store.stations.stations import Stations
from sync.carry import station
from sync.carry.errors import DamagedBundle, ItemChanged, SealedToOthers
from tests.rig.lines import tamper
from tests.rig.office import CITIZEN, HEAD, OFFICER, PASSPHRASE
from tests.store.stations.two_pcs import DECEMBER, NOVEMBER, Pc, chained, opened, sealed_again, signed_again


def test_the_office_reports_for_both_its_pcs(head: Pc, other: Pc) -> None:
    with head.at(OFFICER, "2027-01-01T09:00:00") as books:
        before = books.months.status(NOVEMBER)
        assert (before.total, before.missing) == (2, ("02",))
        with pytest.raises(StationMissing, match="02"):
            books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
    path = other.export(NOVEMBER, "2027-01-01T09:10:00")
    assert CITIZEN.encode() not in path.read_bytes()
    assert head.take_in(path)
    assert not head.take_in(path)  # twice is once

    with head.at(OFFICER) as books:
        view = books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
        assert (view.total, view.visits, view.spared) == (5, 5, 5)
        assert (view.stations, view.missing) == (("02",), ())
        row = books.database.row("SELECT payload FROM month WHERE month = ?", (NOVEMBER,))
        assert row is not None
        payload = json.loads(row["payload"])
        mine, theirs = payload["chains"]
        assert payload["use"] == [[OFFICER, "S01", "D11", "sighted", "obtained", 5]]
        assert mine["origin"].startswith("nocopy/5001/01-")
        assert theirs["origin"].startswith("nocopy/5001/02-")
        assert {one["station"] for one in Stations(books).bodies("02", 0, theirs["to"])} == {"02"}
        assert books.ledger.verify().size == books.ledger.count()  # nothing of theirs is in this chain
        imported = books.ledger.lines(kind="receipt")
        assert [one.facts["station"] for one in imported] == ["02"]
        with pytest.raises(RuleBroken):
            books.database.rows("DELETE FROM station_line")
    with other.at() as books:
        assert books.ledger.root(theirs["to"] + 1).hex() == theirs["root"]
        seen = books.months.status(NOVEMBER)
        assert (seen.handed_over, seen.next_role, seen.late) == ("01", None, False)


def test_months_come_in_their_order_and_before_the_signature(head: Pc, other: Pc) -> None:
    november = other.export(NOVEMBER, "2027-01-01T09:00:00")
    december = other.export(DECEMBER, "2027-01-01T09:05:00")
    with pytest.raises(StationOutOfOrder, match=DECEMBER):
        head.take_in(december)
    assert head.take_in(november)
    assert head.take_in(december)
    with head.at(OFFICER) as books:
        books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
        assert books.months.status(DECEMBER).total == 1


def test_a_month_that_came_after_the_summary_waits_until_it_is_sent_back(head: Pc, other: Pc) -> None:
    path = other.export(NOVEMBER, "2027-01-01T09:00:00")
    with head.at() as books:
        Stations(books).release("02", "2026-10", "เครื่องเสีย")
    with head.at(OFFICER) as books:
        assert books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER])).total == 2
    with other.at() as books:
        token, shown = Stations(books).identity_file(), Stations(books).identity().fingerprint
    with head.at() as books:
        Stations(books).trust(token, shown)
    with pytest.raises(WrongStep, match="summarised"):
        head.take_in(path)
    with head.at() as books:
        books.months.send_back(NOVEMBER, "เครื่อง 02 มาแล้ว")
    assert head.take_in(path)
    with head.at() as books:
        assert books.months.status(NOVEMBER).total == 5


def test_the_rules_also_look_at_the_lines_of_other_pcs(head: Pc, other: Pc) -> None:
    with other.at(OFFICER, "2026-12-31T20:00:00") as books:
        visit = books.visits.open("S01", Visitor(CITIZEN, identity="none"), documents=["D02"])
        books.visits.obtain(visit.id)
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    head.take_in(other.export(DECEMBER, "2027-01-01T09:05:00"))
    with head.at() as books:
        found = {one.rule: one for one in books.months.status(DECEMBER).findings}
        assert found["no_identity"].station == "02"
        (line,) = Stations(books).bodies("02", *found["no_identity"].lines * 2)
        assert (line["visit"], line["subject"]) == (visit.id, CITIZEN)


def test_only_the_head_trusts_a_pc_and_only_by_its_own_fingerprint(
    head: Pc, other: Pc, office: Callable[[str], Pc]
) -> None:
    foreign = office("pc02-5002")
    with other.at() as books:
        token, shown = Stations(books).identity_file(), Stations(books).identity().fingerprint
    with foreign.at() as books:
        other_office = Stations(books).identity_file()
        foreign_shown = Stations(books).identity().fingerprint
    with head.at() as books:
        stations = Stations(books)
        with pytest.raises(FingerprintDiffers):
            stations.trust(token, foreign_shown)
        with pytest.raises(StationOfOtherOffice):
            stations.trust(other_office, foreign_shown)
        with pytest.raises(OwnStation):
            stations.trust(stations.identity_file(), stations.identity().fingerprint)
        forged = token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB")
        with pytest.raises(StationForged):
            stations.trust(forged, shown)
    with head.at(OFFICER) as books, pytest.raises(NotAllowed):
        Stations(books).trust(token, shown)
    with foreign.at() as books, pytest.raises(StationUnknown):
        station.out(books, NOVEMBER, foreign.files / "nobody.age", "01", replace=False)


def _another_line(members: dict[str, bytes]) -> dict[str, bytes]:
    text = gzip.decompress(members["items/lines-1"]).replace(b'"sighted"', b'"copy"', 1)
    return {**members, "items/lines-1": gzip.compress(text, mtime=0)}


def _one_line_less(members: dict[str, bytes]) -> dict[str, bytes]:
    lines = gzip.decompress(members["items/lines-1"]).splitlines(keepends=True)
    return {**members, "items/lines-1": gzip.compress(b"".join([*lines[:-2], lines[-1]]), mtime=0)}


def _another_number(members: dict[str, bytes]) -> dict[str, bytes]:
    text = gzip.decompress(members["items/sealed-1"]).replace(CITIZEN.encode(), b"1101700230708", 1)
    return {**members, "items/sealed-1": gzip.compress(text, mtime=0)}


def test_a_changed_file_is_refused(head: Pc, other: Pc, office: Callable[[str], Pc]) -> None:
    path = other.export(NOVEMBER, "2027-01-01T09:00:00")
    good = path.read_bytes()
    members = opened(path, head)

    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(DamagedBundle):
        head.take_in(path)
    with pytest.raises(ItemChanged):
        head.take_in(sealed_again(path, _another_line(members), head))
    for spoil in (_another_line, _one_line_less, _another_number):
        again = signed_again(spoil(members), other)
        with pytest.raises(StationBroken, match=NOVEMBER):
            head.take_in(sealed_again(path, again, head))
    stranger = office("pc02-5002")
    with pytest.raises(StationForged):
        head.take_in(sealed_again(path, signed_again(members, stranger), head))
    with pytest.raises(StationOfOtherOffice):
        head.take_in(sealed_again(path, signed_again(members, stranger, unit="5002"), head))
    to_other = pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()])
    path.write_bytes(to_other)
    with pytest.raises(SealedToOthers):
        head.take_in(path)
    path.write_bytes(good)
    assert head.take_in(path)


def test_a_chain_rebuilt_there_contradicts_what_was_brought_before(head: Pc, other: Pc) -> None:
    """With the other PC's key, a whole month is made anew: the lines that are here already show it."""
    path = other.export(NOVEMBER, "2027-01-01T09:00:00")
    members = opened(path, head)
    assert head.take_in(path)
    rebuilt = _rebuilt(members, other)
    with pytest.raises(StationContradicts, match=NOVEMBER):
        head.take_in(sealed_again(path, signed_again(rebuilt, other), head))


def _rebuilt(members: dict[str, bytes], pc: Pc) -> dict[str, bytes]:
    return chained(_another_line(members), pc)


def test_lines_that_were_changed_here_stop_the_summary(head: Pc, other: Pc) -> None:
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    key = Keyring(head.locations.keys).unlock(HEAD, PASSPHRASE[HEAD]).db_key
    change = "UPDATE station_line SET body = replace(body, '\"sighted\"', '\"copy\"') WHERE seq > 10"
    tamper(head.locations.books, change, key=key)
    with head.at(OFFICER) as books, pytest.raises(StationBroken, match="02"):
        books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))


def test_the_numbers_that_came_leave_when_their_years_are_over(head: Pc, other: Pc) -> None:
    for month in (NOVEMBER, DECEMBER):
        head.take_in(other.export(month, "2027-01-01T09:00:00"), "2027-01-01T09:10:00")
    sealed = "SELECT DISTINCT month FROM station_sealed JOIN station_part USING (station, epoch)"
    sealed += " WHERE seq BETWEEN first_seq AND last_seq ORDER BY month"

    def months(books: Books) -> list[str]:
        return [row["month"] for row in books.database.rows(sealed)]

    with head.at(moment="2031-12-01T09:00:00") as books:
        assert months(books) == [NOVEMBER, DECEMBER], "a clock that jumped makes nothing old"
        books.months.cut_off(books.months.current(), confirmed=True)
    with head.at(moment="2031-12-01T09:10:00") as books:
        assert months(books) == [DECEMBER], "November is over by the head's clock and word"
        (line,) = books.ledger.lines(kind="purged")
        assert line.facts == {"station": "02", "months": [NOVEMBER], "fields": ["subject"], "values": 3}
        assert CITIZEN not in str(line)
        Stations(books).must_be_complete(NOVEMBER)
        assert {one["subject"] for one in Stations(books).bodies("02", 0, 5)} == {None}
    with head.at(moment="2031-12-31T16:00:00") as books:
        assert len(books.ledger.lines(kind="purged")) == 1
    with head.at(OFFICER, moment="2032-01-01T09:30:00") as books:
        assert months(books) == [], "whoever logs in first"
