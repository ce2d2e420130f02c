"""Signing the first list of people of books that an earlier version began: the head reads it, then signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store.settings.documents import to_be_signed
from store.staff import adopt
from store.staff.recovery import read_key
from tui.frame.ask import Question, TypeIn
from tui.frame.ask_signature import ask_signature
from tui.frame.choice_list import Choice
from tui.words.cells import clean
from tui.words.role_words import role_words
from tui.words.setting_words import signing_words
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program


def ask_first_list(program: Program, then: Callable[[], None]) -> None:
    """Show who is who, ask for the sheet where it is needed, then for the passphrase."""
    books, title = program.books, _("The list of people")
    lines = [_("Until the head has signed it, nobody signs, asks a gateway or changes settings."), ""]
    lines += [
        f"  {one.login}  {clean(one.name)}  {role_words(one.roles) or '–'}" for one in books.people.all()
    ]

    def chosen(sure: bool | None) -> None:
        if sure and adopt.needs_sheet(books):
            words = [_("This office is not enrolled, so the recovery sheet signs, too.")]
            label = _("The recovery key, group by group")
            asked = TypeIn(_("The recovery sheet"), words, label, check=read_key)
            program.push_screen(asked, lambda key: sign(key) if key is not None else None)
        elif sure:
            sign(None)

    def read(sure: bool | None) -> None:
        if sure:
            program.push_screen(_settings_question(books), chosen)

    def sign(identity: str | None) -> None:
        ask_signature(program, title, lambda signer: adopt.adopt(program.books, signer, identity), done)

    def done(_head: object) -> None:
        then()
        program.say(_("The list of people is signed. From now on it says who may do what."))

    choices = [Choice(_("Do nothing"), False), Choice(_("The list is right: sign it"), True)]
    program.push_screen(Question(title, lines, choices), read)


def _settings_question(books: Books) -> Question:
    """What the first settings document will hold; a secret only as set."""
    with books.database.reading() as db:
        found = to_be_signed(db)
    lines = [_("The same signature is for these settings, and for the catalogue as it is now:"), ""]
    lines += [f"  {line}" for line in signing_words(found) or ["–"]]
    choices = [Choice(_("Do nothing"), False), Choice(_("The settings are right: sign them, too"), True)]
    return Question(_("The settings"), lines, choices)
