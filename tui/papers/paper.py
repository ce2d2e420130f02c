"""What all papers share: the name of the file, and the ledger line that records it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.counter.handed_out import hand_out
from store.formats.canonical import sha256_hex
from store.formats.line import Entry, LineKind

if TYPE_CHECKING:
    from store.books import Books
    from tui.words.paper_words import Paper


def paper_name(books: Books, *parts: str) -> str:
    """nocopy-UNIT-PART-PART.pdf: the default name of the file."""
    return "-".join(("nocopy", books.unit, *parts)) + ".pdf"


def write_paper(
    books: Books, paper: Paper, content: bytes, to: Path, entry: Entry | None = None, **facts: Any
) -> int:
    """Writes the PDF as a new file, with a `paper` line that has these facts; returns the line's number.

    `entry` is the line that says whom the paper is about. Raises BadInput, DiskFull, NoSuchFolder,
    FolderClosed.
    """
    said = {"what": paper.what, **facts, "sha256": sha256_hex(content)}
    line = replace(entry or Entry(LineKind.PAPER, books.who.login), facts=said)
    return hand_out(books, to, content, line)
