"""Is every sentence there in Thai, and is what is installed what was written?"""

from __future__ import annotations

import ast
import gettext
import importlib
import pkgutil
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import reader
import store
import sync
import tui
from reader.errors import NocopyError
from store.anomalies import WHY
from store.errors import MonthNotOver, NotAllowed
from store.permissions import ALLOWED, ROLES
from store.signing import SIGNED_BY
from sync.errors import Refused
from sync.outcome import own_words
from tui import messages

FLOORS = (reader, store, sync, tui)
THAI = messages.LOCALE / "th" / "LC_MESSAGES"
PO_FILES = [THAI / f"{domain}.po" for domain in messages.DOMAINS]


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


def fact_msgids() -> dict[str, str]:
    """What errors are told with beside numbers and names: literal `what` and `problem`, roles."""
    found = dict.fromkeys(ROLES, "permissions.py")
    for floor in FLOORS:
        for path in sorted(Path(floor.__path__[0]).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg in ("what", "problem"):
                    assert not isinstance(node.value, ast.JoinedStr), f"{path.name}:{node.value.lineno}"
                    if isinstance(node.value, ast.Constant) and node.value.value:
                        found[str(node.value.value)] = f"{path.name}:{node.value.lineno}"
    return found


def marked_msgids() -> dict[str, str]:
    """Each literal in `_()` or `mark()` under tui/, with where it stands."""
    found: dict[str, str] = {}
    for path in sorted(Path(tui.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ("_", "mark"):
                continue
            (argument,) = node.args
            where = f"{path.name}:{node.lineno}"
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found[argument.value] = where
            else:
                assert not isinstance(argument, ast.JoinedStr), f"{where}: no f-string can be translated"
    return found


def refusals() -> set[str]:
    """What the centre says in words of its own about codes, tokens, people and signatures."""
    import sync.centre

    found = set()
    for path in sorted(Path(sync.centre.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused":
                slug, detail = node.args[:2]
                if (
                    isinstance(slug, ast.Constant)
                    and slug.value in _OF_PEOPLE
                    and isinstance(detail, ast.Constant)
                ):
                    found.add(str(detail.value))
    return found


_OF_PEOPLE = ("code-refused", "no-token", "other-unit", "bad-signature", "conflict", "behind", "not-found")


def written(path: Path) -> dict[str, str]:
    """What stands in a .po."""
    found: dict[str, str] = {}
    with path.open("rb") as source:
        for message in read_po(source, locale="th", abort_invalid=True):
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
    assert messages.ACTIONS.keys() == {*ALLOWED, *SIGNED_BY, "rescue"}
    refused = NotAllowed(login="somchai", action="check", roles="controller")
    messages.use("th")
    assert "ตรวจสรุปประจำเดือน" in messages.told(refused)[0]
    messages.use("en")
    assert messages.told(refused)[0] == "somchai may not do this: check a month's summary."


def test_every_sentence_of_the_screen_and_the_command_line_is_there_in_thai() -> None:
    known = thai()
    missing = {msgid: where for msgid, where in marked_msgids().items() if not known.get(msgid)}
    assert missing == {}


def test_every_error_of_every_floor_is_told_in_thai() -> None:
    known = thai()
    assert {msgid for msgid in error_msgids() if not known.get(msgid)} == set()


def test_what_an_error_is_told_with_is_there_in_thai() -> None:
    known = thai()
    assert {fact: where for fact, where in fact_msgids().items() if not known.get(fact)} == {}


def test_what_the_centre_refuses_is_told_to_the_office_in_thai() -> None:
    known = thai()
    assert len(refusals()) > 15
    assert {words for words in refusals() if not known.get(words)} == set()
    messages.use("th")
    says, _do = messages.told(Refused(own_words("The code is older than 30 days.")))
    assert "รหัสนี้เกิน 30 วันแล้ว" in says
    messages.use("en")
    says, _do = messages.told(Refused(own_words("The code is older than 30 days.")))
    assert says.endswith(": The code is older than 30 days.")


def test_why_a_finding_is_shown_is_told_in_thai() -> None:
    known = thai()
    assert {rule: text for rule, text in WHY.items() if not known.get(text)} == {}


def test_a_list_of_roles_is_told_in_thai() -> None:
    messages.use("th")
    says, do = messages.told(NotAllowed(login="somchai", action="cut_off", roles="controller, head"))
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
    assert "พ.ย. 2569" in messages.told(error)[0]
    assert "2026-11" in messages.told(error, at_command_line=True)[0]
