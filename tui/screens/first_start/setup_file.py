"""A setup file instead of typing: it fills in all steps of the first start. At the end it may be deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reader.errors import NocopyError
from store.base.locations import typed_path
from store.setup.form import FormFile, read_form, setup_of
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
        found = read_form(file.absolute(), start.home)
        setup_of(found.form, found.path.parent)
        start.take(found)

    def check(typed: str) -> str:
        take(typed_path(typed))
        return typed

    def typed() -> None:
        program.push_screen(TypeIn(title, lines, _("File (.toml)"), check=check), show)

    def show(taken: object) -> None:
        if taken is not None:
            then()
            said = _("{file} is taken. Look at it, confirm the date, then press F9.")
            program.say(said.format(file=clean(start.source.path.name if start.source else "")))

    def chosen(file: Path | None) -> None:
        if file == _OTHER:
            typed()
        elif file is not None:
            try:
                take(file)
            except NocopyError as error:
                program.tell(error)
            else:
                show(file)

    found = [file for stick in sticks() for file in sorted(stick.glob("*.toml"))]
    if found:
        choices = [Choice(clean(f"{file.parent.name}: {file.name}"), file) for file in found]
        program.push_screen(Question(title, lines, [*choices, Choice(_("Type its name"), _OTHER)]), chosen)
    else:
        typed()


def offer_to_delete(program: Program, file: FormFile, then: Callable[[], None]) -> None:
    """Offer to delete the file: it holds secrets, and the books have them now."""

    name = clean(str(file.path))

    def took(sure: bool | None) -> None:
        then()
        if not sure:
            program.say(_("Delete {file}: it holds secrets.").format(file=name))
        elif file.delete(program.locations.home):
            program.say(_("The setup file is deleted. Log in with your first passphrase."))
        else:
            program.say(_("{file} could not be deleted: do it yourself.").format(file=name))

    lines = [_("The setup file holds secrets, and is not needed any more: {file}").format(file=name)]
    choices = [Choice(_("Keep it"), False), Choice(_("Delete it"), True)]
    program.push_screen(Question(_("The setup file"), lines, choices), took)
