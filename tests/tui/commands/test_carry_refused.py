"""Each thing that is wrong with a stick has its own sentence at the command line, in two languages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
import pytest

from store.books import Books
from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from store.formats.report import submission_id
from store.proof.checkpoint import make_checkpoint
from store.queue.job import NewJob
from store.staff.people_list import PeopleLists
from sync.carry import bundle
from sync.centre.keys import CentreKeys
from sync.centre.serve import existing
from tests.rig.office import HEAD, PASSPHRASE, copy_office, open_books
from tests.sync.carried_month import first_item, flipped, reheaded
from tests.sync.centre.centre_process import running
from tui import passphrases
from tui.cli import run
from tui.commands.call import BROKEN, DONE, FAILED

LANGUAGES = ("th", "en")
MONTH = "2026-11"  # the office was set up in it


@dataclass(frozen=True)
class Said:
    """The output of a command, and what it wrote to stderr."""

    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Stick:
    """An enrolled office, its centre, and the folder that is carried between them."""

    books: Books
    centre: Path
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def office(self, code: int, *words: str, lang: str = "") -> Said:
        return self._run(code, [*words, "--home", str(self.books.locations.home), "--login", HEAD], lang)

    def ministry(self, code: int, *words: str, lang: str = "") -> Said:
        return self._run(code, [*words, "--home", str(self.centre)], lang)

    def _run(self, code: int, words: list[str], lang: str) -> Said:
        """A command in words of that language; without one, in JSON."""
        self.capsys.readouterr()
        ended = run([*words, *(("--lang", lang) if lang else ("--json",))])
        said = self.capsys.readouterr()
        assert ended == code, said.err
        return Said(said.out, said.err)

    def out(self, name: str) -> bytes:
        make_checkpoint(self.books)
        self.office(DONE, "carry", "out", str(self.folder / name))
        return (self.folder / name).read_bytes()

    def put(self, name: str, sealed: bytes) -> str:
        (self.folder / name).write_bytes(sealed)
        return str(self.folder / name)

    def keys(self) -> CentreKeys:
        with existing(self.centre) as here:
            return here.keys

    @property
    def station_age(self) -> str:
        return str(self.books.database.value("SELECT value FROM book WHERE name = 'station_age'"))


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Stick:
    monkeypatch.setattr(passphrases, "given", lambda: PASSPHRASE[HEAD])
    (tmp_path / "stick").mkdir()
    books = open_books(copy_office(tmp_path / "office"), HEAD)
    one = Stick(books, tmp_path / "centre", tmp_path / "stick", capsys)
    letter = one.ministry(DONE, "centre", "code", "--unit", "5001").json["code"]
    with running(one.centre) as client:
        url = str(client.base_url).rstrip("/")
        one.office(DONE, "centre", "enrol", "--url", url, "--code", letter)
    return one


def report_of(books: Books, revision: int) -> bytes:
    """A report of the right form with nothing in it."""
    people = PeopleLists(books).last()
    assert people is not None
    numbers = dict.fromkeys(("visits", "spared", "offline_min", "unanswered", "lost_lines"), 0)
    before = submission_id("5001", MONTH, "report", revision - 1)
    return canonical(
        {
            **{"v": 1, "unit": "5001", "month": MONTH, "revision": revision, **numbers},
            "replaces": before if revision > 1 else None,
            "chains": [{"origin": books.origin, "from": 0, "to": 9, "root": "0" * 64}],
            **{"use": [], "findings": [], "people": people.sha256},
        }
    )


def told_apart(told: dict[str, dict[str, str]]) -> None:
    """Each case has a sentence of its own in each language, and the Thai one is Thai."""
    for lang in LANGUAGES:
        said = {name: words[lang] for name, words in told.items()}
        assert len(set(said.values())) == len(said), said
        assert all(any("ก" <= sign <= "๛" for sign in words) is (lang == "th") for words in said.values())


def signed(members: dict[str, bytes], recipient: str, typ: str, seed: bytes, **changed: object) -> bytes:
    """The bundle with another list, signed with that seed."""
    said = {**jws.claims(members[bundle.MANIFEST])[1], **changed}
    return with_list(members, recipient, jws.sign_compact(canonical(said), typ=typ, header={}, seed=seed))


def with_list(members: dict[str, bytes], recipient: str, token: str) -> bytes:
    return bundle.seal({**members, bundle.MANIFEST: token.encode()}, recipient)


def twice_signed(token: str, typ: str, seed: bytes) -> str:
    payload = jws.unb64(token.split(".")[1])
    return jws.assemble(payload, [jws.sign_one(payload, typ=typ, header={}, seed=seed)] * 2).decode()


def test_whatever_is_wrong_with_a_bundle_is_told_at_the_ministry_and_the_true_one_still_goes(
    stick: Stick,
) -> None:
    good, keys = stick.out("good.age"), stick.keys()
    age, stranger = keys.public["age"], bytes(range(32))
    members = bundle.unseal(good, keys.age_identity)
    token, item = members[bundle.MANIFEST].decode(), first_item(members)
    seed = jws.unb64(str(stick.books.database.value("SELECT value FROM book WHERE name = 'station_seed'")))
    nobody = str(pyrage.x25519.Identity.generate().to_public())
    cases: dict[str, bytes] = {
        "a bit flipped": flipped(good, len(good) // 2),
        "sealed to another": bundle.seal(members, nobody),
        "another office's": signed(members, age, bundle.OUT, stranger, unit="5002"),
        "forged": signed(members, age, bundle.OUT, stranger),
        "one missing": bundle.seal({name: members[name] for name in members if name != item}, age),
        "one changed": bundle.seal({**members, item: b"{}"}, age),
        "one too many": bundle.seal({**members, "items/more": b"{}"}, age),
        "another alg": with_list(members, age, reheaded(token, alg="HS256")),
        "its own key": with_list(members, age, reheaded(token, jwk={"kty": "OKP"})),
        "two of one signer": with_list(members, age, twice_signed(token, bundle.OUT, seed)),
        "of another kind": with_list(members, age, reheaded(token, typ="nocopy-answer+jws")),
    }
    told: dict[str, dict[str, str]] = {}
    back = str(stick.folder / "back.age")
    for name, sealed in cases.items():
        path = stick.put("bad.age", sealed)
        told[name] = {
            lang: stick.ministry(BROKEN, "centre", "accept", path, "--receipts", back, lang=lang).err
            for lang in LANGUAGES
        }
        assert not Path(back).exists(), name
    told_apart(told)
    made = stick.ministry(DONE, "centre", "accept", str(stick.folder / "good.age"), "--receipts", back).json
    assert (made["order"], made["refused"], len(made["received"])) == ("next", [], 1)
    assert stick.office(DONE, "carry", "in", back).json["bundle"] == 1
    assert stick.books.queue.list() == []


def test_whatever_is_wrong_with_an_answer_is_told_at_the_office_and_the_true_one_still_comes_in(
    stick: Stick,
) -> None:
    stick.out("out.age")
    back = str(stick.folder / "back.age")
    stick.ministry(DONE, "centre", "accept", str(stick.folder / "out.age"), "--receipts", back, "--replace")
    good, keys = Path(back).read_bytes(), stick.keys()
    age = str(pyrage.x25519.Identity.from_str(stick.station_age).to_public())
    members = bundle.unseal(good, stick.station_age)
    name = first_item(members)
    id, seed = name.removeprefix("receipts/"), keys.receipt_seed

    def receipt(changed: str) -> bytes:
        """The centre's own list, and in it that for a receipt."""
        listed = [{"id": id, "sha256": sha256_hex(changed.encode())}]
        return signed({**members, name: changed.encode()}, age, bundle.BACK, seed, receipts=listed)

    true = members[name].decode()
    about, typ = jws.claims(true.encode())[1], "nocopy-receipt+jws"

    def by(seed: bytes, **changed: object) -> str:
        return jws.sign_compact(canonical({**about, **changed}), typ=typ, header={}, seed=seed)

    cases: dict[str, bytes] = {
        "a bit flipped": flipped(good, len(good) - 40),
        "another office's": bundle.seal(members, str(pyrage.x25519.Identity.generate().to_public())),
        "for another unit": signed(members, age, bundle.BACK, seed, unit="5002"),
        "a forged list": signed(members, age, bundle.BACK, bytes(32)),
        "one missing": bundle.seal({bundle.MANIFEST: members[bundle.MANIFEST]}, age),
        "one changed": bundle.seal({**members, name: flipped(members[name], 100)}, age),
        "a receipt for other bytes": receipt(by(seed, sha256="0" * 64)),
        "a receipt by another": receipt(by(bytes(32), sha256="0" * 64)),
        "a receipt of another alg": receipt(reheaded(true, alg="none")),
        "a receipt with its own key": receipt(reheaded(true, jwk={"kty": "OKP"})),
        "a receipt that was changed": receipt(f"{true[:-8]}AAAAAAAA"),
    }
    told: dict[str, dict[str, str]] = {}
    for case, sealed in cases.items():
        path = stick.put("bad.age", sealed)
        told[case] = {lang: stick.office(BROKEN, "carry", "in", path, lang=lang).err for lang in LANGUAGES}
        assert [job.state for job in stick.books.queue.list()] == ["waiting"], case
        assert (id in told[case]["en"]) is case.startswith(("one ", "a receipt")), case
    told_apart(told)
    assert stick.office(DONE, "carry", "in", back).json["received"] == 1
    assert stick.books.queue.list() == []


