"""A break that was found is remembered, stops what must not go on over it, and is settled by two keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.books import Books
from store.counter.visitor import Visitor
from store.errors import NotAllowed
from store.formats import jws
from store.formats.canonical import b64, canonical, unb64
from store.formats.line import Entry
from store.formats.roles import Role
from store.ledger.accepted import ACCEPTED, SHEET
from store.ledger.errors import LedgerBroken
from store.people.errors import WrongSheet
from store.people.vault import Signer
from store.proof import break_memory
from store.proof.accept import accept_break
from store.proof.errors import NothingToAccept
from store.proof.fixed_lines import prove
from store.proof.ledger_watch import LedgerWatch
from store.search.export import Exports
from store.setup.restore import restore
from store.upkeep import backup
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE, sheet_of
from tests.store.proof.tampered import Office

_CHANGED = """UPDATE ledger SET body = replace(body, '"v":2', '"v":3') WHERE seq = {at}"""
_MENDED = """UPDATE ledger SET body = replace(body, '"v":3', '"v":2') WHERE seq = {at}"""
_AGAIN = """UPDATE ledger SET body = replace(body, '"v":3', '"v":9') WHERE seq = {at}"""
WAYS = {
    "a line was changed": [_CHANGED],
    "a value was changed": ["UPDATE sealed SET value = 'other' WHERE seq = {at}"],
    "the last line was changed": [_CHANGED.replace("{at}", "(SELECT max(seq) FROM ledger)")],
    "a line was taken out": ["DELETE FROM ledger WHERE seq = {at}"],
    "the end was cut off": [
        "DELETE FROM ledger WHERE seq >= {at} + 6",
        "DELETE FROM sealed WHERE seq >= {at} + 6",
        "DELETE FROM node WHERE (n + 1) << level > {at} + 6",
    ],
    "the tree was changed": ["UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND n = 2"],
}


def opened(office: Office, login: str = HEAD) -> Books:
    return Books.open(office.locations, login, PASSPHRASE[login], clock=office.clock, even_broken=True)


def found(office: Office, how: str = "a line was changed") -> Books:
    """Somebody changes the books, and `ledger verify` or a log-in finds it; the head has them open."""
    office.tamper(*(one.format(at=office.cosigned - 2) for one in WAYS[how]))
    books = opened(office)
    error = LedgerWatch(books).broken(wholly=True)
    assert error is not None, how
    return books


def sheet(office: Office) -> str:
    return sheet_of(office.locations.home).read_text("utf-8")


def signer(books: Books, login: str) -> Signer:
    return books.signer(PASSPHRASE[login], over_a_break=True)


def accepted(books: Books, office: Office) -> LedgerBroken:
    return accept_break(books, signer(books, HEAD), sheet(office), "ICT ตรวจแล้ว")


def test_a_break_is_remembered_also_after_it_was_mended(office: Office) -> None:
    at = office.cosigned - 2
    found(office).close()
    office.tamper(_MENDED.format(at=at))
    books = opened(office, CONTROLLER)
    assert books.broken is not None
    assert (books.broken.facts["seq"], books.broken.exit_code) == (at, 5)
    books.close()
    with pytest.raises(LedgerBroken):
        Books.open(office.locations, OFFICER, PASSPHRASE[OFFICER], clock=office.clock)


def test_the_next_log_in_s_line_tells_of_it_and_remembers_it_without_the_file(office: Office) -> None:
    found(office).close()
    books = opened(office, OFFICER)
    told = books.ledger.lines(limit=1)[0]
    assert (told.kind, told.facts["broken"]["seq"]) == ("login", office.cosigned - 2)
    assert told.facts["broken"]["kind"] == "LedgerBroken"
    books.close()
    office.locations.broken.unlink()
    office.tamper(_MENDED.format(at=office.cosigned - 2))
    books = opened(office, CONTROLLER)
    assert isinstance(books.broken, break_memory.Remembered)
    assert books.broken.facts["seq"] == office.cosigned - 2
    assert office.locations.broken.exists()
    books.close()


def test_the_memory_itself_cannot_be_made_unreadable(office: Office) -> None:
    found(office).close()
    for content in ("", "{}", '{"v":1,"kind":"LedgerBroken","facts":{},"found_at":"x"}', "[1]"):
        office.locations.broken.write_text(content, encoding="utf-8")
        error = break_memory.remembered(office.locations)
        assert isinstance(error, LedgerBroken), content


def test_over_a_break_is_read_and_saved_and_not_served(office: Office, tmp_path: Path) -> None:
    found(office).close()
    books = opened(office, OFFICER)
    with pytest.raises(LedgerBroken):
        books.visits.open("S01", Visitor(CITIZEN, identity="card_face"))
    assert books.ledger.lines(limit=1)
    assert books.months.list()
    made = Exports(books).write("2026-11", tmp_path / "masked.csv", ["line"], lambda row: [row.line.seq])
    assert made.seq is not None, "the ledger records it all the same"
    before = backup.newest(books)
    saved = backup.make(books)
    assert saved.file.is_file()
    assert before is None or before.is_file(), "what a restore needs is kept"
    books.close()
    books = opened(office, HEAD)
    with pytest.raises(LedgerBroken):
        books.signer(PASSPHRASE[HEAD])
    with pytest.raises(LedgerBroken):
        Exports(books).write(
            "2026-11", tmp_path / "whole.csv", ["line"], lambda row: [row.line.seq], whole_ids=True
        )
    assert not (tmp_path / "whole.csv").exists()
    books.close()


@pytest.mark.parametrize("how", WAYS)
def test_head_and_sheet_accept_a_break_and_the_office_goes_on(office: Office, how: str) -> None:
    books = found(office, how)
    error = accepted(books, office)
    line = books.ledger.lines(limit=1)[0]
    assert (line.kind, line.facts["name"], line.facts["seq"]) == ("settings", "break", error.facts["seq"])
    books.close()
    assert not office.locations.broken.exists()
    for login in PASSPHRASE:
        books = Books.open(office.locations, login, PASSPHRASE[login], clock=office.clock)
        assert books.broken is None
        assert prove(books).broken is None
        if login == OFFICER:
            books.visits.open("S01", Visitor(CITIZEN, identity="card_face"))
        books.close()


def test_what_was_accepted_cannot_be_changed_once_more(office: Office) -> None:
    at = office.cosigned - 2
    books = found(office)
    accepted(books, office)
    books.close()
    office.tamper(_AGAIN.format(at=at))
    books = opened(office)
    broken = prove(books).broken
    assert broken is not None
    assert broken.facts["seq"] == at
    books.close()


def test_only_the_right_sheet_and_a_head_accept(office: Office) -> None:
    books = found(office)
    with pytest.raises(WrongSheet):
        accept_break(books, signer(books, HEAD), "AGE-SECRET-KEY-1" + "Q" * 58, "x")
    books.close()
    books = opened(office, CONTROLLER)
    with pytest.raises(NotAllowed):
        accept_break(books, signer(books, CONTROLLER), sheet(office), "x")
    books.close()


@pytest.mark.parametrize("left", [Role.HEAD, SHEET])
@pytest.mark.parametrize("instead", [True, False])
def test_a_line_that_one_of_the_two_did_not_sign_accepts_nothing(
    office: Office, left: str, instead: bool
) -> None:
    """An officer writes such a line without one of the two signatures, or with his own key in its place."""
    books = found(office)
    accepted(books, office)
    line = books.ledger.lines(limit=1)[0]
    books.close()
    office.tamper(
        f"DELETE FROM ledger WHERE seq >= {line.seq}",
        f"DELETE FROM sealed WHERE seq >= {line.seq}",
        f"DELETE FROM node WHERE (n + 1) << level > {line.seq}",
    )
    token = json.loads(line.facts["accepted"])
    content, mine = unb64(token["payload"]), bytes(range(32))
    value = json.loads(content)
    if left == SHEET and instead:
        value["sheet"]["key"] = b64(jws.public_of(mine))
        content = canonical(value)
    signed = [
        (one["protected"], one["signature"])
        for one in token["signatures"]
        if json.loads(unb64(one["protected"]))["role"] != left
    ]
    if instead:
        signed.append(jws.sign_one(content, typ=ACCEPTED, header={"role": left, "login": HEAD}, seed=mine))
    forged = jws.assemble(content, signed).decode()
    books = opened(office, OFFICER)
    with books.database.write() as db:
        books.ledger.append(db, Entry("settings", HEAD, facts={**line.facts, "accepted": forged}))
    broken = prove(books).broken
    assert broken is not None
    assert broken.facts["seq"] == value["seq"]
    books.close()


def test_nothing_is_accepted_where_nothing_is_broken(office: Office) -> None:
    books = opened(office)
    with pytest.raises(NothingToAccept):
        accepted(books, office)
    books.close()


def test_a_wrong_mark_is_accepted_for_one_log_in(office: Office) -> None:
    def forge() -> None:
        keys = json.loads(office.locations.keys.read_text("utf-8"))
        for entry in keys["people"]:
            if entry["login"] == CONTROLLER:
                entry["seen"]["size"] = 1
        office.locations.keys.write_text(json.dumps(keys), "utf-8")

    forge()
    opened(office, CONTROLLER).close()
    books = opened(office)
    assert books.broken is not None
    accepted(books, office)
    books.close()
    Books.open(office.locations, CONTROLLER, PASSPHRASE[CONTROLLER], clock=office.clock).close()
    forge()
    with pytest.raises(LedgerBroken):
        Books.open(office.locations, CONTROLLER, PASSPHRASE[CONTROLLER], clock=office.clock)


def test_a_restore_forgets_it(office: Office) -> None:
    books = opened(office)
    made = backup.make(books)
    books.close()
    found(office).close()
    told = restore(
        office.locations, made.file, sheet(office), clock=office.clock, ask=lambda *_: None, replace=True
    )
    assert not office.locations.broken.exists()
    assert told.aside is not None
    assert (told.aside / "broken.json").is_file(), "with the books that it is about"
