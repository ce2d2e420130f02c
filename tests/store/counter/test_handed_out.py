"""A file for people outside whose folder does not take it: the error says so, and no line records a file."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base.errors import FolderFails, NoSuchFolder
from store.books import Books
from store.counter.handed_out import free_path, hand_out
from store.formats.line import Entry
from tests.rig.cheap import cheap_office
from tests.rig.lines import HandClock
from tests.rig.office import open_books

CONTENT = b"%PDF-" + bytes(5000)


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    clock = HandClock("2026-11-19T10:42:00")
    one = open_books(cheap_office(monkeypatch, tmp_path, clock()), clock=clock)
    yield one
    one.close()


@pytest.mark.skipif(os.name != "posix", reason="only there a disk can be made to fail at will")
def test_a_stick_that_fails_while_it_is_written_leaves_neither_file_nor_line(
    books: Books, tmp_path: Path
) -> None:
    to, entry, size = tmp_path / "paper.pdf", Entry("paper", books.who.login), books.ledger.count()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # as on a stick that takes no more of a file
    try:
        with pytest.raises(FolderFails):
            hand_out(books, to, CONTENT, entry)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert books.ledger.count() == size
    assert not [one for one in tmp_path.iterdir() if one.suffix in (".pdf", ".part")]
    hand_out(books, to, CONTENT, entry)
    assert to.read_bytes() == CONTENT


def test_a_path_that_cannot_be_a_folder_is_refused_as_no_such_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("nowhere", "file/inside", "a" * 300, "a\0b"):
        with pytest.raises(NoSuchFolder):
            free_path(tmp_path / folder, "paper.pdf")
    assert free_path(tmp_path, "file") == tmp_path / "file-1"
