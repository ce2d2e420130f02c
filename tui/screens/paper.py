"""A paper goes where the officer says: the folder is asked for, the PDF is made in the background."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from reader.errors import NocopyError
from store.handed_out import free_path
from store.locations import papers_folder, typed_path
from tui.cells import clean
from tui.messages import _, mark
from tui.screens.ask import TypeIn
from tui.screens.progress import ProgressScreen

if TYPE_CHECKING:
    from tui.app import NocopyApp

Write = Callable[[Path], object]
LongWrite = Callable[[Path, Callable[[float], None]], object]


def ask_paper(
    office: NocopyApp,
    title: str,
    about: str,
    name: str,
    write: Write,
    failed: Callable[[NocopyError], None] | None = None,
) -> None:
    """Ask for the folder, make the paper, and say where it is.

    `write(path)` makes it as a new file; the path is `name` in that folder, or the next free one. Where that
    cannot be, `failed` is told, else the screen tells.
    """

    def chosen(folder: str) -> None:
        def work() -> Path:
            to = _path(folder, name)
            write(to)
            return to

        office.slow(_("Making the paper"), work, lambda to: saved(office, folder, to), failed)

    ask_folder(office, title, about, chosen)


def ask_long_paper(office: NocopyApp, title: str, about: str, name: str, write: LongWrite) -> None:
    """As ask_paper(), with progress: `write(path, told)` says how far it is, as a ProgressScreen's work."""

    def chosen(folder: str) -> None:
        office.push_screen(PaperScreen(title, folder, name, write))

    ask_folder(office, title, about, chosen)


def ask_folder(office: NocopyApp, title: str, about: str, then: Callable[[str], None]) -> None:
    """The folder is the last one again while it is there, else where this PC keeps papers; or it is typed."""
    last = office.paper_folder
    usual = last if last and os.path.isdir(typed_path(last)) else str(papers_folder())
    asked = TypeIn(title, [about], _("Folder"), initial=usual)
    office.push_screen(asked, lambda folder: then(folder) if folder else None)


def _path(folder: str, name: str) -> Path:
    return free_path(typed_path(folder), name)


def saved(office: NocopyApp, folder: str, to: Path) -> None:
    """It is there: say where, and offer that folder again."""
    office.paper_folder = folder
    office.refresh_counts()  # a line was written, and what waited for the paper waits no more
    said = _("Saved: {path}")
    path = clean(str(to))
    if cell_len(said.format(path=path)) > (office.size.width or 80) - 2:
        path = f"…/{clean(to.name)}"  # the name must be seen; the folder was typed a moment ago
    office.say(said.format(path=path))


class PaperScreen(ProgressScreen):
    """Makes one paper of many pages."""

    place = mark("Making the paper")

    def __init__(self, title: str, folder: str, name: str, write: LongWrite) -> None:
        super().__init__()
        self._title = title
        self._folder = folder
        self._file_name = name
        self._write = write

    def work(self, told: Callable[[float], None]) -> Path:
        to = _path(self._folder, self._file_name)
        self._write(to, told)
        return to

    def words(self) -> list[str]:
        return [self._title, _("It goes to {folder}.").format(folder=clean(self._folder))]

    def done(self, made: Path | None) -> None:
        if made is None:
            self.office.say(_("The paper was stopped; nothing was written."))
        else:
            saved(self.office, self._folder, made)
