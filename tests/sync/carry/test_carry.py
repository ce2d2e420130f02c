"""An office without a network, a stick, and a centre in its own home, with the program's own parts.

The stick brings the receipt that the network would have brought, once, whatever happened to the stick on its
way.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest

from store.base.errors import FileRefused
from store.errors import StoreError
from store.exchange.stick import TakenIn
from store.formats import jws
from store.formats.canonical import canonical
from store.formats.errors import (
    BadSignature,
    ForbiddenHeader,
    SameSigner,
    UnknownSigner,
    WrongAlgorithm,
    WrongSignature,
)
from store.proof.checkpoint import make_checkpoint
from store.queue.job import NewJob
from sync.carry import bundle, carry
from sync.carry.errors import (
    BundleError,
    DamagedBundle,
    ForeignBundle,
    ItemChanged,
    ItemMissing,
    ItemUnlisted,
    SealedToOthers,
)
from sync.centre import announcements
from sync.centre.carried import Carried, accept
from sync.centre.errors import ForgedBundle, UnknownStation
from sync.errors import NotEnrolled
from sync.practice.centre_twin import PracticeCentre
from tests.rig.office import HEAD
from tests.sync.carried_month import (
    OCTOBER,
    first_item,
    flipped,
    receipt_of,
    reheaded,
    submit_october,
)
from tests.sync.unit import Unit


@dataclass
class Road:
    """An enrolled office, its centre, and the stick between them."""

    unit: Unit
    centre: PracticeCentre
    stick: Path

    def out(self, name: str = "out.age") -> bytes:
        path = self.stick / name
        carry.out(self.unit.books(HEAD), path, replace=True)
        return path.read_bytes()

    def at_the_centre(self, sealed: bytes) -> Carried:
        return accept(self.centre.centre, sealed)

    def back(self, sealed: bytes, name: str = "back.age") -> TakenIn:
        path = self.stick / name
        path.write_bytes(sealed)
        return carry.take_in(self.unit.books(HEAD), path)


@pytest.fixture
def road(tmp_path: Path, centre: PracticeCentre) -> Iterator[Road]:
    unit = Unit(tmp_path / "home", centre.url)
    unit.enrol(centre.code("5001"))
    (tmp_path / "stick").mkdir()
    yield Road(unit, centre, tmp_path / "stick")
    unit.close()


def test_the_stick_brings_the_receipt_that_the_network_would_have_brought(road: Road) -> None:
    head = submit_october(road.unit)
    sealed = road.out()
    assert b"5001" not in sealed  # the courier cannot read it
    made = road.at_the_centre(sealed)
    assert (made.order, made.refused, made.missing) == ("next", [], [])
    assert "report" in {one["kind"] for one in made.received}
    taken = road.back(made.sealed)
    assert (taken.received, taken.again, taken.refused, taken.forged) == (len(made.received), 0, {}, {})
    view = head.months.status(OCTOBER)
    assert (view.state, head.queue.list()) == ("acknowledged", [])
    carried = receipt_of(head)
    # The same bytes over the network, as if the answer on the stick had never come: the very same receipt.
    with head.database.write() as db:
        db.execute("UPDATE job SET state = 'waiting' WHERE kind = 'report'")
        db.execute("UPDATE month SET state = 'submitted', receipt = NULL")
    assert road.unit.run(head).exit_code == 0
    assert receipt_of(head) == carried
    head.ledger.verify()


def test_the_same_bundle_twice_counts_once_on_both_sides(road: Road) -> None:
    head = submit_october(road.unit)
    first = road.out()
    again = road.out("again.age")
    made = [road.at_the_centre(one) for one in (first, first, again)]
    assert [(one.n, one.order) for one in made] == [(1, "next"), (1, "again"), (1, "again")]
    assert made[0].received == made[1].received == made[2].received
    assert road.back(made[0].sealed).received == len(made[0].received)
    lines, receipt = head.ledger.count(), receipt_of(head)
    for one in made:
        taken = road.back(one.sealed)
        assert (taken.received, taken.again) == (0, len(made[0].received))
    # The log-ins of road.back() are the only new lines.
    assert {line.kind for line in head.ledger.lines(limit=head.ledger.count() - lines)} == {"login"}
    assert receipt_of(head) == receipt


def test_bundles_out_of_order_or_lost_on_the_way_lose_nothing(road: Road) -> None:
    """Each bundle holds all that still waits, so a lost stick loses nothing; the centre names it."""
    books = road.unit.books(HEAD)
    sealed = []
    for _ in range(4):
        make_checkpoint(books)
        sealed.append(road.out())
        make_checkpoint(books)
    third, second = road.at_the_centre(sealed[2]), road.at_the_centre(sealed[1])
    assert (third.n, third.order, third.missing) == (3, "gap", [1, 2])
    assert (second.n, second.order, second.missing) == (2, "late", [1])
    fourth = road.at_the_centre(sealed[3])
    assert (fourth.order, fourth.missing, fourth.refused) == ("next", [1], [])
    taken = road.back(fourth.sealed)
    assert taken.missing == (1,)
    assert road.back(second.sealed).received == 0
    waiting = {job.kind for job in books.queue.list()}
    assert taken.received >= 4
    assert waiting <= {"checkpoint"}  # only what was made after the fourth stick
    assert road.unit.run(books).exit_code == 0


def test_an_office_without_a_centres_key_is_told_to_enrol_first(tmp_path: Path) -> None:
    unit = Unit(tmp_path / "home", "http://127.0.0.1:1")
    with pytest.raises(NotEnrolled):
        carry.out(unit.books(HEAD), tmp_path / "out.age", replace=False)
    assert not (tmp_path / "out.age").exists()
    unit.close()


def test_a_stick_is_never_overwritten_but_by_a_bundle(road: Road) -> None:
    family = road.stick / "photos.zip"
    family.write_bytes(b"PK not ours")
    with pytest.raises(FileRefused, match="of another kind"):
        carry.out(road.unit.books(HEAD), family, replace=True)
    assert family.read_bytes() == b"PK not ours"
    assert road.unit.books(HEAD).database.value("SELECT count(*) FROM bundle") == 0
    road.out()
    road.out()
    assert sorted(one.name for one in road.stick.iterdir()) == ["out.age", "photos.zip"]
    made = (road.stick / "out.age").read_bytes()
    with pytest.raises(FileRefused, match="there already"):
        carry.out(road.unit.books(HEAD), road.stick / "out.age", replace=False)
    assert (road.stick / "out.age").read_bytes() == made


def test_a_pipe_or_a_link_on_a_stick_is_named_and_holds_nothing_up(road: Road, tmp_path: Path) -> None:
    made = road.at_the_centre(road.out())
    (tmp_path / "elsewhere").write_bytes(made.sealed)
    for make in (os.mkfifo, lambda path: path.symlink_to(tmp_path / "elsewhere")):
        strange = road.stick / "back.age"
        make(strange)
        with pytest.raises(FileRefused, match="cannot be used: it is a"):
            carry.take_all_in(road.unit.books(HEAD), road.stick)
        strange.unlink()
    (road.stick / "back.age").write_bytes(made.sealed)
    assert len(carry.take_all_in(road.unit.books(HEAD), road.stick)) == 1


def test_an_archive_is_no_bundle_and_is_never_replaced(road: Road) -> None:
    """Both are sealed with age; an archive, sealed to two, is the only copy of what it holds."""
    readers = [pyrage.x25519.Identity.generate().to_public() for _ in range(2)]
    for to, is_bundle in ((readers[:1], True), (readers, False)):
        sealed = pyrage.encrypt(b"x", to)
        assert bundle.is_bundle(sealed) == is_bundle
    archive = road.stick / "2026.archive"
    archive.write_bytes(sealed)
    with pytest.raises(FileRefused, match="of another kind"):
        carry.out(road.unit.books(HEAD), archive, replace=True)
    assert archive.read_bytes() == sealed


def opened(road: Road, sealed: bytes) -> dict[str, bytes]:
    return bundle.unseal(sealed, road.centre.centre.keys.age_identity)


def sealed_again(road: Road, members: dict[str, bytes]) -> bytes:
    return bundle.seal(members, road.centre.centre.keys.public["age"])


def tar_with(strange: tarfile.TarInfo, members: dict[str, bytes], road: Road) -> bytes:
    """A whole bundle with one more member."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
        tar.addfile(strange, io.BytesIO(b"x" * strange.size))
    recipient = pyrage.x25519.Recipient.from_str(road.centre.centre.keys.public["age"])
    sealed: bytes = pyrage.encrypt(packed.getvalue(), [recipient])
    return sealed


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 1) -> tarfile.TarInfo:
    about = tarfile.TarInfo(name)
    about.type, about.size, about.linkname = kind, size if kind == tarfile.REGTYPE else 0, "/etc/passwd"
    return about