def test_what_is_wrong_with_a_reports_signatures_is_told_at_the_ministry_in_both_languages(
    stick: Stick,
) -> None:
    typ, seed = "nocopy-report+jws", stick.books.signer(PASSPHRASE[HEAD]).seed

    def one(payload: bytes) -> tuple[str, str]:
        return jws.sign_one(payload, typ=typ, header={}, seed=seed)

    def with_header(payload: bytes, **changed: object) -> bytes:
        protected, made = one(payload)
        token = reheaded(f"{protected}.{jws.b64(payload)}.{made}", **changed)
        return jws.assemble(payload, [(token.split(".")[0], made)])

    def by_a_stranger(payload: bytes) -> bytes:
        return jws.assemble(payload, [jws.sign_one(payload, typ=typ, header={}, seed=bytes(32))])

    bodies: dict[str, Callable[[bytes], bytes]] = {
        "another alg": lambda payload: with_header(payload, alg="HS256"),
        "its own key": lambda payload: with_header(payload, jwk={"kty": "OKP"}),
        "two of one signer": lambda payload: jws.assemble(payload, [one(payload)] * 2),
        "changed": lambda payload: jws.assemble(
            payload.replace(b'"visits":0', b'"visits":9'), [one(payload)]
        ),
        "a stranger's": by_a_stranger,
    }
    ids = {}
    with stick.books.database.write() as db:
        for revision, (name, body) in enumerate(bodies.items(), 1):
            given = gzip.compress(body(report_of(stick.books, revision)), mtime=0)
            id = submission_id("5001", MONTH, "report", revision)
            job = NewJob(id=id, kind="report", endpoint="centre", owner=HEAD, body=given)
            ids[name] = stick.books.queue.add(db, job)
    stick.out("out.age")
    path, back = str(stick.folder / "out.age"), str(stick.folder / "back.age")
    told: dict[str, dict[str, str]] = {name: {} for name in bodies}
    for lang in LANGUAGES:
        said = stick.ministry(
            FAILED, "centre", "accept", path, "--receipts", back, "--replace", lang=lang
        ).out
        for name, id in ids.items():
            told[name][lang] = next(line for line in said.splitlines() if id in line).partition(": ")[2]
    told_apart(told)
    # Set aside at the office, with the reason; the checkpoint beside them has its receipt.
    found = stick.office(FAILED, "carry", "in", back).json
    assert (set(found["refused"]), found["received"]) == (set(ids.values()), 1)
    assert {job.state for job in stick.books.queue.list()} == {"quarantined"}


