"""An office with two PCs: one brings its month to the other, which verifies it and reports for both."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyrage
import pytest

from store import jws, vault
from store.books import Books, change_passphrase
from store.canonical import canonical, sha256_hex, unb64
from store.checkpoint import sign_note
from store.errors import (
    FingerprintDiffers,
    NotAllowed,
    OwnStation,
    Refused,
    StationBroken,
    StationContradicts,
    StationForged,
    StationMissing,
    StationOfOtherOffice,
    StationOutOfOrder,
    StationUnknown,
    WrongStep,
)
from store.locations import Locations
from store.setup import create_books, read_setup
from store.station_out import MANIFEST
from store.stations import Stations
from store.vault import Keyring
from sync import bundle, station
from sync.errors import DamagedBundle, ItemChanged, SealedToOthers
from tests.rig.office import CITIZEN, CITIZEN_ID, FIRST, FORM, HEAD, OFFICER, PASSPHRASE, open_books
from tests.store.lines import HandClock, tamper

NOVEMBER, DECEMBER = "2026-11", "2026-12"
START = "2026-11-30T08:00:00"


@dataclass
class Pc:
    """One PC of the office, whoever sits there."""

    locations: Locations
    clock: HandClock
    files: Path

    @contextmanager
    def at(self, login: str = HEAD, moment: str | None = None) -> Iterator[Books]:
        if moment is not None:
            self.clock.set(moment)
        books = open_books(self.locations, login, self.clock)
        try:
            yield books
        finally:
            books.close()

    def serve(self, moment: str, visits: int) -> None:
        """Visits of CITIZEN, each with one original seen."""
        with self.at(OFFICER, moment) as books:
            for _ in range(visits):
                visit = books.visits.open(
                    "S01",
                    subject_kind="thai_person",
                    subject=CITIZEN,
                    identity="card_face",
                    documents=["D11"],
                )
                books.visits.obtain(visit.id, {1: "sighted"})

    def export(self, month: str, moment: str, to: str | None = None) -> Path:
        path = self.files / f"{month}-{self.locations.home.name}.age"
        with self.at(OFFICER, moment) as books:
            station.out(books, month, path, to)
        return path

    def take_in(self, path: Path, moment: str = "2027-01-02T09:00:00") -> bool:
        with self.at(HEAD, moment) as books:
            return station.take_in(books, path)[1]


def _trusting(pc: Pc, other: Pc) -> None:
    """The head of `pc` reads the fingerprint from the screen of `other`."""
    with other.at() as books:
        theirs = Stations(books).identity_file()
        shown = Stations(books).identity().fingerprint
    with pc.at() as books:
        Stations(books).trust(theirs, shown.lower().replace("-", " "))


def numbered(folder: Path, number: str, unit: str = "5001", clock: HandClock | None = None) -> Locations:
    """The office of tests.rig.office, with another number for its PC or itself."""
    form = FORM.format(**CITIZEN_ID).replace('"01"', f'"{number}"').replace('"5001"', f'"{unit}"')
    file = folder / "office.toml"
    file.write_text(form, encoding="utf-8")
    locations, clock = Locations(folder / f"pc{number}-{unit}"), clock or HandClock(START)
    create_books(locations, read_setup(file), recovery=folder / f"{number}-{unit}.txt", clock=clock)
    for login in PASSPHRASE:
        change_passphrase(locations, login, FIRST[login], PASSPHRASE[login], clock=clock)
    return locations


@cache
def _made() -> Path:
    """Two PCs of one office and one of another, made once."""
    folder = Path(mkdtemp(prefix="nocopy-stations-"))
    first, second = (Pc(numbered(folder, n), HandClock(START), folder) for n in ("01", "02"))
    numbered(folder, "02", "5002")
    _trusting(first, second)
    _trusting(second, first)
    first.serve("2026-11-30T10:00:00", 2)
    second.serve("2026-11-30T10:00:00", 3)
    # No silence of more than 36 hours over a month's end, which would put the clock in doubt.
    second.serve("2026-12-01T10:00:00", 1)
    for pc in (first, second):
        for moment in ("2026-12-01T10:30:00", "2026-12-31T16:00:00"):
            with pc.at(moment=moment):
                pass
    return folder


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a passphrase costs is tried elsewhere."""
    monkeypatch.setattr(vault, "MEMORY_KIB", 8)
    monkeypatch.setattr(vault, "PASSES", 1)


