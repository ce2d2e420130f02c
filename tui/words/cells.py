"""Text as cells of the terminal: made safe, cut and padded to a width, and wrapped by Thai rules.

A text from a card, a gateway or a person passes through `clean` before it is drawn.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size, split_graphemes

# CSI and OSC sequences as a whole, so that no part of one is left; then any other control character.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x9b[0-?]*[ -/]*[@-~]")
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

# A row may not begin with these (following vowels, repetition, abbreviation), nor end with a leading vowel.
_NOT_FIRST = set("ะาำๅๆฯ)]}»”’,.:;%")
_NOT_LAST = set("เแโใไ([{«“‘")


def clean(text: object) -> str:
    """The text without escape sequences, control signs and direction marks; line breaks become spaces."""
    found = _ESCAPES.sub("", str(text)).replace("\n", " ").replace("\t", " ")
    return "".join(sign for sign in found if unicodedata.category(sign) not in _UNSAFE)


def pad(text: str, width: int) -> str:
    """Exactly `width` cells: padded with spaces, or cut between clusters with an ellipsis."""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    return set_cell_size(_cut(text, width - 1) + "…", width)


def right(text: str, width: int) -> str:
    """`width` cells with the text at the right end: for figures."""
    return " " * max(0, width - cell_len(text)) + pad(text, min(width, cell_len(text)))


def spread(left_text: str, right_text: str, width: int) -> str:
    """One row of `width` cells with a text at each end; the left one is cut where they meet."""
    room = max(0, width - cell_len(right_text))
    return pad(left_text, room) + right_text


def joined(first: str, second: str, width: int) -> str:
    """Two sentences in one row of `width` cells; the first alone where there is no room for both."""
    both = f"{first}  {second}"
    return both if second and cell_len(both) <= width else first


def rule(title: str, width: int) -> str:
    """A row of `width` cells with the title in it: ── title ────."""
    head = f"── {title} " if title else ""
    return head + "─" * max(0, width - cell_len(head))


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Rows of at most `width` cells, broken at spaces, else between Thai clusters where that is allowed.

    `indent` is put before every row but the first.
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if cell_len(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
            word = indent + word
        while cell_len(word) > width:
            head = _breakable(word, width)
            lines.append(head)
            word = indent + word[len(head) :]
        line = word
    lines.append(line)
    return lines


def _cut(text: str, width: int) -> str:
    kept, used = "", 0
    for start, end, cells in split_graphemes(text)[0]:
        if used + cells > width:
            break
        kept, used = kept + text[start:end], used + cells
    return kept


def _breakable(word: str, width: int) -> str:
    # The longest beginning that fits and does not split a vowel from its consonant.
    head = _cut(word, width)
    shortest = max(1, len(head) // 2)
    for end in range(len(head), shortest, -1):
        rest = word[end : end + 1]
        if head[end - 1] in _NOT_LAST or rest in _NOT_FIRST or (rest and unicodedata.category(rest) == "Mn"):
            continue
        return head[:end]
    return head
