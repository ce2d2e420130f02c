"""An office with two PCs: one brings its month to the other, which verifies it and reports for both."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyrage
import pytest

from store import backup, jws, tree, vault
from store.books import Books, change_passphrase
from store.canonical import canonical, sha256_hex, unb64
from store.checkpoint import sign_note
from store.epoch import Witnessed, number_of
from store.errors import (
    FingerprintDiffers,
    NotAllowed,
    OwnStation,
    Refused,
    StationBeforeRestore,
    StationBroken,
    StationContradicts,
    StationForged,
    StationLostFalse,
    StationMissing,
    StationOfOtherOffice,
    StationOutOfOrder,
    StationRestoreContradicts,
    StationRestoredBefore,
    StationRestoreForged,
    StationRestoreUnsaid,
    StationUnknown,
    WrongStep,
)
from store.evidence import Evidence
from store.ledger_line import leaf_hash
from store.locations import Locations
from store.recovery import read_key, rescue
from store.restore import Restored, look_back, restore
from store.setup import create_books, read_setup
from store.station_out import MANIFEST
from store.stations import Brought, Stations
from store.vault import Keyring
from sync import bundle, station
from sync.errors import DamagedBundle, ItemChanged, SealedToOthers
from tests.rig.office import CITIZEN, CITIZEN_ID, FIRST, FORM, HEAD, OFFICER, PASSPHRASE, open_books
from tests.store.lines import HandClock, tamper

NOVEMBER, DECEMBER = "2026-11", "2026-12"
START = "2026-11-30T08:00:00"
NEW = "seven quiet boats ashore"


@dataclass
class Pc:
    """One PC of the office, whoever sits there."""

    locations: Locations
    clock: HandClock
    files: Path
    restored: bool = False

    @contextmanager
    def at(self, login: str = HEAD, moment: str | None = None) -> Iterator[Books]:
        if moment is not None:
            self.clock.set(moment)
        if self.restored:  # nobody else has keys there yet
            books = Books.open(self.locations, HEAD, NEW, clock=self.clock)
        else:
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

    def back_up(self, moment: str) -> backup.Backup:
        with self.at(moment=moment) as books:
            return backup.make(books)

    def head(self) -> Evidence:
        """The newest head, as if the witness had signed it."""
        with self.at() as books:
            size = books.ledger.count()
            return Evidence("witness", "centre", None, books.origin, size, books.ledger.root(size))

    def restore(
        self, made: backup.Backup, moment: str, said: Witnessed | None = None, *, on_a_new_pc: bool = False
    ) -> Restored:
        """The witness says `said`, or cannot be asked. The head has keys again."""
        if on_a_new_pc:
            self.locations = Locations(self.locations.home.with_name("new"))
        sheet = (self.files / "02-5001.txt").read_text("utf-8")
        self.clock.set(moment)
        told = restore(
            self.locations,
            made.file,
            sheet,
            clock=self.clock,
            ask=lambda _books, _origin: said,
            replace=True,
        )
        rescue(self.locations, HEAD, read_key(sheet), NEW, self.clock)
        self.restored = True
        return told

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


def brought(pc: Pc) -> list[Brought]:
    """What stands there of other PCs, the newest first."""
    with pc.at() as books:
        return Stations(books).all_brought()


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
    return chained(_another_line(members), pc)


def chained(members: dict[str, bytes], pc: Pc, origin: str | None = None) -> dict[str, bytes]:
    """What the other PC's own key can do: a chain, a tree and a checkpoint that fit any lines."""
    leaf = bytes.fromhex(jws.claims(members[bundle.MANIFEST])[1]["prev"])
    edge = [(level, bytes.fromhex(half)) for level, half in json.loads(members["items/edge"])["edge"]]
    for line in gzip.decompress(members["items/lines-1"]).splitlines():
        leaf = leaf_hash(leaf, line)
        tree.grow(edge, leaf)
    with pc.at() as books:
        seed = unb64(str(books.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
        size = sum(1 << level for level, _ in edge)
        note = sign_note(origin or books.origin, size, tree.edge_root(edge), seed)
    return {**members, "items/checkpoint": note.encode()}


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


# --- a PC that was restored ---


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
        (chain,) = Stations(books).chains(DECEMBER)
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
    """PC 02 dies twice. What either life had brought stays known here, and is counted as lost once."""
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
    """The month after the restore brings the witness's word; these lines were counted when it began."""
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
    assert head.take_in(sealed_again(path, none, head))
    with head.at() as books:
        new, old = Stations(books).all_brought()[:2]
        assert (new.epoch, old.epoch) == (number_of(told.origin), 1)
        assert new.lost == old.last_seq + 1 - told.size > 0, "this PC knows what that one does not tell"


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
def test_a_restore_that_was_not_so(
    head: Pc, other: Pc, restored: Restored, change: Restoring, error: type[Exception]
) -> None:
    """Whoever holds the other PC's key writes a restore line of their own."""
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
