"""A setup file instead of typing: it fills in all steps of the first start. At the end it may be deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from store.base.locations import typed_path
from store.setup.errors import BadSetup
from store.setup.form import read_form, setup_of
from tui.frame.ask import Question, TypeIn
from tui.frame.choice_list import Choice
from tui.screens.first_start.answers import FirstStart
from tui.usb_drives import sticks
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.program import Program

_OTHER = Path("?")


def ask_file(program: Program, start: FirstStart, then: Callable[[], None]) -> None:
    """Ask for a setup file, fill in everything from it, then call `then`. No books are made yet."""
    title = _("A setup file")
    lines = [_("What was typed so far gives way to it.")] if start.is_begun else []

    def take(file: Path) -> None:
        form = read_form(file)
        setup_of(form, file.parent)
        start.take(form, file.absolute())

    def check(typed: str) -> str:
        take(typed_path(typed))
        return typed

    def typed() -> None:
        program.push_screen(TypeIn(title, lines, _("File (.toml)"), check=check), show)

    def show(taken: object) -> None:
        if taken is not None:
            then()
            said = _("{file} is taken. Look at it, confirm the date, then press F9.")
            program.say(said.format(file=clean(start.source.name if start.source else "")))

    def chosen(file: Path | None) -> None:
        if file == _OTHER:
            typed()
        elif file is not None:
            try:
                take(file)
            except BadSetup as error:
                program.tell(error)
            else:
                show(file)

    found = [file for stick in sticks() for file in sorted(stick.glob("*.toml"))]
    if found:
        choices = [Choice(clean(f"{file.parent.name}: {file.name}"), file) for file in found]
        program.push_screen(Question(title, lines, [*choices, Choice(_("Type its name"), _OTHER)]), chosen)
    else:
        typed()


def offer_to_delete(program: Program, file: Path, then: Callable[[], None]) -> None:
    """Offer to delete the file: it holds secrets, and the books have them now."""

    def took(sure: bool | None) -> None:
        then()
        if not sure:
            program.say(_("Delete {file}: it holds secrets.").format(file=clean(str(file))))
            return
        try:
            file.unlink()
        except OSError:
            program.say(_("{file} could not be deleted: do it yourself.").format(file=clean(str(file))))
        else:
            program.say(_("The setup file is deleted. Log in with your first passphrase."))

    lines = [
        _("The setup file holds secrets, and is not needed any more: {file}").format(file=clean(str(file)))
    ]
    choices = [Choice(_("Keep it"), False), Choice(_("Delete it"), True)]
    program.push_screen(Question(_("The setup file"), lines, choices), took)
