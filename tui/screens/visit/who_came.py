"""The questions that make a Visitor: who has come, and how identity is shown without a card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.counter.back_entry import BackEntry
from store.counter.visit import Comer, Identity, SubjectKind, checked_subject
from store.counter.visitor import Visitor
from store.formats.free_text import words
from tui.frame.ask import Question, TypeIn
from tui.frame.choice_list import Choice
from tui.screens.visit.back_entry import ask_back_entry
from tui.words.translate import _, mark
from tui.words.visit_words import BACK_ENTRY_IDENTITY_WORDS, COMER_WORDS, IDENTITY_WORDS, NUMBER_LABELS

if TYPE_CHECKING:
    from tui.program import Program


@dataclass(frozen=True)
class _Way:
    """A way to come for another: the visitor's role, the subject's kind, the words of choice and question."""

    comer: str
    kind: str
    words: str
    whose: str


_WAYS = (
    _Way(
        Comer.MANDATE,
        SubjectKind.THAI_PERSON,
        COMER_WORDS[Comer.MANDATE],
        mark("Who gave the mandate: lookups are about this number alone."),
    ),
    _Way(
        Comer.REPRESENTATIVE,
        SubjectKind.JURISTIC,
        mark("representative of a company"),
        mark("The company: lookups are about this number alone."),
    ),
    _Way(
        Comer.REPRESENTATIVE,
        SubjectKind.GROUP,
        mark("representative of a group or co-operative"),
        mark("The group: nothing is looked up, own copies and originals alone."),
    ),
    _Way(
        Comer.GUARDIAN,
        SubjectKind.THAI_PERSON,
        COMER_WORDS[Comer.GUARDIAN],
        mark("The child or ward: lookups are about this number alone."),
    ),
    _Way(
        Comer.HEIR,
        SubjectKind.DECEASED,
        COMER_WORDS[Comer.HEIR],
        mark("Who died: lookups are about this number alone."),
    ),
)
_PASSPORT = SubjectKind.PASSPORT
_BEFORE = "before"


def ask_without_card(program: Program, begin: Callable[[Visitor], None], known: str = "") -> None:
    """Ask how identity is shown (unless it is `known`), then for the number."""
    choices = [Choice(_("Wait for the card"), ""), *_identities(IDENTITY_WORDS)]
    choices.append(Choice(_("Served on paper before: write it down now"), _BEFORE))

    def chosen(how: str | None) -> None:
        if how == _BEFORE:
            ask_back_entry(program, lambda entry: _ask_identity_of(program, begin, entry))
        elif how:
            _ask_person(program, begin, how)

    if known:
        chosen(known)
    else:
        program.push_screen(Question(_("Begin without a card: how is identity shown?"), [], choices), chosen)


def _ask_identity_of(program: Program, begin: Callable[[Visitor], None], entry: BackEntry) -> None:
    choices = [Choice(_("Write nothing down"), ""), *_identities(BACK_ENTRY_IDENTITY_WORDS)]
    program.push_screen(
        Question(_("How was identity shown then?"), [], choices),
        lambda how: _ask_person(program, begin, how, entry) if how else None,
    )


def _identities(words: dict[str, str]) -> list[Choice[str]]:
    shown: list[Choice[str]] = [Choice(_(words[how]), how) for how in Identity if how != Identity.CHIP]
    return [*shown, Choice(_("passport alone: nothing can be looked up"), _PASSPORT)]


def _ask_person(
    program: Program, begin: Callable[[Visitor], None], how: str, entry: BackEntry | None = None
) -> None:
    kind, whose = SubjectKind.THAI_PERSON, _("Whose business it is: lookups are about this number alone.")
    if how == _PASSPORT:
        kind, how = SubjectKind.PASSPORT, Identity.OTHER_PHOTO_ID
        whose = _("Own copies and originals alone: no register knows a passport's number.")
    _ask_number(
        program,
        _("Whose business"),
        whose,
        kind,
        lambda number: begin(Visitor(number, subject_kind=kind, identity=how, back_entry=entry)),
    )


def ask_who_came(program: Program, person: Visitor, then: Callable[[Visitor], None]) -> None:
    """Ask whether the card's owner comes for themselves or for another, whose number is then typed."""
    myself = COMER_WORDS[Comer.SELF] if person.card is not None else mark("in person")
    choices: list[Choice[_Way | str]] = [Choice(_(myself), Comer.SELF)]
    choices += [Choice(_(way.words), way) for way in _WAYS]

    def chosen(way: _Way | str | None) -> None:
        if isinstance(way, str):
            then(person.in_person())
        elif way is not None:
            _ask_number(program, _(way.words), _(way.whose), way.kind, lambda number: numbered(way, number))

    def numbered(way: _Way, number: str) -> None:
        comes = person.on_behalf(way.comer, way.kind, number)
        if way.comer == Comer.MANDATE:
            _ask_basis(program, lambda basis: then(replace(comes, basis=basis)))
        else:
            then(comes)

    program.push_screen(Question(_("Who came?"), [], choices), chosen)


def _ask_basis(program: Program, then: Callable[[str], None]) -> None:
    asked = TypeIn(
        _(COMER_WORDS[Comer.MANDATE]),
        [_("The ledger keeps it under seal.")],
        _("Date or number of the mandate:"),
        check=lambda text: words("basis", text),
    )
    program.push_screen(asked, lambda basis: then(basis) if basis else None)


def _ask_number(program: Program, title: str, whose: str, kind: str, then: Callable[[str], None]) -> None:
    label = _(NUMBER_LABELS[kind])
    asked = TypeIn(title, [whose], label, check=lambda text: checked_subject(kind, text))
    program.push_screen(asked, lambda number: then(number) if number else None)