def signed_by(road: Road, sealed: bytes, seed: bytes, **changed: object) -> bytes:
    members = opened(road, sealed)
    said = {**jws.claims(members[bundle.MANIFEST])[1], **changed}
    token = jws.sign_compact(canonical(said), typ=bundle.OUT, header={}, seed=seed)
    return sealed_again(road, {**members, bundle.MANIFEST: token.encode()})


def test_what_is_wrong_with_a_bundle_is_told_apart_and_costs_nothing(road: Road) -> None:
    submit_october(road.unit)
    good = road.out()
    members = opened(road, good)
    item = first_item(members)
    stranger = pyrage.x25519.Identity.generate()
    other = bytes(range(32))
    cases: dict[str, tuple[type[BundleError], Callable[[], bytes]]] = {
        "a bit flipped": (DamagedBundle, lambda: flipped(good, len(good) // 2)),
        "cut short": (DamagedBundle, lambda: good[:-200]),
        "no bundle": (DamagedBundle, lambda: b"PK\x03\x04 holiday photos"),
        "for somebody else": (SealedToOthers, lambda: bundle.seal(members, str(stranger.to_public()))),
        "signed by another": (ForgedBundle, lambda: signed_by(road, good, other)),
        "another office's": (UnknownStation, lambda: signed_by(road, good, other, unit="5002")),
        "one item missing": (
            ItemMissing,
            lambda: sealed_again(road, {name: members[name] for name in members if name != item}),
        ),
        "an item changed": (ItemChanged, lambda: sealed_again(road, {**members, item: b"{}"})),
        "an item too many": (ItemUnlisted, lambda: sealed_again(road, {**members, "items/more": b"{}"})),
        "a path in it": (DamagedBundle, lambda: tar_with(member("../../etc/cron.d/x"), members, road)),
        "an absolute path": (DamagedBundle, lambda: tar_with(member("/etc/x"), members, road)),
        "a link in it": (DamagedBundle, lambda: tar_with(member("items/a", tarfile.SYMTYPE), members, road)),
        "a hard link": (DamagedBundle, lambda: tar_with(member("items/a", tarfile.LNKTYPE), members, road)),
    }
    for name, (kind, make) in cases.items():
        with pytest.raises(kind) as told:
            road.at_the_centre(make())
        assert type(told.value) is kind, name
    assert len({kind.says for kind, _ in cases.values()}) == 7
    # Nothing was taken, and the true bundle still goes through.
    made = road.at_the_centre(good)
    assert (made.order, made.refused) == ("next", [])


def test_a_list_that_tells_how_to_trust_it_is_refused_each_in_its_own_words(road: Road) -> None:
    submit_october(road.unit)
    members = opened(road, road.out())
    token = members[bundle.MANIFEST].decode()
    payload = jws.unb64(token.split(".")[1])
    seed = jws.unb64(
        str(road.unit.books(HEAD).database.value("SELECT value FROM book WHERE name='station_seed'"))
    )
    one = jws.sign_one(payload, typ=bundle.OUT, header={}, seed=seed)
    cases: dict[type[BadSignature], bytes] = {
        WrongAlgorithm: reheaded(token, alg="HS256").encode(),
        ForbiddenHeader: reheaded(token, jwk={"kty": "OKP"}).encode(),
        SameSigner: jws.assemble(payload, [one, one]),
    }
    for kind, manifest in cases.items():
        with pytest.raises(kind):
            road.at_the_centre(sealed_again(road, {**members, bundle.MANIFEST: manifest}))
    assert road.at_the_centre(sealed_again(road, members)).refused == []


def test_an_answer_that_is_not_this_pcs_or_not_the_centres_changes_nothing(
    road: Road, tmp_path: Path
) -> None:
    head = submit_october(road.unit)
    made = road.at_the_centre(road.out())
    other = Unit(tmp_path / "other", road.centre.url)  # the same form, but another PC with its own keys
    station = str(head.database.value("SELECT value FROM book WHERE name = 'station_age'"))
    recipient = str(pyrage.x25519.Identity.from_str(station).to_public())
    members = bundle.unseal(made.sealed, station)
    keys = road.centre.centre.keys

    def answered(seed: bytes, **changed: object) -> bytes:
        said = {**jws.claims(members[bundle.MANIFEST])[1], **changed}
        token = jws.sign_compact(canonical(said), typ=bundle.BACK, header={}, seed=seed)
        return bundle.seal({**members, bundle.MANIFEST: token.encode()}, recipient)

    def changed_receipt() -> bytes:
        name = next(one for one in members if one.startswith("receipts/"))
        return bundle.seal({**members, name: flipped(members[name], 100)}, recipient)

    def forged_signature() -> bytes:
        token = members[bundle.MANIFEST].decode()
        head_, _payload, signature = token.split(".")
        said = {**jws.claims(token.encode())[1], "made_at": "2020-01-01T00:00:00+07:00"}
        return bundle.seal(
            {**members, bundle.MANIFEST: f"{head_}.{jws.b64(canonical(said))}.{signature}".encode()},
            recipient,
        )

    cases: list[tuple[type[Exception], bytes]] = [
        (UnknownSigner, answered(bytes(32))),
        (WrongSignature, forged_signature()),
        (ForeignBundle, answered(keys.receipt_seed, unit="5002")),
        (ItemChanged, changed_receipt()),
        (DamagedBundle, flipped(made.sealed, len(made.sealed) - 40)),
        (SealedToOthers, road.out("mine.age")),  # what goes out cannot come back in
    ]
    for kind, sealed in cases:
        with pytest.raises(kind) as told:
            road.back(sealed)
        assert type(told.value) is kind
        assert isinstance(told.value, BundleError | StoreError)
        assert head.months.status(OCTOBER).state == "submitted"
    other.close()
    assert road.back(made.sealed).received == len(made.received)
    assert head.months.status(OCTOBER).state == "acknowledged"


def test_what_the_centre_refuses_is_set_aside_with_its_words_and_messages_come_along(road: Road) -> None:
    books = road.unit.books(HEAD)
    announcements.say(road.centre.centre, "5001", "พบรายการซ้ำในเดือน ก.ย.", kind="finding", sender="ict")
    with books.database.write() as db:
        id = books.queue.add(
            db, NewJob(kind="checkpoint", endpoint="centre", owner=HEAD, body=b"no gzip at all")
        )
    made = road.at_the_centre(road.out())
    assert [one["id"] for one in made.refused] == [id]
    taken = road.back(made.sealed)
    assert (taken.messages, list(taken.refused)) == (1, [id])
    job = books.queue.get(id)
    assert (job.state, job.problem) == ("quarantined", "The body is no gzip.")
    assert [line.facts["job"] for line in books.ledger.lines(kind="quarantine")] == [id]
    [message] = books.database.rows("SELECT text, kind FROM message")
    assert message == {"text": "พบรายการซ้ำในเดือน ก.ย.", "kind": "finding"}
    # The next stick says that the message is here, so it does not come again.
    assert road.at_the_centre(road.out()).messages == 0