def test_repeated_late_and_lost_bundles_are_named_and_nothing_is_lost(stick: Stick) -> None:
    for n in (1, 2, 3):
        stick.out(f"{n}.age")
    back = str(stick.folder / "back.age")

    def accepted(n: int, lang: str = "") -> Said:
        path = str(stick.folder / f"{n}.age")
        return stick.ministry(DONE, "centre", "accept", path, "--receipts", back, "--replace", lang=lang)

    made = accepted(3).json
    assert (made["order"], made["missing"], made["refused"]) == ("gap", [1, 2], [])
    said = accepted(3, "en").out  # for the second time
    assert "It is the same bundle as before" in said
    assert "there never came: bundle 1, 2" in said
    said = accepted(2, "th").out
    assert "ชุดที่ใหม่กว่ามาถึงก่อน" in said
    assert "เครื่องนี้มีชุดที่ไม่เคยมาถึง: 1" in said
    stick.out("4.age")
    stick.out("5.age")
    assert "ชุดก่อนหน้ายังไม่มาถึง" in accepted(5, "th").out
    for lang, words in (("en", "never saw bundle 1, 4"), ("th", "1, 4")):
        assert words in stick.office(DONE, "carry", "in", back, lang=lang).out
    assert stick.books.queue.list() == []  # the last one held what the lost ones had
