"""A setup file instead of typing: it fills in all steps of the first start, and is deleted at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import BadSetup
from store.locations import typed_path
from store.setup_form import read_form, setup_of
from tui.cells import clean
from tui.first_start import FirstStart
from tui.messages import _
from tui.screens.ask import Question, TypeIn
from tui.sticks import sticks
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp

_OTHER = Path("?")


def ask_file(office: NocopyApp, start: FirstStart, then: Callable[[], None]) -> None:
    """Ask for a setup file, fill everything in from it, and `then` go on. Nothing is made yet."""
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
        office.push_screen(TypeIn(title, lines, _("File (.toml)"), check=check), show)

    def show(taken: object) -> None:
        if taken is not None:
            then()
            said = _("{file} is taken. Look at it, confirm the date, then press F9.")
            office.say(said.format(file=clean(start.source.name if start.source else "")))

    def chosen(file: Path | None) -> None:
        if file == _OTHER:
            typed()
        elif file is not None:
            try:
                take(file)
            except BadSetup as error:
                office.tell(error)
            else:
                show(file)

    found = [file for stick in sticks() for file in sorted(stick.glob("*.toml"))]
    if found:
        choices = [Choice(clean(f"{file.parent.name}: {file.name}"), file) for file in found]
        office.push_screen(Question(title, lines, [*choices, Choice(_("Type its name"), _OTHER)]), chosen)
    else:
        typed()


def offer_to_delete(office: NocopyApp, file: Path, then: Callable[[], None]) -> None:
    """The file holds secrets that the books have now: it is not needed any more."""

    def took(sure: bool | None) -> None:
        then()
        if not sure:
            office.say(_("Delete {file}: it holds secrets.").format(file=clean(str(file))))
            return
        try:
            file.unlink()
        except OSError:
            office.say(_("{file} could not be deleted: do it yourself.").format(file=clean(str(file))))
        else:
            office.say(_("The setup file is deleted. Log in with your first passphrase."))

    lines = [
        _("The setup file holds secrets, and is not needed any more: {file}").format(file=clean(str(file)))
    ]
    choices = [Choice(_("Keep it"), False), Choice(_("Delete it"), True)]
    office.push_screen(Question(_("The setup file"), lines, choices), took)
