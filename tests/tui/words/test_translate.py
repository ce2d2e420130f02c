"""Is every sentence there in Thai, and is what is installed what was written?"""

from __future__ import annotations

import ast
import errno
import gettext
import importlib
import io
import os
import pkgutil
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import reader
import store
import sync
import tui
from reader.errors import NocopyError
from store.errors import NotAllowed
from store.formats.errors import WrongMember
from store.formats.roles import Role
from store.ledger.errors import MonthNotOver
from store.months.anomalies import WHY
from store.months.signatures import SIGNED_BY
from store.people.permissions import ALLOWED
from store.settings.gateways import declared
from sync.centre.problem import not_agreed
from sync.errors import RequestRefused
from sync.gateways.outcome import own_words
from tui.locale.codes import CODES, SYSTEM
from tui.locale.extract import sentences
from tui.words import translate

FLOORS = (reader, store, sync, tui)
ROOT = Path(tui.__path__[0]).parent
THAI = translate.LOCALE / "th" / "LC_MESSAGES"
PO_FILES = [THAI / f"{domain}.po" for domain in translate.DOMAINS]


def placeholders(text: str) -> list[str]:
    return sorted(
        name for _before, name, _spec, _conversion in string.Formatter().parse(text) if name is not None
    )


def modules() -> Iterator[str]:
    for floor in FLOORS:
        yield floor.__name__
        for found in pkgutil.walk_packages(floor.__path__, floor.__name__ + "."):
            yield found.name


def errors(root: type[NocopyError] = NocopyError) -> Iterator[type[NocopyError]]:
    yield root
    for kind in root.__subclasses__():
        yield from errors(kind)


