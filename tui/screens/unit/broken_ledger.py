"""A break of the ledger on the screen: Home's row for it, and accepting it with the recovery sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store.formats.free_text import words
from store.ledger.errors import LedgerBroken
from store.people.permissions import may
from store.proof.accept import accept_break
from store.proof.ledger_watch import known_break
from tui.duties import Duty
from tui.frame.ask import Question, TypeIn
from tui.frame.ask_signature import ask_signature
from tui.frame.choice_list import Choice
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program


def broken_ledger(books: Books) -> list[Duty]:
    """The row where a break of the ledger is known, which stops visits and signatures."""
    error = known_break(books)
    if error is None:
        return []
    said = "× " + _("The ledger is broken at line {seq}: what to do").format(seq=error.facts["seq"])
    return [Duty("broken", "", said, _open)]


def _open(program: Program, then: Callable[[], None]) -> None:
    """Tell of the break; the head may accept it."""
    error = known_break(program.books)
    if error is None:
        return
    if not may(program.books.who, "recovery"):
        program.tell(error)
        return
    choices = [
        Choice(_("Leave it: a backup is restored, or ICT looks first"), False),
        Choice(_("Accept it with the recovery sheet"), True),
    ]
    lines = [
        *sentences_of(error),
        _("Accepting mends nothing: the line stays named for good, and the ministry is told."),
    ]

    def chosen(accept: bool | None) -> None:
        if accept:
            _ask_reason(program, then)

    program.push_screen(Question(_("The ledger is broken"), lines, choices), chosen)


def _ask_reason(program: Program, then: Callable[[], None]) -> None:
    title = _("Accept the break")

    def reason(typed: str | None) -> None:
        if typed is not None:
            asked = TypeIn(
                title, [], _("The recovery key, group by group"), password=True, check=lambda one: one
            )
            program.push_screen(asked, lambda sheet: None if sheet is None else sign(typed, sheet))

    def sign(why: str, sheet: str) -> None:
        def done(_error: LedgerBroken) -> None:
            then()
            program.say(_("The break is accepted. Visits and signatures go on."))

        ask_signature(
            program,
            title,
            lambda signer: accept_break(program.books, signer, sheet, why),
            done,
            over_a_break=True,
        )

    asked = TypeIn(title, [], _("Why, in a few words"), check=lambda typed: words("reason", typed))
    program.push_screen(asked, reason)
