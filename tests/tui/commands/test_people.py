"""Three bad days of an office, on the command line, as docs/operate.md walks through them."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store.base.locations import Locations
from store.staff.recovery import group_of, read_key
from tests.rig.cheap import cheap_office
from tests.rig.clock import SET_UP, now
from tests.rig.office import CONTROLLER, HEAD, NEWCOMER_FORM, OFFICER, PASSPHRASE, open_books, write_form
from tests.rig.older_books import make_older
from tui import cli, passphrases
from tui.login_names import recall

OWN = "lantern kite mango river"


@dataclass
class Line:
    """The command line of one PC; every command says what it did as JSON."""

    office: Locations
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str, as_: str, passphrase: str | None = None, new: str | None = None) -> int:
        taken = {"NOCOPY_PASSPHRASE": passphrase or PASSPHRASE[as_], "NOCOPY_NEW_PASSPHRASE": new}
        self.patch.setattr(passphrases, "_taken", taken)
        code = cli.run([*words, "--home", str(self.office.home), "--login", as_, "--json", "--lang", "en"])
        self.out, self.err = self.capture.readouterr()
        return code

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    return Line(cheap_office(monkeypatch, tmp_path, SET_UP), monkeypatch, capsys)


def test_an_officer_forgot_the_passphrase(line: Line) -> None:
    assert line.run("people", "reset", OFFICER, as_=HEAD, new="first-word-8") == 0
    assert (line.json["login"], line.json["has_keys"]) == (OFFICER, False)
    assert "first-word-8" not in line.out + line.err
    assert line.run("catalogue", as_=OFFICER) == 3
    assert line.run("catalogue", as_=OFFICER, passphrase="first-word-8") == 3
    assert "first passphrase" in line.err
    assert line.run("passphrase", as_=OFFICER, passphrase="first-word-8", new=OWN) == 0
    assert line.run("catalogue", as_=OFFICER, passphrase=OWN) == 0
    assert line.run("ledger", "verify", as_=HEAD) == 0


def test_the_only_head_forgot_the_passphrase(line: Line) -> None:
    sheet = line.office.home.parent / "recovery.txt"
    assert line.run("passphrase", "--recovery", str(sheet), as_=OFFICER, new=OWN) == 3  # the head helps them
    line.patch.setattr(sys, "stdin", io.StringIO("AGE-SECRET-KEY-1 and so on\n"))
    assert line.run("passphrase", "--recovery", "-", as_=HEAD, new=OWN) == 3
    typed = read_key(sheet.read_text("utf-8")).lower()
    line.patch.setattr(sys, "stdin", io.StringIO(typed[:40] + " " + typed[40:] + "\n"))
    assert line.run("passphrase", "--recovery", "-", as_=HEAD, new=OWN) == 0
    assert line.json == {"login": HEAD, "changed": True, "new_keys": True}
    assert line.run("people", "list", as_=HEAD) == 3
    assert line.run("people", "reset", OFFICER, as_=HEAD, passphrase=OWN, new="first-word-8") == 0


def test_the_head_leaves_and_a_successor_goes_on(line: Line) -> None:
    form = line.office.home.parent / "people.toml"
    form.write_text(NEWCOMER_FORM.replace('"officer"', '"head"'), encoding="utf-8")
    assert line.run("people", "end", HEAD, as_=HEAD) == 1
    assert "no head with a key of their own" in line.err
    assert line.run("people", "add", "--from", str(form), "--delete-file", as_=HEAD) == 0
    assert not form.exists()
    assert line.run("passphrase", as_="malee", passphrase="first-word-4", new=OWN) == 0
    assert line.run("people", "end", HEAD, "--order", "220/2569", as_=HEAD) == 0
    assert (line.json["roles"], line.json["rekeyed"]) == ([], True)
    assert line.run("people", "list", as_=HEAD) == 3
    assert line.run("people", "list", as_="malee", passphrase=OWN) == 0
    former = next(one for one in line.json if one["login"] == HEAD)
    assert (former["appointments"][0]["role"], former["roles"]) == ("head", [])
    assert set(recall(line.office.home).people) == {"malee", OFFICER, CONTROLLER}
    assert line.run("ledger", "verify", as_="malee", passphrase=OWN) == 0


def test_an_acting_head_and_other_changes(line: Line) -> None:
    day = f"{now().date():%Y-%m-%d}"
    acting = ("--acting", "--order", "112/2569", "--until", day)
    assert line.run("people", "appoint", CONTROLLER, "--role", "head", *acting, as_=HEAD) == 0
    held = line.json["appointments"][-1]
    assert (held["role"], held["acting"], held["order"]) == ("head", True, "112/2569")
    assert held["until"][:10] > day, "the last day is a whole one"
    assert line.run("people", "change", OFFICER, "--services", "S05,S06", as_=CONTROLLER) == 0
    assert line.json["services"] == ["S05", "S06"]
    assert line.run("people", "change", OFFICER, "--services", "S99", as_=HEAD) == 4
    assert line.run("people", "end", OFFICER, "--on", "2020-01-01", as_=HEAD) == 2


def test_the_sheet_is_typed_back_and_made_anew(line: Line) -> None:
    folder = line.office.home.parent
    assert line.run("people", "sheet", "--new", str(folder / "new.html"), as_=HEAD) == 0
    told = line.json
    assert (told["file"], told["rekeyed"], told["confirmed"]) == (str(folder / "new.html"), True, False)
    assert recall(line.office.home).sheet == told["file"]
    key = read_key((folder / "new.html").read_text("utf-8"))
    assert line.run("people", "sheet", "--confirm", as_=HEAD) == 2  # nobody can be asked
    assert line.run("people", "sheet", "--confirm", "--group", "AAAAA", as_=HEAD) == 2
    assert (folder / "new.html").exists()
    assert line.run("people", "sheet", "--confirm", "--group", group_of(key, told["group"]), as_=HEAD) == 0
    assert line.json["deleted"]
    assert not (folder / "new.html").exists()
    assert recall(line.office.home).sheet == ""


def test_wrong_passphrases_slow_the_command_line_down(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("store.people.wrong_passphrases.sleep", pauses.append)
    for _ in range(2):
        assert line.run("catalogue", as_=OFFICER, passphrase="not this one") == 3
        assert "seconds" not in line.err
    assert line.run("catalogue", as_=OFFICER, passphrase="not this one") == 3
    assert "takes 5 seconds" in line.err
    assert line.run("catalogue", as_=OFFICER) == 0
    assert pauses == [pytest.approx(5, abs=1)]
    assert "3 passphrases were refused under your login" in line.err
    assert line.run("ledger", "list", as_=HEAD) == 0
    refused = [one for one in line.json if one["outcome"] == "refused"]
    assert [(one["kind"], one["officer"]) for one in refused] == [("login", OFFICER)]


def test_the_only_head_died(line: Line) -> None:
    sheet = str(line.office.home.parent / "recovery.txt")
    words = ["people", "head", CONTROLLER, "--recovery", sheet, "--instead-of", HEAD]
    assert cli.run([*words, "--home", str(line.office.home), "--json", "--lang", "en"]) == 0
    assert json.loads(line.capture.readouterr().out)["instead_of"] == HEAD
    assert line.run("people", "list", as_=CONTROLLER) == 0
    roles = {one["login"]: one["roles"] for one in line.json}
    assert (roles[CONTROLLER], roles[HEAD]) == (["controller", "head"], [])
    assert line.run("people", "change", OFFICER, "--level", "ชำนาญการ", as_=CONTROLLER) == 0


def test_the_list_of_older_books_is_signed_once(line: Line) -> None:
    make_older(line.office)
    assert line.run("settings", "set", "offline.max_hours", "10", as_=HEAD) == 3
    assert "nocopy people sign" in line.err
    assert line.run("people", "sign", as_=HEAD) == 3
    assert "--recovery" in line.err
    sheet = str(line.office.home.parent / "recovery.txt")
    assert line.run("people", "sign", "--recovery", sheet, as_=OFFICER) == 3
    assert line.run("people", "sign", "--recovery", sheet, as_=HEAD) == 0
    assert {one["login"] for one in line.json} == {OFFICER, CONTROLLER, HEAD}
    assert line.run("people", "sign", "--recovery", sheet, as_=HEAD) == 1
    assert line.run("people", "change", OFFICER, "--level", "ชำนาญการ", as_=HEAD) == 0


def test_a_form_or_sheet_with_a_second_name_is_not_said_to_be_deleted(line: Line) -> None:
    """A hard link keeps the whole content on the disk, so deleting one of the names deletes no secret."""
    folder = line.office.home.parent
    form, sheet = folder / "people.toml", folder / "new.html"
    form.write_text(NEWCOMER_FORM, encoding="utf-8")
    (folder / "form too").hardlink_to(form)
    assert line.run("people", "add", "--from", str(form), "--delete-file", as_=HEAD) == 1
    assert [one["login"] for one in line.json] == ["malee"]
    assert line.err == f"{form} could not be deleted: do it yourself.\n"
    assert form.exists()

    assert line.run("people", "sheet", "--new", str(sheet), as_=HEAD) == 0
    (folder / "sheet too").hardlink_to(sheet)
    group = group_of(read_key(sheet.read_text("utf-8")), line.json["group"])
    assert line.run("people", "sheet", "--confirm", "--group", group, as_=HEAD) == 0
    assert line.json["deleted"] is False
    assert sheet.exists()
    books = open_books(line.office, HEAD)
    (told,) = books.ledger.lines(kind="keys", limit=1)
    assert (told.facts["confirmed"], told.facts["deleted"]) == (True, False)
    books.close()


def test_a_setup_file_is_deleted_only_where_nothing_of_it_stays(line: Line, tmp_path: Path) -> None:
    for name, links, code in (("one", 0, 0), ("two", 1, 1)):
        (tmp_path / name).mkdir()
        form = write_form(tmp_path / name)
        for n in range(links):
            form.with_name(f"again {n}").hardlink_to(form)
        home = tmp_path / name / "home"
        assert cli.run(["setup", "--from", str(form), "--delete-file", "--home", str(home), "--json"]) == code
        told = json.loads(line.capture.readouterr().out)
        assert (told["deleted"], form.exists()) == (code == 0, code == 1)
        assert (home / "books.db").exists()
