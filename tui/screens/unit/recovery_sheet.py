"""Confirming the recovery sheet: one group is typed from the paper, then its file is deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store.base.locations import typed_path
from store.staff import recovery
from tui.frame.ask import TypeIn
from tui.frame.ask_signature import ask_signature
from tui.login_names import remember_people
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.program import Program


def ask_sheet(program: Program, then: Callable[[], None]) -> None:
    """Ask for the group; the answer is checked at once, and a wrong one deletes nothing."""
    books = program.books
    asked = recovery.unconfirmed(books.database)
    if asked is None:
        return
    lines = [
        _("The recovery sheet is in {file}. Print it first, and keep the paper under lock.").format(
            file=asked.file
        ),
        _("Whoever has it opens these books without a passphrase. Typing one group back deletes the file."),
    ]

    def check(typed: str) -> str:
        return "deleted" if recovery.confirm(books, typed) else "gone"

    def done(became: str | None) -> None:
        if became is None:
            return
        program.say(
            _("That is right. The sheet's file is deleted; the paper is all there is.")
            if became == "deleted"
            else _("That is right. No file was deleted at {file}: delete the sheet wherever it is.").format(
                file=asked.file
            )
        )
        remember_people(books)
        then()

    label = _("Group {n} of the recovery key, from the paper").format(n=asked.n)
    program.push_screen(TypeIn(_("The recovery sheet"), lines, label, check=check), done)


def new_sheet(program: Program, then: Callable[[], None]) -> None:
    """Make another sheet in a folder of the head's choice; the books get a new key with it."""
    title = _("A new recovery sheet")
    lines = [
        _("A new sheet takes the old one's power: where the paper was lost or seen, or the head changed."),
        _("Name a file outside the folder of the books, best on a USB stick; it is deleted once typed back."),
    ]

    def where(typed: str | None) -> None:
        if typed is not None:
            file = typed_path(typed)
            ask_signature(
                program, title, lambda signer: recovery.renew_sheet(program.books, file, signer), made
            )

    def made(_rekeyed: bool) -> None:
        remember_people(program.books)
        then()
        program.say(_("The sheet is written. Print it, then F7 again: type one group back."))

    program.push_screen(TypeIn(title, lines, _("File (.html to print)")), where)
