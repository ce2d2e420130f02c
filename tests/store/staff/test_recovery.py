"""The recovery sheet: confirmed, then deleted from the PC; and what it can do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyrage
import pytest

from store.base.database import Database
from store.base.errors import WrongKey
from store.base.locations import Locations
from store.books import Books
from store.errors import BadInput, NotAllowed
from store.formats.canonical import unb64
from store.people.errors import WeakPassphrase, WrongPassphrase, WrongSheet
from store.staff.errors import NoSheetToConfirm, SheetNotMatched
from store.staff.recovery import confirm, read_key, renew_sheet, unconfirmed, write_sheet
from store.staff.rescue import rescue
from tests.rig.lines import HandClock
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books

OWN = "lantern kite mango river"


def sheet(office: Locations) -> str:
    return read_key((office.home.parent / "recovery.txt").read_text("utf-8"))


def group(books: Books, identity: str) -> str:
    """The group that is asked for, read off the paper."""
    asked = unconfirmed(books.database)
    assert asked is not None
    assert 3 < asked.n <= 15
    return [identity[n : n + 5] for n in range(0, len(identity), 5)][asked.n - 1]


def test_the_sheet_is_typed_back_and_then_deleted(books: Books, office: Locations, clock: HandClock) -> None:
    file, identity = office.home.parent / "recovery.txt", sheet(office)
    wanted = group(books, identity)
    for wrong in ("", "AGE-S", wanted[:-1], identity):
        with pytest.raises(SheetNotMatched):
            confirm(books, wrong)
    assert file.exists()
    other = open_books(office, OFFICER, clock)
    with pytest.raises(NotAllowed):
        confirm(other, wanted)
    other.close()
    assert confirm(books, f" {wanted.lower()} ")
    assert not file.exists()
    assert unconfirmed(books.database) is None
    (line,) = books.ledger.lines(kind="keys", limit=1)
    assert line.facts["confirmed"] is True
    everything = repr(books.database.rows("SELECT * FROM book"))
    assert wanted not in everything
    with pytest.raises(NoSheetToConfirm):
        confirm(books, wanted)


def test_what_lies_in_the_place_of_the_sheet_is_left_alone(books: Books, office: Locations) -> None:
    identity, file = sheet(office), office.home.parent / "recovery.txt"
    file.write_text("a letter")
    assert not confirm(books, group(books, identity))
    assert file.read_text() == "a letter"


def test_the_only_head_forgot_the_passphrase(office: Locations, clock: HandClock) -> None:
    before = open_books(office, HEAD, clock)
    old = before.who.kid
    before.close()
    typed = sheet(office).lower()
    spaced = " ".join(typed[n : n + 5] for n in range(0, len(typed), 5))
    with pytest.raises(WrongSheet):
        read_key(spaced[:-1])
    with pytest.raises(WrongSheet):
        rescue(office, HEAD, str(pyrage.x25519.Identity.generate()), OWN, clock)
    with pytest.raises(NotAllowed):  # anybody else is helped by the head
        rescue(office, OFFICER, read_key(spaced), OWN, clock)
    with pytest.raises(WeakPassphrase):
        rescue(office, HEAD, read_key(spaced), "short", clock)
    public = rescue(office, HEAD, read_key(spaced), OWN, clock)
    with pytest.raises(WrongPassphrase):
        open_books(office, HEAD, clock)
    books = Books.open(office, HEAD, OWN, clock=clock)
    assert books.signer(OWN).kid == public.kid == books.who.kid != old
    (line,) = [one for one in books.ledger.lines(kind="keys") if one.facts.get("kid") == public.kid]
    assert (line.officer, line.facts["by"]) == (HEAD, "recovery_sheet")
    books.ledger.verify()
    books.close()
    open_books(office, CONTROLLER, clock).close()


def test_a_new_sheet_takes_the_old_ones_power(books: Books, office: Locations, clock: HandClock) -> None:
    old, new = sheet(office), office.home.parent / "new.html"
    key, signer = books.database.key, books.signer(PASSPHRASE[HEAD])
    with pytest.raises(BadInput):
        renew_sheet(books, office.home / "new.html", signer)
    assert renew_sheet(books, new, signer)
    page = new.read_text("utf-8")
    identity = read_key(page)
    assert identity != old
    assert "<svg" in page
    sealed = unb64(json.loads(office.keys.read_bytes())["recovery"])
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)]) == books.database.key != key
    with pytest.raises(WrongSheet):
        rescue(office, HEAD, old, OWN, clock)
    with pytest.raises(WrongKey):
        Database(office.books, key)
    assert confirm(books, group(books, identity))
    assert not new.exists()
    open_books(office, CONTROLLER, clock).close()


def test_the_code_on_the_sheet_says_the_key(tmp_path: Path, clock: HandClock) -> None:
    """Decoded as by a camera: the signs on the text sheet are a code that contains the whole key."""
    import segno

    made = write_sheet(tmp_path / "sheet.txt", tmp_path / "home", "5001", "สำนักงาน", "01", clock())
    text = made.file.read_text("utf-8")
    identity = read_key(text)
    lines = re.findall(r"^[ ▀▄█]+$", text.partition(identity)[2], re.MULTILINE)
    dark = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = [[dark[sign][half] for sign in line] for line in lines for half in (0, 1)]
    expected = [list(row) for row in segno.make(identity, error="m", micro=False).matrix_iter(border=4)]
    assert rows[: len(expected)] == expected
