"""The question for a USB stick of this PC; where none is found, a folder is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from store.base.locations import typed_path
from tui.frame.ask import Question, TypeIn
from tui.frame.choice_list import Choice
from tui.usb_drives import sticks
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.program import Program

_OTHER = Path("?")


def ask_stick(program: Program, title: str, then: Callable[[Path], None]) -> None:
    """Ask for a stick of this PC, or for the path of a folder."""
    found = list(sticks())
    choices = [Choice(clean(str(stick)), stick) for stick in found]
    choices.append(Choice(_("Type the folder"), _OTHER))
    lines = (
        [] if found else [_("No stick was found on this PC. Put it in and come back, or type the folder.")]
    )

    def chosen(folder: Path | None) -> None:
        if folder == _OTHER:
            typed = TypeIn(title, [], _("Folder"))
            program.push_screen(typed, lambda text: then(typed_path(text)) if text else None)
        elif folder is not None:
            then(folder)

    program.push_screen(Question(title, lines, choices), chosen)