@pytest.fixture
def office(tmp_path: Path) -> Callable[[str], Pc]:
    shutil.copytree(_made(), tmp_path, dirs_exist_ok=True)
    return lambda name: Pc(Locations(tmp_path / name), HandClock("2027-01-01T08:00:00"), tmp_path)


@pytest.fixture
def head(office: Callable[[str], Pc]) -> Pc:
    return office("pc01-5001")


@pytest.fixture
def other(office: Callable[[str], Pc]) -> Pc:
    return office("pc02-5001")


def opened(path: Path, pc: Pc) -> dict[str, bytes]:
    with pc.at() as books:
        identity = str(books.database.value("SELECT value FROM book WHERE name = 'station_age'"))
        return bundle.unseal(path.read_bytes(), identity)


def sealed_again(path: Path, members: dict[str, bytes], pc: Pc) -> Path:
    """What anybody can do: seal other files to the head's PC."""
    with pc.at() as books:
        path.write_bytes(bundle.seal(members, Stations(books).identity().age_key))
    return path


def signed_again(members: dict[str, bytes], pc: Pc, **changed: object) -> dict[str, bytes]:
    """What the other PC's own key can do: sign a list of other contents."""
    value = jws.claims(members[bundle.MANIFEST])[1] | changed
    value["items"] = [
        {"id": name[6:], "kind": name[6:].partition("-")[0], "sha256": sha256_hex(body)}
        for name, body in members.items()
        if name != bundle.MANIFEST
    ]
    with pc.at() as books:
        seed = unb64(str(books.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
    manifest = jws.sign_compact(canonical(value), typ=MANIFEST, header={}, seed=seed)
    return {**members, bundle.MANIFEST: manifest.encode()}


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
        with pytest.raises(Refused):
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


def test_their_lines_are_looked_at_too(head: Pc, other: Pc) -> None:
    with other.at(OFFICER, "2026-12-31T20:00:00") as books:
        visit = books.visits.open(
            "S01", subject_kind="thai_person", subject=CITIZEN, identity="none", documents=["D02"]
        )
        books.visits.obtain(visit.id)
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    head.take_in(other.export(DECEMBER, "2027-01-01T09:05:00"))
    with head.at() as books:
        found = {one.rule: one for one in books.months.status(DECEMBER).findings}
        assert found["no_identity"].station == "02"
        (line,) = Stations(books).bodies("02", *found["no_identity"].lines * 2)
        assert (line["visit"], line["subject"]) == (visit.id, CITIZEN)


def test_whom_the_head_does_not_know(head: Pc, other: Pc, office: Callable[[str], Pc]) -> None:
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
        station.out(books, NOVEMBER, foreign.files / "nobody.age", "01")


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
    """Whoever holds the other PC's key makes a whole month anew: what stands here already tells."""
    path = other.export(NOVEMBER, "2027-01-01T09:00:00")
    members = opened(path, head)
    assert head.take_in(path)
    rebuilt = _rebuilt(members, other)
    with pytest.raises(StationContradicts, match=NOVEMBER):
        head.take_in(sealed_again(path, signed_again(rebuilt, other), head))


def _rebuilt(members: dict[str, bytes], pc: Pc) -> dict[str, bytes]:
    from store.ledger_line import leaf_hash
    from store.station_in import _grow, _root

    changed = _another_line(members)
    leaf, edge = bytes(32), []
    lines = gzip.decompress(changed["items/lines-1"]).splitlines()
    for line in lines:
        leaf = leaf_hash(leaf, line)
        _grow(edge, leaf)
    with pc.at() as books:
        seed = unb64(str(books.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
        note = sign_note(books.origin, len(lines), _root(edge), seed)
    return {**changed, "items/checkpoint": note.encode()}


def test_lines_that_were_changed_here_stop_the_summary(head: Pc, other: Pc) -> None:
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    key = Keyring(head.locations.keys).unlock(HEAD, PASSPHRASE[HEAD]).db_key
    change = "UPDATE station_line SET body = replace(body, '\"sighted\"', '\"copy\"') WHERE seq > 10"
    tamper(head.locations.books, change, key=key)
    with head.at(OFFICER) as books, pytest.raises(StationBroken, match="02"):
        books.months.summarise(NOVEMBER, books.signer(PASSPHRASE[OFFICER]))
