"""Ask for a paper's folder, and make its PDF in the background."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from reader.errors import NocopyError
from store.base.locations import papers_folder, typed_path
from store.counter.handed_out import free_path
from tui.frame.ask import TypeIn
from tui.frame.background import Progress
from tui.frame.progress import ProgressScreen
from tui.words.cells import clean
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from tui.program import Program
    from tui.words.paper_words import Paper

Write = Callable[[Path], object]
LongWrite = Callable[[Path, Progress], object]


def ask_paper(
    program: Program,
    paper: Paper,
    of: str,
    name: str,
    write: Write,
    failed: Callable[[NocopyError], None] | None = None,
) -> None:
    """Ask for the folder, make the paper, and say where it is.

    `of` names its month or visit in words. `write(path)` makes it as a new file; the path is `name` in that
    folder, or the next free one. An error goes to `failed`, or is shown over the work area.
    """

    def chosen(folder: str) -> None:
        def work() -> Path:
            to = _path(folder, name)
            write(to)
            return to

        program.slow(_("Making the paper"), work, lambda to: saved(program, folder, to), failed)

    ask_folder(program, f"{_(paper.title)} · {of}", _(paper.about), chosen)


def ask_long_paper(program: Program, paper: Paper, name: str, write: LongWrite) -> None:
    """As ask_paper(), with a progress bar: `write(path, progress)` as ProgressScreen.work()."""

    def chosen(folder: str) -> None:
        program.push_screen(PaperScreen(_(paper.title), folder, name, write))

    ask_folder(program, _(paper.title), _(paper.about), chosen)


def ask_folder(program: Program, title: str, about: str, then: Callable[[str], None]) -> None:
    """Ask for a folder: the last one if it still exists, else this PC's own for papers, or a typed one."""
    last = program.paper_folder
    usual = last if last and os.path.isdir(typed_path(last)) else str(papers_folder())
    asked = TypeIn(title, [about], _("Folder"), initial=usual)
    program.push_screen(asked, lambda folder: then(folder) if folder else None)


def _path(folder: str, name: str) -> Path:
    return free_path(typed_path(folder), name)


def saved(program: Program, folder: str, to: Path) -> None:
    """Say where the paper is, and remember its folder for the next one."""
    program.paper_folder = folder
    program.refresh_counts()  # a ledger line was written, and a waiting slip may be done
    said = _("Saved: {path}")
    path = clean(str(to))
    if cell_len(said.format(path=path)) > (program.screen.size.width or 80) - 2:
        path = f"…/{clean(to.name)}"  # the name must be visible; the folder was chosen a moment ago
    program.say(said.format(path=path))


class PaperScreen(ProgressScreen):
    """Makes one paper of many pages."""

    place = mark("Making the paper")

    def __init__(self, title: str, folder: str, name: str, write: LongWrite) -> None:
        super().__init__()
        self._title = title
        self._folder = folder
        self._file_name = name
        self._write = write

    def work(self, progress: Progress) -> Path:
        to = _path(self._folder, self._file_name)
        self._write(to, progress)
        return to

    def words(self) -> list[str]:
        return [self._title, _("It goes to {folder}.").format(folder=clean(self._folder))]

    def done(self, made: Path | None) -> None:
        if made is None:
            self.program.say(_("The paper was stopped; nothing was written."))
        else:
            saved(self.program, self._folder, made)
