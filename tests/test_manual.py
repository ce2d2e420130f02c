"""The officers' manual names only words and keys that the program has.

In docs/manual.th.md the words of the program stand in 「 」, with … for what differs from case to case, and
keys in `backticks`. The pictures are whole screens.
"""

from __future__ import annotations

import re
import string
from functools import cache
from itertools import chain

from babel.messages.pofile import read_po
from rich.cells import cell_len

from tests.floors import ROOT
from tests.tui.every import commands
from tui.words import translate

MANUAL = (ROOT / "docs" / "manual.th.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"^```text\n(.*?)\n```$", MANUAL, re.MULTILINE | re.DOTALL)
TEXT = re.sub(r"^```text\n.*?\n```$", "", MANUAL, flags=re.MULTILINE | re.DOTALL)
KEY = r"F\d+|Enter|Esc|Tab|[↑↓←→]+|PgUp(?:/Dn)?|PgDn"
_LEAST = 8  # letters of a sentence that is no more than names and numbers are fewer
ARROWS = {"↑", "↓", "←", "→", "PgUp", "PgDn"}


def named() -> set[tuple[str, str]]:
    """Each key with each word that row 24 has for it."""
    translate.use("th")
    return {(one.shown_key(), translate._(one.label)) for one in commands()}


@cache
def sentences() -> tuple[str, ...]:
    """Every Thai sentence of the program, with … where it names something."""
    found = []
    for domain in translate.DOMAINS:
        path = translate.LOCALE / "th" / "LC_MESSAGES" / f"{domain}.po"
        with path.open(encoding="utf-8") as po:
            texts = [str(one.string) for one in read_po(po) if one.id]
        for text in texts:
            parts = string.Formatter().parse(text)
            found.append("".join(before + ("" if name is None else "…") for before, name, _, _ in parts))
    return tuple(found)


def is_said(row: str) -> bool:
    """Whether this row is one of those sentences, names and numbers filled in."""
    return any(
        re.fullmatch(".+".join(map(re.escape, one.split("…"))), row)
        for one in sentences()
        if len(one.replace("…", "")) > _LEAST
    )


def test_every_word_of_the_program_is_one_that_it_says() -> None:
    quoted = set(re.findall(r"「(\S.*?)」", TEXT))
    assert len(quoted) > 80
    unknown = quoted - set(sentences())
    # Of a long sentence the beginning is enough.
    begun = {words for words in unknown if any(one.startswith(words) for one in sentences())}
    assert unknown - begun == set()
    assert min(map(len, begun)) > _LEAST


def test_every_key_is_one_that_the_program_has_and_does_what_stands_beside_it() -> None:
    known = {key for key, _ in named()} | ARROWS
    assert set(re.findall(rf"`({KEY})`", TEXT)) <= known
    beside = re.findall(rf"`({KEY})`(?: \|)? 「(.+?)」", TEXT)
    assert len(beside) > 40
    assert [pair for pair in beside if pair not in named()] == []


def test_a_picture_is_a_whole_screen_with_the_keys_and_sentences_of_today() -> None:
    assert len(PICTURES) >= 8
    for rows in (picture.split("\n") for picture in PICTURES):
        assert len(rows) == 24, rows[0]
        assert all(cell_len(row) <= 80 for row in rows), rows[0]
        assert is_said(rows[22].strip()) or all(map(is_said, rows[22].strip().split("  "))), rows[22]
    bars = [re.findall(rf"({KEY}) (.+?)(?= +(?:{KEY}) |$)", picture.split("\n")[23]) for picture in PICTURES]
    assert all(bars)
    assert set(chain.from_iterable(bars)) - named() == set()