def error_msgids() -> set[str]:
    for name in modules():
        importlib.import_module(name)
    return {text for kind in errors() for text in (kind.says, kind.do, kind.do_at_command_line) if text}


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What `pybabel extract` finds in the four floors, as `make template` does."""
    template = tmp_path_factory.mktemp("extracted") / "nocopy.pot"
    pybabel = [sys.executable, "-m", "babel.messages.frontend", "--quiet"]
    words = [
        "extract",
        "--mapping",
        "babel.cfg",
        "--keyword",
        "mark",
        "--output",
        str(template),
        ".",
    ]
    subprocess.run([*pybabel, *words, "."], cwd=ROOT, check=True, timeout=60)
    with template.open("rb") as source:
        return {_first(message.id) for message in read_po(source) if message.id}


def clicks_own() -> set[str]:
    """What click says by itself, which comes through the standard gettext from cli.po."""
    found = extract_from_dir(Path(click.__path__[0]), method_map=[("**.py", "python")])
    return {_first(msgid) for _path, _line, msgid, _comments, _context in found}


def literals() -> set[str]:
    """Every string that stands in the code of the floors, but for tui/locale."""
    found = set()
    for floor in FLOORS:
        for path in Path(floor.__path__[0]).rglob("*.py"):
            if translate.LOCALE not in path.parents:
                nodes = ast.walk(ast.parse(path.read_text("utf-8")))
                found |= {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    return found


def written(path: Path) -> dict[str, str]:
    """What stands in a .po."""
    found: dict[str, str] = {}
    with path.open("rb") as source:
        catalogue = read_po(source, locale="th", abort_invalid=True)
        assert not catalogue.obsolete, f"{path.name}: {list(catalogue.obsolete)}"
        for message in catalogue:
            if message.id:
                assert not message.fuzzy, f"{path.name}: {message.id}"
                # Thai has one sentence for click's singular and plural.
                msgid, text = message.id, message.string
                found[_first(msgid)] = _first(text)
    return found


def _first(forms: str | tuple[str | int, ...] | list[str]) -> str:
    return forms if isinstance(forms, str) else str(forms[0])


def thai() -> dict[str, str]:
    """Every message of the five catalogues, by its id."""
    return {msgid: text for path in PO_FILES for msgid, text in written(path).items()}


def test_a_message_id_stands_in_one_catalogue_once() -> None:
    """The first catalogue would win, and a second Thai text for the same words would never be read."""
    found: dict[str, list[str]] = {}
    for path in PO_FILES:
        raw = path.read_text("utf-8").split("\n\n")
        assert len(written(path)) == sum("msgid " in block for block in raw) - 1, f"{path.name}: one twice"
        for msgid in written(path):
            found.setdefault(msgid, []).append(path.stem)
    assert {msgid: stems for msgid, stems in found.items() if len(stems) > 1} == {}


def test_a_refusal_says_in_words_what_may_not_be_done() -> None:
    assert translate.ACTIONS.keys() == {*ALLOWED, *SIGNED_BY, "rescue"}
    refused = NotAllowed(login="somchai", action="check", roles="controller")
    translate.use("th")
    assert "ตรวจสรุปประจำเดือน" in translate.sentences_of(refused)[0]
    translate.use("en")
    assert translate.sentences_of(refused)[0] == "somchai may not do this: check a month's summary."


def test_every_sentence_is_there_in_thai(extracted: set[str]) -> None:
    known = thai()
    assert {msgid for msgid in extracted if not known.get(msgid)} == set()


def test_no_catalogue_has_a_sentence_that_is_never_shown(extracted: set[str]) -> None:
    assert thai().keys() - extracted - clicks_own() == set()


def test_every_error_is_among_what_is_extracted(extracted: set[str]) -> None:
    assert len(error_msgids()) > 300
    assert error_msgids() - extracted == set()


def test_the_words_of_the_tables_below_are_among_what_is_extracted(extracted: set[str]) -> None:
    assert {*WHY.values(), *Role, *translate.ACTIONS.values()} - extracted == set()


def test_every_word_listed_for_babel_is_a_code_of_a_floor() -> None:
    assert set(CODES) - literals() == set()
    assert set(SYSTEM) - {os.strerror(code) for code in errno.errorcode} == set()


def test_each_kind_of_sentence_is_extracted() -> None:
    source = b'''
class NoBooks(StoreError):
    """Not said."""
    says = "error"
    do = (
        "advice, "
        "in two parts"
    )
    do_at_command_line = mark("typed")
    title = "not said"
class Save(Command):
    """Help of
    a key."""
BadInput(what="fact", problem=mark("problem"), part="not said")
f"{_('within')}" + _(one["not said"]) + _("a" if one else "b")
CallRefused("no-token", "to people")
CallRefused("bad-content", "not said")
'''
    found = [text for _line, _name, text, _comments in sentences(io.BytesIO(source), {"_", "mark"}, [], {})]
    said = [
        "error",
        "advice, in two parts",
        "typed",
        "Help of a key.",
        "fact",
        "problem",
        "within",
        "to people",
    ]
    assert sorted(found) == sorted(said)
    for wrong in (b'_(f"{n} lines")', b'BadInput(what=f"{n}")', b'class A:\n    says = f"{n}"'):
        with pytest.raises(ValueError, match="f-string"):
            list(sentences(io.BytesIO(wrong), {"_"}, [], {}))


def test_what_the_centre_refuses_is_told_to_the_office_in_thai(extracted: set[str]) -> None:
    assert "The code is older than 30 days." in extracted
    translate.use("th")
    says, _do = translate.sentences_of(RequestRefused(own_words("The code is older than 30 days.")))
    assert "รหัสนี้เกิน 30 วันแล้ว" in says
    translate.use("en")
    says, _do = translate.sentences_of(RequestRefused(own_words("The code is older than 30 days.")))
    assert says.endswith(": The code is older than 30 days.")


def test_a_member_that_the_centre_refuses_is_named_to_the_office_in_thai() -> None:
    for member in ("use[3][5]", "month"):  # a month is a word of the screen, too
        told = not_agreed(WrongMember(member=member, problem="it has another type")).detail
        translate.use("th")
        says, _do = translate.sentences_of(RequestRefused(own_words(told)))
        assert f"“{member}”, เป็นข้อมูลคนละชนิด" in says
        says, _do = translate.sentences_of(WrongMember(member=member, problem="it has another type"))
        assert f"{member} ไม่เป็นไปตามที่ตกลงกัน: เป็นข้อมูลคนละชนิด" in says


def test_what_a_gateway_declares_is_there_in_thai() -> None:
    known = thai()
    settings = [setting for one in declared() for setting in one.settings]
    words = {one.heading for one in declared()} | {one.hint for one in settings if one.hint}
    words |= {one.label for one in settings} | {one.long_label for one in settings}
    assert len(words) > 8
    assert {text for text in words if not known.get(text)} == set()


def test_a_list_of_roles_is_told_in_thai() -> None:
    translate.use("th")
    says, do = translate.sentences_of(NotAllowed(login="somchai", action="cut_off", roles="controller, head"))
    assert "cut_off" not in says
    assert "head" not in do


def test_thai_fills_the_same_blanks_as_english() -> None:
    wrong = {msgid: text for msgid, text in thai().items() if placeholders(msgid) != placeholders(text)}
    assert wrong == {}


@pytest.mark.parametrize("path", PO_FILES, ids=lambda path: path.stem)
def test_what_is_installed_is_what_was_written(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as source:
        catalogue = gettext.GNUTranslations(source)._catalog  # type: ignore[attr-defined]
    installed = {_first(msgid): text for msgid, text in catalogue.items()}
    del installed[""]
    assert installed == {msgid: text for msgid, text in written(path).items() if text}, "run `make words`"


def test_a_month_is_told_as_people_write_it_and_typed_as_the_command_line_takes_it() -> None:
    error = MonthNotOver(month="2026-11")
    assert "พ.ย. 2569" in translate.sentences_of(error)[0]
    assert "2026-11" in translate.sentences_of(error, at_command_line=True)[0]
