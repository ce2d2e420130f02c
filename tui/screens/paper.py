"""A paper goes where the officer says: the folder is asked for, the PDF is made in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from store.handed_out import free_path
from tui.cells import clean
from tui.messages import _
from tui.screens.ask import TypeIn

if TYPE_CHECKING:
    from tui.app import NocopyApp


def ask_paper(office: NocopyApp, title: str, about: str, name: str, write: Callable[[Path], object]) -> None:
    """Ask for the folder, which is the last one again unless another is typed, and say what was written.

    `write(path)` makes the paper as a new file; the path is `name` in that folder, or the next free one.
    """

    def typed(folder: str | None) -> None:
        if folder is None:
            return

        def work() -> Path:
            to = free_path(Path(folder).expanduser(), name)
            write(to)
            return to

        def written(to: Path) -> None:
            office.paper_folder = folder
            say_saved(office, to)

        office.slow(_("Making the paper"), work, written, office.tell)

    asked = TypeIn(title, [about], _("Folder"), initial=office.paper_folder)
    office.push_screen(asked, typed)


def say_saved(office: NocopyApp, to: Path) -> None:
    """Row 23: where the file is."""
    office.say(_("Saved: {path}").format(path=clean(str(to))))
